"""What can be done with a run: stop, pause, change, go on, train longer, branch off, look inside."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from fcnlab.errors import FcnLabError
from fcnlab.lab import Run, RunState, find_run, runs_root
from fcnlab.lab.tasks import more_epochs, phase_like_last
from fcnlab.lab.training.queueing import stop_training
from fcnlab.plan import Phase
from fcnlab.ui.calm import calm
from fcnlab.ui.engine import start_training
from fcnlab.ui.markdown import literal
from fcnlab.ui.page import pages
from fcnlab.ui.train.state import can_go_on, is_live
from fcnlab.ui.train.watching.branch import branch_form, branched_from
from fcnlab.ui.words import tooltip

LOOK_EVERY = 3.0
"""Seconds between two looks for what can be done: the first checkpoint, a stop that someone else asked for."""

FIELD = 150
"""Pixels of a number's field."""


def control(run: Run, state: RunState) -> None:
    """Draw the buttons for a run in this state. Not inside of a fragment: they are one, apart from what moves.

    Args:
        run: The run.
        state: As `Run.state` sees it; when it changes, the page is drawn anew.
    """
    branched_from(run)
    st.fragment(_control, run_every=LOOK_EVERY if is_live(state) else None)(run.name, state)


def _control(name: str, state: RunState) -> None:
    with calm():
        run = find_run(runs_root(), name)
        with st.container(horizontal=True, gap="small"):
            if is_live(state):
                _stop(run)
            if state == "running":
                _pause(run)
            if state == "paused":
                _continue(run)
            if can_go_on(state):
                _go_on(run)
            if state in ("running", "paused") or can_go_on(state):
                _change(run)
            if state == "done":
                _more(run)
            if run.checkpoints() and run.record.kind == "network":
                with st.popover("Branch", icon=":material/call_split:"):
                    branch_form(run)
            _look_inside(run, main=state == "done")


def _stop(run: Run) -> None:
    st.button(
        "Stop",
        icon=":material/stop:",
        key="train.stop",
        disabled=run.stop_requested(),
        on_click=_safely(lambda: stop_training(run)),
        help="Ends the training at its next batch and keeps what was learned; it can go on later.",
    )


def _pause(run: Run) -> None:
    st.button(
        "Pause",
        icon=":material/pause:",
        key="train.pause",
        disabled=run.pause_requested() or run.stop_requested(),
        on_click=_safely(run.request_pause),
        help="The training rests after its next batch. It makes room when another run waits, and can go on later.",
    )


def _continue(run: Run) -> None:
    st.button(
        "Continue",
        icon=":material/play_arrow:",
        key="train.continue",
        type="primary",
        disabled=not run.pause_requested() or run.stop_requested(),
        on_click=_safely(run.clear_pause),
        help="The training goes on with the next batch, as if it had never rested.",
    )


def _safely(act: Callable[[], None]) -> Callable[[], None]:
    """The act as a callback that tells what went wrong instead of breaking the page."""

    def acted() -> None:
        try:
            act()
        except FcnLabError as problem:
            st.toast(literal(str(problem)), icon=":material/error:")

    return acted


def _go_on(run: Run) -> None:
    if st.button(
        "Go on",
        icon=":material/play_arrow:",
        key="train.go_on",
        type="primary",
        help="Takes the training up from its last checkpoint, with the same order of images and the same chance.",
    ):
        with _told_here():
            start_training(run)
            st.rerun()


def _change(run: Run) -> None:
    phase = current_phase(run)
    with st.popover("Change", icon=":material/tune:"):
        st.caption("For what follows; what was learned stays.")
        rate = _rate(f"train.change.rate.{run.name}", phase.learning_rate, "It takes effect at the next step.")
        size = _size(f"train.change.batch.{run.name}", phase.batch_size, "It takes effect with the next epoch.")
        new_rate = rate if rate is not None and rate != phase.learning_rate else None
        new_size = size if size is not None and size != phase.batch_size else None
        nothing = new_rate is None and new_size is None
        if st.button("Apply", key="train.change.apply", type="primary", disabled=nothing):
            with _told_here():
                run.request_change(learning_rate=new_rate, batch_size=new_size)
                st.caption("Asked for. The log below the curves tells when it took effect.")


def _more(run: Run) -> None:
    phase = phase_like_last(run, 5)
    with st.popover("More epochs", icon=":material/more_time:"):
        st.caption("Goes on from the last epoch, with the optimizer as it was.")
        epochs = st.number_input(
            "Epochs", 1, 10_000, phase.epochs, key=f"train.more.epochs.{run.name}", help=tooltip("epoch"), width=FIELD
        )
        rate = _rate(f"train.more.rate.{run.name}", phase.learning_rate)
        size = _size(f"train.more.batch.{run.name}", phase.batch_size)
        if st.button("Train on", key="train.more.start", icon=":material/play_arrow:", type="primary"):
            with _told_here():
                more_epochs(run, phase_like_last(run, epochs or 1, learning_rate=rate, batch_size=size))
                start_training(run)
                st.rerun()


def _rate(key: str, value: float, more: str = "") -> float | None:
    text = tooltip("learning rate", more)
    return st.number_input("Learning rate", 1e-6, 10.0, value, value / 10, "%g", key=key, help=text, width=FIELD)


def _size(key: str, value: int, more: str = "") -> int | None:
    return st.number_input("Batch size", 1, 4096, value, key=key, help=tooltip("batch size", more), width=FIELD)


def current_phase(run: Run) -> Phase:
    """The phase at work, as what was changed since has made it."""
    plan, changes = run.record.plan, run.changes()
    phases = [*plan.phases, *(phase for change in changes for phase in change.more)]
    phase, epoch = phases[-1], run.status.epoch
    for one in phases:
        if epoch <= one.epochs:
            phase = one
            break
        epoch -= one.epochs
    for change in changes:
        values = change.model_dump(include={"learning_rate", "batch_size"}, exclude_none=True)
        phase = phase.model_copy(update=values)
    return phase


@contextmanager
def _told_here() -> Iterator[None]:
    """Tell an error in one sentence where it came up."""
    try:
        yield
    except FcnLabError as problem:
        st.error(literal(str(problem)))


def _look_inside(run: Run, *, main: bool) -> None:
    inspect = pages().get("Inspect")
    if not inspect or not run.checkpoints():
        return
    pressed = st.button(
        "Look inside",
        icon=":material/search:",
        key="train.inspect",
        type="primary" if main else "secondary",
        help="Opens this run on the Inspect page: its predictions, feature maps and skips.",
    )
    if pressed:
        st.switch_page(inspect, query_params={"run": run.name})
