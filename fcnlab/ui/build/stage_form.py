"""The settings of the selected stage: every field of the spec, and what can be done with the stage."""

from functools import partial

import streamlit as st

from fcnlab.arch import Flow
from fcnlab.arch.edit import (
    LIMITS,
    Path,
    Section,
    change,
    clear_skip,
    duplicate_stage,
    move_stage,
    remove_stage,
    rename_stage,
    set_skip,
)
from fcnlab.arch.spec import INPUTS, BottleneckLayer, DecoderStage, EncoderStage
from fcnlab.ui.build import fields
from fcnlab.ui.build.batch_norm import batch_norm
from fcnlab.ui.build.conv_form import conv_fields, conv_list
from fcnlab.ui.place import Place, row_of
from fcnlab.ui.words import shape, tooltip
from fcnlab.ui.workbench import Edit, Workbench

ABOUT = {
    "input": "The pictures that the network takes.",
    "output": "The last layer: one channel a class, then probabilities.",
}


def stage_form(bench: Workbench, flow: Flow) -> None:
    """Draw the settings of the selected stage."""
    place = bench.place
    match place.section:
        case "input":
            st.caption(ABOUT["input"])
            _row_of_fields(bench, ("input",), fields.INPUT, bench.net.input)
        case "output":
            st.caption(ABOUT["output"])
            _output(bench)
        case section:
            _actions(bench, section, place.index)
            _name(bench, section, place.index)
            stage = getattr(bench.net, section)[place.index]
            if isinstance(stage, EncoderStage):
                _encoder(bench, place.index, stage)
            elif isinstance(stage, BottleneckLayer):
                st.caption(tooltip("1×1 convolution") if stage.conv.kernel == 1 else tooltip("bottleneck"))
                conv_fields(bench, ("bottleneck", place.index, "conv"), stage.conv)
            else:
                _decoder(bench, place.index, stage, flow)
    batch_norm(bench)


def _row_of_fields(bench: Workbench, holder: Path, row: tuple[fields.Field, ...], values: object) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for field in row:
            fields.show(bench, holder, field, getattr(values, field.name))


def _actions(bench: Workbench, section: Section, index: int) -> None:
    """Move, duplicate and remove."""
    length = len(getattr(bench.net, section))

    def button(label: str, icon: str, edit: Edit, then: int, *, disabled: bool, hint: str) -> None:
        st.button(
            label,
            icon=f":material/{icon}:",
            key=f"stage.{label}",
            help=hint,
            disabled=disabled,
            on_click=bench.edit,
            args=(edit, Place(section, then)),
        )

    with st.container(horizontal=True, gap="xsmall"):
        up = partial(move_stage, section=section, index=index, by=-1)
        button("Earlier", "arrow_back", up, index - 1, disabled=index == 0, hint="Move this stage towards the inputs.")
        down = partial(move_stage, section=section, index=index, by=1)
        last = index == length - 1
        button("Later", "arrow_forward", down, index + 1, disabled=last, hint="Move this stage towards the outputs.")
        copy = partial(duplicate_stage, section=section, index=index)
        full = length >= LIMITS[section]
        button("Copy", "content_copy", copy, index + 1, disabled=full, hint="Put a copy of this stage behind it.")
        gone = partial(remove_stage, section=section, index=index)
        only = f"This is the only {section} stage." if length == 1 else "Take this stage away."
        button("Remove", "delete", gone, min(index, length - 2), disabled=length == 1, hint=only)


def _name(bench: Workbench, section: Section, index: int) -> None:
    path = (section, index, "name")
    key = fields.synced(path, getattr(bench.net, section)[index].name)

    def rename() -> None:
        bench.edit(lambda net: rename_stage(net, section, index, st.session_state.get(key) or ""))

    st.text_input(
        "Name",
        key=key,
        max_chars=40,
        on_change=rename,
        help="Letters, digits, spaces, dots and dashes; skips that come from this stage follow.",
    )


