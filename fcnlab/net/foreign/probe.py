"""What every layer of a rebuilt foreign network makes of a picture."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fcnlab.arch.foreign import ForeignNet
from fcnlab.net import backend

Maps = dict[str, npt.NDArray[np.float32]]


class Probe:
    """A rebuilt network made ready to show its layers.

    Args:
        net: The network on paper.
        model: The same network as `fcnlab.net.foreign.rebuild` made it.
    """

    def __init__(self, net: ForeignNet, model: keras.Model) -> None:
        self._net = net
        self._model = model
        self._compiled: dict[tuple[str, ...], Callable[..., Any]] = {}

    def maps(self, image: npt.NDArray[np.uint8], names: Sequence[str] = ()) -> Maps:
        """The outputs of some layers, or of all, for an image uint8 [H, W, C].

        Returns:
            float32 [H, W, C] by name; a layer that gives a vector has height and width 1.
        """
        wanted = tuple(names) or tuple(layer.name for layer in self._net.layers)
        if wanted not in self._compiled:
            probe = keras.Model(self._model.input, [self._model.get_layer(name).output for name in wanted])
            self._compiled[wanted] = backend.current().compiled(
                probe, lambda images: probe(backend.standardise(images), training=False)
            )
        found = self._compiled[wanted](image[None])
        return {name: _as_map(values[0]) for name, values in zip(wanted, found, strict=True)}


def _as_map(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if values.ndim == 3:
        return values
    return values.reshape(1, -1, values.shape[-1])
