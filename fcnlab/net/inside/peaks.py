"""How high every channel of every layer rises in each of many pictures, from one pass over them."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from fcnlab.net import backend
from fcnlab.net.predict import BATCH

Floats = npt.NDArray[np.float32]


def channel_peaks(model: keras.Model, images: npt.NDArray[np.uint8]) -> dict[str, Floats]:
    """The highest value of every channel in each picture.

    Args:
        model: The network as `fcnlab.net.builder.build` made it.
        images: uint8 [N, H, W, C].

    Returns:
        float32 [N, C] by layer's name.
    """
    names = [layer.name for layer in model.layers]
    probe = keras.Model(model.input, [ops.max(layer.output, axis=(1, 2)) for layer in model.layers])
    highest: Any = backend.current().compiled(probe, lambda part: probe(backend.standardise(part), training=False))
    parts = [highest(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return {name: np.concatenate(found) for name, found in zip(names, zip(*parts, strict=True), strict=True)}
