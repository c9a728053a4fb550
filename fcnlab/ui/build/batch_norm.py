"""The settings of batch norm, which the whole network shares."""

import streamlit as st

from fcnlab.ui.build import fields
from fcnlab.ui.words import tooltip
from fcnlab.ui.workbench import Workbench

MOMENTUM = "Share of the old running statistics that batch norm keeps at each training step."
EPSILON = "Added to the variance in batch norm, so that nothing is divided by zero."


def batch_norm(bench: Workbench) -> None:
    """Draw momentum and epsilon, folded away."""
    with st.expander("Batch norm of the whole network"):
        _settings(bench)


def _settings(bench: Workbench) -> None:
    st.caption(tooltip("batch norm"))
    for name, label, low, high, step, text in (
        ("norm_momentum", "Batch norm momentum", 0.0, 0.999, 0.01, MOMENTUM),
        ("norm_epsilon", "Batch norm epsilon", 1e-7, 1.0, 1e-3, EPSILON),
    ):
        key = fields.synced((name,), getattr(bench.net, name))
        st.number_input(
            label,
            low,
            high,
            None,
            required=True,
            step=step,
            format="%g",
            key=key,
            help=text,
            on_change=bench.set,
            args=((name,), key, f"{label} takes a number from {low:g} to {high:g}"),
        )
