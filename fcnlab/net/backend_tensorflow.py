"""TensorFlow, which is named here and in `fast` alone."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fcnlab.net.backend import Loss, Step, Traced
from fcnlab.net.fast.network import learn
from fcnlab.net.fast.others import SMALLEST_FUSED_EPSILON
from fcnlab.net.fast.updates import update_of
from fcnlab.net.precision import processor_has_bfloat16, require_precision
from fcnlab.plan import Precision

# It warns of functions compiled anew; the lab compiles one for each network, on purpose.
tf.get_logger().setLevel("ERROR")

_AMPERE = (8, 0)
"""The compute capability from which on NVIDIA's GPUs compute in bfloat16."""


def training_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Loss, precision: Precision = "float32"
) -> Step:
    """See `Backend.training_step`.

    A plain graph and never XLA: on a CPU, XLA takes these convolutions to a fifth of their speed.
    """
    require_precision(precision, precisions())
    weights = model.trainable_variables
    optimizer.build(weights)
    update = update_of(optimizer)

    @tf.function(jit_compile=False, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def step(images: Any, labels: Any) -> Any:
        scores, back = learn(model, images, precision)
        with tf.GradientTape() as tape:
            tape.watch(scores)
            value = loss(labels, scores)
        update(back(tape.gradient(value, scores)), weights)
        return value

    def call(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> float:
        return float(step(tf.constant(images), tf.constant(labels)))

    return call


def compiled(model: keras.Model, function: Callable[..., Any]) -> Callable[..., Any]:
    """See `Backend.compiled`."""
    graph = tf.function(function, jit_compile=False, reduce_retracing=True, autograph=False)

    def call(*arrays: Any) -> Any:
        found = graph(*[tf.constant(array) for array in arrays])
        return tf.nest.map_structure(lambda tensor: tensor.numpy(), found)

    return call


def gradients(model: keras.Model, function: Traced) -> Callable[..., Any]:
    """See `Backend.gradients`."""

    @tf.function(jit_compile=False, reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def graph(points: Any, *arrays: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(points)
            value, extra = function(points, *arrays)
        return tape.gradient(value, points, unconnected_gradients=tf.UnconnectedGradients.ZERO), extra

    def call(points: list[Any], *arrays: Any) -> Any:
        found = graph([tf.constant(point) for point in points], *[tf.constant(array) for array in arrays])
        return tf.nest.map_structure(lambda tensor: tensor.numpy(), found)

    return call


def normalise(
    x: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float, training: bool
) -> tuple[Any, Any, Any] | None:
    """See `Backend.normalise`: one FusedBatchNormV3 takes a quarter of the time of Keras' separate operations."""
    if epsilon < SMALLEST_FUSED_EPSILON:
        return None
    empty = tf.zeros([0])
    found = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=gamma,
        offset=beta,
        mean=empty if training else mean,
        variance=empty if training else variance,
        epsilon=epsilon,
        exponential_avg_factor=1.0,
        is_training=training,
    )
    # The operation's variance is the unbiased one; Keras keeps the biased one.
    count = tf.cast(tf.reduce_prod(tf.shape(x)[:3]), x.dtype)
    biased = found.batch_variance * (tf.maximum(count - 1, 1) / count)
    return found.y, found.batch_mean, biased


def precisions() -> tuple[Precision, ...]:
    """See `Backend.precisions`."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        known = [tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus]
        return ("float32", "bfloat16") if min(known) >= _AMPERE else ("float32",)
    return ("float32", "bfloat16") if processor_has_bfloat16() else ("float32",)


def devices() -> list[str]:
    """See `Backend.devices`."""
    return [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tf.config.list_physical_devices("GPU")
    ] or ["CPU"]


def use_memory_as_needed() -> None:
    """See `Backend.use_memory_as_needed`; too late, and harmless, once a GPU is in use."""
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            return
