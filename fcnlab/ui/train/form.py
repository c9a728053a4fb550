"""How a training is to run: the fields of a plan, and what they amount to before it starts."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.errors import PlanError
from fcnlab.plan import Phase, Plan
from fcnlab.ui.train.augment import (
    ON_TRAIN,
    augmentation_document,
    augmentation_fields,
    augmentation_help,
    augmentation_values,
)
from fcnlab.ui.words import tooltip

IMAGES, EPOCHS, BATCH, RATE = "train.images", "train.epochs", "train.batch", "train.rate"
LOSS, SCHEDULE, FLIP, SEED = "train.loss", "train.schedule", ON_TRAIN.flip, "train.seed"
WARM_UP = "train.warmup"
"""Keys of the widgets, and their names in the address bar."""

DEFAULT = Plan(subset=200, phases=(Phase(epochs=5, batch_size=16, learning_rate=0.01),))

_LOSSES = ("cross-entropy+dice", "cross-entropy")
_SCHEDULES = ("cosine", "constant")
_DICE = "Dice adds a term in which a class of few pixels counts as much as one of many."

NARROW = 135


def plan_form() -> Plan:
    """Draw the fields of a plan.

    Raises:
        PlanError: A value cannot be used (a browser enforces the limits of its fields, an address does not).
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values = {**_amounts(), **_kinds()}
    with st.expander("Augmentation", icon=":material/shuffle:"):
        st.caption(augmentation_help())
        values |= augmentation_fields(ON_TRAIN, flip=DEFAULT.flip)
    return read_plan(values)


def read_plan(values: Mapping[str, Any]) -> Plan:
    """The plan of the fields' values, by their keys.

    Raises:
        PlanError: A field is empty, or its value cannot be used.
    """
    phase = {
        "epochs": values[EPOCHS],
        "batch_size": values[BATCH],
        "learning_rate": values[RATE],
    }
    plan = {
        "phases": (phase,),
        "schedule": values[SCHEDULE],
        "warmup_steps": values[WARM_UP],
        "loss": values[LOSS],
        "flip": values[FLIP],
        "augment": augmentation_document(ON_TRAIN, dict(values)),
        "seed": values[SEED],
        "subset": values[IMAGES],
    }
    return Plan.parse(plan, what="The training's settings", error=PlanError)


def set_plan(plan: Plan) -> None:
    """Put a plan's first phase into the widgets, before they are drawn."""
    phase = plan.phases[0]
    values = {
        IMAGES: plan.subset or DEFAULT.subset,
        EPOCHS: phase.epochs,
        BATCH: phase.batch_size,
        RATE: phase.learning_rate,
        LOSS: plan.loss,
        SCHEDULE: plan.schedule,
        WARM_UP: plan.warmup_steps,
        SEED: plan.seed,
        **augmentation_values(ON_TRAIN, plan.flip, plan.augment),
    }
    for key, value in values.items():
        st.session_state[key] = value


def _amounts() -> dict[str, Any]:
    phase = DEFAULT.phases[0]
    return {
        IMAGES: _whole("Images", 1, 1_000_000, DEFAULT.subset or 1, IMAGES, tooltip("subset"), step=50),
        EPOCHS: _whole("Epochs", 1, 10_000, phase.epochs, EPOCHS, tooltip("epoch")),
        BATCH: _whole("Batch size", 1, 4096, phase.batch_size, BATCH, tooltip("batch size")),
        RATE: st.number_input(
            "Learning rate",
            0.00001,
            10.0,
            phase.learning_rate,
            0.001,
            format="%g",
            key=RATE,
            bind="query-params",
            help=tooltip("learning rate", "0.01 is a good start for the presets; 0.003 is calmer."),
            width=NARROW,
        ),
    }


def _kinds() -> dict[str, Any]:
    return {
        LOSS: st.selectbox(
            "Loss",
            _LOSSES,
            key=LOSS,
            bind="query-params",
            help=tooltip("loss", f"{tooltip('cross-entropy')} {_DICE}"),
            width=200,
        ),
        SCHEDULE: st.selectbox(
            "Schedule",
            _SCHEDULES,
            key=SCHEDULE,
            bind="query-params",
            help=tooltip("cosine schedule", "Constant keeps the learning rate as it is."),
            width=NARROW,
        ),
        WARM_UP: _whole("Warm-up steps", 0, 10_000, DEFAULT.warmup_steps, WARM_UP, tooltip("warm-up")),
        SEED: _whole("Seed", 0, 2**31 - 1, DEFAULT.seed, SEED, tooltip("seed")),
    }


def _whole(label: str, low: int, high: int, value: int, key: str, text: str, step: int = 1) -> int | None:
    return st.number_input(label, low, high, value, step, key=key, bind="query-params", help=text, width=NARROW)
