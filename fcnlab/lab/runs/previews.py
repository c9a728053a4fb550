"""Previews: the same few images after each epoch, with what the network says of them."""

from typing import TYPE_CHECKING

import numpy as np

from fcnlab.data import Pairs
from fcnlab.lab.runs.run import Run

if TYPE_CHECKING:
    from fcnlab.net import Trainer

PREVIEW_IMAGES = 4


class Preview:
    """Writes the images and their truth once, as epoch 0, and the predicted labels each time."""

    def __init__(self, run: Run, trainer: "Trainer", pairs: Pairs) -> None:
        self._run = run
        self._trainer = trainer
        chosen = _telling(pairs)
        self._images = pairs.images[chosen]
        with run.writing(run.preview_path(0)) as path:
            np.savez_compressed(path, images=self._images, truth=pairs.labels[chosen])

    def write(self, epoch: int) -> None:
        """Keep what the network predicts after `epoch` epochs."""
        labels = self._trainer.predict(self._images).argmax(axis=-1).astype(np.uint8)
        with self._run.writing(self._run.preview_path(epoch)) as path:
            np.savez_compressed(path, labels=labels)


def _telling(pairs: Pairs, count: int = PREVIEW_IMAGES) -> list[int]:
    """Indices of images whose targets (last class) run from large to small; others fill up where there are few."""
    sizes = np.array([np.count_nonzero(labels == pairs.num_classes - 1) for labels in pairs.labels])
    order = np.argsort(-sizes, kind="stable")
    there = order[: max(int((sizes > 0).sum()), min(count, len(order)))]
    picks = np.linspace(0, len(there) - 1, min(count, len(there))).round().astype(int)
    return [int(there[pick]) for pick in picks]
