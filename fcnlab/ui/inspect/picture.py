"""Choosing the picture to look at: one of the run's dataset, or an uploaded one."""

import base64
import io
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from fcnlab.data import Dataset, open_dataset
from fcnlab.draw import overlay
from fcnlab.errors import FcnLabError
from fcnlab.lab import Run
from fcnlab.lab.tasks import Sample
from fcnlab.ui.address import address_choice
from fcnlab.ui.clickable import clickable
from fcnlab.ui.inspect.upload import Chosen, Size, choose_upload
from fcnlab.ui.markdown import literal

STRIP = 12
THUMBNAIL = 64
"""Side of a preview in pixels."""

TELLING = 0.01
"""Share of the pixels above which a target can be seen well."""

FIRST_LOOKS = 100
"""Pictures that are looked through for a telling one before the page is drawn."""

FROM_DATASET, UPLOADED = "From the dataset", "Upload one"


def dataset_of(run: Run) -> Dataset | None:
    """Whose pictures are offered for a run: what it was trained on; a sentence and None when that has gone."""
    if not run.record.dataset:  # of an imported network
        return None
    try:
        return open_dataset(run.record.dataset)
    except FcnLabError as problem:
        st.warning(f"{literal(str(problem))} Pictures can still be uploaded.")
        return None


def choose_picture(dataset: Dataset | None, size: Size, channels: int) -> Chosen | None:
    """Draw the choice.

    Args:
        dataset: What the run was trained on; None when it cannot be opened any more.
        size: Height and width of the network's input.
        channels: Of the network's input.

    Returns:
        None while nothing is chosen.

    Raises:
        FcnLabError: The upload is no picture, or the dataset's picture cannot be read.
    """
    if dataset is None:
        return choose_upload(size, channels)
    source = st.segmented_control(
        "Picture",
        [FROM_DATASET, UPLOADED],
        default=FROM_DATASET,
        required=True,
        key="inspect.source",
        persist_state="session",
    )
    return choose_upload(size, channels) if source == UPLOADED else _from_dataset(dataset, size)


def _from_dataset(dataset: Dataset, size: Size) -> Chosen:
    splits = [split for split, count in dataset.splits.items() if count]
    splits.sort(key=lambda split: split != "validation")  # first what training has not seen
    choice, number, jump = st.columns([2, 5, 2], vertical_alignment="bottom")
    with choice:
        split = address_choice("Split", "split", splits)
    target = len(dataset.classes) - 1
    with number:
        index = _number(dataset.name, split, dataset.splits[split], size)
    with jump:
        st.button(
            f"Next with {literal(dataset.classes[target])}",
            icon=":material/skip_next:",
            help=f"Go to the next picture in which the truth shows {literal(dataset.classes[target])}.",
            on_click=_jump,
            args=(dataset.name, split, index, size, dataset.classes[target]),
        )
    notice = st.session_state.pop("inspect.notice", "")
    if notice:
        st.info(literal(notice))
    _strip(dataset, split, index)
    name, place = _preview(dataset.name, split, index)[1], f"{split} {index}"
    title = place if name == place else f"{Path(name).stem} ({place})"
    return Sample(dataset.name, split, index), f"{dataset.name}/{split}/{index}", title


def _number(name: str, split: str, count: int, size: Size) -> int:
    """The picture's number within its split, in the address bar; at first a picture with a target."""
    state: Any = st.session_state
    if count == 1:
        return 0
    wanted = str(state.get("image", st.query_params.get("image", "")))
    if not wanted.isdecimal() or int(wanted) >= count:
        wanted = str(_first(name, split, size))
    if state.get("image") != int(wanted):
        state["image"] = int(wanted)
    value = st.slider(f"Number (of {count:,})", 0, count - 1, key="image", persist_state="session")
    number = min(max(int(value), 0), count - 1)
    # Not bound to the address: that would leave out number 0, and the address without a number means a target.
    if st.query_params.get("image") != str(number):
        st.query_params["image"] = str(number)
    return number


def _first(name: str, split: str, size: Size) -> int:
    """A telling picture to begin with: the first whose target is not tiny, else the first that shows one, else 0."""
    for share in (TELLING, 0.0):
        found = next_with_target(name, split, -1, size, share, FIRST_LOOKS)
        if found is not None:
            return found
    return 0


def _jump(name: str, split: str, index: int, size: Size, target: str) -> None:
    try:
        found = next_with_target(name, split, index, size)
    except FcnLabError as problem:
        st.session_state["inspect.notice"] = str(problem)
        return
    if found is None:
        st.session_state["inspect.notice"] = f"No picture of {split} shows {target} at this size."
    else:
        st.session_state["image"] = found


@st.cache_data(max_entries=64, show_spinner=False)
def next_with_target(
    name: str, split: str, index: int, size: Size, share: float = 0.0, most: int | None = None
) -> int | None:
    """The next picture after `index`, and around the end, whose truth shows the last class.

    Args:
        name: The dataset's.
        split: Where to look.
        index: Where to begin; the picture itself comes last.
        size: Height and width of the network's input.
        share: Of the picture's pixels that the class must exceed.
        most: Look at so many pictures at most; None looks at all.

    Returns:
        The picture's number, or None if there is none.
    """
    dataset = open_dataset(name)
    count, target = dataset.splits[split], len(dataset.classes) - 1
    for step in range(1, min(most or count, count) + 1):
        number = (index + step) % count
        if (dataset.load(split, size, 1, [number]).labels == target).mean() > share:
            return number
    return None


def _strip(dataset: Dataset, split: str, index: int) -> None:
    """A strip of small pictures around the chosen one; a click chooses another."""
    count = dataset.splits[split]
    first = max(min(index - STRIP // 2, count - STRIP), 0)
    numbers = range(first, min(first + STRIP, count))
    buttons = "".join(_thumbnail(dataset.name, split, number, number == index) for number in numbers)
    markup = f'<div style="display:flex;gap:4px;overflow-x:auto;padding:3px" aria-label="Pictures">{buttons}</div>'

    def pick(number: int) -> None:
        if 0 <= number < count:
            st.session_state["image"] = number

    clickable(markup, key="inspect.strip", on_pick=pick)


def _thumbnail(name: str, split: str, number: int, chosen: bool) -> str:
    source, title = _preview(name, split, number)
    border = "var(--st-primary-color)" if chosen else "transparent"
    current = ' aria-current="true"' if chosen else ""
    label = escape(f"Picture {number}: {title}", quote=True)
    return (
        f'<button data-stage="{number}"{current} title="{label}" aria-label="{label}" style="flex:none;padding:0;'
        f'background:none;border:3px solid {border};border-radius:6px;cursor:pointer;line-height:0">'
        f'<img src="{source}" alt="" width="{THUMBNAIL}" height="{THUMBNAIL}" style="border-radius:3px"></button>'
    )


@st.cache_data(max_entries=512, show_spinner=False)
def _preview(name: str, split: str, number: int) -> tuple[str, str]:
    """A small picture with its truth laid over it, as a data URL, and its name."""
    dataset = open_dataset(name)
    pairs = dataset.load(split, (THUMBNAIL, THUMBNAIL), 3, [number])
    picture = overlay(pairs.images[0], pairs.labels[0], pairs.num_classes, opacity=0.35)
    memory = io.BytesIO()
    Image.fromarray(picture).save(memory, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(memory.getvalue()).decode()}", pairs.names[0]
