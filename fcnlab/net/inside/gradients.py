"""What a class's score, or one single value, depends on: gradients at every layer from one backward pass."""

from functools import cached_property
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from fcnlab.arch import NetSpec, expand
from fcnlab.net import backend
from fcnlab.net.inside.features import Features, Maps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class Gradients:
    """A network made ready to be asked what depends on what.

    Both questions are one: how does a weighted sum of values, wherever they are in the network, grow with every value
    before them? So one function is compiled for all classes, layers and positions.

    Args:
        spec: The network on paper.
        model: The same network as `fcnlab.net.builder.build` made it.
        features: Of the same network.
    """

    def __init__(self, spec: NetSpec, model: keras.Model, features: Features) -> None:
        self._layers = {layer.name: layer for layer in expand(spec).layers}
        self._model = model
        self._features = features

    def of_class(self, image: Bytes, target: int) -> dict[str, Floats]:
        """Activation times gradient, summed over positions, for every channel of every layer.

        The gradient is that of the class's score before the last activation, summed over the pixels that were given
        this class (over all pixels where there is none). Attribution by gradient times activation: Shrikumar et al.
        2016 (arXiv 1605.01713); the class's score summed over pixels: Vinogradova et al. 2020 (arXiv 2002.11434).

        Args:
            image: uint8 [H, W, C].
            target: The class.

        Returns:
            float32 [C] by layer's name; of the last layer, what its scores contribute.
        """
        last = list(self._layers.values())[-1]
        labels = list(self._features.stages(image).values())[-1].argmax(axis=-1)
        given = labels == target if (labels == target).any() else np.ones_like(labels, np.bool_)
        weights = np.zeros(last.shape, np.float32)
        weights[:, :, target] = given
        maps, gradients = self._pull(image, last.inputs[0], weights)
        found = {name: np.einsum("hwc,hwc->c", maps[name], gradients[name]) for name in self._layers}
        found[last.name] = found[last.inputs[0]]
        return found

    def of_value(self, image: Bytes, layer: str, place: tuple[int, int, int]) -> tuple[Maps, Floats]:
        """Every layer's output, and the gradient of one value of one of them with respect to the network's input.

        Args:
            image: uint8 [H, W, C].
            layer: A layer's name.
            place: Row, column and channel of the value in its output.

        Returns:
            Feature maps float32 [h, w, c] by layer, and the gradient float32 [H, W, C], by input in [-1, 1].
        """
        weights = np.zeros(self._layers[layer].shape, np.float32)
        weights[place] = 1
        maps, gradients = self._pull(image, layer, weights)
        return maps, next(iter(gradients.values()))

    def _pull(self, image: Bytes, layer: str, weights: Floats) -> tuple[Maps, Maps]:
        """Every layer's output, and the gradient by it of the weighted sum of one layer's values."""
        all_weights = [weights[None] if name == layer else self._zeros[name] for name in self._layers]
        gradients, tensors = self._compiled(list(self._zeros.values()), image[None], *all_weights)
        return self._by_name(tensors), self._by_name(gradients)

    def _by_name(self, found: list[Floats]) -> Maps:
        return {name: values[0] for name, values in zip(self._layers, found, strict=True)}

    @cached_property
    def _zeros(self) -> dict[str, Floats]:
        return {name: np.zeros((1, *layer.shape), np.float32) for name, layer in self._layers.items()}

    @cached_property
    def _compiled(self) -> Any:
        return backend.current().gradients(self._model, self._weighted_sum)

    def _weighted_sum(self, shifts: Any, images: Any, *weights: Any) -> tuple[Any, Any]:
        """The weighted sum of all layers' values, and those values, with a shift added to each: there it is derived."""
        tensors: dict[str, Any] = {}
        for layer, shift in zip(self._layers.values(), shifts, strict=True):
            if layer.kind == "input":
                tensor = backend.standardise(images)
            else:
                sources = [tensors[name] for name in layer.inputs]
                tensor = self._model.get_layer(layer.name)(sources if len(sources) > 1 else sources[0])
            tensors[layer.name] = tensor + shift
        found = list(tensors.values())
        return sum(ops.sum(tensor * weight) for tensor, weight in zip(found, weights, strict=True)), found
