"""Feature maps: what every stage, or every single layer, makes of a picture, from one forward pass."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fcnlab.arch import NetSpec, expand, flow
from fcnlab.net import backend

Maps = dict[str, npt.NDArray[np.float32]]
"""Feature maps float32 [H, W, C] by name, in the order of the shape flow."""


class Features:
    """A network made ready to show its insides.

    Args:
        spec: The network on paper.
        model: The same network as `fcnlab.net.builder.build` made it.
    """

    def __init__(self, spec: NetSpec, model: keras.Model) -> None:
        graph = expand(spec)
        self._model = model
        ends = [graph.layers[end].name for end in graph.ends]
        self._stages = dict(zip([row.name for row in flow(spec).rows], ends, strict=True))
        self._layers = {layer.name: layer.name for layer in graph.layers}
        self._compiled: dict[bool, Any] = {}

    def stages(self, image: npt.NDArray[np.uint8]) -> Maps:
        """The output of every row of the shape flow for an image uint8 [H, W, C]."""
        return self._look(image, layers=False)

    def layers(self, image: npt.NDArray[np.uint8]) -> Maps:
        """The output of every single layer for an image uint8 [H, W, C]."""
        return self._look(image, layers=True)

    def _look(self, image: npt.NDArray[np.uint8], *, layers: bool) -> Maps:
        names = self._layers if layers else self._stages
        if layers not in self._compiled:
            outputs = [self._model.get_layer(layer).output for layer in names.values()]
            probe = keras.Model(self._model.input, outputs)
            self._compiled[layers] = backend.current().compiled(
                probe, lambda images: probe(backend.standardise(images), training=False)
            )
        found = self._compiled[layers](image[None])
        return {name: maps[0] for name, maps in zip(names, found, strict=True)}
