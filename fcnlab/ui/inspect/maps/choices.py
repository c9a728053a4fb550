"""How feature maps are shown: their order, the scale of their colours, the palette and how many of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from fcnlab.draw.palette import Palette
from fcnlab.draw.tiles import Order, Range
from fcnlab.errors import FcnLabError
from fcnlab.ui.words import tooltip

COUNTS = (8, 16, 32, 64)
USUAL_COUNT = 16

ORDERS: dict[str, Order] = {
    "Channel number": "channel",
    "Mean": "mean",
    "Variance": "variance",
    "Sparsity": "sparsity",
}
FOR_CLASS = "Contribution to {}"

ScaleOf = Literal["tile", "layer", "fixed"]
SCALES: dict[str, ScaleOf] = {"Each tile": "tile", "Each layer": "layer", "Fixed": "fixed"}

PALETTES: dict[str, Palette] = {
    "Viridis": "viridis",
    "Cividis": "cividis",
    "Grey": "gray",
    "Blue to red": "blue-red",
}


@dataclass(frozen=True)
class Choices:
    """How feature maps are shown.

    Attributes:
        order: What the channels are ordered by, where `target` is None.
        target: The class whose contributions they are ordered by.
        scale: Whose range of values the colours span: each tile's, each layer's, or `limits`.
        limits: Of a fixed scale.
        palette: Colours from low to high.
        count: Tiles of each layer.
    """

    order: Order = "channel"
    target: int | None = None
    scale: ScaleOf = "tile"
    limits: Range = (0.0, 1.0)
    palette: Palette = "viridis"
    count: int = USUAL_COUNT


def choose(classes: Sequence[str]) -> Choices:
    """Draw the settings, into a row of the caller's; the address bar holds them.

    Args:
        classes: The classes' names.

    Raises:
        FcnLabError: The fixed scale's ends are not in order.
    """
    by_class = {FOR_CLASS.format(name): label for label, name in reversed(list(enumerate(classes)))}
    order = st.selectbox(
        "Order",
        [*ORDERS, *by_class],
        key="order",
        bind="query-params",
        help=tooltip("sparsity", "A contribution is activation × gradient: what a channel adds to a class's score."),
        width=215,
    )
    scale = st.segmented_control(
        "Scale of colours",
        list(SCALES),
        default="Each tile",
        required=True,
        key="scale",
        bind="query-params",
        help="Each tile its own range shows what is faint; one range for a layer lets its tiles be compared; a "
        "fixed one lets layers be compared.",
    )
    limits = _limits() if scale == "Fixed" else (0.0, 1.0)
    palette = st.selectbox(
        "Colours",
        list(PALETTES),
        key="palette",
        bind="query-params",
        help="All are safe for colour-blind readers. Blue to red has zero in its middle.",
        width=130,
    )
    count = st.selectbox(
        "Tiles of each",
        COUNTS,
        index=COUNTS.index(USUAL_COUNT),
        key="tiles",
        bind="query-params",
        help=tooltip("channels"),
        width=110,
    )
    return Choices(
        ORDERS.get(order, "channel"),
        by_class.get(order),
        SCALES.get(scale or "", "tile"),
        limits,
        PALETTES.get(palette, "viridis"),
        count if count in COUNTS else USUAL_COUNT,
    )


def _limits() -> Range:
    low = st.number_input("From", value=0.0, step=0.5, key="low", bind="query-params", width=110)
    high = st.number_input("To", value=1.0, step=0.5, key="high", bind="query-params", width=110)
    if low >= high:
        raise FcnLabError(f"The scale goes from {low:g} to {high:g}.", "Its first number must be the smaller one.")
    return float(low), float(high)
