"""How well targets are found by their size, distance or occlusion, with bootstrap intervals over images.

Only NumPy is needed here.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from fcnlab.data.records import DISTANCE_EDGES, PictureRecord
from fcnlab.net.official import DETECTION_PIXELS, SIZE_EDGES

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Interval = tuple[float, float]

OCCLUSION_EDGES: Final = (0.0, 0.1, 0.3, 0.6)
"""Share of the target that something hides."""

DRAWS: Final = 1000
"""Of the bootstrap."""
LEVEL: Final = 95
"""Per cent that an interval covers: from the 2.5th to the 97.5th percentile of the draws."""
SEED: Final = 0

FEWEST: Final = 5
"""Images that an interval needs: drawing again from one or two says that there is no doubt, where nobody knows."""

_AT_A_TIME = 2_000_000
"""Draws of an image in memory at a time."""


@dataclass(frozen=True)
class Band:
    """How well the targets in one range of size, distance or occlusion are found.

    Attributes:
        low: Where the range begins, inclusive.
        high: Where it ends, inclusive for sizes (whole pixels), exclusive otherwise; None where there is no end.
        images: Images whose target is in the range.
        detected: Those of them in which it was detected.
        recall: Their share; None without images.
        recall_interval: 95 % bootstrap interval of `recall` over these images; None for fewer than `FEWEST`.
        iou: Mean official IoU of these images; None without images.
        iou_interval: The same of `iou`.
    """

    low: float
    high: float | None
    images: int
    detected: int
    recall: float | None
    recall_interval: Interval | None
    iou: float | None
    iou_interval: Interval | None

    def to_json(self) -> dict[str, Any]:
        """The fields as plain data; an interval is a list of two numbers."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def by_size(size: Ints, found: Mask, iou: Floats) -> tuple[Band, ...]:
    """Bands of the target's true size, smallest first; together they hold every image with a target.

    Args:
        size: True target pixels of each image at the network's resolution, [N].
        found: Whether the target was detected, [N].
        iou: The image's official IoU, [N].
    """
    lows = (DETECTION_PIXELS + 1, *(edge + 1 for edge in SIZE_EDGES))
    return _bands(size, lows, (*SIZE_EDGES, None), found, iou)


def by_distance(distance: Floats, size: Ints, found: Mask, iou: Floats) -> tuple[Band, ...]:
    """Bands of the distance in metres, nearest first; empty where no image with a target tells it.

    Images without a target (as the official score counts it: more than three pixels) are in no band.

    Args:
        distance: Of each image, NaN where it is not known, [N].
        size: True target pixels of each image at the network's resolution, [N].
        found: Whether the target was detected, [N].
        iou: The image's official IoU, [N].
    """
    return _known_bands(distance, DISTANCE_EDGES, size, found, iou)


def by_occlusion(occlusion: Floats, size: Ints, found: Mask, iou: Floats) -> tuple[Band, ...]:
    """Bands of the hidden share, 0 to 1, least hidden first; otherwise as `by_distance`."""
    return _known_bands(occlusion, OCCLUSION_EDGES, size, found, iou)


def recorded(records: Sequence[PictureRecord | None], field: Literal["distance", "occlusion"]) -> Floats:
    """A field of some pictures' records, [N]; NaN where there is no record or it does not tell."""
    values = [None if record is None else getattr(record, field) for record in records]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def bootstrap(values: Floats, draws: int = DRAWS, seed: int = SEED) -> list[Interval]:
    """95 % percentile intervals of means under resampling with replacement (Efron 1979).

    Args:
        values: A row for each image, a column for each mean, [N, M]; at least one row.
        draws: How often N images are drawn.
        seed: The same seed gives the same intervals.

    Returns:
        Low and high end for each of the M columns.
    """
    random = np.random.default_rng(seed)
    images = len(values)
    rows = max(_AT_A_TIME // images, 1)
    means = [
        values[random.integers(0, images, (min(rows, draws - done), images))].mean(axis=1)
        for done in range(0, draws, rows)
    ]
    tail = (100 - LEVEL) / 2
    ends = np.percentile(np.concatenate(means), [tail, 100 - tail], axis=0)
    return [(float(low), float(high)) for low, high in ends.T]


def _known_bands(values: Floats, edges: Sequence[float], size: Ints, found: Mask, iou: Floats) -> tuple[Band, ...]:
    known = ~np.isnan(values) & (size > DETECTION_PIXELS)
    if not known.any():
        return ()
    return _bands(values[known], edges, (*edges[1:], None), found[known], iou[known])


def _bands(
    values: Ints | Floats, edges: Sequence[float], highs: Sequence[float | None], found: Mask, iou: Floats
) -> tuple[Band, ...]:
    place = np.searchsorted(np.asarray(edges), values, side="right") - 1
    lows_and_highs = enumerate(zip(edges, highs, strict=True))
    return tuple(_band(low, high, found[place == at], iou[place == at]) for at, (low, high) in lows_and_highs)


def _band(low: float, high: float | None, found: Mask, iou: Floats) -> Band:
    if not len(found):
        return Band(low, high, 0, 0, None, None, None, None)
    drawn = np.stack([found.astype(np.float64), iou], axis=1)
    of_recall, of_iou = bootstrap(drawn) if len(found) >= FEWEST else (None, None)
    detected = int(found.sum())
    return Band(low, high, len(found), detected, detected / len(found), of_recall, float(iou.mean()), of_iou)
