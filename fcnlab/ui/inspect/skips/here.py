"""One picture: what each skip contributes to its prediction, skips turned and swapped, and every set of skips."""

import streamlit as st

from fcnlab.errors import FcnLabError
from fcnlab.lab.tasks import SkipSets
from fcnlab.ui.calm import calm
from fcnlab.ui.inspect.prediction import opacity
from fcnlab.ui.inspect.skips.baselines import choose_baseline
from fcnlab.ui.inspect.skips.lattice import all_sets
from fcnlab.ui.inspect.skips.shares import contributions
from fcnlab.ui.inspect.skips.turning import turning
from fcnlab.ui.inspect.subject import Subject, look_at, sets_of
from fcnlab.ui.markdown import literal


def skips_here(subject: Subject) -> None:
    """Draw the view."""
    if subject.net.skips:
        _view(subject, opacity())
    else:
        no_skips(subject)


def no_skips(subject: Subject) -> None:
    """Say that there is nothing to switch."""
    st.info(
        f"The network {literal(subject.net.name)} has no skip connection: all detail has to pass its bottleneck. "
        "Add a skip on the Build page and train the network again to see what it contributes."
    )


@st.fragment
def _view(subject: Subject, opacity: float) -> None:
    """A fragment: sliders and picks run this part of the page alone."""
    with calm():
        look = look_at(subject)
        baseline = choose_baseline()
        sets = _sets(subject, baseline)
        if sets is not None:
            contributions(subject, look, sets, opacity)
        turning(subject, look, baseline, opacity)
        if sets is not None:
            all_sets(subject, look, sets, baseline, opacity)


def _sets(subject: Subject, baseline: str) -> SkipSets | None:
    """The picture under every set of skips; a sentence and None where that cannot be had."""
    try:
        return sets_of(subject, baseline)
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        return None
