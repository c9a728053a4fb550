"""Between a plan and the form's widgets: what they hold for it, and the plan that they make."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.errors import PlanError
from fcnlab.plan import Plan
from fcnlab.ui.train.plan.drawing import drawing_document, drawing_values
from fcnlab.ui.train.plan.fields import fill
from fcnlab.ui.train.plan.judging import judging_document, judging_values
from fcnlab.ui.train.plan.learning import learning_document, learning_values, weight_key
from fcnlab.ui.train.plan.phases import COUNT, DEFAULT, EPOCHS, phase_documents, phase_values

IMAGES, ALL_IMAGES = "train.images", "train.all"
"""Keys of the widgets, and their names in the address."""

FIRST_IMAGES = 200
MOST_CLASSES = 256

_KEPT = "train.kept"
"""What the form held when it was drawn last, for the way back from other pages and from a run."""


def plan_values(plan: Plan) -> dict[str, Any]:
    """What the form's widgets hold for a plan, by key."""
    return {
        IMAGES: plan.subset or FIRST_IMAGES,
        ALL_IMAGES: plan.subset is None,
        **phase_values(plan.phases, plan.schedule),
        **learning_values(plan),
        **drawing_values(plan),
        **judging_values(plan),
    }


def read_plan(values: Mapping[str, Any]) -> Plan:
    """The plan of the widgets' values, by their keys.

    Raises:
        PlanError: A field is empty, or its value cannot be used.
    """
    phases = phase_documents(values)
    schedule = phases[0]["schedule"]
    for phase in phases:
        phase["schedule"] = None if phase["schedule"] == schedule else phase["schedule"]
    document = {
        "phases": tuple(phases),
        "schedule": schedule,
        "subset": None if values.get(ALL_IMAGES) else values.get(IMAGES, FIRST_IMAGES),
        **learning_document(values),
        **drawing_document(values),
        **judging_document(values),
    }
    return Plan.parse(document, what="The training's settings", error=PlanError)


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans train alike, where one may say in other words what the other says."""
    return read_plan(plan_values(one)) == read_plan(plan_values(other))


def set_plan(plan: Plan) -> None:
    """Put a plan into the widgets, before they are drawn."""
    fill(plan_values(plan), _first(plan))


def _first(plan: Plan) -> dict[str, Any]:
    """What the fields of a plan with so many phases begin with, by key."""
    phases = (DEFAULT,) * len(plan.phases)
    weights = dict.fromkeys(map(weight_key, range(MOST_CLASSES)), 1.0)
    count = {COUNT: len(plan.phases)}  # the table itself tells the address
    return {**plan_values(Plan(phases=phases, subset=FIRST_IMAGES)), **weights, **count}


def keep_form(plan: Plan) -> None:
    """Note what the form holds (see `restore_form`)."""
    st.session_state[_KEPT] = plan


def restore_form() -> None:
    """Fill the form as it was left, where other pages or a run were looked at meanwhile.

    What the address holds comes first: it may be the link that opened the page.
    """
    state: Any = st.session_state
    if EPOCHS in state or _KEPT not in state:
        return
    state.pop(COUNT, None)
    kept: Plan = state[_KEPT]
    fill({key: value for key, value in plan_values(kept).items() if key not in st.query_params}, _first(kept))
