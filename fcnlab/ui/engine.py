"""The engine as the pages use it: one a server, a line that says how far it is, trainings handed over to it."""

import logging
import os
import threading
import time

import streamlit as st

from fcnlab.errors import FcnLabError
from fcnlab.lab import Engine, EngineState, Run
from fcnlab.lab.tasks import requeue, train_run
from fcnlab.ui.page import engine

__all__ = ["engine", "engine_line", "engine_state", "start_training", "wait_for_engine"]

LOOK_EVERY = 1.0
"""Seconds between two looks at an engine that is not ready."""

START_PATIENCE = 30.0
"""Seconds that a training waits for an engine that is starting."""

log = logging.getLogger(__name__)

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
    """Mark a new or an ended run as waiting, and hand it to the training worker in the background.

    So the page shows the run at once, also while the engine is still starting. Where no engine answers, the run
    shows as failed with that sentence.

    Raises:
        RunError: It is being trained, or it has reached its plan's end.
    """
    requeue(run, os.getpid())  # until an engine has it: a server that ends now leaves an interrupted run
    threading.Thread(target=_hand_over, args=(run,), name=f"hand over {run.name}", daemon=True).start()


def _hand_over(run: Run) -> None:
    present = engine()
    try:
        _wait_for_start(present)
        run.write_status(run.status.with_(pid=present.pid))
        present.submit(train_run, str(run.path), None, "train", role="train", key=run.name)
    except FcnLabError as problem:
        _fail(run, str(problem))
    except Exception:
        log.exception("The run %s could not be handed over.", run.name)
        _fail(run, "The training could not be handed over through a fault of the lab's.")


def _fail(run: Run, message: str) -> None:
    run.write_status(run.status.with_(state="failed", message=message, finished=time.time()))


def _wait_for_start(present: Engine) -> None:
    """Give an engine that is not there yet the time to have a process, which the run's status is to name."""
    if present.state().phase == "absent":
        present.start()
    deadline = time.monotonic() + START_PATIENCE
    while present.state().phase == "starting" and time.monotonic() < deadline:
        time.sleep(0.05)
