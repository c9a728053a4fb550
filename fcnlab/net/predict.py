"""Predictions in batches of one shape, so that a network is compiled once."""

from collections.abc import Iterator

import keras
import numpy as np
import numpy.typing as npt

from fcnlab.net import backend
from fcnlab.plan import VALIDATION_BATCH

BATCH = VALIDATION_BATCH


class Predictor:
    """A network's forward pass for inference, compiled at the first call.

    The network's present weights are used at each call, so that a predictor serves during training.

    Attributes:
        model: The network.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self._forward = backend.current().compiled(
            model, lambda images: model(backend.standardise(images), training=False)
        )

    def __call__(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Class probabilities float32 [N, H, W, K] for images uint8 [N, H, W, C]."""
        return np.concatenate([probabilities for _, probabilities in self.batches(images)])

    def batches(self, images: npt.NDArray[np.uint8]) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
        """The same, batch by batch: where in `images` the batch lies, and its probabilities."""
        for start in range(0, len(images), BATCH):
            part = images[start : start + BATCH]
            yield slice(start, start + len(part)), self._forward(part)
