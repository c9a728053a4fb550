"""The parts of the Build page, from top to bottom."""

import streamlit as st

from fcnlab.arch import Flow, check, expand, flow, layer_flow
from fcnlab.draw import diagram_svg
from fcnlab.ui.build.memory import memory_section
from fcnlab.ui.build.problems import problem_list, stage_problems, wrong_rows
from fcnlab.ui.build.stage_form import stage_form
from fcnlab.ui.build.stage_picker import stage_picker
from fcnlab.ui.build.table import table_html
from fcnlab.ui.build.toolbar import toolbar
from fcnlab.ui.clickable import clickable
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import count, memory, short, tooltip
from fcnlab.ui.workbench import Workbench

MEMORY = "What all layers' outputs take for one picture in float32, without the weights."


def build_page(bench: Workbench) -> None:
    """Draw the page's content."""
    rows, report = flow(bench.net), check(bench.net)
    toolbar(bench)
    notice = bench.take_notice()
    if notice:
        st.error(literal(notice), icon=":material/block:")
    problem_list(bench, report)
    diagram(bench)
    totals(rows)
    memory_section(bench)
    settings, numbers = st.columns([10, 13], gap="medium")
    with settings:
        stage_picker(bench, rows)
        stage_problems(bench, report)
        stage_form(bench, rows)
    with numbers:
        table(bench, rows, wrong_rows(bench, report))


def diagram(bench: Workbench) -> None:
    """The U, drawn to scale; a click on a block selects its stage."""
    wide = diagram_svg(bench.net, selected=bench.row, interactive=True, theme="page")
    narrow = diagram_svg(bench.net, selected=bench.row, interactive=True, theme="page", compact=True)
    clickable(wide, compact=narrow, key="diagram", on_pick=bench.select)


def totals(rows: Flow) -> None:
    """What the whole network amounts to."""
    last = rows.rows[-1].receptive_field
    trained = f"{count(rows.params - rows.frozen)} of them are trained." if rows.frozen else ""
    with st.container(horizontal=True, key="totals"):
        st.metric("Parameters", count(rows.params), help=tooltip("parameters", trained), width=165)
        st.metric("Multiply–adds", short(rows.macs), help=tooltip("multiply–adds"), width=165)
        st.metric("Receptive field", f"{count(last)} px", help=tooltip("receptive field"), width=165)
        st.metric("Activations", memory(rows.activations), help=MEMORY, width=165)


def table(bench: Workbench, rows: Flow, wrong: set[int]) -> None:
    """The shape flow, by stage or by layer; a click on a row selects its stage."""
    view = st.segmented_control(
        "Shape flow",
        ["Stages", "Layers"],
        default="Stages",
        required=True,
        key="rows_of",
        help=tooltip("shape flow"),
        on_change=bench.stay,
        persist_state="session",
    )
    if view == "Layers":
        stages = [layer.stage for layer in expand(bench.net).layers]
        markup = table_html(layer_flow(bench.net), stages, selected=bench.row, wrong=wrong, title="Layer")
    else:
        markup = table_html(rows, range(len(rows.rows)), selected=bench.row, wrong=wrong, title="Stage")
    clickable(markup, key="table", on_pick=bench.select)
