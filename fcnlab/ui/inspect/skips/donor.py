"""Another picture of the run's dataset, whose skips can be put in place of this one's."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.errors import FcnLabError
from fcnlab.lab import Run
from fcnlab.lab.tasks import Picture, Sample
from fcnlab.ui.inspect.figures import figure, picture_url
from fcnlab.ui.inspect.picture import FIRST_LOOKS, next_with_target
from fcnlab.ui.inspect.skips.words import arrow
from fcnlab.ui.inspect.subject import Subject
from fcnlab.ui.markdown import literal

SWAP, OTHER = "swap", "other"
"""Keys, and names in the address bar."""


@dataclass(frozen=True)
class Donor:
    """Where skips are taken from.

    Attributes:
        picture: What the engine is to look at.
        identity: Tells it from other pictures.
        swapped: For each skip whether it comes from there.
    """

    picture: Picture
    identity: str
    swapped: tuple[bool, ...]


def choose_donor(subject: Subject) -> Donor | None:
    """Draw the choice of skips to swap and of the other picture; None while no skip is swapped."""
    try:
        dataset = open_dataset(Run.open(subject.path).record.dataset)
    except FcnLabError:
        st.caption("Skips cannot be swapped with another picture's: the run's dataset has gone.")
        return None
    titles = {arrow(name, skip.source): name for name, skip in subject.net.skips}
    chosen = st.pills(
        "Take from another picture",
        list(titles),
        selection_mode="multi",
        format_func=literal,
        key=SWAP,
        bind="query-params",
        persist_state="session",
        wrap=True,
        help="Puts the skip of another picture in this one's place, and leaves everything else as it is.",
    )
    swapped = tuple(title in (chosen or []) for title in titles)
    if not any(swapped):
        return None
    split = _split(subject, dataset)
    number = _number(subject, dataset, split)
    return Donor(Sample(dataset.name, split, number), f"{dataset.name}/{split}/{number}", swapped)


def _split(subject: Subject, dataset: Dataset) -> str:
    """The split of the picture that is looked at; of an uploaded one what training has not seen."""
    if isinstance(subject.picture, Sample) and subject.picture.dataset == dataset.name:
        return subject.picture.split
    filled = [split for split, count in dataset.splits.items() if count]
    return "validation" if "validation" in filled else filled[0]


def _number(subject: Subject, dataset: Dataset, split: str) -> int:
    """The other picture's number, in the address bar; at first the next that shows the target."""
    state: Any = st.session_state
    count, size = dataset.splits[split], (subject.net.input.height, subject.net.input.width)
    wanted = str(state.get(OTHER, st.query_params.get(OTHER, "")))
    if not wanted.isdecimal() or int(wanted) >= count:
        here = subject.picture.index if isinstance(subject.picture, Sample) else -1
        found = next_with_target(dataset.name, split, here, size, 0.0, FIRST_LOOKS)
        wanted = str((here + 1) % count if found is None else found)
    if state.get(OTHER) != int(wanted):
        state[OTHER] = int(wanted)
    choice, shown = st.columns([3, 2], vertical_alignment="bottom")
    with choice:
        value = st.number_input(
            f"Number of the other picture, of {count:,} in {literal(split)}",
            0,
            count - 1,
            key=OTHER,
            persist_state="session",
        )
    number = min(max(int(value), 0), count - 1)
    if st.query_params.get(OTHER) != str(number):
        st.query_params[OTHER] = str(number)
    with shown:
        url = _picture(dataset.name, split, number, size, subject.net.input.channels)
        st.html(f'<div class="figures two">{figure(url, "", f"The other picture, {split} {number}")}</div>')
    return number


@st.cache_data(max_entries=64, show_spinner=False)
def _picture(name: str, split: str, number: int, size: tuple[int, int], channels: int) -> str:
    return picture_url(open_dataset(name).load(split, size, channels, [number]).images[0])
