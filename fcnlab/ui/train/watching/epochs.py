"""The predictions on the same few images after each epoch, with a slider back through the epochs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from fcnlab.ui.train.pictures import blank_pictures, legend, preview_pictures

WIDTH = 480
"""Pixels of a row of three pictures."""

_HEAD = (
    f'<div style="display:grid;grid-template-columns:repeat(3,1fr);max-width:{WIDTH}px;text-align:center;'
    'font-size:.8125rem;color:var(--fcn-muted)"><span>image</span><span>truth</span><span>prediction</span></div>'
)

_LABEL = "Predictions after epoch"
_WHICH = (
    "On the same few validation images each time, chosen so that the last class is large in the first and small in "
    "the last. Earlier epochs can be looked at again."
)


def predictions(
    previews: Sequence[tuple[int, Path]],
    classes: Sequence[str],
    key: str,
    *,
    epochs: int = 0,
    size: tuple[int, int] = (160, 160),
) -> None:
    """Draw image, truth and prediction; a fixed place, also before the first epoch's end.

    Args:
        previews: Epoch and file; epoch 0 holds the images and their truth. As `Run.previews` gives them.
        classes: The classes' names.
        key: Tells apart the sliders of several runs.
        epochs: Of the whole plan, so that the slider's scale stays; 0 takes those that there are.
        size: Height and width of the images, for the places of those that are not there yet.
    """
    files = dict(previews)
    done = [epoch for epoch in files if epoch]
    newest = done[-1] if done else None
    chosen = _epoch(key, newest, max([epochs, *done], default=1))
    shown = max((epoch for epoch in done if chosen is not None and epoch <= chosen), default=None)
    pictures = preview_pictures(files.get(0), files.get(shown) if shown else None, len(classes)) or blank_pictures(size)
    what = f"after epoch {shown}" if shown else "which comes after the first epoch"
    st.html(_HEAD)
    # As wide as their place: for a width in pixels Streamlit would make every picture anew each time.
    with st.container(width=WIDTH):
        for number, png in enumerate(pictures, 1):
            st.image(png, width="stretch", alt=f"Image {number}, its truth, and the prediction, {what}")
    st.html(legend(classes))


def _epoch(name: str, newest: int | None, epochs: int) -> int | None:
    """The epoch to show: the newest, until the visitor goes back to an earlier one.

    Each newest epoch has a slider of its own that begins there. To set the value of one slider anew is no way: a page
    that opens while a run is trained may miss it, and then tells the slider's first value as the visitor's choice.
    """
    if epochs == 1:
        st.markdown(f"{_LABEL} 1")
        return newest
    state: Any = st.session_state
    back = f"train.back.{name}"
    # Of one that is played back, the newest may also become an earlier one.
    if state.get(back, 0) > (newest or 0):
        del state[back]
    begun = state.get(back) or newest or 1
    key = f"train.epoch.{name}.{begun}"

    def moved() -> None:
        if newest is not None and state[key] < newest:
            state[back] = begun
        else:
            state.pop(back, None)

    # Never disabled: the label of a disabled slider is too faint to be read.
    chosen = st.slider(_LABEL, 1, epochs, begun, key=key, on_change=moved, help=_WHICH)
    return None if newest is None else min(int(chosen), newest)
