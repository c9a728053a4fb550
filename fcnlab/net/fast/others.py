"""Layers other than convolutions: norm, activation, pooling, what joins two tensors, and any layer as it is."""

from typing import Any

import keras
import tensorflow as tf

from fcnlab.net.fast.pieces import Parts, Pull, Work, cut, whole

# The CUDA kernel refuses a smaller one.
SMALLEST_FUSED_EPSILON = 1.001e-5


def norm(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """Batch norm with the batch's statistics, which are float32 whatever is normalised, and its running averages."""
    if not layer.trainable or layer.epsilon < SMALLEST_FUSED_EPSILON:
        return as_it_is(layer, inputs, work)
    (parts,) = inputs
    x = whole(parts)
    empty = tf.zeros([0])
    found = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=layer.gamma.value,
        offset=layer.beta.value,
        mean=empty,
        variance=empty,
        epsilon=layer.epsilon,
        exponential_avg_factor=1.0,
        is_training=True,
    )
    count = x.shape[0] * x.shape[1] * x.shape[2]
    _follow(layer.moving_mean, found.batch_mean, layer.momentum, 1.0)
    # The operation's variance is the unbiased one; Keras keeps the biased one.
    _follow(layer.moving_variance, found.batch_variance, layer.momentum, max(count - 1, 1) / count)

    def pull(gradient: Parts) -> list[Parts]:
        towards = tf.raw_ops.FusedBatchNormGradV3(
            y_backprop=gradient[0],
            x=x,
            scale=layer.gamma.value,
            reserve_space_1=found.reserve_space_1,
            reserve_space_2=found.reserve_space_2,
            reserve_space_3=found.reserve_space_3,
            epsilon=layer.epsilon,
            is_training=True,
        )
        work.learn(layer.gamma, towards.scale_backprop)
        work.learn(layer.beta, towards.offset_backprop)
        return [cut(towards.x_backprop, parts)]

    return (found.y,), pull


def _follow(average: Any, value: Any, momentum: float, factor: float) -> None:
    average.value.assign(average.value * momentum + value * (factor * (1.0 - momentum)))


def activation(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """ReLU; Keras does the others."""
    if layer.activation is not keras.activations.relu:
        return as_it_is(layer, inputs, work)
    y = tuple(tf.nn.relu(part) for part in inputs[0])

    def pull(gradient: Parts) -> list[Parts]:
        pairs = zip(gradient, y, strict=True)
        return [tuple(tf.raw_ops.ReluGrad(gradients=dy, features=part) for dy, part in pairs)]

    return y, pull


def max_pool(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """MaxPooling2D, part by part."""
    window = {"ksize": [1, *layer.pool_size, 1], "strides": [1, *layer.strides, 1], "padding": "SAME"}
    y = tuple(tf.raw_ops.MaxPool(input=part, **window) for part in inputs[0])

    def pull(gradient: Parts) -> list[Parts]:
        each = zip(inputs[0], y, gradient, strict=True)
        return [tuple(tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=out, grad=dy, **window) for x, out, dy in each)]

    return y, pull


def concatenation(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """Nothing is copied: the parts stand side by side."""

    def pull(gradient: Parts) -> list[Parts]:
        towards, first = [], 0
        for parts in inputs:
            towards.append(gradient[first : first + len(parts)])
            first += len(parts)
        return towards

    return tuple(part for parts in inputs for part in parts), pull


def addition(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """Add."""
    y = tf.add_n([whole(parts) for parts in inputs])
    return (y,), lambda gradient: [cut(gradient[0], parts) for parts in inputs]


def as_it_is(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """Any layer, by its own code in float32; TensorFlow finds the gradient."""
    xs = [tf.cast(whole(parts), tf.float32) for parts in inputs]
    learned = layer.trainable_variables
    mode = {"training": True} if isinstance(layer, keras.layers.BatchNormalization) else {}
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = layer(xs if len(xs) > 1 else xs[0], **mode)

    def pull(gradient: Parts) -> list[Parts]:
        sources = [*xs, *(variable.value for variable in learned)]
        zero = tf.UnconnectedGradients.ZERO
        found = tape.gradient(y, sources, tf.cast(gradient[0], tf.float32), unconnected_gradients=zero)
        for variable, towards in zip(learned, found[len(xs) :], strict=True):
            work.learn(variable, towards)
        pairs = zip(found[: len(xs)], inputs, strict=True)
        return [cut(tf.cast(towards, work.dtype), parts) for towards, parts in pairs]

    return (tf.cast(y, work.dtype),), pull
