"""The optimizers of a plan: Keras' own."""

import keras

from fcnlab.plan import Plan


def plan_optimizer(plan: Plan, model: keras.Model) -> keras.optimizers.Optimizer:
    """The plan's optimizer, not built yet, so that a network's training step can do that.

    AdamW shrinks convolution kernels alone: biases and the scales and offsets of batch norm are few, and pulling them
    towards 0 takes what the network needs (He et al. 2019, arXiv 1812.01187, section 3.1).

    Args:
        plan: Its `optimizer`, `weight_decay` and `momentum` are taken, and its first phase's learning rate.
        model: What it is to train.
    """
    rate = plan.phases[0].learning_rate
    if plan.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=plan.momentum)
    if plan.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=plan.weight_decay)
    optimizer.exclude_from_weight_decay([weight for weight in model.trainable_variables if len(weight.shape) < 2])
    return optimizer