def _encoder(bench: Workbench, index: int, stage: EncoderStage) -> None:
    holder: Path = ("encoder", index, "down")
    none = stage.down.kind == "none"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        fields.show(bench, holder, fields.DOWN_KIND, stage.down.kind)
        fields.show(bench, holder, fields.DOWN_FACTOR, stage.down.factor, disabled=none)
        fields.show(bench, holder, fields.DOWN_PLACE, stage.down.place, disabled=none)
    conv_list(bench, ("encoder", index), stage.convs, least=1)


def _decoder(bench: Workbench, index: int, stage: DecoderStage, flow: Flow) -> None:
    holder: Path = ("decoder", index, "up")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        fields.show(bench, holder, fields.UP_KIND, stage.up.kind)
        fields.show(bench, holder, fields.UP_FACTOR, stage.up.factor)
    if stage.up.kind != "transposed":
        st.caption("This kind has no weights: the channels stay as they come in.")
    elif stage.up.factor == 1:
        st.caption("Factor 1: a transposed convolution of stride 1.")
    if stage.up.kind == "transposed":
        _row_of_fields(bench, holder, fields.UP_WEIGHTS, stage.up)
    with st.container(border=True):
        _skip(bench, index, stage, flow)
    conv_list(bench, ("decoder", index), stage.convs, least=0)


def _skip(bench: Workbench, index: int, stage: DecoderStage, flow: Flow) -> None:
    """Where the skip comes from, those of the right size first, and how it is merged."""
    key = fields.synced(("decoder", index, "source"), stage.skip.source if stage.skip else None)
    options = _sources(bench, index, stage, flow)

    def connect() -> None:
        source = st.session_state.get(key)
        bench.edit(lambda net: clear_skip(net, index) if source is None else set_skip(net, index, source))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Skip connection from",
            list(options),
            format_func=lambda name: options.get(name, str(name)),
            key=key,
            help=tooltip("skip connection"),
            on_change=connect,
            width=300,
        )
        if stage.skip:
            fields.show(bench, ("decoder", index, "skip"), fields.MERGE, stage.skip.merge)
            fields.show(bench, ("decoder", index, "skip"), fields.PROJECT, stage.skip.project)


def _sources(bench: Workbench, index: int, stage: DecoderStage, flow: Flow) -> dict[str | None, str]:
    """Source → the words shown for it; None is no skip."""
    size = flow.rows[row_of(bench.net, Place("decoder", index))].shape[:2]
    rows = {INPUTS: flow.rows[0], **{row.name: row for row in flow.rows if row.role == "encoder"}}
    fitting: dict[str | None, str] = {
        name: f"{name} ({shape(row.shape)})" for name, row in rows.items() if row.shape[:2] == size
    }
    others: dict[str | None, str] = {
        name: f"{name} ({shape(row.shape)}, does not fit)" for name, row in rows.items() if row.shape[:2] != size
    }
    options: dict[str | None, str] = {None: "none", **dict(reversed(fitting.items())), **others}
    if stage.skip and stage.skip.source not in options:
        options[stage.skip.source] = f"{stage.skip.source} (not there)"
    return options


def _output(bench: Workbench) -> None:
    output = bench.net.output
    path = ("output", "kernel")
    key = "net.output.convolution"
    present = output.kernel is not None
    if st.session_state.get(key) != present:
        st.session_state[key] = present

    def switch() -> None:
        kernel = 1 if st.session_state.get(key) else None
        bench.edit(lambda net: change(net, path, kernel))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        fields.show(bench, ("output",), fields.CLASSES, output.classes)
        fields.show(bench, ("output",), fields.OUTPUT_ACTIVATION, output.activation)
        st.toggle(
            "Output convolution",
            key=key,
            on_change=switch,
            help="Gives one channel a class. Without it the last stage's channels are the class scores themselves.",
        )
        if output.kernel is not None:
            fields.show(bench, path[:-1], fields.KERNEL, output.kernel)
