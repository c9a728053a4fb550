"""TensorFlow: the only module of the project that names it."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fcnlab.net.backend import Loss, Step, Traced, standardise

# It warns of functions compiled anew; the lab compiles one for each network, on purpose.
tf.get_logger().setLevel("ERROR")

# The CUDA kernel refuses a smaller one.
_SMALLEST_FUSED_EPSILON = 1.001e-5


def training_step(model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Loss) -> Step:
    """See `Backend.training_step`.

    A plain graph and never XLA: on a CPU, XLA takes these convolutions to a fifth of their speed.
    """
    weights = model.trainable_variables
    optimizer.build(weights)
    update = _apply_adam if _is_plain_adam(optimizer) else _apply

    @tf.function(jit_compile=False, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def step(images: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(labels, model(standardise(images), training=True))
        update(optimizer, tape.gradient(value, [weight.value for weight in weights]), weights)
        return value

    def call(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> float:
        return float(step(tf.constant(images), tf.constant(labels)))

    return call


def _is_plain_adam(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether the optimizer is Adam and nothing more: TensorFlow's single operation knows no extras."""
    extras = ("weight_decay", "amsgrad", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "loss_scale_factor")
    more = any(getattr(optimizer, name) for name in extras) or optimizer.gradient_accumulation_steps
    return type(optimizer) is keras.optimizers.Adam and not more


def _apply(optimizer: keras.optimizers.Optimizer, gradients: list[Any], weights: list[Any]) -> None:
    optimizer.apply(gradients, weights)


def _apply_adam(optimizer: keras.optimizers.Adam, gradients: list[Any], weights: list[Any]) -> None:
    """Adam by one operation a weight, on Keras' own variables and by its formula.

    Keras' own sixteen operations a weight take more than half of the time in which a step's graph is made.
    """
    taken = tf.cast(optimizer.iterations.value, tf.float32) + 1.0
    powers = {
        "beta1_power": tf.pow(optimizer.beta_1, taken),
        "beta2_power": tf.pow(optimizer.beta_2, taken),
    }
    moments = zip(optimizer._momentums, optimizer._velocities, strict=True)
    for gradient, weight, (momentum, velocity) in zip(gradients, weights, moments, strict=True):
        tf.raw_ops.ResourceApplyAdam(
            var=weight.value.handle,
            m=momentum.value.handle,
            v=velocity.value.handle,
            lr=optimizer.learning_rate.value,
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=gradient,
            **powers,
        )
    optimizer.iterations.value.assign_add(1)


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
    if epsilon < _SMALLEST_FUSED_EPSILON:
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
