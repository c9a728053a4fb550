"""Convolutions of a stage: the fields of each, and adding and removing them."""

import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.arch.edit import Path, change
from fcnlab.arch.spec import Conv
from fcnlab.ui.build import fields
from fcnlab.ui.workbench import Workbench

MOST = 4


def conv_list(bench: Workbench, holder: Path, convs: tuple[Conv, ...], *, least: int) -> None:
    """Draw a stage's convolutions, each with its fields.

    Args:
        bench: What a change is applied to.
        holder: Path of the stage.
        convs: Its convolutions.
        least: How many there must be.
    """
    path = (*holder, "convs")
    for number, conv in enumerate(convs):
        with st.container(border=True):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"**Convolution {number + 1}**", width="content")
                st.button(
                    "Remove",
                    key=f"conv.remove.{number}",
                    type="tertiary",
                    icon=":material/close:",
                    disabled=len(convs) <= least,
                    help=f"Take convolution {number + 1} away."
                    if len(convs) > least
                    else "An encoder stage needs at least one convolution.",
                    on_click=bench.edit,
                    args=(lambda net, number=number: remove_conv(net, holder, number),),
                )
            conv_fields(bench, (*path, number), conv)
    st.button(
        "Add a convolution",
        key="conv.add",
        icon=":material/add:",
        disabled=len(convs) >= MOST,
        help=f"A stage has at most {MOST} convolutions." if len(convs) >= MOST else "Like the last one of this stage.",
        on_click=bench.edit,
        args=(lambda net: add_conv(net, holder),),
    )


def conv_fields(bench: Workbench, holder: Path, conv: Conv) -> None:
    """Draw the fields of one convolution."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for field in fields.CONV:
            idle = field is fields.ORDER and "none" in (conv.norm, conv.activation)
            fields.show(bench, holder, field, getattr(conv, field.name), disabled=idle)


def add_conv(net: NetSpec, stage: Path) -> NetSpec:
    """Add a convolution like the stage's last; in an empty decoder stage, one as wide as its upsampling."""
    section, index = stage
    part = getattr(net, str(section))[index]
    new = part.convs[-1] if part.convs else Conv(filters=part.up.filters)
    return change(net, (*stage, "convs"), [conv.model_dump() for conv in (*part.convs, new)])


def remove_conv(net: NetSpec, stage: Path, number: int) -> NetSpec:
    """Take convolution `number` of a stage away."""
    section, index = stage
    convs = getattr(net, str(section))[index].convs
    return change(net, (*stage, "convs"), [conv.model_dump() for at, conv in enumerate(convs) if at != number])
