"""What skips contribute, drawn on the diagram: each arc's colour, width and number."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from fcnlab.arch.flow import Row
from fcnlab.draw.estimates import points
from fcnlab.draw.layout import Point, SkipLine

Kind = Literal["gain", "loss", "none"]

WIDEST, THINNEST = 7.0, 1.5
NOTHING = 0.0005
"""Contributions smaller than this are drawn thin and grey."""


class Arc(NamedTuple):
    """How one skip is drawn: by sign, its width in units, the number on it and where that has its middle."""

    kind: Kind
    width: float
    text: str
    at: Point


@dataclass(frozen=True, slots=True)
class Weights:
    """Contributions of skips by decoder stage, and what they are hundredths of, e.g. "IoU points"."""

    values: Mapping[str, float]
    unit: str

    def arc(self, skip: SkipLine, row: Row) -> Arc:
        """How the skip into a decoder row is drawn."""
        value = self.values.get(row.name)
        at = middle(skip)
        if value is None:
            return Arc("none", THINNEST, "", at)
        if abs(value) < NOTHING:
            return Arc("none", THINNEST, points(100 * value), at)
        most = max(abs(other) for other in self.values.values())
        width = THINNEST + (WIDEST - THINNEST) * abs(value) / most
        return Arc("gain" if value > 0 else "loss", width, points(100 * value), at)

    def legend(self) -> str:
        """The legend's line."""
        lines = "Lines: green gains, dashed vermillion loses, the thicker the more."
        return f"Numbers: what each skip contributes, in {self.unit}. {lines}"

    def words(self) -> str:
        """All contributions in words, for screen readers."""
        each = "; ".join(f"{name} {points(100 * value)}" for name, value in self.values.items())
        return f"Contributions of the skips in {self.unit}: {each}."


def middle(skip: SkipLine) -> Point:
    """The middle of a skip's longest straight piece, short of its merge sign."""
    corners = (*skip.points[:-1], skip.sign) if len(skip.points) == 2 else skip.points
    start, end = max(pairwise(corners), key=_length)
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def _length(piece: tuple[Point, Point]) -> float:
    (x, y), (to_x, to_y) = piece
    return abs(to_x - x) + abs(to_y - y)
