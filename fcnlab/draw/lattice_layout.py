"""The lattice of all sets of skips as geometry: where each set's picture and each line between two sets lies.

A set of k skips is a number from 0 to 2^k − 1 whose bit i says that skip i is on. Two sets that differ by one skip are
neighbours. Wide lattices go from none, at the left, to all, at the right; compact ones are rows of pictures, without
lines, from all down to none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fcnlab.errors import FcnLabError

MOST_SKIPS = 5
"""More would be 64 pictures and more."""

HEADING, DOTS, VALUE = 30.0, 16.0, 22.0
"""Room above a column or row, above a picture, and below it."""

_SIDES = {1: 112.0, 2: 104.0, 3: 96.0, 4: 84.0, 5: 66.0}
_PITCHES = {1: 320.0, 2: 280.0, 3: 240.0, 4: 212.0, 5: 180.0}
_MARGIN, _GAP = 16.0, 10.0
_COMPACT_WIDTH, _COMPACT_SIDE, _COMPACT_COLUMNS = 360.0, 76.0, 4


class Place(NamedTuple):
    """A set's picture: its left and upper edge, width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Across, of the picture."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Lattice:
    """Everything there is to draw, with the origin at the top left.

    Attributes:
        skips: Their number.
        places: Of each set's picture.
        headings: Text, middle and baseline of each number of skips' heading.
        edges: Pairs of sets, the second with one skip more; none when compact.
        width: Of the whole, with its margin.
        height: Likewise; a legend goes below.
        compact: Rows instead of columns.
    """

    skips: int
    places: tuple[Place, ...]
    headings: tuple[tuple[str, float, float], ...]
    edges: tuple[tuple[int, int], ...]
    width: float
    height: float
    compact: bool


def lay_out_lattice(skips: int, *, aspect: float = 1.0, compact: bool = False) -> Lattice:
    """Place all sets of `skips` skips.

    Args:
        skips: 1 to 5.
        aspect: Height of a picture by its width.
        compact: 360 units wide, for narrow screens.

    Raises:
        FcnLabError: There are none, or too many for a picture of each set.
    """
    if not 1 <= skips <= MOST_SKIPS:
        what = "has no skips" if skips < 1 else f"has {skips} skips and so {2**skips} sets of them"
        raise FcnLabError(f"The network {what}; the lattice is drawn for 1 to {MOST_SKIPS} skips.")
    ranks = [[number for number in range(2**skips - 1, -1, -1) if number.bit_count() == on] for on in range(skips + 1)]
    return _rows(ranks, aspect) if compact else _columns(ranks, aspect)


def neighbours(number: int, skips: int) -> list[tuple[int, int]]:
    """(skip, the set with that skip switched) for each skip of a set."""
    return [(skip, number ^ (1 << skip)) for skip in range(skips)]


def _columns(ranks: Sequence[Sequence[int]], aspect: float) -> Lattice:
    skips = len(ranks) - 1
    side, pitch = _SIDES[skips], _PITCHES[skips]
    cell = DOTS + side * aspect + VALUE + _GAP
    most = max(len(rank) for rank in ranks)
    places: dict[int, Place] = {}
    headings = []
    for on, rank in enumerate(ranks):
        x = _MARGIN + on * pitch
        top = HEADING + (most - len(rank)) / 2 * cell
        headings.append((_heading(on, skips), x + side / 2, 20.0))
        for row, number in enumerate(rank):
            places[number] = Place(x, top + row * cell + DOTS, side, side * aspect)
    edges = [(number, other) for number in places for _, other in neighbours(number, skips) if other > number]
    width = 2 * _MARGIN + skips * pitch + side
    return Lattice(
        skips,
        tuple(places[number] for number in range(2**skips)),
        tuple(headings),
        tuple(sorted(edges)),
        width,
        HEADING + most * cell,
        compact=False,
    )


def _rows(ranks: Sequence[Sequence[int]], aspect: float) -> Lattice:
    skips, side = len(ranks) - 1, _COMPACT_SIDE
    pitch = (_COMPACT_WIDTH - 2 * _GAP - side) / (_COMPACT_COLUMNS - 1)
    cell = DOTS + side * aspect + VALUE + _GAP
    places: dict[int, Place] = {}
    headings, top = [], 0.0
    for on in range(skips, -1, -1):
        headings.append((_heading(on, skips), _GAP, top + 18))
        top += HEADING
        for index, number in enumerate(ranks[on]):
            row, column = divmod(index, _COMPACT_COLUMNS)
            places[number] = Place(_GAP + column * pitch, top + row * cell + DOTS, side, side * aspect)
        top += cell * -(-len(ranks[on]) // _COMPACT_COLUMNS)
    ordered = tuple(places[number] for number in range(2**skips))
    return Lattice(skips, ordered, tuple(headings), (), _COMPACT_WIDTH, top, compact=True)


def _heading(on: int, skips: int) -> str:
    if on == 0:
        return "no skip"
    if on == skips:
        return "all skips" if skips > 1 else "the skip"
    return "1 skip" if on == 1 else f"{on} skips"
