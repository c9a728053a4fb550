"""What a training takes of a memory: the stacked bar, and what fits into a budget that the visitor chooses."""

import logging
import os
from concurrent.futures import Future
from threading import Thread

import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.arch.memory import GB, in_gigabytes, training_memory, verdict
from fcnlab.draw.memory import By, bytes_text, memory_svg
from fcnlab.errors import PlanError, SpecError
from fcnlab.lab.training.budget import Budget, budget_here, budget_of_worker
from fcnlab.lab.training.fit import largest_batch, require_memory
from fcnlab.plan import Plan
from fcnlab.ui import engine as present
from fcnlab.ui.clickable import clickable
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

PATIENCE = 60.0
"""Seconds for a worker's answer; nothing waits for it."""

HERE = "This machine"
BUDGETS = {"4 GB": 4 * GB, "8 GB": 8 * GB, HERE: 0}
VIEWS: dict[str, By] = {"By stage": "stage", "By kind": "kind"}
USUAL_SIZES = ((160, 160), (256, 256))

log = logging.getLogger(__name__)


def memory_panel(spec: NetSpec, plan: Plan, key: str, *, images: int | None = None, refuses: bool = True) -> bool:
    """Draw the panel.

    Args:
        spec: The network, with or without errors.
        plan: Its phase of the largest batch counts.
        key: Under which the panel's widgets keep their values.
        images: Training images that there are; None where that is open.
        refuses: Whether to say so where the training does not fit into the memory of the machine that trains.

    Returns:
        Whether the training may start: it fits into the memory of the machine that trains, or the visitor wants to
        try it all the same.
    """
    batch = largest_batch(plan, images)
    try:
        need = training_memory(spec, batch, precision=plan.precision, optimizer=plan.optimizer)
    except SpecError as problem:
        st.caption(literal(str(problem)))
        return True
    machine = training_budget()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Memory",
            list(BUDGETS),
            default=HERE,
            required=True,
            key=f"{key}.budget",
            help=f"{tooltip('memory budget')} {HERE}: {_described(machine)}.",
            persist_state="session",
        )
        view = st.segmented_control(
            "Parts", list(VIEWS), default="By stage", required=True, key=f"{key}.by", persist_state="session"
        )
    budget = BUDGETS[chosen or HERE] or (machine.size if machine else 0)
    by = VIEWS[view or "By stage"]
    wide = memory_svg(need, by=by, budget=budget, theme="page")
    clickable(wide, compact=memory_svg(need, by=by, budget=budget, theme="page", compact=True), key=f"{key}.bar")
    if budget:
        sizes = ((spec.input.height, spec.input.width), *USUAL_SIZES)
        st.markdown(literal(verdict(spec, budget, sizes, precision=plan.precision, optimizer=plan.optimizer)))
    st.caption(f"Batch {batch:,} takes about {bytes_text(need.total)} at its peak, told from the network on paper.")
    return not refuses or may_start(spec, plan, machine, key, images)


def may_start(spec: NetSpec, plan: Plan, machine: Budget | None, key: str, images: int | None = None) -> bool:
    """Whether a training fits into a machine's memory; where not, draw the reason, and whether to try it all the same.

    Args:
        spec: The network, without errors.
        plan: Its phase of the largest batch counts.
        machine: What there is; None where that is not known.
        key: Under which the answer is kept.
        images: As in `memory_panel`.
    """
    if machine is None:
        return True
    try:
        require_memory(spec, plan, machine, largest_batch(plan, images) * plan.devices)
    except PlanError as problem:
        st.error(literal(str(problem)), icon=":material/memory:")
        return st.toggle(
            "Train all the same",
            key=f"{key}.force",
            help="The figure is an estimate. Where memory runs out, the system ends the training.",
        )
    return True


def forced(key: str) -> bool:
    """Whether the visitor wants to train all the same, of a `may_start` drawn under that key."""
    return bool(st.session_state.get(f"{key}.force"))


def _described(machine: Budget | None) -> str:
    return "not known here" if machine is None else f"{in_gigabytes(machine.size)} of {machine.what}"


def training_budget() -> Budget | None:
    """What the machine that trains has for it, a GPU's memory where it has one; None while a cluster has not told."""
    process = getattr(present.engine(), "pid", None)
    told = None
    if present.engine_state().phase == "ready":
        asked = _asked(process)
        told = asked.result() if asked.done() else None
    here = budget_here(process)
    return told if os.environ.get("FCNLAB_SCHEDULER") or (told and told.what != here.what) else here


@st.cache_resource(max_entries=4, show_spinner=False, ttl=600)
def _asked(pid: int | None) -> "Future[Budget | None]":
    """The question to the engine of that process, asked in the background."""
    answer: Future[Budget | None] = Future()
    engine = present.engine()

    def ask() -> None:
        try:
            answer.set_result(engine.ask(budget_of_worker, timeout=PATIENCE))
        except Exception:
            log.info("The engine did not tell its memory.", exc_info=True)
            answer.set_result(None)

    Thread(target=ask, name="ask for the memory", daemon=True).start()
    return answer
