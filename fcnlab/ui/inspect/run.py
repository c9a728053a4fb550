"""Choosing the run to look into, and the checkpoint."""

from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from fcnlab.errors import RunError
from fcnlab.lab import Run, find_run, list_runs, runs_root
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
    _tell_missing(runs)
    if not runs:
        _nothing_yet()
        own_network()
        return None
    wide, narrow, beside = st.columns([5, 2, 3], vertical_alignment="bottom")
    with wide:
        run = runs[address_choice("Run", "run", list(runs))]
    with narrow:
        epochs = [str(epoch) for epoch, _ in reversed(run.checkpoints())]
        epoch = address_choice("Checkpoint of epoch", "epoch", epochs, help=tooltip("checkpoint"))
    with beside:
        own_network()
    st.caption(literal(_describe(run)))
    return run, int(epoch)


def address_choice(label: str, key: str, options: list[str], help: str | None = None) -> str:  # noqa: A002 - as in st
    """A select box whose value is always one of `options`, at first the first, and in the address bar as `key`."""
    state: Any = st.session_state
    wanted = st.query_params.get(key)
    if state.get(key) not in options:
        state[key] = wanted if wanted in options else options[0]
    put_into_address(key, state[key])
    # With index=None the box has no default of its own, so that the address names the choice in every case; "required"
    # takes away the cross that would clear it.
    value = st.selectbox(label, options, index=None, key=key, help=help, required=True, bind="query-params")
    return value if value in options else options[0]


def put_into_address(key: str, value: object) -> None:
    """Show a first value in the address bar; call it before the widget that is bound to `key`.

    A bound widget writes there only what a person has changed, and a link should hold the rest, too.
    """
    if key not in st.query_params:
        with suppress(StreamlitAPIException):  # bound since an earlier run of the script: then it is up to date
            st.query_params[key] = str(value)


def _describe(run: Run) -> str:
    net, plan = run.record.net.get("name", "network"), run.record.plan
    if run.record.imported:
        return f"The network {net}, imported from {run.record.imported}."
    images = f"{plan.subset} images of " if plan.subset else ""
    done = max((epoch for epoch, _ in run.checkpoints()), default=0)
    many = f"{done} epoch{'s' * (done > 1)}" if done == plan.epochs else f"{done} of {plan.epochs} epochs"
    return f"The network {net}, trained on {images}{run.record.dataset} for {many}."


def _tell_missing(runs: dict[str, Run]) -> None:
    """Say why the run that a link names is not shown."""
    name = st.query_params.get("run")
    if not name or name in runs:
        return
    try:
        find_run(runs_root(), name)
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
