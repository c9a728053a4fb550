"""What a skip that is off carries: the choice, and what each asks."""

from typing import NamedTuple

import streamlit as st

from fcnlab.ui.words import tooltip


class Baseline(NamedTuple):
    """What the page calls a baseline, and in two sentences what it asks."""

    title: str
    question: str


BASELINES: dict[str, Baseline] = {
    "zero": Baseline(
        "Zeros",
        "Asks what is lost when the skip falls silent. The layers after it hardly met zeros in training, so the answer "
        "holds their confusion, too, and tends to be too large.",
    ),
    "mean": Baseline(
        "Mean per channel",
        "Asks what the skip tells beyond each channel's usual level, its mean over training pictures. The layers after "
        "it get the level that they know, but nothing that tells one place from another.",
    ),
    "position": Baseline(
        "Mean per position",
        "Asks what the skip tells of this picture beyond what training pictures have in common at each place, such as "
        "sky above and ground below. What depends on the place alone is kept.",
    ),
    "resample": Baseline(
        "Another picture's",
        "Asks what is lost when the skip tells of another picture. Its values are ones that the layers know, but they "
        "contradict the rest; on a dataset several donors are tried and their spread is told.",
    ),
}
"""By the engine's name."""


def choose_baseline() -> str:
    """Draw the choice, which the address bar holds, and what it asks. Returns the engine's name."""
    names = list(BASELINES)
    value = st.segmented_control(
        "A skip that is off carries",
        names,
        default=names[0],
        required=True,
        format_func=baseline_label,
        key="baseline",
        bind="query-params",
        persist_state="session",
        help=tooltip("baseline"),
    )
    name = value if value in BASELINES else names[0]
    st.caption(BASELINES[name].question)
    return name


def baseline_label(name: str) -> str:
    """What the page calls a baseline."""
    return BASELINES[name].title
