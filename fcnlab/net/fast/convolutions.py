"""Convolutions of a layer whose input comes in parts: by part where the convolution is linear in each."""

from typing import Any

import keras
import tensorflow as tf

from fcnlab.net.fast.pieces import Parts, Pull, Work, cut, whole, widths

_FEW = 4
"""Up to so many channels, those of pictures, a depthwise convolution leaves most of a vector register idle."""

_SMALL = 9 * 64
"""Up to so many products for each of them, a full convolution takes less time than the two of a separable one."""

_EPSILON = 1e-3


def convolution(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """Conv2D."""
    (parts,) = inputs
    step = layer.strides[0]
    kernel, x = work.weight(layer.kernel), whole(parts)
    output, pull_bias = _biased(layer, tf.nn.conv2d(x, kernel, step, "SAME"), work)

    def pull(gradient: Parts) -> list[Parts]:
        dy = pull_bias(*gradient)
        work.learn(layer.kernel, _filter(x, kernel.shape, dy, step))
        kernels = tf.split(kernel, widths(parts), axis=2)
        return [tuple(_input(part, each, dy, step) for part, each in zip(parts, kernels, strict=True))]

    return (output,), pull


def separable(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """SeparableConv2D: the parts' outcomes are added, for all of it is linear."""
    (parts,) = inputs
    spaces = tf.split(layer.depthwise_kernel.value, widths(parts), axis=2)
    mixes = tf.split(layer.pointwise_kernel.value, widths(parts), axis=2)
    step = layer.strides[0]
    found = [
        _as_one(part, space, mix, step) if _few(space, mix) else _one_by_one(part, space, mix, step)
        for part, space, mix in zip(parts, spaces, mixes, strict=True)
    ]
    output, pull_bias = _biased(layer, _sum([y for y, _ in found]), work)

    def pull(gradient: Parts) -> list[Parts]:
        dy = pull_bias(*gradient)
        towards = [pull_part(dy) for _, pull_part in found]
        work.learn(layer.depthwise_kernel, tf.concat([space for _, space, _ in towards], axis=2))
        work.learn(layer.pointwise_kernel, tf.concat([mix for _, _, mix in towards], axis=2))
        return [tuple(dx for dx, _, _ in towards)]

    return (output,), pull


def _few(space: Any, mix: Any) -> bool:
    side, _, channels, _ = space.shape
    return bool(channels <= _FEW and side * side * mix.shape[-1] <= _SMALL)


def _one_by_one(x: Any, space: Any, mix: Any, step: int) -> tuple[Any, Any]:
    """First in space, then across channels."""
    space, mix = tf.cast(space, x.dtype), tf.cast(mix, x.dtype)
    spread = _depthwise(x, space, step)

    def pull(dy: Any) -> tuple[Any, Any, Any]:
        between = _input(spread, mix, dy, 1)
        dspace = tf.cast(_depthwise_filter(x, space.shape, between, step), tf.float32)
        dmix = tf.cast(_filter(spread, mix.shape, dy, 1), tf.float32)
        return _depthwise_input(x, space, between, step), dspace, dmix

    return tf.nn.conv2d(spread, mix, 1, "SAME"), pull


def _as_one(x: Any, space: Any, mix: Any, step: int) -> tuple[Any, Any]:
    """A full convolution by the product of both kernels: cheaper than two with a tensor between where channels are few.

    space [k, k, C, 1] times mix [1, 1, C, F] is the kernel [k, k, C, F].
    """
    kernel = tf.cast(space * mix, x.dtype)

    def pull(dy: Any) -> tuple[Any, Any, Any]:
        found = tf.cast(_filter(x, kernel.shape, dy, step), tf.float32)
        dspace = tf.reduce_sum(found * mix, axis=3, keepdims=True)
        dmix = tf.reduce_sum(found * space, axis=(0, 1), keepdims=True)
        return _input(x, kernel, dy, step), dspace, dmix

    return tf.nn.conv2d(x, kernel, step, "SAME"), pull


def transposed(layer: keras.layers.Layer, inputs: list[Parts], work: Work) -> tuple[Parts, Pull]:
    """Conv2DTranspose: the gradient of a convolution of its output."""
    (parts,) = inputs
    x, kernel, step = whole(parts), work.weight(layer.kernel), layer.strides[0]
    count, height, width, _ = x.shape
    sizes = [count, height * step, width * step, kernel.shape[2]]
    raised = _input_of(sizes, kernel, x, step)
    output, pull_bias = _biased(layer, raised, work)

    def pull(gradient: Parts) -> list[Parts]:
        dy = pull_bias(*gradient)
        work.learn(layer.kernel, _filter(dy, kernel.shape, x, step))
        return [cut(tf.nn.conv2d(dy, kernel, step, "SAME"), parts)]

    return (output,), pull


def _sum(tensors: list[Any]) -> Any:
    return tf.add_n(tensors) if len(tensors) > 1 else tensors[0]


def _biased(layer: keras.layers.Layer, x: Any, work: Work) -> tuple[Any, Any]:
    if not layer.use_bias:
        return x, lambda dy: dy

    def pull(dy: Any) -> Any:
        # BiasAddGrad adds up in bfloat16, where what is added to a large sum is lost.
        work.learn(layer.bias, tf.reduce_sum(dy, axis=(0, 1, 2)))
        return dy

    if x.dtype == tf.bfloat16 and isinstance(layer, keras.layers.Conv2DTranspose):
        return _shifted(x, layer.bias.value), pull
    return tf.nn.bias_add(x, work.weight(layer.bias)), pull


def _shifted(x: Any, bias: Any) -> Any:
    """Add a bias by batch norm's operation for inference, in a quarter of BiasAdd's time for bfloat16."""
    one = tf.ones_like(bias)
    return tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=one,
        offset=bias,
        mean=tf.zeros_like(bias),
        variance=one * (1 - _EPSILON),
        epsilon=_EPSILON,
        is_training=False,
    ).y


def _filter(x: Any, shape: Any, dy: Any, step: int) -> Any:
    if shape[0] == shape[1] == step == 1 and x.dtype == tf.float32:
        # For 1×1 kernels in float32 a product of matrices takes half of the time.
        found = tf.matmul(tf.reshape(x, [-1, shape[2]]), tf.reshape(dy, [-1, shape[3]]), transpose_a=True)
        return tf.reshape(found, shape)
    return tf.raw_ops.Conv2DBackpropFilter(
        input=x, filter_sizes=list(shape), out_backprop=dy, strides=_strides(step), padding="SAME"
    )


def _input(x: Any, kernel: Any, dy: Any, step: int) -> Any:
    return _input_of(list(x.shape), kernel, dy, step)


def _input_of(sizes: list[int], kernel: Any, dy: Any, step: int) -> Any:
    return tf.raw_ops.Conv2DBackpropInput(
        input_sizes=sizes, filter=kernel, out_backprop=dy, strides=_strides(step), padding="SAME"
    )


def _depthwise(x: Any, kernel: Any, step: int) -> Any:
    if x.dtype == tf.bfloat16 and step == 1 and kernel.shape[0] % 2:
        # The same numbers as the gradient of a convolution by the turned kernel, for which oneDNN is quicker.
        return _depthwise_input(x, tf.reverse(kernel, [0, 1]), x, 1)
    return tf.raw_ops.DepthwiseConv2dNative(input=x, filter=kernel, strides=_strides(step), padding="SAME")


def _depthwise_filter(x: Any, shape: Any, dy: Any, step: int) -> Any:
    return tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
        input=x, filter_sizes=list(shape), out_backprop=dy, strides=_strides(step), padding="SAME"
    )


def _depthwise_input(x: Any, kernel: Any, dy: Any, step: int) -> Any:
    """In float32 where the step is larger than one: oneDNN has no fast kernel of it in bfloat16."""
    dtype = tf.float32 if step > 1 else x.dtype
    found = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
        input_sizes=list(x.shape),
        filter=tf.cast(kernel, dtype),
        out_backprop=tf.cast(dy, dtype),
        strides=_strides(step),
        padding="SAME",
    )
    return tf.cast(found, x.dtype)


def _strides(step: int) -> list[int]:
    return [1, step, step, 1]
