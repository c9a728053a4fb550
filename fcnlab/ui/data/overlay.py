"""How masks are laid over pictures: opacity, classes on and off, and the outlines."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.data import Dataset
from fcnlab.draw import class_colors, mask_image, overlay
from fcnlab.draw.masks import IGNORED, in_color
from fcnlab.ui.markdown import literal

Bytes = NDArray[np.uint8]

USUAL_OPACITY = 50


@dataclass(frozen=True)
class Overlay:
    """What of a mask is shown over its picture.

    Attributes:
        classes: Number of classes, K.
        colors: One for each class.
        shown: Which classes, K.
        opacity: 0 to 1.
        outline: Whether regions have a rim.
    """

    classes: int
    colors: tuple[str, ...]
    shown: tuple[bool, ...]
    opacity: float
    outline: bool

    def over(self, image: Bytes, labels: Bytes) -> Bytes:
        """The picture uint8 [H, W, 1 or 3] with its mask [H, W] over it."""
        colour = in_color(image)
        return overlay(
            colour, self._visible(labels), self.classes, self.opacity, outline=self.outline, colors=self.colors
        )

    def alone(self, labels: Bytes) -> Bytes:
        """The mask itself: uint8 [H, W, 3]."""
        return mask_image(self._visible(labels), self.classes, self.colors)

    def _visible(self, labels: Bytes) -> Bytes:
        table = np.zeros(256, np.uint8)
        table[: self.classes] = np.where(self.shown, np.arange(self.classes), 0)
        table[IGNORED] = IGNORED
        visible: Bytes = table[labels]
        return visible


def choose_overlay(dataset: Dataset) -> Overlay:
    """Draw the settings."""
    colors = class_colors(dataset.colors)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        opacity = st.slider(
            "Opacity of the masks",
            0,
            100,
            USUAL_OPACITY,
            step=10,
            format="%d %%",
            key="data.opacity",
            bind="query-params",
            width=220,
        )
        shown = [True] + [_class(number, name) for number, name in enumerate(dataset.classes) if number]
        outline = st.checkbox("Outlines", value=True, key="data.outline", bind="query-params")
    st.html(f"<style>{_chips(colors)}</style>")
    return Overlay(len(dataset.classes), colors, tuple(shown), min(max(opacity, 0), 100) / 100, outline)


def _class(number: int, name: str) -> bool:
    return st.checkbox(literal(name), value=True, key=f"data.class{number}", bind="query-params")


def _chips(colors: tuple[str, ...]) -> str:
    """The classes' colours before the names of their boxes."""
    return "".join(
        f".st-key-data-class{number} label p::before{{content:'';display:inline-block;width:.8em;height:.8em;"
        f"margin-right:.4em;border-radius:2px;border:1px solid var(--fcn-rule);background:{color}}}"
        for number, color in enumerate(colors)
    )
