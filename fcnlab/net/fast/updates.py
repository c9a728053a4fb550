"""Optimizers by TensorFlow's own operations, one a weight, on Keras' own variables and by its formulas.

Keras' sixteen operations a weight take more than half of the time in which a step's graph is made.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Update = Callable[[list[Any], list[Any]], None]
"""Takes gradients and weights, and changes the weights."""


def update_of(optimizer: keras.optimizers.Optimizer) -> Update:
    """A built optimizer's step; Keras' own where it has extras that TensorFlow's operations do not know."""
    extras = ("amsgrad", "nesterov", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "loss_scale_factor")
    if any(getattr(optimizer, name, None) for name in extras) or optimizer.gradient_accumulation_steps:
        return optimizer.apply  # type: ignore[no-any-return]  # Keras ships no types
    if type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW):
        return lambda gradients, weights: _adam(optimizer, gradients, weights)
    if type(optimizer) is keras.optimizers.SGD and optimizer.momentum and not optimizer.weight_decay:
        return lambda gradients, weights: _momentum(optimizer, gradients, weights)
    return optimizer.apply  # type: ignore[no-any-return]


def _adam(optimizer: keras.optimizers.Adam, gradients: list[Any], weights: list[Any]) -> None:
    """Adam, and AdamW, which shrinks weights before the step by learning rate times weight decay."""
    rate = optimizer.learning_rate.value
    taken = tf.cast(optimizer.iterations.value, tf.float32) + 1.0
    powers = {
        "beta1_power": tf.pow(optimizer.beta_1, taken),
        "beta2_power": tf.pow(optimizer.beta_2, taken),
    }
    moments = zip(optimizer._momentums, optimizer._velocities, strict=True)
    for gradient, weight, (momentum, velocity) in zip(gradients, weights, moments, strict=True):
        if optimizer.weight_decay and optimizer._use_weight_decay(weight):
            weight.value.assign_sub(weight.value * (optimizer.weight_decay * rate))
        tf.raw_ops.ResourceApplyAdam(
            var=weight.value.handle,
            m=momentum.value.handle,
            v=velocity.value.handle,
            lr=rate,
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=gradient,
            **powers,
        )
    optimizer.iterations.value.assign_add(1)


def _momentum(optimizer: keras.optimizers.SGD, gradients: list[Any], weights: list[Any]) -> None:
    """The step is `momentum` times the last one less learning rate times gradient."""
    for gradient, weight, momentum in zip(gradients, weights, optimizer.momentums, strict=True):
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=weight.value.handle,
            accum=momentum.value.handle,
            lr=optimizer.learning_rate.value,
            grad=gradient,
            momentum=optimizer.momentum,
        )
    optimizer.iterations.value.assign_add(1)
