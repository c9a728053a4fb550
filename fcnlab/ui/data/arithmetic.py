"""The arithmetic of training: what batch size and epochs make of the images, in numbers."""

from typing import Any

import streamlit as st

from fcnlab.arch import NetSpec, preset
from fcnlab.data import Dataset
from fcnlab.errors import PlanError
from fcnlab.plan import Phase, Plan
from fcnlab.ui.data.sums import memory_told, sums, told
from fcnlab.ui.train.plan.form import BATCH, DEFAULT, EPOCHS, IMAGES
from fcnlab.ui.train.way import train_on
from fcnlab.ui.words import tooltip
from fcnlab.ui.workbench import START

_BATCH, _EPOCHS = "data.batch", "data.epochs"
_WIDTH = 150


def arithmetic_view(dataset: Dataset) -> None:
    """Draw the view.

    Raises:
        PlanError: A field's value cannot be used.
    """
    phase = DEFAULT.phases[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        batch = _whole("Batch size", 4096, phase.batch_size, _BATCH, tooltip("batch size"))
        epochs = _whole("Epochs", 10_000, phase.epochs, _EPOCHS, tooltip("epoch"))
        pressed = st.button(
            "Use in training",
            icon=":material/model_training:",
            key="data.use_sums",
            help="Opens the Train page with this dataset, batch size and number of epochs.",
        )
    plan = _plan(batch, epochs)
    validation = dataset.splits.get("validation", 0)
    found = sums(plan, dataset.splits["train"], validation)
    with st.container(horizontal=True):
        for label, value in (
            ("Images", f"{found.images:,}"),
            ("Images a step", f"{found.batch:,}"),
            ("Steps an epoch", f"{found.steps:,}"),
            ("Left over", f"{found.left:,}"),
            ("Validation steps", f"{found.judged:,}"),
            ("Steps in all", f"{found.total:,}"),
        ):
            st.metric(label, value, width=150)
    st.markdown("\n".join(f"- {line}" for line in told(found, validation)))
    st.markdown("**In memory**")
    net = _net()
    size = (net.input.height, net.input.width, net.input.channels)
    st.markdown("\n".join(f"- {line}" for line in memory_told(found, size, len(dataset.classes))))
    if pressed:
        train_on(dataset.name, {BATCH: batch, EPOCHS: epochs, IMAGES: found.images})


def _plan(batch: int | None, epochs: int | None) -> Plan:
    """A plan on all images.

    Raises:
        PlanError: A field is empty, or its value cannot be used.
    """
    fields = {"batch_size": batch, "epochs": epochs}
    phase = Phase.parse(fields, what="The training's settings", error=PlanError)
    return DEFAULT.model_copy(update={"phases": (phase,), "subset": None})


def _net() -> NetSpec:
    """The visitor's network; the one that the lab begins with where none was opened yet."""
    state: Any = st.session_state
    net: NetSpec = state.workbench.net if "workbench" in state else preset(START)
    return net


def _whole(label: str, most: int, value: int, key: str, text: str) -> int | None:
    return st.number_input(label, 1, most, value, key=key, bind="query-params", help=text, width=_WIDTH)
