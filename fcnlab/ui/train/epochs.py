"""The predictions on the same few images after each epoch, with a slider back through the epochs."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fcnlab.lab import Run
from fcnlab.ui.train.pictures import blank_pictures, legend, preview_pictures

WIDTH = 480
"""Pixels of a row of three pictures."""

_HEAD = (
    f'<div style="display:grid;grid-template-columns:repeat(3,1fr);max-width:{WIDTH}px;text-align:center;'
    'font-size:.8125rem;color:var(--fcn-muted)"><span>image</span><span>truth</span><span>prediction</span></div>'
)


_WHICH = (
    "On the same few validation images each time, chosen so that the last class is large in the first and small in "
    "the last. Earlier epochs can be looked at again."
)


def predictions(run: Run, classes: Sequence[str]) -> None:
    """Draw image, truth and prediction; a fixed place, also before the first epoch's end."""
    done = [epoch for epoch, _ in run.previews() if epoch]
    newest = done[-1] if done else None
    chosen = _epoch(run, newest)
    shown = max((epoch for epoch in done if chosen is not None and epoch <= chosen), default=None)
    pictures = preview_pictures(run, shown, len(classes)) or blank_pictures(run)
    what = f"after epoch {shown}" if shown else "which comes after the first epoch"
    st.html(_HEAD)
    for number, png in enumerate(pictures, 1):
        st.image(png, width=WIDTH, alt=f"Image {number}, its truth, and the prediction, {what}")
    st.html(legend(classes))


def _epoch(run: Run, newest: int | None) -> int | None:
    """The epoch to show: the newest, until the visitor goes back to an earlier one."""
    epochs = run.record.plan.epochs
    key, back = f"train.epoch.{run.name}", f"train.back.{run.name}"
    state: Any = st.session_state
    if newest is not None and not state.get(back) and state.get(key) != newest:
        state[key] = newest

    def moved() -> None:
        state[back] = newest is not None and state[key] < newest

    label = "Predictions after epoch"
    if epochs == 1:
        st.markdown(f"{label} 1")
        return newest
    st.slider(label, 1, epochs, key=key, on_change=moved, disabled=newest is None, help=_WHICH)
    return None if newest is None else min(int(state[key]), newest)
