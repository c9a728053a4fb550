"""Losses on class scores (logits): stable where probabilities would underflow."""

from typing import Any, Literal

import keras
from keras import ops

from fcnlab.net.backend import Loss


def cross_entropy(activation: Literal["softmax", "sigmoid"], num_classes: int) -> Loss:
    """The mean over all pixels of −log p(true class).

    With `sigmoid` each class is a question of its own, and the loss is the mean of the binary cross-entropies
    over pixels and classes.
    """
    if activation == "softmax":

        def softmax_loss(labels: Any, scores: Any) -> Any:
            losses = keras.losses.sparse_categorical_crossentropy(labels, scores, from_logits=True)
            return ops.mean(losses)

        return softmax_loss

    def sigmoid_loss(labels: Any, scores: Any) -> Any:
        truth = ops.one_hot(labels, num_classes, dtype="float32")
        return ops.mean(ops.binary_crossentropy(truth, scores, from_logits=True))

    return sigmoid_loss


def with_dice(loss: Loss, activation: Literal["softmax", "sigmoid"], num_classes: int) -> Loss:
    """`loss` plus one minus the mean Dice coefficient of the classes other than the background.

    A class of few pixels weighs as much in Dice as one of many (Milletari et al. 2016, arXiv 1606.04797). The
    coefficient is taken over the whole batch, squared in the denominator, smoothed by one pixel.
    """

    def total(labels: Any, scores: Any) -> Any:
        probabilities = ops.softmax(scores) if activation == "softmax" else ops.sigmoid(scores)
        truth = ops.one_hot(labels, num_classes, dtype="float32")
        both = ops.sum(probabilities * truth, axis=(0, 1, 2))
        each = ops.sum(ops.square(probabilities) + truth, axis=(0, 1, 2))
        dice = (2 * both + 1) / (each + 1)
        return loss(labels, scores) + 1 - ops.mean(dice[1:])

    return total
