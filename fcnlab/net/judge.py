"""What an epoch is measured by: loss and IoU on images that stay the same."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import keras
import numpy as np

from fcnlab.data import Pairs
from fcnlab.data.dataset import IGNORE
from fcnlab.net import backend
from fcnlab.net.builder import scores_model
from fcnlab.net.metrics import ScoreBoard
from fcnlab.plan import VALIDATION_BATCH

Figures = dict[str, object]
"""Images measured, loss, mean IoU and IoU by class."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """An epoch is being measured.

    Attributes:
        done: Images that were measured.
        total: Images to measure.
    """

    kind: ClassVar[Literal["measuring"]] = "measuring"
    done: int
    total: int


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

    def __call__(
        self, pairs: Pairs | None, count: int, before: int = 0, of: int | None = None
    ) -> Generator[Measuring, None, Figures | None]:
        """Measure `count` images, spread evenly; gives their figures, or None without any.

        Args:
            pairs: The images and labels.
            count: How many of them.
            before: Images that were measured before these.
            of: Images to measure, those included; None for these alone.

        Yields:
            How far it is, before each batch.
        """
        if not pairs or not count:
            return None
        board, total, counted = ScoreBoard(self._classes), 0.0, 0.0
        chosen = evenly(len(pairs), count)
        for start in range(0, len(chosen), VALIDATION_BATCH):
            yield Measuring(before + start, of or len(chosen))
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
