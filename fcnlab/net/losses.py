"""Losses on class scores (logits): stable where probabilities would underflow, and quick on a CPU.

Everything is computed on planes, one a class, [K, M] with M = N·H·W: operations along a last axis of three numbers
take several times as long as the same ones on three long rows. The gradient is written down in closed form, so that
the backward pass takes a few operations on the same planes instead of one for each of the forward pass.

A pixel whose label is `IGNORE` is of no class, so that its truth is 0 in every plane and its weight is 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from keras import ops

from fcnlab.net.backend import Loss
from fcnlab.plan import Plan

Activation = Literal["softmax", "sigmoid"]

_LEAST = 1e-7
"""The smallest 1 − p that the focal loss takes a power of: float32 tells no smaller one from 0."""


@dataclass(frozen=True)
class _Read:
    """What an activation makes of scores [K, M].

    Attributes:
        probabilities: p, [K, M].
        surprise: −log of the probability of the truth: [1, M] with softmax, [K, M] with sigmoid.
        right: The probability of the truth, of the same shape.
        chained: The gradient with respect to the scores from that with respect to p, both [K, M].
    """

    probabilities: Any
    surprise: Any
    right: Any
    chained: Callable[[Any], Any]


def plan_loss(
    plan: Plan, activation: Activation, num_classes: int, class_weights: Sequence[float] | None = None
) -> Loss:
    """The loss of a plan.

    Args:
        plan: Its `loss`, `focal_gamma` and `dice_weight` are taken.
        activation: Of the network's output.
        num_classes: K.
        class_weights: K numbers, as `class_weights` finds them.
    """
    return segmentation_loss(
        activation,
        num_classes,
        class_weights=class_weights,
        focal_gamma=plan.focal_gamma if plan.loss.startswith("focal") else 0.0,
        dice_weight=plan.dice_weight if plan.loss.endswith("+dice") else 0.0,
    )


def class_weights(plan: Plan, labels: npt.NDArray[np.uint8], num_classes: int) -> tuple[float, ...] | None:
    """What a pixel of each class counts, K numbers; None where all count alike.

    "balanced" weighs a class by 1 / (K · its share of the pixels that count), so that all classes weigh the same in
    sum; a class that is not there counts as if it had one pixel.

    Args:
        plan: Its `class_weights` are taken.
        labels: uint8 [N, H, W] of the training images.
        num_classes: K.
    """
    if plan.class_weights != "balanced":
        return plan.class_weights
    found = np.maximum(_class_counts(labels, num_classes), 1)
    return tuple((found.sum() / (num_classes * found)).tolist())


def segmentation_loss(
    activation: Activation,
    num_classes: int,
    *,
    class_weights: Sequence[float] | None = None,
    focal_gamma: float = 0.0,
    dice_weight: float = 0.0,
) -> Loss:
    """The weighted mean over all pixels of (1 − p)^γ · (−log p), p being the probability of the truth, plus Dice.

    Without γ this is the cross-entropy, with it the focal loss (Lin et al. 2017, arXiv 1708.02002). A pixel's weight
    is its class's, 0 where it is ignored; the mean divides by the sum of the weights, and is 0 where that is 0. With
    `sigmoid` each class is a question of its own, and the mean is also taken over the classes.

    The Dice term is one minus the mean Dice coefficient of the classes other than the background, in which a class of
    few pixels weighs as much as one of many (Milletari et al. 2016, arXiv 1606.04797): over the whole batch, squared
    in the denominator, smoothed by one pixel, and without ignored pixels.

    Args:
        activation: Of the network's output.
        num_classes: K, at least 2.
        class_weights: K weights; None counts all pixels alike.
        focal_gamma: γ, at least 0.
        dice_weight: The Dice term's factor; 0 leaves it out.
    """
    read = _read_softmax if activation == "softmax" else _read_sigmoid
    means = 1 if activation == "softmax" else num_classes
    kinds = np.arange(num_classes, dtype=np.uint8)[:, None]
    factors = None if class_weights is None else np.asarray(class_weights, np.float32)[:, None]

    def loss(labels: Any, scores: Any) -> Any:
        labels = ops.reshape(ops.convert_to_tensor(labels), (1, -1))
        truth = ops.cast(ops.equal(labels, kinds), "float32")
        counted = ops.sum(truth, axis=0, keepdims=True)
        weights = counted if factors is None else ops.sum(truth * factors, axis=0, keepdims=True)
        total = means * ops.sum(weights)
        weights = weights / ops.where(total > 0, total, ops.ones_like(total))
        scores = ops.convert_to_tensor(scores)
        shape = ops.shape(scores)

        @ops.custom_gradient  # type: ignore[untyped-decorator]  # Keras ships no types
        def on_planes(scores: Any) -> Any:
            found = read(ops.transpose(ops.reshape(scores, (-1, num_classes))), truth)
            value = ops.sum(weights * _focal(found, focal_gamma))
            if dice_weight:
                dice, by_probability = _dice(found.probabilities, truth, counted)
                value = value + dice_weight * dice

            def gradient(*upstream: Any) -> Any:
                slopes = (found.probabilities - truth) * (upstream[0] * weights * _focal_slope(found, focal_gamma))
                if dice_weight:
                    slopes = slopes + found.chained(by_probability(upstream[0] * dice_weight))
                return ops.reshape(ops.transpose(slopes), shape)

            return value, gradient

        return on_planes(scores)

    return loss


def _read_softmax(scores: Any, truth: Any) -> _Read:
    shifted = scores - ops.max(scores, axis=0, keepdims=True)
    powers = ops.exp(shifted)
    total = ops.sum(powers, axis=0, keepdims=True)
    probabilities = powers / total
    surprise = ops.log(total) - ops.sum(truth * shifted, axis=0, keepdims=True)

    def chained(slopes: Any) -> Any:
        moved = probabilities * slopes
        return moved - probabilities * ops.sum(moved, axis=0, keepdims=True)

    return _Read(probabilities, surprise, ops.sum(truth * probabilities, axis=0, keepdims=True), chained)


def _read_sigmoid(scores: Any, truth: Any) -> _Read:
    probabilities = ops.sigmoid(scores)
    surprise = ops.softplus(scores) - truth * scores
    right = 1 - ops.absolute(probabilities - truth)
    return _Read(probabilities, surprise, right, lambda slopes: slopes * probabilities * (1 - probabilities))


def _focal(found: _Read, gamma: float) -> Any:
    """(1 − p)^γ · (−log p)."""
    return found.surprise * ops.power(_wrong(found), gamma) if gamma else found.surprise


def _focal_slope(found: _Read, gamma: float) -> Any:
    """What the cross-entropy's gradient, p − truth, is multiplied by: (1 − p)^γ + γ·(1 − p)^(γ − 1)·p·(−log p)."""
    if not gamma:
        return 1.0
    wrong = _wrong(found)
    return ops.power(wrong, gamma - 1) * (wrong + gamma * found.right * found.surprise)


