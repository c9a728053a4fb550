"""Losses on class scores (logits): stable where probabilities would underflow.

A pixel whose label is `IGNORE` has weight 0. A loss that looks for such pixels costs a little more than one that does
not, and is rounded otherwise, so that each comes in both kinds; `has_ignored` says which one a batch needs.
"""

from collections.abc import Callable
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from fcnlab.data.dataset import IGNORE
from fcnlab.net.backend import Loss

Activation = Literal["softmax", "sigmoid"]


def has_ignored(labels: npt.NDArray[np.uint8]) -> bool:
    """Whether a batch of labels [N, H, W] holds pixels that count nowhere."""
    return bool(labels.size) and bool(labels.max() == IGNORE)


def cross_entropy(activation: Activation, num_classes: int, ignoring: bool = False) -> Loss:
    """The mean over all pixels of −log p(true class).

    With `sigmoid` each class is a question of its own, and the loss is the mean of the binary cross-entropies
    over pixels and classes.

    Args:
        activation: Of the network's output.
        num_classes: K.
        ignoring: Take the mean over the pixels that count; 0 where there are none. Else each label is below K.
    """
    mean = _mean_of_counted if ignoring else _mean

    if activation == "softmax":

        def softmax_loss(labels: Any, scores: Any) -> Any:
            # Any class will do for a pixel that does not count, but 255 is none.
            classes = ops.where(_counted(labels), labels, ops.zeros_like(labels)) if ignoring else labels
            losses = keras.losses.sparse_categorical_crossentropy(classes, scores, from_logits=True)
            return mean(losses, labels)

        return softmax_loss

    def sigmoid_loss(labels: Any, scores: Any) -> Any:
        truth = ops.one_hot(labels, num_classes, dtype="float32")
        return mean(ops.binary_crossentropy(truth, scores, from_logits=True), labels)

    return sigmoid_loss


def with_dice(loss: Loss, activation: Activation, num_classes: int, ignoring: bool = False) -> Loss:
    """`loss` plus one minus the mean Dice coefficient of the classes other than the background.

    A class of few pixels weighs as much in Dice as one of many (Milletari et al. 2016, arXiv 1606.04797). The
    coefficient is taken over the whole batch, squared in the denominator, smoothed by one pixel.

    Args:
        loss: To which it is added.
        activation: Of the network's output.
        num_classes: K.
        ignoring: Leave out the pixels that do not count. Else each label is below K.
    """

    def total(labels: Any, scores: Any) -> Any:
        probabilities = ops.softmax(scores) if activation == "softmax" else ops.sigmoid(scores)
        if ignoring:
            probabilities = probabilities * ops.cast(_counted(labels), "float32")[..., None]
        truth = ops.one_hot(labels, num_classes, dtype="float32")
        both = ops.sum(probabilities * truth, axis=(0, 1, 2))
        each = ops.sum(ops.square(probabilities) + truth, axis=(0, 1, 2))
        dice = (2 * both + 1) / (each + 1)
        return loss(labels, scores) + 1 - ops.mean(dice[1:])

    return total


def plan_loss(name: str, activation: Activation, num_classes: int) -> Callable[[bool], Loss]:
    """The loss of a plan by its name there: from whether it is to look for pixels that do not count."""

    def of(ignoring: bool) -> Loss:
        loss = cross_entropy(activation, num_classes, ignoring)
        return with_dice(loss, activation, num_classes, ignoring) if name == "cross-entropy+dice" else loss

    return of


def _counted(labels: Any) -> Any:
    return ops.not_equal(labels, IGNORE)


def _mean(losses: Any, _labels: Any) -> Any:
    return ops.mean(losses)


def _mean_of_counted(losses: Any, labels: Any) -> Any:
    """Mean of losses [N, H, W], or [N, H, W, K], over the pixels that count."""
    weights = ops.cast(_counted(labels), "float32")
    if len(losses.shape) == 4:
        losses = ops.mean(losses, axis=-1)
    return ops.sum(losses * weights) / ops.maximum(ops.sum(weights), 1.0)
