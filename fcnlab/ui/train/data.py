"""Choosing the images to train on: the built-in set with its difficulty, or a folder; and a look at a few of them."""

import hashlib

import numpy as np
import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.data import Dataset, Pairs, open_dataset
from fcnlab.data.shapes import DEFAULT_ALPHA, EASIEST, HARDEST
from fcnlab.errors import DataError, FcnLabError
from fcnlab.lab import Run
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.pictures import legend, pairs_picture
from fcnlab.ui.words import count

KIND, ALPHA, FOLDER = "train.data", "train.alpha", "train.folder"
"""Keys of the widgets, and their names in the address bar."""

SHAPES, OWN = "shapes", "folder"

PREVIEWS = 3
PREVIEW_SIDE = 160
"""Pixels of a preview's longer side."""

PREVIEW_WIDTH = 500
"""Pixels of the preview on the page, where there is room."""

LOOKED_AT = 24
"""Images among which those for the preview are chosen."""

FOLDERS_OFFERED = 3

FOLDER_HELP = (
    "A folder on the machine that runs the lab, with images/ and masks/ in it, or with train/ and validation/ that "
    "hold them. Masks are class numbers, 0 and 255, or one colour channel a class."
)
DIFFICULTY_HELP = (
    "α says how well the shapes hide. At 0.1 their colour gives them away; then colour and texture fade into the "
    "ground's; at 0.9 nothing is left but a thin band of fine texture along each outline."
)


def choose_dataset(runs: list[Run]) -> Dataset | None:
    """Draw the choice of a dataset; None where there is none yet, or with the reason where it cannot be used.

    Args:
        runs: Past runs, whose folders are offered again.
    """
    kind = st.segmented_control(
        "Images to learn from",
        [SHAPES, OWN],
        default=SHAPES,
        required=True,
        key=KIND,
        bind="query-params",
        help="The built-in set of textured shapes, or a folder of images and masks of your own.",
    )
    try:
        return _own(runs) if kind == OWN else _shapes()
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        return None


def set_dataset(name: str) -> None:
    """Put a dataset's name into the widgets, before they are drawn."""
    if name.split(":")[0] == "shapes":
        st.session_state[KIND] = SHAPES
        st.session_state[ALPHA] = getattr(open_dataset(name), "alpha", DEFAULT_ALPHA)
    else:
        st.session_state[KIND] = OWN
        st.session_state[FOLDER] = name


def _shapes() -> Dataset:
    alpha = st.slider(
        "Difficulty α",
        EASIEST,
        HARDEST,
        DEFAULT_ALPHA,
        0.1,
        format="%.1f",
        key=ALPHA,
        bind="query-params",
        help=DIFFICULTY_HELP,
    )
    st.caption(f"α = {alpha:.1f}: {_meaning(alpha)}")
    return open_dataset(f"shapes:{round(alpha, 3):g}")


def _meaning(alpha: float) -> str:
    if alpha < 0.25:
        return "easy, colour alone tells the classes apart."
    if alpha < 0.55:
        return "medium, colour has half faded into the ground and texture has to help."
    if alpha < 0.85:
        return "hard, colour says little and texture has to tell the classes apart."
    return "hardest, only a thin band of fine texture along the outlines tells the classes apart."


def _own(runs: list[Run]) -> Dataset | None:
    typed = st.text_input(
        "Folder",
        key=FOLDER,
        bind="query-params",
        placeholder="/home/me/pictures/follow-me",
        help=FOLDER_HELP,
    )
    _offer_folders(runs, typed)
    folder = typed.strip().strip("\"'")
    if not folder:
        st.caption(FOLDER_HELP)
        return None
    if folder.split(":")[0] == "shapes":
        raise DataError(f"{folder!r} is the built-in set.", "Choose “shapes” above for it.")
    with st.spinner("Looking through the folder"):
        return open_dataset(folder)


def _offer_folders(runs: list[Run], typed: str) -> None:
    used = dict.fromkeys(run.record.dataset for run in runs if not run.record.dataset.startswith("shapes"))
    others = [folder for folder in used if folder != typed][:FOLDERS_OFFERED]
    if not others:
        return
    with st.container(horizontal=True, gap="small"):
        for folder in others:
            name = hashlib.sha256(folder.encode()).hexdigest()[:8]
            st.button(
                folder if len(folder) < 42 else f"…{folder[-40:]}",
                key=f"train.used.{name}",
                icon=":material/history:",
                help="A folder of an earlier run.",
                type="tertiary",
                on_click=set_dataset,
                args=(folder,),
            )


def preview(dataset: Dataset, net: NetSpec) -> None:
    """A few of the training images beside their masks, and what the dataset amounts to."""
    size = _preview_size(net)
    try:
        png, names = _pictures(dataset.name, _stamp(dataset), size)
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        return
    splits = ", ".join(f"{count(number)} {split.replace('_', ' ')}" for split, number in dataset.splits.items())
    st.markdown(f"**{literal(dataset.title)}** · {len(dataset.classes)} classes · images: {literal(splits)}")
    st.image(png, width=PREVIEW_WIDTH, alt=f"Training images {', '.join(names)}, and below each its mask")
    st.html(legend(dataset.classes))


def _preview_size(net: NetSpec) -> tuple[int, int]:
    """The proportions in which the network sees the images, in a few pixels."""
    height, width = net.input.height, net.input.width
    scale = min(PREVIEW_SIDE / max(height, width), 1)
    return max(round(height * scale), 1), max(round(width * scale), 1)


def _stamp(dataset: Dataset) -> str:
    """Changes with a folder's content, so that pictures of before are not shown."""
    return str(getattr(dataset, "stamp", ""))


@st.cache_data(max_entries=32, show_spinner=False)
def _pictures(name: str, stamp: str, size: tuple[int, int]) -> tuple[bytes, list[str]]:
    dataset = open_dataset(name)
    available = dataset.splits.get("train", 0)
    spread = np.unique(np.linspace(0, available - 1, min(LOOKED_AT, available)).round().astype(int))
    pairs = dataset.load("train", size, 3, spread)
    chosen = _telling(pairs)
    picture = pairs_picture(
        [pairs.images[index] for index in chosen], [pairs.labels[index] for index in chosen], pairs.num_classes
    )
    return picture, [pairs.names[index] for index in chosen]


def _telling(pairs: Pairs) -> list[int]:
    """The images with the most classes in them, and among equals those in which the rarest class is largest."""
    shown = [
        (len(np.unique(labels)), int((labels == pairs.num_classes - 1).sum()), -index)
        for index, labels in enumerate(pairs.labels)
    ]
    return sorted(range(len(shown)), key=shown.__getitem__, reverse=True)[:PREVIEWS]
