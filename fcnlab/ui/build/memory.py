"""What training the network on the bench would take of a memory; worked out only while its section is open."""

import streamlit as st

from fcnlab.plan import Phase, Plan
from fcnlab.ui.memory import memory_panel
from fcnlab.ui.words import tooltip
from fcnlab.ui.workbench import Workbench

BATCH = "build.memory.batch"
USUAL = Phase().batch_size
MOST = 4096


def memory_section(bench: Workbench) -> None:
    """Draw the section, closed at first."""
    section = st.expander("Memory for training", icon=":material/memory:", key="build.memory", on_change=bench.stay)
    with section:
        if not section.open:
            return
        batch = st.number_input(
            "Batch size",
            min_value=1,
            max_value=MOST,
            value=USUAL,
            key=BATCH,
            help=tooltip("batch size"),
            on_change=bench.stay,
            width=160,
            persist_state="session",
        )
        plan = Plan(phases=(Phase(batch_size=min(max(int(batch or USUAL), 1), MOST)),))
        memory_panel(bench.net, plan, "build.memory", refuses=False)
