"""Choosing a dataset: a built-in one, one of the lab's own, or a folder; every page that needs one asks here."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.data.builtin.shapes import DEFAULT_ALPHA, EASIEST, HARDEST
from fcnlab.data.catalogue import builtin_names
from fcnlab.errors import DataError, FcnLabError
from fcnlab.lab import Run
from fcnlab.lab.datasets import list_datasets
from fcnlab.ui.address import put_into_address, tell_unknown
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

SHAPES, FOLDER = "shapes", "folder"
"""Two of the choices; the others are named as the built-in datasets and the lab's own are."""

FOLDERS_OFFERED = 3

FOLDER_HELP = (
    "A folder on the machine that runs the lab, with images/ and masks/ in it, or with train/ and validation/ that "
    "hold them. Masks are class numbers, 0 and 255, or one colour channel a class."
)
DIFFICULTY_HELP = (
    "α says how well the shapes hide. At 0.1 their colour gives them away; then colour and texture fade into the "
    "ground's; at 0.9 nothing is left but a thin band of fine texture along each outline."
)


class Keys(NamedTuple):
    """Keys of the widgets, and their names in the address bar."""

    which: str
    alpha: str
    folder: str


ON_TRAIN = Keys("train.data", "train.alpha", "train.folder")
ON_DATA = Keys("set", "alpha", "folder")


def choose_dataset(keys: Keys, label: str, runs: Sequence[Run], first: str = SHAPES) -> Dataset | None:
    """Draw the choice; None where there is none yet, or with the reason where it cannot be used.

    Args:
        keys: Of the page's widgets.
        label: Above the choice.
        runs: Past runs, whose folders are offered again.
        first: What it begins with.
    """
    own = own_datasets()
    options = [*builtin_names(), *own, FOLDER]
    chosen = _which(keys.which, label, options, first)
    try:
        if chosen == SHAPES:
            return _shapes(keys.alpha)
        if chosen == FOLDER:
            return _folder(keys, runs)
        with st.spinner("Looking through the folder"):
            return open_dataset(own.get(chosen, chosen))
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        return None


def own_datasets() -> dict[str, str]:
    """The lab's own datasets: name → folder; those that are called like another choice are left out."""
    taken = {*builtin_names(), FOLDER}
    return {own.name: str(own.path) for own in list_datasets() if own.name not in taken}


def offered_datasets() -> list[str]:
    """The built-in datasets and the lab's own, as `open_dataset` takes them."""
    return [*builtin_names(), *own_datasets().values()]


def set_dataset(keys: Keys, name: str) -> None:
    """Put a dataset's name into the widgets, before they are drawn."""
    state: Any = st.session_state
    for key, value in dataset_link(keys, name).items():
        state[key] = float(value) if key == keys.alpha else value


def dataset_link(keys: Keys, name: str) -> dict[str, str]:
    """What the address of a page with these widgets holds when it opens a dataset.

    Args:
        keys: The page's.
        name: As `open_dataset` takes it.
    """
    if name.split(":")[0] == SHAPES:
        return {keys.which: SHAPES, keys.alpha: f"{getattr(open_dataset(name), 'alpha', DEFAULT_ALPHA):g}"}
    if name in builtin_names():
        return {keys.which: name}
    for own, path in own_datasets().items():
        if Path(path).resolve() == Path(name).resolve():
            return {keys.which: own}
    return {keys.which: FOLDER, keys.folder: name}


def _which(key: str, label: str, options: list[str], first: str) -> str:
    tell_unknown("dataset", key, options, first)
    state: Any = st.session_state
    wanted = st.query_params.get(key)
    if state.get(key) not in options:
        state[key] = wanted if wanted in options else first
    put_into_address(key, state[key])
    chosen = st.selectbox(
        label,
        options,
        index=None,
        key=key,
        bind="query-params",
        required=True,
        help=tooltip("dataset", "A built-in one, one of your own from the Data page, or a folder."),
    )
    return chosen if chosen in options else first


def _shapes(key: str) -> Dataset:
    alpha = st.slider(
        "Difficulty α",
        EASIEST,
        HARDEST,
        DEFAULT_ALPHA,
        0.1,
        format="%.1f",
        key=key,
        bind="query-params",
        help=DIFFICULTY_HELP,
    )
    st.caption(f"α = {alpha:.1f}: {_meaning(alpha)}")
    return open_dataset(f"{SHAPES}:{round(alpha, 3):g}")


def _meaning(alpha: float) -> str:
    if alpha < 0.25:
        return "easy, colour alone tells the classes apart."
    if alpha < 0.55:
        return "medium, colour has half faded into the ground and texture has to help."
    if alpha < 0.85:
        return "hard, colour says little and texture has to tell the classes apart."
    return "hardest, only a thin band of fine texture along the outlines tells the classes apart."


def _folder(keys: Keys, runs: Sequence[Run]) -> Dataset | None:
    typed = st.text_input(
        "Folder",
        key=keys.folder,
        bind="query-params",
        placeholder="/home/me/pictures/follow-me",
        help=FOLDER_HELP,
    )
    _offer_folders(keys, runs, typed)
    folder = typed.strip().strip("\"'")
    if not folder:
        st.caption(FOLDER_HELP)
        return None
    if folder.split(":")[0] in builtin_names():
        raise DataError(f"{folder!r} is the built-in set.", f"Choose “{folder.split(':')[0]}” above for it.")
    with st.spinner("Looking through the folder"):
        return open_dataset(folder)


def _offer_folders(keys: Keys, runs: Sequence[Run], typed: str) -> None:
    known = {*builtin_names(), *own_datasets().values(), "", typed}
    used = dict.fromkeys(run.record.dataset for run in runs)
    others = [folder for folder in used if folder not in known and folder.split(":")[0] != SHAPES][:FOLDERS_OFFERED]
    if not others:
        return
    with st.container(horizontal=True, gap="small"):
        for folder in others:
            name = hashlib.sha256(folder.encode()).hexdigest()[:8]
            st.button(
                folder if len(folder) < 42 else f"…{folder[-40:]}",
                key=f"{keys.folder.removesuffix('folder')}used.{name}",
                icon=":material/history:",
                help="A folder of an earlier run.",
                type="tertiary",
                on_click=set_dataset,
                args=(keys, folder),
            )
