"""What the channels of one layer are like for one picture, and the maps in bytes. NumPy alone: no Keras is loaded."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

BINS = 64
"""Of the histogram."""

ALIKE = 0.999
"""Channels whose maps correlate to more than this count as duplicates."""


@dataclass(frozen=True)
class LayerStatistics:
    """Figures of one layer's output for one picture.

    Attributes:
        mean: float32 [C].
        variance: float32 [C], over positions.
        active: float32 [C], the share of the positions whose value is above zero; 1 − `active` is the sparsity.
        dead: Channels that have the same value everywhere.
        duplicates: Pairs (channel, the first earlier channel that it repeats): their maps correlate to more than
            0.999; dead channels are left out.
        effective_rank: exp of the entropy of the normalised singular values (Roy and Vetterli 2007) of the centred
            [H·W, C] matrix; from 0 (all constant) to min(H·W, C).
        counts: Of the layer's values in equal bins from its lowest to its highest value, int64 [bins].
    """

    mean: Floats
    variance: Floats
    active: Floats
    dead: tuple[int, ...]
    duplicates: tuple[tuple[int, int], ...]
    effective_rank: float
    counts: npt.NDArray[np.int64]


class Planes:
    """One layer's output as one row a channel, so that every figure of a channel reads memory in order.

    Args:
        maps: float32 [H, W, C].

    Attributes:
        low: float32 [C], the smallest value of each channel.
        high: float32 [C], the largest value of each channel.
    """

    def __init__(self, maps: Floats) -> None:
        self._shape = maps.shape
        self._planes = np.ascontiguousarray(maps.reshape(-1, maps.shape[2]).T)
        self.low: Floats = self._planes.min(axis=1)
        self.high: Floats = self._planes.max(axis=1)

    @property
    def finite(self) -> bool:
        """Whether every value is a number."""
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())

    def in_bytes(self) -> Bytes:
        """uint8 [H, W, C]: each channel from its `low` (0) to its `high` (255), rounded to the nearest."""
        spans = np.where(self.high > self.low, self.high - self.low, 1)
        scaled = (self._planes - self.low[:, None]) / spans[:, None] * np.float32(255)
        planes: Bytes = (scaled + np.float32(0.5)).astype(np.uint8)
        return np.ascontiguousarray(planes.T).reshape(self._shape)

    def statistics(self) -> LayerStatistics:
        """The figures; see `LayerStatistics`."""
        positions = self._planes.shape[1]
        mean = self._planes.mean(axis=1, dtype=np.float64)
        centred = self._planes - mean[:, None]
        dead = self.low == self.high
        centred[dead] = 0  # what is left there is the mean's rounding
        products = centred @ centred.T
        variance = np.diagonal(products) / positions
        active = np.count_nonzero(self._planes > 0, axis=1) / positions
        return LayerStatistics(
            mean.astype(np.float32),
            variance.astype(np.float32),
            active.astype(np.float32),
            tuple(np.flatnonzero(dead).tolist()),
            _duplicates(products, dead),
            effective_rank(products if len(products) <= positions else centred.T @ centred),
            self._histogram(),
        )

    def _histogram(self) -> npt.NDArray[np.int64]:
        low, high = float(self.low.min()), float(self.high.max())
        step = (high - low) / BINS or 1.0
        bins = ((self._planes - np.float32(low)) * np.float32(1 / step)).astype(np.uint8)
        counts = np.bincount(np.minimum(bins, BINS - 1).ravel(), minlength=BINS)
        return counts.astype(np.int64)


def effective_rank(products: npt.NDArray[np.float64]) -> float:
    """The exponential of the entropy of the normalised singular values (Roy and Vetterli 2007).

    Args:
        products: XᵀX or X·Xᵀ of a matrix X; the smaller one has the same singular values, squared.
    """
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(products), 0))
    total = values.sum()
    if not total > 0:
        return 0.0
    shares = values[values > total * 1e-9] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _duplicates(products: npt.NDArray[np.float64], dead: npt.NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    norms = np.sqrt(np.diagonal(products))
    norms = np.where(dead | (norms == 0), np.inf, norms)
    alike = np.tril(products > ALIKE * norms[:, None] * norms, k=-1)
    channels = np.flatnonzero(alike.any(axis=1))
    return tuple((int(channel), int(alike[channel].argmax())) for channel in channels)


def describe(maps: npt.NDArray[Any]) -> LayerStatistics:
    """The figures of feature maps [H, W, C] of any real type."""
    return Planes(np.asarray(maps, np.float32)).statistics()
