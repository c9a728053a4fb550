"""What an epoch is measured by: loss and IoU on images that stay the same."""

from typing import Any

import keras
import numpy as np

from fcnlab.data import Pairs
from fcnlab.data.dataset import IGNORE
from fcnlab.net import backend
from fcnlab.net.builder import scores_model
from fcnlab.net.metrics import ScoreBoard
from fcnlab.plan import VALIDATION_BATCH

TRAINING_IMAGES = 200
"""Training images that are measured after an epoch, at most."""


class Judge:
    """Measures a network, with its weights as they are at each call.

    Args:
        model: The network.
        loss: Of its scores.
    """

    def __init__(self, model: keras.Model, loss: backend.Loss) -> None:
        scores, activate = scores_model(model), model.layers[-1]
        self._classes = model.output.shape[-1]

        def judged(images: Any, labels: Any) -> Any:
            found = scores(backend.standardise(images), training=False)
            return activate(found), loss(labels, found)

        self._judged = backend.current().compiled(model, judged)

    def __call__(self, pairs: Pairs | None, count: int) -> dict[str, object] | None:
        """Images measured, loss, mean IoU and IoU by class on `count` images, spread evenly; None without any."""
        if not pairs or not count:
            return None
        board, total, counted = ScoreBoard(self._classes), 0.0, 0.0
        chosen = evenly(len(pairs), count)
        for start in range(0, len(chosen), VALIDATION_BATCH):
            part = chosen[start : start + VALIDATION_BATCH]
            labels = pairs.labels[part]
            probabilities, loss = self._judged(pairs.images[part], labels)
            board.add(probabilities, pairs.planes(part), labels)
            share = float((labels != IGNORE).mean()) * len(labels)
            total, counted = total + float(loss) * share, counted + share
        loss = total / counted if counted else 0.0
        return {"images": board.images, "loss": loss, "mean_iou": board.mean_iou, "class_iou": board.class_iou}


def evenly(available: int, count: int) -> Any:
    """`count` of the numbers from 0 to `available` − 1, spread evenly: neighbours in a dataset are much alike."""
    return np.linspace(0, available - 1, min(count, available)).round().astype(np.int64)
