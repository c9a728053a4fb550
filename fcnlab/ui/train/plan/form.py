"""How a training is to run: the few fields to begin with, the phases, and all other settings one click deeper."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fcnlab.data import Dataset
from fcnlab.errors import PlanError
from fcnlab.plan import Plan
from fcnlab.plans import PLANS
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.device import training_device
from fcnlab.ui.train.plan.drawing import drawing_fields
from fcnlab.ui.train.plan.fields import switch, whole
from fcnlab.ui.train.plan.filling import ALL_IMAGES, FIRST_IMAGES, IMAGES, keep_form, read_plan, restore_form, set_plan
from fcnlab.ui.train.plan.judging import judging_fields
from fcnlab.ui.train.plan.kept_plans import choose_plan, keep_plan, take_from_address
from fcnlab.ui.train.plan.learning import learning_fields
from fcnlab.ui.train.plan.meanings import DRAWING, JUDGING, LEARNING, meaning, what_these_do
from fcnlab.ui.train.plan.phases import BATCH, EPOCHS, phase_table

__all__ = ["BATCH", "DEFAULT", "EPOCHS", "IMAGES", "plan_form", "read_plan", "set_plan"]

DEFAULT = PLANS["quick"]
"""What an untouched form holds."""


def plan_form(dataset: Dataset | None, deeper: DeltaGenerator) -> Plan | None:
    """Draw the fields of a plan; None, with the reason, where they hold none.

    Args:
        dataset: To be trained on, if one is chosen.
        deeper: Where the settings go that a first training leaves as they are.
    """
    restore_form()
    take_from_address()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = st.container(width=190)
        values = _images()
    table = deeper.container()
    values |= phase_table(table)
    with deeper:
        values |= _settings(dataset)
        keeping = st.expander("Save and share", icon=":material/save:")
        what_these_do()
    plan = _plan(values)
    with choice:
        choose_plan(plan)
    with keeping:
        keep_plan(plan)
    return plan


def _images() -> dict[str, Any]:
    every = bool(st.session_state.get(ALL_IMAGES, st.query_params.get(ALL_IMAGES) == "true"))
    return {
        IMAGES: whole("Images", 1, 1_000_000, FIRST_IMAGES, IMAGES, meaning("images"), step=50, disabled=every),
        ALL_IMAGES: switch("All", False, ALL_IMAGES, "Train on all of the dataset's training images."),
    }


def _settings(dataset: Dataset | None) -> dict[str, Any]:
    device, target = training_device(), dataset.classes[-1] if dataset else "the last class"
    with st.expander(LEARNING, icon=":material/tune:"):
        values = learning_fields(dataset, device)
    with st.expander(f"{DRAWING}: how often, and how changed", icon=":material/shuffle:"):
        values |= drawing_fields(target)
    with st.expander(JUDGING, icon=":material/flag:"):
        values |= judging_fields(target, device)
    return values


def _plan(values: dict[str, Any]) -> Plan | None:
    try:
        plan = read_plan(values)
    except PlanError as problem:
        st.error(literal(str(problem)))
        return None
    keep_form(plan)
    return plan
