"""The plan's optimizers: Keras' own, and TensorFlow's operations in their place."""

import keras
import numpy as np
import pytest
from net_helpers import tiny

from fcnlab.net import build
from fcnlab.net.fast.updates import update_of
from fcnlab.net.optimizers import plan_optimizer
from fcnlab.plan import Plan


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_an_update_is_that_of_keras(name):
    import tensorflow as tf

    plan, random = Plan(optimizer=name, weight_decay=0.1), np.random.default_rng(0)
    ours, theirs = build(tiny(), seed=1), build(tiny(), seed=1)
    one, two = plan_optimizer(plan, ours), plan_optimizer(plan, theirs)
    one.build(ours.trainable_variables)
    two.build(theirs.trainable_variables)
    update = update_of(one)
    assert update != one.apply

    for rate in (0.01, 0.02, 0.003):
        gradients = [tf.constant(random.normal(size=w.shape).astype(np.float32)) for w in ours.trainable_variables]
        for optimizer in (one, two):
            optimizer.learning_rate.assign(rate)
        update(gradients, ours.trainable_variables)
        two.apply(gradients, theirs.trainable_variables)
    for mine, other in zip(ours.trainable_variables, theirs.trainable_variables, strict=True):
        np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=1e-5, atol=1e-6, err_msg=mine.path)
    for mine, other in zip(one.variables, two.variables, strict=True):
        np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=1e-5, atol=1e-6, err_msg=mine.path)


def test_adamw_shrinks_kernels_alone():
    model = build(tiny(), seed=1)
    before = model.trainable_variables[0]
    optimizer = plan_optimizer(Plan(optimizer="adamw", weight_decay=0.1), model)
    before = [np.array(weight) for weight in model.trainable_variables]
    optimizer.build(model.trainable_variables)
    nothing = [np.zeros(weight.shape, np.float32) for weight in model.trainable_variables]
    optimizer.apply(nothing, model.trainable_variables)
    for old, weight in zip(before, model.trainable_variables, strict=True):
        kept = 1 - 0.1 * 0.01 if old.ndim > 1 else 1
        np.testing.assert_allclose(np.asarray(weight), kept * old, rtol=1e-5, err_msg=weight.path)


def test_sgd_without_momentum_takes_keras_own_step():
    model = build(tiny(), seed=1)
    optimizer = plan_optimizer(Plan(optimizer="sgd", momentum=0), model)
    optimizer.build(model.trainable_variables)
    assert type(optimizer) is keras.optimizers.SGD
    assert update_of(optimizer) == optimizer.apply
