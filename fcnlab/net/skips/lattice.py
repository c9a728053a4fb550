"""All sets of a network's skips for the same pictures, from none to all, with nothing computed twice.

A set is a number: bit i says whether skip i, counted from the bottom up, is on; 0 is none, 2^k − 1 all. What comes
before the skips runs once. Then every decoder stage that has a skip doubles the tensors, 1, 2, 4, … 2^k, so that sets
which agree in their lower skips share the way there; see `fcnlab.net.skips.meeting` for the stage itself.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from fcnlab.errors import FcnLabError
from fcnlab.net import backend
from fcnlab.net.skips.baselines import Maps
from fcnlab.net.skips.cut import Bytes, Cut, Encoded, Floats
from fcnlab.net.skips.meeting import meeting
from fcnlab.net.skips.scores import planes, read_codes

MOST_SKIPS = 8
MOST_DOUBLED = 5
"""Skips whose sets are in one graph; those below them are fixed for each call, which bounds the graph's memory."""


class Lattice:
    """A network under every set of its skips.

    Args:
        cut: The network.

    Raises:
        FcnLabError: So many skips that 2^k sets take too long.
    """

    def __init__(self, cut: Cut) -> None:
        count = len(cut.skips)
        if count > MOST_SKIPS:
            raise FcnLabError(f"The network has {count} skips; every set of them is tried for up to {MOST_SKIPS}.")
        self.cut = cut
        self.sets = 2**count
        self._fixed = max(count - MOST_DOUBLED, 0)
        self._codes = backend.current().compiled(cut.model, self._run_codes)
        self._probabilities = backend.current().compiled(cut.model, self._run_probabilities)

    def codes(self, encoded: Encoded, off: Maps) -> Bytes:
        """What metrics are counted from, for each set, image and pixel.

        Args:
            encoded: The pictures, of `Cut.encode`.
            off: What each skip carries when it is off.

        Returns:
            uint8 [2^k, N, H, W]: twice the most probable class, plus 1 where floor(255 p) > 127 for the last class.

        Raises:
            FcnLabError: The network's output is not a number somewhere.
        """
        parts = []
        for codes, sound in self._each_fixed(self._codes, encoded, off):
            if not sound:
                raise FcnLabError(
                    "The network's output holds values that are not numbers: its training diverged.",
                    "Take an earlier checkpoint, or train again with a smaller learning rate.",
                )
            parts.append(codes)
        found: Bytes = self._in_order(parts, len(encoded[0]))
        return found

    def probabilities(self, encoded: Encoded, off: Maps) -> Floats:
        """Class probabilities float32 [2^k, N, H, W, K]; arguments as for `codes`."""
        found: Floats = self._in_order(list(self._each_fixed(self._probabilities, encoded, off)), len(encoded[0]))
        return found

    def _each_fixed(self, graph: Any, encoded: Encoded, off: Maps) -> Any:
        """The graph's result for every set of the lowest, fixed skips."""
        trunk, taps = encoded
        lowered = [maps[None] for maps in off]
        for kept in range(2**self._fixed):
            carried = list(taps)
            for skip in range(self._fixed):
                if not kept >> skip & 1:
                    carried[skip] = np.broadcast_to(lowered[skip], taps[skip].shape)
            yield graph(trunk, *carried, *lowered)

    def _in_order(self, parts: Sequence[Any], images: int) -> Any:
        """[sets of the upper skips · N, …] for each set of the fixed ones → [2^k, N, …]; the fixed bits are lowest."""
        shaped = [part.reshape(-1, images, *part.shape[1:]) for part in parts]
        return shaped[0] if len(shaped) == 1 else np.stack(shaped, axis=1).reshape(self.sets, *shaped[0].shape[1:])

    def _run_codes(self, trunk: Any, *maps: Any) -> Any:
        *rows, outputs = self.cut.rows
        height, width, _ = self.cut.shapes[outputs.layers[-1].name]
        scores = [planes(self.cut, outputs, tensor) for tensor in self._variants(rows, trunk, maps)]
        codes, sound = read_codes(ops.concatenate(scores, axis=1), outputs.layers[-1].function)
        return ops.reshape(codes, (-1, height, width)), sound

    def _run_probabilities(self, trunk: Any, *maps: Any) -> Any:
        *rows, outputs = self.cut.rows
        return ops.concatenate([self.cut.run(outputs, tensor) for tensor in self._variants(rows, trunk, maps)])

    def _variants(self, rows: Sequence[Any], trunk: Any, maps: Sequence[Any]) -> list[Any]:
        """What enters the last row: [N, H, W, C] for each set."""
        count = len(self.cut.skips)
        on, off = maps[:count], maps[count:]
        tensors = [trunk]
        for row in rows:
            if row.skip is None:
                tensors = [self.cut.run(row, tensor) for tensor in tensors]
                continue
            way = meeting(self.cut, row)
            kept = [way.side(on[row.skip])]
            if row.skip >= self._fixed:
                kept.insert(0, way.side(off[row.skip]))
            upper = [way.upper(tensor) for tensor in tensors]
            tensors = [way.join(tensor, side) for side in kept for tensor in upper]
        return tensors
