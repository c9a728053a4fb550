"""Choosing the run to look into, and the checkpoint."""

import streamlit as st

from fcnlab.errors import RunError
from fcnlab.lab import Run, list_runs, runs_root
from fcnlab.lab.examples import example_names, open_example
from fcnlab.lab.history.shelf import Shelf
from fcnlab.ui.address import address_choice
from fcnlab.ui.inspect.own import own_network, take_imported
from fcnlab.ui.markdown import literal
from fcnlab.ui.page import pages
from fcnlab.ui.words import tooltip


def choose_run() -> tuple[Run, int] | None:
    """Draw the choice; the address bar holds it.

    Returns:
        The run and the epoch of its checkpoint; None when no run has one.
    """
    take_imported()
    st.html("<style>[data-testid=stWidgetLabelRequired]{display:none}</style>")  # there is always a choice
    runs = {run.name: run for run in list_runs(runs_root()) if run.checkpoints()}
    names = [*runs, *(name for name in example_names() if name not in runs)]
    _tell_missing(names)
    if not names:
        _nothing_yet()
        own_network()
        return None
    wide, narrow, beside = st.columns([5, 2, 3], vertical_alignment="bottom")
    with wide:
        name = address_choice("Run", "run", names)
        run = runs[name] if name in runs else open_example(runs_root(), name)
    with narrow:
        epochs = [str(epoch) for epoch in run.offered_epochs()]
        epoch = address_choice("Checkpoint of epoch", "epoch", epochs, help=tooltip("checkpoint"))
    with beside:
        own_network()
    st.caption(literal(_describe(run)))
    return run, int(epoch)


def _describe(run: Run) -> str:
    net, plan = run.record.net.get("name", "network"), run.record.plan
    if run.record.imported:
        return f"The network {net}, imported from {run.record.imported}."
    images = f"{plan.subset} images of " if plan.subset else ""
    done = max((epoch for epoch, _ in run.checkpoints()), default=0)
    many = f"{done} epoch{'s' * (done > 1)}" if done == plan.epochs else f"{done} of {plan.epochs} epochs"
    note = f" {run.record.note}" if run.record.note else ""
    return f"The network {net}, trained on {images}{run.record.dataset} for {many}.{note}"


def _tell_missing(names: list[str]) -> None:
    """Say why the run that a link names is not shown."""
    name = st.query_params.get("run")
    if not name or name in names:
        return
    try:
        Shelf.at(runs_root()).find(name)
    except RunError as problem:
        st.warning(literal(str(problem)))
    else:
        st.info(f"The run {literal(name)} has no checkpoint yet. It can be inspected after its first epoch.")


def _nothing_yet() -> None:
    st.info("There is no trained network to look into yet. Train one: on the built-in shapes it takes a minute.")
    train = pages().get("Train")
    if train is not None:
        st.page_link(
            train,
            label="Train the Follow-Me network on shapes",
            icon=":material/model_training:",
            query_params={"net": "follow-me"},
        )
