"""The pictures that are looked through, with all that they are shown with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fcnlab.data import Dataset
from fcnlab.data.contents.survey import Survey
from fcnlab.draw import hits
from fcnlab.draw.colors import MISSED
from fcnlab.draw.masks import CHANGED, WON
from fcnlab.lab.tasks import PictureScores
from fcnlab.ui.data.filters import Choice
from fcnlab.ui.data.kept import pairs_of
from fcnlab.ui.data.overlay import Overlay
from fcnlab.ui.data.scored import Checkpoint, predictions
from fcnlab.ui.engine import engine_state
from fcnlab.ui.words import count

Bytes = NDArray[np.uint8]

ERRORS = [(WON, "found"), (MISSED, "missed"), (CHANGED, "seen where there is none")]
"""What the colours say where a run's errors are shown."""


@dataclass(frozen=True)
class Album:
    """What is looked through.

    Attributes:
        dataset: Whose pictures.
        split: Of the dataset.
        stamp: Of the split's files.
        survey: What the masks show.
        choice: Which pictures, in which order.
        overlay: How masks are laid over them.
        checkpoint: Whose errors are shown; None for none.
        scores: Of that checkpoint; None while they are not there.
    """

    dataset: Dataset
    split: str
    stamp: str
    survey: Survey
    choice: Choice
    overlay: Overlay
    checkpoint: Checkpoint | None
    scores: PictureScores | None

    @property
    def target(self) -> str:
        """Name of the class that is looked for."""
        return self.survey.classes[self.choice.target]

    @property
    def shows_errors(self) -> bool:
        """Whether a run's errors can be shown: one is chosen, and the engine answers."""
        return self.checkpoint is not None and engine_state().phase == "ready"

    def iou(self, index: int) -> float | None:
        """The official IoU of one picture; None where it is not known, or would be of another class."""
        if self.scores is None or self.scores.target != self.choice.target:
            return None
        return float(self.scores.iou[index])

    def words(self, index: int) -> list[str]:
        """What is known of a picture, in a few words each: "58 px", "34 m", "IoU 0.41"."""
        size, distance, iou = self.size(index), float(self.survey.distance[index]), self.iou(index)
        parts = [f"{count(size)} px" if size else f"no {self.target}"]
        if np.isfinite(distance):
            parts.append(f"{distance:.0f} m")
        if iou is not None:
            parts.append(f"IoU {iou:.2f}")
        return parts

    def size(self, index: int) -> int:
        """Pixels of the target in one picture, at the mask's own size."""
        return int(self.survey.counts[index, self.choice.target])


def error_pictures(album: Album, indices: Sequence[int]) -> list[Bytes]:
    """Found, missed and false pixels of the target in some pictures, at the network's size.

    Raises:
        FcnLabError: What the engine says.
    """
    assert album.checkpoint is not None
    pairs = pairs_of(album.dataset, album.split, album.stamp, album.checkpoint.size, indices)
    labels = predictions(album.dataset, album.split, album.stamp, album.checkpoint, indices)
    parts = zip(pairs.images, labels, pairs.labels, strict=True)
    return [hits(image, predicted, truth, album.choice.target) for image, predicted, truth in parts]
