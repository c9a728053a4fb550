"""Choosing the stage whose settings are shown, and adding stages."""

from zlib import crc32

import streamlit as st

from fcnlab.arch import Flow
from fcnlab.arch.edit import LIMITS, add_stage
from fcnlab.ui.place import SECTIONS, Place
from fcnlab.ui.words import tooltip
from fcnlab.ui.workbench import Workbench

ADDED = {"encoder": "Encoder stage", "bottleneck": "Bottleneck layer", "decoder": "Decoder stage"}


def stage_picker(bench: Workbench, rows: Flow) -> None:
    """Draw the choice of the stage, which follows clicks on the diagram and the table."""
    labels = [f"{row.name} · {row.role}" for row in rows.rows]
    # The browser keeps the label that was chosen, not its row: with other labels it has to be another box.
    key = f"row.{crc32('/'.join(labels).encode())}"
    if st.session_state.get(key) != bench.row:
        st.session_state[key] = bench.row
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Settings of",
            list(range(len(labels))),
            format_func=labels.__getitem__,
            key=key,
            help=f"Or click on a block of the diagram or a row of the table. Stage: {tooltip('stage')}",
            on_change=lambda: bench.select(st.session_state[key]),
            width=230,
        )
        with st.popover("Add a stage", icon=":material/add:"):
            for section in SECTIONS:
                length = len(getattr(bench.net, section))
                full = length >= LIMITS[section]
                st.button(
                    ADDED[section],
                    key=f"add.{section}",
                    width="stretch",
                    disabled=full,
                    help=f"At most {LIMITS[section]}." if full else tooltip(section),
                    on_click=bench.edit,
                    args=(lambda net, section=section: add_stage(net, section), Place(section, length)),
                )
