"""What is painted on the road."""

import numpy as np
from numpy.typing import NDArray

from fcnlab.sim.park import MARKING, Park, Way
from fcnlab.sim.sheet import Sheet, ribbon

Floats = NDArray[np.float64]
Generator = np.random.Generator


class _Paint:
    """Strips along a road."""

    def __init__(self, road: Way, park: Park) -> None:
        self._line = road.line
        self._way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(road.line, axis=0), axis=1))])
        self._hills = park.hills
        self.half = road.width / 2
        self.length = float(self._way[-1])

    def strip(self, sheet: Sheet, start: float, end: float, aside: float, width: float, skew: float = 0.0) -> None:
        """Add a strip from `start` to `end` metres along the road, `aside` to its left, whose end lies `skew` off."""
        along = np.linspace(start, end, 2 + int(end - start))
        part = np.stack([np.interp(along, self._way, self._line[:, axis]) for axis in (0, 1)], 1)
        grid = ribbon(part, aside + width / 2, aside - width / 2, MARKING, self._hills, across=2)
        if skew:
            there = ribbon(part, aside + skew, aside, MARKING, self._hills, across=2)[-1]
            grid[-1] += there[1] - there[0]
        sheet.add(grid, np.zeros((*grid.shape[:2], 2)))

    def row(self, sheet: Sheet, every: float, length: float, aside: float, width: float) -> None:
        """Add dashes all along the road."""
        for start in np.arange(2, self.length - 4, every):
            self.strip(sheet, start, start + length, aside, width)


def add_markings(white: Sheet, yellow: Sheet, road: Way, park: Park, rng: Generator) -> None:
    """White edges, a dashed yellow middle, crossings and, at times, zigzags or parking bays."""
    paint = _Paint(road, park)
    dashed = bool(rng.random() < 0.5)
    for aside in (paint.half - 0.35, 0.35 - paint.half):
        if dashed:
            paint.row(white, 3.5, 2.2, aside, 0.16)
        else:
            paint.strip(white, 0, paint.length, aside, 0.16)
    paint.row(yellow, 6.0, 2.6, 0.0, 0.2)
    for place in rng.uniform(0.3 * paint.length, 0.7 * paint.length, int(rng.integers(1, 3))):
        for aside in np.arange(-paint.half + 0.8, paint.half - 0.4, 1.0):
            paint.strip(white, place, place + 3.0, aside, 0.5)
    place = rng.uniform(0.35, 0.6) * paint.length
    if rng.random() < 0.6:
        _add_zigzag(paint, white, place)
    if rng.random() < 0.5:
        for bay in range(6):
            paint.strip(white, place + 2.6 * bay, place + 2.6 * bay + 0.14, -paint.half + 1.8, 2.8)


def _add_zigzag(paint: _Paint, white: Sheet, start: float) -> None:
    for number in range(8):
        swing = 0.9 if number % 2 else -0.9
        paint.strip(white, start + number, start + number + 1, paint.half - 1.5 - swing / 2, 0.2, skew=swing)
