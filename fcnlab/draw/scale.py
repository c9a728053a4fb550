"""How large things are drawn: sizes of tensors and of text, in the diagram's own units (pixels at 100 %).

Both scales are square roots, relative to the network's largest tensor: a picture of a sixteenth of the side is drawn
a quarter as long, which stays readable from 1×1 to 4096 pixels and still shows the U.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

Weight = Literal["normal", "bold"]


@dataclass(frozen=True, slots=True)
class Measures:
    """Every length that a diagram is made with, in its own units.

    Attributes:
        span: Drawn size of the largest tensor, across the flow.
        thinnest, thickness: Drawn size of no channels, and what the most channels add to it, along the flow.
        depth: How far a block reaches back, as a share of its drawn width.
        gap: Room between neighbouring cells, along the flow.
        step: Least and most by which a level lies below the one above.
        fall: What all levels share, if the steps' limits allow it.
        lane: Room for one skip that is led around blocks.
        sign: Radius of a merge sign.
        name, note: Text sizes.
        margin: Empty border.
    """

    span: float
    thinnest: float
    thickness: float
    depth: float
    gap: float
    step: tuple[float, float]
    fall: float
    lane: float
    sign: float
    name: float
    note: float
    margin: float


WIDE = Measures(130, 5, 50, 0.16, 28, (34, 52), 230, 20, 8, 13.5, 12.5, 20)
"""Left to right, for pages, slides and files."""

COMPACT = Measures(130, 6, 26, 0, 14, (17, 30), 112, 18, 8, 15, 14, 10)
"""Top to bottom, for a phone: 360 units wide, so that text keeps its size on a 390 pixels wide screen."""

SHORTEST = 12.0


def length(pixels: float, largest: float, measures: Measures) -> float:
    """Drawn size of `pixels`, where `largest` is the network's largest side."""
    return SHORTEST + measures.span * sqrt(pixels / largest)


def thickness(channels: int, most: int, measures: Measures) -> float:
    """Drawn size of `channels`; below 256 the scale is fixed, so that narrow networks look narrow."""
    return measures.thinnest + measures.thickness * sqrt(channels / max(most, 256))


_NARROW = frozenset(" .,:;'|!ijlIftr()[]·")
_BROAD = frozenset("mwMW@%√")


def text_width(text: str, size: float, weight: Weight = "normal") -> float:
    """About how wide a text is in a common sans-serif face; rather too much than too little."""
    ems = sum([0.36 if c in _NARROW else 0.9 if c in _BROAD else 0.72 if c.isupper() else 0.6 for c in text])
    return ems * size * (1.06 if weight == "bold" else 1.0)


def shorten(text: str, size: float, room: float, weight: Weight = "normal") -> str:
    """The text, with its middle left out where it needs more than `room`."""
    kept = len(text)
    short = text
    while text_width(short, size, weight) > room and kept > 2:
        kept -= 1
        head = (kept + 1) // 2
        short = f"{text[:head]}…{text[len(text) - (kept - head) :]}"
    return short
