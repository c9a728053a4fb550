"""The Train page: the form for a new training, a run, or the replay of one; and below it all runs."""

from collections.abc import Sequence

import streamlit as st

from fcnlab.errors import RunError
from fcnlab.lab import Run, runs_root
from fcnlab.lab.history.replaying import recordings
from fcnlab.lab.history.shelf import Entry, Shelf
from fcnlab.lab.runs.records import ACTIVE
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.address import show_replay, shown
from fcnlab.ui.train.head import head, new_button
from fcnlab.ui.train.records.found import run_records, undo_notice
from fcnlab.ui.train.records.replay import replay
from fcnlab.ui.train.start import new_training
from fcnlab.ui.train.watching.numbers import duration
from fcnlab.ui.train.watching.queue import queue_view
from fcnlab.ui.train.watching.watch import watch
from fcnlab.ui.workbench import workbench


def train_page() -> None:
    """Draw the page's content."""
    entries, _ = Shelf.at(runs_root()).entries()
    name, replayed = shown()
    undo_notice()
    if replayed:
        replay(name)
    elif name:
        _run(name, entries)
    else:
        new_training(workbench(), [entry.run for entry in entries])
        _recordings()
    queue_view(runs_root(), name)
    run_records("" if replayed else name)


def _run(name: str, entries: Sequence[Entry]) -> None:
    try:
        run = Shelf.at(runs_root()).find(name)
    except RunError as problem:
        st.error(literal(str(problem)))
        new_button()
        return
    head(run)
    watch(run, [entry.run.name for entry in entries if entry.run.name != name and entry.state in ACTIVE])


def _recordings() -> None:
    """The recordings that come with the lab, to be watched at once."""
    found = recordings()
    if not found:
        return
    with st.expander("Watch a recording", icon=":material/movie:"):
        st.caption("Whole trainings with the plans of the reference project, played back in a minute or at any speed.")
        for run in found:
            _recording(run)


def _recording(run: Run) -> None:
    entry = Shelf.at(run.path.parent).entry(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Watch {run.name}",
            icon=":material/play_arrow:",
            key=f"train.watch.{run.name}",
            on_click=show_replay,
            args=(run.name,),
        )
        st.markdown(literal(_told(entry)), width="stretch")


def _told(entry: Entry) -> str:
    plan, summary = entry.run.record.plan, entry.summary
    phase = plan.phases[0]
    score = "" if summary.best is None else f", best mean IoU {summary.best:.3f}"
    return (
        f"Learning rate {phase.learning_rate:g}, batch size {phase.batch_size}, {plan.epochs} epochs: "
        f"{duration(summary.seconds)} of training{score}."
    )
