"""The plans to begin with, and the way of one's own plan to a file and back."""

from typing import Any

import streamlit as st

from fcnlab.errors import PlanError
from fcnlab.plan import Plan
from fcnlab.plans import PLANS
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.filling import same_plan, set_plan
from fcnlab.ui.words import tooltip

CHOICE = "train.plan"
"""The choice of a kept plan; a name in the address fills the form with it."""

_BASE, _FILE, _NOTICE = "train.plan.base", "train.plan.file", "train.plan.notice"
MOST_BYTES = 100_000

_KEPT = (
    "reference-1 to reference-3 are those of the Follow-Me project's recordings; followme-5-minutes and "
    "followme-15-minutes reach more on its images."
)


def take_from_address() -> None:
    """Fill the form with the plan that the address names, once; before any field is drawn."""
    name = st.query_params.get(CHOICE)
    if name is None:
        return
    del st.query_params[CHOICE]
    if name in PLANS:
        _take(name)
    else:
        st.warning(literal(f"There is no plan “{name[:80]}” here."))


def choose_plan(plan: Plan | None) -> None:
    """Draw the choice of a kept plan; call it when the other fields are drawn, into a place above them.

    Args:
        plan: What the fields hold; None where that cannot be used.
    """
    state: Any = st.session_state
    name = _name_of(plan)
    state[CHOICE] = name
    base = state.get(_BASE)
    st.selectbox(
        "Plan",
        list(PLANS),
        index=None,
        key=CHOICE,
        placeholder=f"{base}, changed" if base else "Your own",
        on_change=_chosen,
        help=tooltip("plan", _KEPT),
        width=230,
    )


def _name_of(plan: Plan | None) -> str | None:
    """The kept plan that the fields hold, first of all the one that was taken."""
    base = st.session_state.get(_BASE)
    names = [base, *PLANS] if base in PLANS else list(PLANS)
    return next((name for name in names if plan is not None and same_plan(plan, PLANS[name])), None)


def _chosen() -> None:
    name = st.session_state.get(CHOICE)
    base = st.session_state.get(_BASE)
    wanted = name or base  # the cross that clears the choice takes the changes back
    if wanted in PLANS:
        _take(str(wanted))


def _take(name: str) -> None:
    st.session_state[_BASE] = name
    set_plan(PLANS[name])


def keep_plan(plan: Plan | None) -> None:
    """Draw the ways of the plan to a file, and of a file to the form."""
    state: Any = st.session_state
    st.markdown(
        "The address of this page holds all of these settings: whoever opens it finds them filled in. As a file, "
        "`python -m fcnlab train … --plan plan.json` takes them, too."
    )
    st.download_button(
        "Save as a file",
        plan.model_dump_json(indent=2) if plan else "",
        "plan.json",
        "application/json",
        icon=":material/download:",
        key="train.plan.save",
        disabled=plan is None,
        on_click="ignore",
    )
    st.file_uploader("A plan from a file", type="json", key=_FILE, on_change=_read_file, max_upload_size=1)
    notice = state.pop(_NOTICE, "")
    if notice:
        st.error(literal(notice))


def _read_file() -> None:
    state: Any = st.session_state
    file = state.get(_FILE)
    if file is None:
        return
    try:
        set_plan(parse_plan(file.getvalue(), file.name))
    except PlanError as problem:
        state[_NOTICE] = str(problem)
    else:
        state[_BASE] = None


def parse_plan(data: bytes, name: str) -> Plan:
    """The plan in a file's bytes.

    Raises:
        PlanError: The file is too large, or holds no valid plan.
    """
    if len(data) > MOST_BYTES:
        raise PlanError(f"The file {name} has {len(data):,} bytes; a plan has at most {MOST_BYTES:,}.")
    return Plan.parse(data, what=f"The plan file {name}", error=PlanError)
