"""Losses on planes: each against its plain formula, in value and gradient."""

import itertools
from typing import Any

import numpy as np
import pytest

from fcnlab.data import IGNORE
from fcnlab.net.losses import class_weights, plan_loss, segmentation_loss
from fcnlab.plan import Plan

WEIGHTS = (1.0, 2.0, 6.0)


def scene(classes: int = 3, ignored: float = 0.0, spread: float = 1.0) -> tuple[Any, Any]:
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, (2, 6, 5)).astype(np.uint8)
    labels[random.random(labels.shape) < ignored] = IGNORE
    return labels, (spread * random.normal(size=(2, 6, 5, classes))).astype(np.float32)


def plain(labels, scores, activation, weights=None, gamma=0.0, dice_weight=0.0):
    """The same loss by TensorFlow's own operations in double precision, whose gradients it finds by itself."""
    import tensorflow as tf

    classes = scores.shape[-1]
    counted = np.float64(labels != IGNORE)[..., None]
    truth = tf.one_hot(labels, classes, dtype=tf.float64)
    pixel = tf.reduce_sum(truth * (np.ones(classes) if weights is None else np.array(weights)), -1)
    if activation == "softmax":
        probabilities = tf.nn.softmax(scores)
        right = tf.reduce_sum(truth * probabilities, -1)
        surprise = -tf.reduce_sum(truth * tf.nn.log_softmax(scores), -1)
    else:
        probabilities = tf.sigmoid(scores)
        right = truth * probabilities + (1 - truth) * (1 - probabilities)
        surprise = tf.nn.sigmoid_cross_entropy_with_logits(truth, scores)
    losses = surprise * (1 - right) ** gamma if gamma else surprise
    losses = losses if activation == "softmax" else tf.reduce_mean(losses, -1)
    value = tf.reduce_sum(pixel * losses) / tf.reduce_sum(pixel)
    seen = probabilities * counted
    both = tf.reduce_sum(seen * truth, (0, 1, 2))
    each = tf.reduce_sum(seen**2 + truth, (0, 1, 2))
    return value + dice_weight * (1 - tf.reduce_mean(((2 * both + 1) / (each + 1))[1:]))


def with_gradient(loss, scores):
    import tensorflow as tf

    scores = tf.constant(scores)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        value = loss(scores)
    return float(value), tape.gradient(value, scores).numpy()


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("ignored", [0.0, 0.4])
def test_value_and_gradient_are_those_of_the_plain_formula(activation, classes, ignored):
    labels, scores = scene(classes, ignored, spread=2)
    some = tuple(range(1, classes + 1))
    for weights, gamma, dice in itertools.product((None, some), (0.0, 0.5, 2.0), (0.0, 0.7)):
        loss = segmentation_loss(activation, classes, class_weights=weights, focal_gamma=gamma, dice_weight=dice)
        value, gradient = with_gradient(lambda found, loss=loss: 3 * loss(labels, found), scores)
        expected, slope = with_gradient(
            lambda found, rest=(activation, weights, gamma, dice): 3 * plain(labels, found, *rest),
            scores.astype(np.float64),
        )
        assert value == pytest.approx(expected, rel=1e-5)
        np.testing.assert_allclose(gradient, slope, atol=1e-5 * np.abs(slope).max())


def test_cross_entropy_and_focal_loss_are_those_of_keras():
    import keras

    labels, scores = scene()
    probabilities = np.asarray(keras.ops.softmax(scores))
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, scores)
    assert float(segmentation_loss("softmax", 3)(labels, scores)) == pytest.approx(float(entropy), rel=1e-5)
    focal = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0)(np.eye(3)[labels], probabilities)
    # Keras' focal loss is the mean over pixels of a sum over classes.
    found = segmentation_loss("softmax", 3, focal_gamma=2.0)(labels, scores)
    assert float(found) == pytest.approx(float(focal), rel=1e-5)
    binary = keras.losses.BinaryCrossentropy(from_logits=True)(np.eye(3)[labels], scores)
    assert float(segmentation_loss("sigmoid", 3)(labels, scores)) == pytest.approx(float(binary), rel=1e-5)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_scores_that_are_far_out_stay_finite(activation, gamma):
    labels, scores = scene(spread=200)
    loss = segmentation_loss(activation, 3, focal_gamma=gamma, dice_weight=1.0)
    value, gradient = with_gradient(lambda found: loss(labels, found), scores)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert value > 1


@pytest.mark.parametrize("name", ["cross-entropy", "cross-entropy+dice", "focal", "focal+dice"])
def test_a_plans_loss_takes_what_its_name_says(name):
    labels, scores = scene()
    plan = Plan(loss=name, focal_gamma=1.5, dice_weight=0.5)
    gamma, dice = (1.5 if "focal" in name else 0.0), (0.5 if "dice" in name else 0.0)
    expected = float(plain(labels, scores.astype(np.float64), "softmax", WEIGHTS, gamma, dice))
    assert float(plan_loss(plan, "softmax", 3, WEIGHTS)(labels, scores)) == pytest.approx(expected, rel=1e-5)


def test_balanced_weights_make_all_classes_weigh_the_same():
    labels = np.zeros((2, 4, 4), np.uint8)
    labels[0, 0], labels[1, 1, 1], labels[1, 3] = 1, 2, IGNORE
    counts = np.array([23, 4, 1])
    weights = np.array(class_weights(Plan(class_weights="balanced"), labels, 3))
    np.testing.assert_allclose(weights * counts, 28 / 3)
    absent = class_weights(Plan(class_weights="balanced"), np.zeros((1, 4, 4), np.uint8), 2)
    assert np.isfinite(absent).all()


def test_weights_that_are_given_are_taken():
    labels = np.zeros((1, 2, 2), np.uint8)
    assert class_weights(Plan(), labels, 3) is None
    assert class_weights(Plan(class_weights=WEIGHTS), labels, 3) == WEIGHTS
