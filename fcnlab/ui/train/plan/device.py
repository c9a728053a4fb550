"""What the engine trains on, asked once an engine and in the background, so that no page waits for it."""

import logging
from concurrent.futures import Future
from threading import Thread

import streamlit as st

from fcnlab.lab.training.device import Device, device_here
from fcnlab.ui import engine as present

PATIENCE = 60.0
"""Seconds for the answer; the form is drawn without it meanwhile."""

log = logging.getLogger(__name__)


def training_device() -> Device | None:
    """What the trainings run on; None while the engine has not told."""
    if present.engine_state().phase != "ready":
        return None
    asked = _asked(getattr(present.engine(), "pid", None))
    return asked.result() if asked.done() else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _asked(pid: int | None) -> "Future[Device | None]":
    """The question to the engine of that process."""
    answer: Future[Device | None] = Future()
    engine = present.engine()

    def ask() -> None:
        try:
            answer.set_result(engine.ask(device_here, timeout=PATIENCE))
        except Exception:
            log.info("The engine did not tell its device.", exc_info=True)
            answer.set_result(None)

    Thread(target=ask, name="ask for the device", daemon=True).start()
    return answer
