"""Skip connections of a trained network turned down, up, off, or swapped with another picture's."""

from collections.abc import Iterable, Sequence

import keras
import numpy as np

from fcnlab.arch import NetSpec
from fcnlab.errors import FcnLabError
from fcnlab.net.predict import BATCH
from fcnlab.net.skips.baselines import Baselines
from fcnlab.net.skips.cut import Bytes, Cut, Floats
from fcnlab.net.skips.kinds import require_baseline

MOST = 2.0
"""The highest strength."""


class SkipSwitch:
    """A network whose skips can be switched.

    Args:
        spec: The network on paper.
        model: The same network as `fcnlab.net.builder.build` made it.
        reference: Pictures uint8 [N, H, W, C] for the baselines; see `fcnlab.net.skips.baselines`.

    Attributes:
        cut: The network in two parts.
        baselines: What a skip that is off carries.
        names: The decoder stages that have a skip, from the bottom up; a skip bears its decoder stage's name.

    Raises:
        FcnLabError: The network has no skips.
    """

    def __init__(self, spec: NetSpec, model: keras.Model, reference: Bytes) -> None:
        self.cut = Cut(spec, model)
        self.baselines = Baselines(self.cut, reference)
        self.names = self.cut.names

    def predict(self, images: Bytes, off: Iterable[str] = (), baseline: str = "zero") -> Floats:
        """Class probabilities float32 [N, H, W, K] for images uint8 [N, H, W, C] with the skips in `off` off.

        With `resample` the first donor's.

        Raises:
            FcnLabError: There is no such skip or baseline.
        """
        off = set(off)
        unknown = sorted(off - set(self.names))
        if unknown:
            known = ", ".join(self.names)
            raise FcnLabError(f"The network has no skip called {unknown[0]!r}.", f"It has {known}.")
        return self.turn(images, [float(name not in off) for name in self.names], baseline)

    def turn(
        self,
        images: Bytes,
        strengths: Sequence[float],
        baseline: str = "zero",
        others: Bytes | None = None,
        swapped: Sequence[bool] = (),
    ) -> Floats:
        """Class probabilities with each skip at a strength: baseline + strength × (skip − baseline).

        Args:
            images: uint8 [N, H, W, C].
            strengths: One for each skip, from the bottom up; 0 off, 1 as trained, at most 2.
            baseline: What a skip that is off carries; with `resample` the first donor's.
            others: Pictures uint8 [N, H, W, C] whose skips are put in place of these where `swapped` says so.
            swapped: One for each skip; empty for none.

        Returns:
            float32 [N, H, W, K].

        Raises:
            FcnLabError: There is no such baseline, or another number of strengths or swaps than of skips, or a
                strength that is no number from 0 to 2, or nothing to swap with.
        """
        require_baseline(baseline)
        self._check(strengths, swapped, others is not None)
        found = []
        for start in range(0, len(images), BATCH):
            part = slice(start, start + BATCH)
            trunk, taps = self.cut.encode(images[part])
            carried = list(taps)
            if others is not None and any(swapped):
                _, theirs = self.cut.encode(others[part])
                carried = [new if swap else own for own, new, swap in zip(taps, theirs, swapped, strict=True)]
            found.append(self.cut.decode(trunk, self._turned(carried, strengths, baseline)))
        return np.concatenate(found)

    def _turned(self, carried: list[Floats], strengths: Sequence[float], baseline: str) -> list[Floats]:
        if all(strength == 1 for strength in strengths):
            return carried
        (maps, *_) = self.baselines.of(baseline)
        return [
            skip if strength == 1 else base + np.float32(strength) * (skip - base)
            for skip, base, strength in zip(carried, maps, strengths, strict=True)
        ]

    def _check(self, strengths: Sequence[float], swapped: Sequence[bool], others: bool) -> None:
        count = len(self.names)
        if len(strengths) != count or len(swapped) not in (0, count):
            wrong = swapped if len(strengths) == count else strengths
            raise FcnLabError(f"The network has {count} skips; received {len(wrong)} settings.", "Give one for each.")
        for name, strength in zip(self.names, strengths, strict=True):
            if not 0 <= strength <= MOST:
                raise FcnLabError(f"The strength of {name} is {strength}.", f"Choose one from 0 to {MOST:g}.")
        if any(swapped) and not others:
            raise FcnLabError("Skips are to be swapped, but there is no other picture.", "Choose one.")
