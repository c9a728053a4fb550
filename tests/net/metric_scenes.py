"""Small truths and predictions for the tests of the metrics."""

import numpy as np

from fcnlab.net.metrics import ScoreBoard


def one_hot(labels, num_classes=3):
    """Planes [..., K] of 0 and 1 for class numbers [...]."""
    return (np.asarray(labels)[..., None] == np.arange(num_classes)).astype(np.uint8)


def scene(*pixels, size=(8, 8)):
    """Labels [1, H, W] of background (0) with the hero (2) on the given pixels, counted row by row."""
    labels = np.zeros(size, np.uint8)
    labels.ravel()[list(pixels)] = 2
    return labels[None]


def board_of(truth, predicted, num_classes=3):
    """A board with one batch whose probabilities are exactly 0 and 1."""
    board = ScoreBoard(num_classes)
    board.add(one_hot(predicted, num_classes).astype(np.float32), one_hot(truth, num_classes), truth)
    return board


def random_batch(rng, images=6, height=17, width=23, num_classes=3):
    """Blocky truth, with resizing's doubly and never claimed pixels, and probabilities that often agree."""
    coarse = rng.integers(0, num_classes, (images, -(-height // 5), -(-width // 5)), dtype=np.uint8)
    labels = coarse.repeat(5, 1).repeat(5, 2)[:, :height, :width].copy()
    planes = one_hot(labels, num_classes)
    planes[rng.random(planes.shape) < 0.05] ^= 1
    logits = rng.normal(0, 2, planes.shape) + 3 * planes
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return probabilities.astype(np.float32), planes, labels
