"""The engine as the pages use it: one a server, a line that says how far it is, trainings handed over to it."""

import streamlit as st

from fcnlab.lab import EngineState, Run
from fcnlab.lab.training.queueing import submit_training
from fcnlab.ui.page import engine

__all__ = ["engine", "engine_line", "engine_state", "start_training", "wait_for_engine"]

LOOK_EVERY = 1.0
"""Seconds between two looks at an engine that is not ready."""

_SIGNS = {
    "ready": ":green[:material/check_circle:]",
    "warming": ":orange[:material/hourglass_top:]",
    "starting": ":orange[:material/hourglass_top:]",
    "absent": ":material/power_settings_new:",
}


def engine_state() -> EngineState:
    """How far the engine is; microseconds."""
    return engine().state()


def engine_line() -> None:
    """Say in one line how far the engine is, and follow it until it is ready. Not inside of a fragment."""
    ready = engine_state().phase == "ready"
    st.fragment(_line, run_every=None if ready else LOOK_EVERY)(follows=not ready)


def _line(*, follows: bool) -> None:
    state = engine_state()
    more = " A training that is started now begins as soon as it is ready."
    st.caption(f"{_SIGNS[state.phase]} {state.sentence}{more if state.phase in ('starting', 'warming') else ''}")
    if follows and state.phase == "ready":
        st.rerun()  # the next run of the page draws the line without a timer


def wait_for_engine(then: str) -> None:
    """Say how far an engine is that is not ready, start it where there is none, and draw the page anew when it is.

    Args:
        then: What happens then, in a sentence.
    """
    st.fragment(_wait, run_every=LOOK_EVERY / 2)(then)


def _wait(then: str) -> None:
    state = engine_state()
    if state.phase == "ready":
        st.rerun()
    if state.phase == "absent":
        engine().start()  # each time: one that was idle may have ended just when the page was opened
    st.info(f"{state.sentence} {then}", icon=":material/hourglass_top:")


def start_training(run: Run) -> None:
    """Put a new or an ended run into the queue; see `submit_training`.

    Raises:
        RunError: It is being trained, it has reached its plan's end, or its person has too many runs.
    """
    submit_training(engine(), run)
