"""Foreign weights in the lab's network, and the proof that it is the same network then."""

from typing import Any, Final

import keras
import numpy as np

from fcnlab.arch.foreign import ForeignNet, NotUnderstoodError, Recognised, Source
from fcnlab.arch.foreign.layers import ForeignLayer
from fcnlab.errors import SpecError
from fcnlab.net import backend
from fcnlab.net.builder import build
from fcnlab.net.foreign.rebuild import put_weights, rebuild
from fcnlab.net.foreign.weights import Array, Weights

TOLERANCE: Final = 1e-4
"""By how much a probability of the rebuilt foreign network and of the lab's may differ."""

_OUTPUT_AXIS = {"kernel": -1, "bias": 0}
_MISSING: dict[str, float] = {"bias": 0.0, "beta": 0.0, "gamma": 1.0}
"""What a weight is that the foreign layer does without."""


def as_lab_network(net: ForeignNet, found: Recognised, weights: Weights) -> keras.Model:
    """Build the lab's network with the foreign weights, and compare it with the foreign network rebuilt.

    Raises:
        SpecError: A weight has another shape than the lab's layer.
        NotUnderstoodError: The two networks do not give the same output, so that something was misread.
    """
    model = build(found.spec, seed=0)
    kinds = {layer.name: layer for layer in net.layers}
    for source in found.sources:
        _fill(model.get_layer(source.layer), source, kinds[source.foreign], weights[source.foreign])
    _prove(net, found, weights, model)
    return model


def as_layers(net: ForeignNet, weights: Weights) -> keras.Model:
    """The foreign network as it is.

    Raises:
        NotUnderstoodError: Its output is not finite.
    """
    model = rebuild(net)
    put_weights(net, model, weights)
    _require_finite(net, _answer(model, _test_images(net)))
    return model


def _fill(layer: keras.layers.Layer, source: Source, foreign: ForeignLayer, weights: dict[str, Array]) -> None:
    values = []
    for variable in layer.weights:
        role = variable.name
        value = weights.get(role)
        if value is None and role in _MISSING:
            value = np.full(variable.shape, _MISSING[role], np.float32)
        if value is not None:
            value = _arranged(value, role, source, foreign)
        if value is None or value.shape != tuple(variable.shape):
            shape = None if value is None else value.shape
            raise SpecError(f"{foreign.origin}: its {role} has the shape {shape}, {layer.name} takes {variable.shape}.")
        values.append(value)
    layer.set_weights(values)


def _arranged(value: Array, role: str, source: Source, foreign: ForeignLayer) -> Array:
    """The weight with its input channels in the lab's order, and with the background's weights."""
    if source.skip_first and role.endswith("kernel"):
        axis = 3 if foreign.kind == "Conv2DTranspose" else 2
        value = np.roll(value, -source.skip_first, axis=axis)
    if source.adds_class and role in _OUTPUT_AXIS and value.shape[_OUTPUT_AXIS[role]] == 1:
        value = np.concatenate([np.zeros_like(value), value], axis=_OUTPUT_AXIS[role])
    return value


def _prove(net: ForeignNet, found: Recognised, weights: Weights, model: keras.Model) -> None:
    images = _test_images(net)
    theirs = _answer(as_layers(net, weights), images)
    ours = _answer(model, images)
    if found.adds_softmax:
        theirs = np.asarray(keras.ops.softmax(theirs))
    if found.adds_background:
        theirs = np.concatenate([1 - theirs, theirs], axis=-1)
    _require_finite(net, ours)
    difference = float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else np.inf
    if difference > TOLERANCE:
        raise NotUnderstoodError(
            f"{net.name} is no encoder–decoder of the lab's kind.",
            [f"Read as one, its output would differ by {difference:.2g} from what its own layers give."],
            "Its layers can still be looked at one by one.",
        )


def _test_images(net: ForeignNet) -> Array:
    """Two pictures: noise, and noise that is smooth over many pixels, as pictures are."""
    height, width, channels = net.shapes[net.layers[0].name]
    random = np.random.default_rng(0)
    noise = random.uniform(-1, 1, (height, width, channels))
    rows, columns = np.linspace(0, 3, height)[:, None], np.linspace(0, 5, width)[None, :]
    phases = random.uniform(0, 6, channels)
    smooth = np.stack([np.sin(rows * columns + phase) for phase in phases], axis=-1)
    return np.stack([noise, smooth]).astype(np.float32)


def _answer(model: keras.Model, images: Array) -> Any:
    return backend.current().compiled(model, lambda batch: model(batch, training=False))(images)


def _require_finite(net: ForeignNet, output: Any) -> None:
    if not np.isfinite(output).all():
        raise NotUnderstoodError(
            f"{net.name} cannot be used.",
            ["Its output is not finite for a picture of noise."],
            "Give the weights of a network whose training went well.",
        )
