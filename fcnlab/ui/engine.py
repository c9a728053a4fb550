"""The engine as the pages use it: one a server, a line that says how far it is, trainings handed over to it."""

import time

import streamlit as st

from fcnlab.errors import EngineError
from fcnlab.lab import Engine, Run
from fcnlab.lab.tasks import requeue, train_run
from fcnlab.ui.page import engine

__all__ = ["engine", "engine_line", "start_training"]

LOOK_EVERY = 1.0
"""Seconds between two looks at an engine that is not ready."""

START_PATIENCE = 30.0
"""Seconds that a training waits for an engine that is starting."""

_SIGNS = {
    "ready": ":green[:material/check_circle:]",
    "warming": ":orange[:material/hourglass_top:]",
    "starting": ":orange[:material/hourglass_top:]",
    "absent": ":material/power_settings_new:",
}


def engine_line() -> None:
    """Say in one line how far the engine is, and follow it until it is ready. Not inside of a fragment."""
    ready = engine().state().phase == "ready"
    st.fragment(_line, run_every=None if ready else LOOK_EVERY)(follows=not ready)


def _line(*, follows: bool) -> None:
    state = engine().state()
    more = " Work waits until then." if state.phase in ("starting", "warming") else ""
    st.caption(f"{_SIGNS[state.phase]} {state.sentence}{more}")
    if follows and state.phase == "ready":
        st.rerun()  # the next run of the page draws the line without a timer


def start_training(run: Run) -> None:
    """Mark a new or an ended run as waiting, and hand it to the training worker.

    Raises:
        RunError: It is being trained, or it has reached its plan's end.
        EngineError: No engine answers; the run then shows as failed with that sentence.
    """
    present = engine()
    _wait_for_start(present)
    requeue(run, present.pid)
    try:
        present.submit(train_run, str(run.path), None, "train", role="train", key=run.name)
    except EngineError as problem:
        run.write_status(run.status.with_(state="failed", message=str(problem), finished=time.time()))
        raise


def _wait_for_start(present: Engine) -> None:
    """Give a starting engine the time to have a process, which the run's status is to name."""
    if present.state().phase == "absent":
        present.start()
    deadline = time.monotonic() + START_PATIENCE
    while present.state().phase == "starting" and time.monotonic() < deadline:
        time.sleep(0.05)
