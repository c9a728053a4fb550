"""Batch norm's running statistics, estimated exactly instead of followed.

The running averages of training lag behind the weights, and after few steps they are mostly their initial values:
a network whose training loss is fine then predicts nonsense. Before a network is used, its statistics are therefore
taken anew over a number of training images with the weights as they are ("precise batch norm", Wu and Johnson
2021, arXiv 2105.07576, section 3).
"""

import weakref
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from fcnlab.net import backend

IMAGES = 128
BATCH = 16

_compiled: "weakref.WeakKeyDictionary[keras.Model, Callable[..., Any]]" = weakref.WeakKeyDictionary()


def settle_statistics(model: keras.Model, images: npt.NDArray[np.uint8], count: int = IMAGES) -> None:
    """Set every batch norm's mean and variance to those of its inputs over `count` evenly spread images.

    Args:
        model: Changed in place; no weight that a gradient trains is touched.
        images: uint8 [N, H, W, C]; training images.
        count: How many of them to take, at most.
    """
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        return
    spread = np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(np.int64)
    # Batches of equal size, so that the mean over batches is the mean over their images.
    size = min(BATCH, len(spread))
    parts = [spread[start : start + size] for start in range(0, len(spread) - size + 1, size)]
    moments = _moments(model, norms)
    totals = [[np.zeros(norm.moving_mean.shape, np.float64) for norm in norms] for _ in range(2)]
    for part in parts:
        for index, (mean, square) in enumerate(zip(*moments(images[part]), strict=True)):
            totals[0][index] += mean / len(parts)
            totals[1][index] += square / len(parts)
    for norm, mean, square in zip(norms, *totals, strict=True):
        norm.moving_mean.assign(mean.astype(np.float32))
        norm.moving_variance.assign(np.maximum(square - mean**2, 0).astype(np.float32))


def _moments(model: keras.Model, norms: list[keras.layers.Layer]) -> Callable[..., Any]:
    """Compiled: images → mean and mean square of every batch norm's input, with batch statistics inside."""
    if model not in _compiled:
        probe = keras.Model(model.input, [norm.input for norm in norms])

        def moments(images: Any) -> Any:
            found = probe(backend.standardise(images), training=True)
            found = found if isinstance(found, list) else [found]
            means = [ops.mean(tensor, axis=(0, 1, 2)) for tensor in found]
            return means, [ops.mean(ops.square(tensor), axis=(0, 1, 2)) for tensor in found]

        _compiled[model] = backend.current().compiled(model, moments)
    return _compiled[model]