def _wrong(found: _Read) -> Any:
    return ops.maximum(1 - found.right, _LEAST)


def _dice(probabilities: Any, truth: Any, counted: Any) -> tuple[Any, Callable[[Any], Any]]:
    """One minus the mean Dice coefficient, and its gradient with respect to the probabilities, [K, M], times a number.

    With both = Σ p·t and each = Σ (p² + t), a class's coefficient is (2·both + 1) / (each + 1).
    """
    classes = probabilities.shape[0]
    seen = probabilities * counted
    both = ops.sum(seen * truth, axis=1, keepdims=True)
    each = ops.sum(seen * seen + truth, axis=1, keepdims=True)
    dice = (2 * both + 1) / (each + 1)
    # The background takes no part.
    parts = (np.arange(classes, dtype=np.float32)[:, None] > 0) / np.float32(classes - 1)

    def gradient(factor: Any) -> Any:
        scale = 2 * factor * parts / (each + 1)
        return scale * dice * seen - scale * truth

    return 1 - ops.sum(dice * parts), gradient


def _class_counts(labels: npt.NDArray[np.uint8], num_classes: int) -> npt.NDArray[np.int64]:
    """Pixels of each class, [K], image by image: the labels may be mapped from a disk and larger than memory."""
    counts = np.zeros(256, np.int64)
    for image in labels:
        counts += np.bincount(image.ravel(), minlength=256)
    return counts[:num_classes]
