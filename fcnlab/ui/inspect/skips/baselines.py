"""What a skip that is off carries: the choice, and what each asks."""

import streamlit as st

from fcnlab.lab.inside.metric_names import BASELINES
from fcnlab.ui.words import tooltip


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
    st.caption(BASELINES[name].meaning)
    return name


def baseline_label(name: str) -> str:
    """What the page calls a baseline."""
    return BASELINES[name].label
