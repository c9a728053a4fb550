"""The Inspect page from top to bottom."""

import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.data import Dataset, open_dataset
from fcnlab.errors import FcnLabError
from fcnlab.lab import Run
from fcnlab.lab.tasks import net_of
from fcnlab.ui.engine import engine
from fcnlab.ui.inspect.maps import feature_maps
from fcnlab.ui.inspect.picture import choose_picture
from fcnlab.ui.inspect.prediction import predictions
from fcnlab.ui.inspect.run import choose_run
from fcnlab.ui.inspect.subject import Subject, look_at, prepare_switching
from fcnlab.ui.markdown import literal

LOOK_EVERY = 0.5
"""Seconds between two looks at an engine that is not ready."""


def inspect_page() -> None:
    """Draw the page's content."""
    chosen = choose_run()
    if chosen is None:
        return
    subject = _choose_subject(*chosen)
    if subject is None:
        return
    if engine().state().phase != "ready":
        _waiting()
        return
    with st.spinner("The network looks at the picture …"):
        look_at(subject)  # kept, so that the parts below find it at once
    predictions(subject)
    feature_maps(subject)
    prepare_switching(subject)


def _choose_subject(run: Run, epoch: int) -> Subject | None:
    net = net_of(run)
    dataset = _dataset(run)
    picture = choose_picture(dataset, (net.input.height, net.input.width), net.input.channels)
    if picture is None:
        return None
    written = run.checkpoint_path(epoch).stat().st_mtime_ns
    return Subject(str(run.path), epoch, written, net, _class_names(net, dataset), *picture)


def _dataset(run: Run) -> Dataset | None:
    """What the run was trained on; a sentence and None when it has gone."""
    try:
        return open_dataset(run.record.dataset)
    except FcnLabError as problem:
        st.warning(f"{literal(str(problem))} Pictures can still be uploaded.")
        return None


def _class_names(net: NetSpec, dataset: Dataset | None) -> tuple[str, ...]:
    if dataset is not None and len(dataset.classes) == net.output.classes:
        return dataset.classes
    return ("background", *(f"class {index}" for index in range(1, net.output.classes)))


@st.fragment(run_every=LOOK_EVERY)
def _waiting() -> None:
    """Say how far the engine is, and go on as soon as it is ready."""
    state = engine().state()
    if state.phase == "ready":
        st.rerun()
    if state.phase == "absent":
        engine().start()  # each time: one that was idle may have ended just when the page was opened
    st.info(f"{state.sentence} The picture is looked at as soon as it is ready.", icon=":material/hourglass_top:")
