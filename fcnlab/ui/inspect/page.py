"""The Inspect page from top to bottom."""

import streamlit as st

from fcnlab.lab import Run
from fcnlab.lab.tasks import net_of
from fcnlab.ui.engine import engine
from fcnlab.ui.inspect.beside import side_by_side
from fcnlab.ui.inspect.layerwise import layer_by_layer
from fcnlab.ui.inspect.maps.section import feature_maps
from fcnlab.ui.inspect.picture import choose_picture, dataset_of
from fcnlab.ui.inspect.prediction import prediction
from fcnlab.ui.inspect.run import choose_run
from fcnlab.ui.inspect.skips.dataset import skips_on_dataset
from fcnlab.ui.inspect.skips.here import skips_here
from fcnlab.ui.inspect.subject import Subject, class_names, look_at, prepare_switching

LOOK_EVERY = 0.5
"""Seconds between two looks at an engine that is not ready."""

VIEWS = {
    "Feature maps": feature_maps,
    "Skips in this picture": skips_here,
    "Skips on a dataset": skips_on_dataset,
    "Side by side": side_by_side,
}


def inspect_page() -> None:
    """Draw the page's content."""
    chosen = choose_run()
    if chosen is None:
        return
    if chosen[0].record.kind == "layers":
        layer_by_layer(chosen[0], _waiting)
        return
    subject = _choose_subject(*chosen)
    if subject is None:
        return
    if engine().state().phase != "ready":
        _waiting()
        return
    with st.spinner("The network looks at the picture …"):
        look_at(subject)  # kept, so that the parts below find it at once
    prediction(subject)
    VIEWS[_view()](subject)
    prepare_switching(subject)


def _view() -> str:
    """What is asked about the network; in the address bar."""
    value = st.segmented_control(
        "What to look at",
        list(VIEWS),
        default=next(iter(VIEWS)),
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    return value if value in VIEWS else next(iter(VIEWS))


def _choose_subject(run: Run, epoch: int) -> Subject | None:
    net = net_of(run)
    dataset = dataset_of(run)
    picture = choose_picture(dataset, (net.input.height, net.input.width), net.input.channels)
    if picture is None:
        return None
    written = run.checkpoint_path(epoch).stat().st_mtime_ns
    return Subject(str(run.path), epoch, written, net, class_names(net, dataset), *picture)


@st.fragment(run_every=LOOK_EVERY)
def _waiting() -> None:
    """Say how far the engine is, and go on as soon as it is ready."""
    state = engine().state()
    if state.phase == "ready":
        st.rerun()
    if state.phase == "absent":
        engine().start()  # each time: one that was idle may have ended just when the page was opened
    st.info(f"{state.sentence} The picture is looked at as soon as it is ready.", icon=":material/hourglass_top:")
