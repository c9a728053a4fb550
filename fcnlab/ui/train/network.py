"""Which network a training takes: the visitor's own, seen small, and whether it goes with the images."""

import streamlit as st

from fcnlab.arch import PRESETS, check, flow
from fcnlab.data import Dataset
from fcnlab.draw import diagram_svg
from fcnlab.errors import FcnLabError
from fcnlab.lab.training.fit import adapted, require_fit
from fcnlab.ui.clickable import clickable
from fcnlab.ui.markdown import literal
from fcnlab.ui.page import pages
from fcnlab.ui.words import count, short, tooltip
from fcnlab.ui.workbench import LINK, Workbench

PRESET = "train.preset"


def choose_network(bench: Workbench) -> None:
    """Draw the network: where it comes from, its diagram and its size."""
    _preset(bench)
    clickable(diagram_svg(bench.net, theme="page"), key="train.diagram")
    rows = flow(bench.net)
    net = bench.net
    size = f"{net.input.width}×{net.input.height} pixels, {net.output.classes} classes"
    st.markdown(
        f"**{literal(net.name)}** · {size} · {count(rows.params)} parameters · {short(rows.macs)} multiply–adds",
        help=f"Parameters: {tooltip('parameters')} Multiply–adds: {tooltip('multiply–adds')}",
    )


def _preset(bench: Workbench) -> None:
    if st.session_state.get(PRESET) != bench.preset:
        st.session_state[PRESET] = bench.preset

    def start() -> None:
        name = st.session_state.get(PRESET)
        if isinstance(name, str):
            bench.start_from(name)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Network to train",
            list(PRESETS),
            index=None,
            key=PRESET,
            placeholder=f"Your own: {bench.net.name}",
            on_change=start,
            help="The network from the Build page, or a preset to take in its place.",
            width=260,
        )
        build_link(bench, "Change it in Build")


def build_link(bench: Workbench, label: str) -> None:
    """A link to the Build page with this network."""
    script = pages().get("Build")
    if script:
        st.page_link(script, label=label, icon=":material/edit:", query_params={LINK: bench.code})


def network_fits(bench: Workbench, dataset: Dataset | None) -> bool:
    """Whether the network can be trained on the dataset; where not, say why, with what mends it."""
    report = check(bench.net)
    for problem in report.errors:
        st.error(f"**{literal(', '.join(problem.where.rsplit('.', 1)))}**: {literal(problem.message)}")
    if not report.ok:
        build_link(bench, "Mend it in Build")
        return False
    if dataset is None:
        return True
    try:
        require_fit(bench.net, dataset)
    except FcnLabError as problem:
        st.warning(literal(str(problem)))
        _adapt(bench, dataset)
        return False
    return True


def _adapt(bench: Workbench, dataset: Dataset) -> None:
    classes = len(dataset.classes)
    if bench.net.output.classes != classes:
        st.button(
            f"Set the network's classes to {classes}",
            icon=":material/build:",
            type="primary",
            key="train.adapt",
            on_click=bench.edit,
            args=(lambda net: adapted(net, dataset),),
        )
