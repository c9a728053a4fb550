"""What a skip that is off carries in its stead.

A skip that is off still has its place in the network, but carries nothing of the picture: in its stead goes a
baseline, one map float32 [H, W, C] a skip, the same for every picture.

- `zero`: zeros, which the layers after it never saw in training, so that it overstates what the skip does.
- `mean`: each channel's mean over reference pictures and positions: removes what is special to this picture and to
  its places, and leaves the rest at its usual level.
- `position`: the mean over reference pictures of each channel at each position: leaves what pictures have in common
  (the sky above, the ground below) where it is.
- `resample`: what the skip carries for another picture, a donor: every value is one that the layers know, but it
  fits another scene. Results are averaged over several donors, and their spread is told.
"""

import numpy as np

from fcnlab.errors import FcnLabError
from fcnlab.net.predict import BATCH
from fcnlab.net.skips.cut import Bytes, Cut, Floats
from fcnlab.net.skips.kinds import require_baseline

DONORS = 5
"""Donors of `resample`, spread over the reference pictures."""

Maps = tuple[Floats, ...]
"""What each skip carries when it is off: float32 [H, W, C], from the bottom up."""


class Baselines:
    """The baselines of a network, made when they are first asked for.

    Args:
        cut: The network.
        reference: Pictures uint8 [N, H, W, C] of which `mean`, `position` and `resample` are made.
    """

    def __init__(self, cut: Cut, reference: Bytes) -> None:
        self._cut = cut
        self._reference = reference
        self._positions: Maps | None = None
        self._donors: tuple[Maps, ...] | None = None

    def of(self, baseline: str) -> tuple[Maps, ...]:
        """The maps of a baseline: one set of them, for `resample` one a donor.

        Raises:
            FcnLabError: There is no such baseline, or no reference picture to make it of.
        """
        require_baseline(baseline)
        if baseline == "zero":
            return (tuple(np.zeros(skip.shape, np.float32) for skip in self._cut.skips),)
        if not len(self._reference):
            raise FcnLabError(f"The baseline {baseline} needs reference pictures.", "Use the baseline zero.")
        if baseline == "resample":
            self._donors = self._donors or self._donated()
            return self._donors
        self._positions = self._positions or self._averaged()
        if baseline == "position":
            return (self._positions,)
        means = (maps.mean(axis=(0, 1), dtype=np.float64) for maps in self._positions)
        return (
            tuple(np.full(maps.shape, mean, np.float32) for maps, mean in zip(self._positions, means, strict=True)),
        )

    def _averaged(self) -> Maps:
        totals = [np.zeros(skip.shape) for skip in self._cut.skips]
        for start in range(0, len(self._reference), BATCH):
            _, taps = self._cut.encode(self._reference[start : start + BATCH])
            for total, tap in zip(totals, taps, strict=True):
                total += tap.sum(axis=0, dtype=np.float64)
        return tuple((total / len(self._reference)).astype(np.float32) for total in totals)

    def _donated(self) -> tuple[Maps, ...]:
        spread = np.linspace(0, len(self._reference) - 1, DONORS).round()
        chosen = sorted({int(index) for index in spread})
        _, taps = self._cut.encode(self._reference[chosen])
        return tuple(tuple(tap[donor] for tap in taps) for donor in range(len(chosen)))
