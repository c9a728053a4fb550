"""A Keras network layer by layer: its scores in training, and the gradients of all its weights."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from fcnlab.net.backend import standardise
from fcnlab.net.fast import convolutions, others
from fcnlab.net.fast.pieces import Parts, Pull, Work, total, whole
from fcnlab.plan import Precision

Rule = Callable[[keras.layers.Layer, list[Parts], Work], tuple[Parts, Pull]]
Learn = Callable[[Any], list[Any]]
"""From the loss's gradient towards the scores to those towards the network's trainable weights."""

_RULES: list[tuple[type, Rule]] = [
    (keras.layers.SeparableConv2D, convolutions.separable),
    (keras.layers.Conv2DTranspose, convolutions.transposed),
    (keras.layers.Conv2D, convolutions.convolution),
    (keras.layers.BatchNormalization, others.norm),
    (keras.layers.Activation, others.activation),
    (keras.layers.MaxPooling2D, others.max_pool),
    (keras.layers.Concatenate, others.concatenation),
    (keras.layers.Add, others.addition),
]


def learn(model: keras.Model, images: Any, precision: Precision) -> tuple[Any, Learn]:
    """One pass through a network in training.

    Args:
        model: Functional, its layers in order, each called once; its outputs are class scores. Batch norm's running
            averages are moved on.
        images: uint8 [N, H, W, C].
        precision: Of convolutions and of what is kept for their gradients.

    Returns:
        Scores float32 [N, H, W, K], and the function that gives the gradients of `model.trainable_variables`.
    """
    work = Work(tf.as_dtype(precision))
    values: dict[str, Parts] = {}
    trail: list[tuple[str, list[str], Pull]] = []
    made_by = {id(layer.output): layer.name for layer in model.layers}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            values[layer.name] = (tf.cast(standardise(images), work.dtype),)
            continue
        read = layer.input if isinstance(layer.input, list) else [layer.input]
        sources = [made_by[id(tensor)] for tensor in read]
        with tf.name_scope(layer.name):
            values[layer.name], pull = _rule(layer)(layer, [values[name] for name in sources], work)
        trail.append((layer.name, sources, pull))
    last = model.layers[-1].name
    scores = tf.cast(whole(values[last]), tf.float32)

    def back(gradient: Any) -> list[Any]:
        towards: dict[str, list[Parts]] = {last: [(tf.cast(gradient, work.dtype),)]}
        for name, sources, pull in reversed(trail):
            with tf.name_scope(f"{name}_gradient"):
                pulled = pull(total(towards.pop(name)))
            for source, found in zip(sources, pulled, strict=True):
                towards.setdefault(source, []).append(found)
        return [work.gradients[id(variable)] for variable in model.trainable_variables]

    return scores, back


def _rule(layer: keras.layers.Layer) -> Rule:
    return next((rule for kind, rule in _RULES if isinstance(layer, kind)), others.as_it_is)
