"""What a prediction is worth: the official Follow-Me score, and the usual figures of segmentation.

Two readings of a network's probabilities stand side by side and never mix:

- *thresholded*, per class on its own: a pixel belongs to class k where floor(255 p_k) > 127. The official
  score (IoU per image, detection) and the recall by target size use it.
- *argmax*: each pixel belongs to its most probable class (the first one of equals). The confusion matrix, and
  with it IoU by class, mean IoU, pixel accuracy and the boundary band use it.

A pixel whose label is `fcnlab.data.dataset.IGNORE` counts in neither: not as truth, not as prediction.

Only NumPy and SciPy are needed here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fcnlab.data.dataset import IGNORE
from fcnlab.errors import DataError, FcnLabError
from fcnlab.net.official import DETECTION_PIXELS, SIZE_EDGES, FinalScore, SetScore, final_score
from fcnlab.net.overlap import (
    Classes,
    Counts,
    Mask,
    Probabilities,
    boundary_band,
    count_confusion,
    counted_pixels,
    iou_by_class,
    mean,
)

__all__ = ["FinalScore", "PictureCounts", "ScoreBoard", "SetScore", "SizeBin", "final_score", "report"]


@dataclass(frozen=True)
class SizeBin:
    """How well targets of one size are found.

    Attributes:
        low: Smallest true size in pixels, inclusive.
        high: Largest true size in pixels, inclusive; None where there is no limit.
        images: Images whose target has such a size.
        detected: Those of them in which the target was detected.
        pixels: True target pixels in these images.
        hit: Those of them that were predicted as target.
    """

    low: int
    high: int | None
    images: int
    detected: int
    pixels: int
    hit: int

    @property
    def recall(self) -> float | None:
        """Share of the images in which the target was detected; None without such images."""
        return self.detected / self.images if self.images else None

    @property
    def pixel_recall(self) -> float | None:
        """Share of the target's pixels that were found; None without such images."""
        return self.hit / self.pixels if self.pixels else None

    def to_json(self) -> dict[str, float | int | None]:
        """The fields and both shares as a plain dictionary."""
        return {**asdict(self), "recall": self.recall, "pixel_recall": self.pixel_recall}


@dataclass(frozen=True, eq=False)
class PictureCounts:
    """Target pixels of N images, one by one, in the thresholded reading.

    Attributes:
        size: True pixels, [N].
        predicted: Predicted pixels, [N].
        hit: Pixels that are both, [N].
    """

    size: Counts
    predicted: Counts
    hit: Counts

    @property
    def found(self) -> Mask:
        """Whether the target was detected, be it there or not, [N]."""
        return np.asarray(self.predicted > DETECTION_PIXELS)

    @property
    def iou(self) -> npt.NDArray[np.float64]:
        """Official IoU of each image, [N]; 0 where the union is empty."""
        return np.asarray(self.hit / np.maximum(self.size + self.predicted - self.hit, 1))


class ScoreBoard:
    """Adds up the figures of a set, batch by batch, and keeps three numbers an image and class.

    The figures do not depend on how the images were cut into batches.

    Args:
        num_classes: K, the number of classes; at least 2.
    """

    def __init__(self, num_classes: int) -> None:
        if num_classes < 2:
            raise ValueError(f"num_classes (={num_classes}) must be at least 2.")
        bins = len(SIZE_EDGES) + 1
        self.num_classes = num_classes
        self.images = 0
        self._iou: npt.NDArray[np.float64] = np.zeros(num_classes)
        self._detection: Counts = np.zeros((3, num_classes), np.int64)  # tp, fp, fn
        self._sizes: Counts = np.zeros((4, num_classes, bins), np.int64)  # images, detected, pixels, hit
        self._band: Counts = np.zeros((num_classes, num_classes), np.int64)
        self._interior: Counts = np.zeros((num_classes, num_classes), np.int64)
        self._pictures: list[Counts] = []  # [3, images, num_classes]: size, predicted, hit

    def add(self, probabilities: Probabilities, planes: Classes, labels: Classes) -> None:
        """Count a batch.

        Args:
            probabilities: The network's output, [N, H, W, K], from 0 to 1.
            planes: The truth by class, 0 or 1, [N, H, W, K]; resizing may leave a pixel with no class or two.
            labels: The truth as class numbers, [N, H, W], each below K or `IGNORE`.

        Raises:
            DataError: A label is not the number of a class.
            FcnLabError: A probability is not a number, as after a training that diverged.
            ValueError: The shapes do not fit, or `planes` holds values above 1.
        """
        probabilities = self._checked(probabilities, planes, labels)
        # floor(x) > 127 and x >= 128 say the same; the latter needs one array less.
        thresholded, true = probabilities * np.float32(255) >= 128, planes.astype(np.bool_)
        counted = counted_pixels(labels)
        if counted is not None:
            thresholded, true = thresholded & counted[..., None], true & counted[..., None]
        self._add_thresholded(thresholded, true)
        predicted = probabilities.argmax(axis=-1)
        band = boundary_band(labels)
        self._band += count_confusion(labels[band], predicted[band], self.num_classes)
        self._interior += count_confusion(labels[~band], predicted[~band], self.num_classes)
        self.images += len(labels)

    def merge(self, other: "ScoreBoard") -> None:
        """Add another board's images to this one.

        Raises:
            ValueError: The boards count different numbers of classes.
        """
        if other.num_classes != self.num_classes:
            raise ValueError(f"A board of {other.num_classes} classes cannot join one of {self.num_classes}.")
        self.images += other.images
        self._iou += other._iou
        self._detection += other._detection
        self._sizes += other._sizes
        self._band += other._band
        self._interior += other._interior
        self._pictures += other._pictures

    def pictures(self, target_class: int) -> PictureCounts:
        """The pixels of one class image by image, in the order in which the images were added.

        Raises:
            ValueError: There is no such class.
        """
        self._check_class(target_class)
        empty = np.zeros((3, 0, self.num_classes), np.int64)
        size, predicted, hit = np.concatenate([empty, *self._pictures], axis=1)[..., target_class]
        return PictureCounts(size, predicted, hit)

    def set_score(self, target_class: int) -> SetScore:
        """The official figures of the images so far, for one class.

        Raises:
            FcnLabError: No image was added.
            ValueError: There is no such class.
        """
        self._check_class(target_class)
        if not self.images:
            raise FcnLabError("A set without images was to be scored.", "Add at least one image with its mask.")
        tp, fp, fn = self._detection[:, target_class].tolist()
        return SetScore(float(self._iou[target_class]) / self.images, tp, fp, fn, self.images)

    @property
    def confusion(self) -> Counts:
        """Pixels by true class (row) and most probable class (column), [K, K]."""
        return self._band + self._interior

    @property
    def class_iou(self) -> list[float | None]:
        """IoU by class from the confusion matrix, [K]; None for a class in neither truth nor prediction."""
        return iou_by_class(self.confusion)

    @property
    def mean_iou(self) -> float | None:
        """Mean of the values in `class_iou` that are not None; None without images."""
        return mean(self.class_iou)

    @property
    def pixel_accuracy(self) -> float | None:
        """Share of the counted pixels whose most probable class is the true one; None without any."""
        pixels = int(self.confusion.sum())
        return int(self.confusion.trace()) / pixels if pixels else None

    @property
    def boundary_class_iou(self) -> list[float | None]:
        """IoU by class, [K], of the pixels in `boundary_band` alone; None as in `class_iou`."""
        return iou_by_class(self._band)

    @property
    def boundary_iou(self) -> float | None:
        """Mean of the values in `boundary_class_iou` that are not None; None without any boundary."""
        return mean(self.boundary_class_iou)

    @property
    def interior_class_iou(self) -> list[float | None]:
        """IoU by class, [K], of the pixels outside `boundary_band`; None as in `class_iou`."""
        return iou_by_class(self._interior)

    @property
    def interior_iou(self) -> float | None:
        """Mean of the values in `interior_class_iou` that are not None; None without any interior."""
        return mean(self.interior_class_iou)

    def recall_by_size(self, target_class: int) -> list[SizeBin]:
        """Detection and pixel recall by the target's true size at the network's resolution, smallest first.

        The bins end at `SIZE_EDGES`. The first one starts above `DETECTION_PIXELS`, so that `images` and
        `detected`, summed over the bins, are `tp + fn` and `tp` of the official score.
        """
        self._check_class(target_class)
        lows = (DETECTION_PIXELS + 1, *(edge + 1 for edge in SIZE_EDGES))
        counts = self._sizes[:, target_class].T.tolist()
        return [SizeBin(low, high, *line) for low, high, line in zip(lows, (*SIZE_EDGES, None), counts, strict=True)]

    def to_json(self, target_class: int) -> dict[str, Any]:
        """All figures but the official ones as plain data; lists by class are in class order."""
        return {
            "images": self.images,
            "mean_iou": self.mean_iou,
            "class_iou": self.class_iou,
            "pixel_accuracy": self.pixel_accuracy,
            "boundary_iou": self.boundary_iou,
            "boundary_class_iou": self.boundary_class_iou,
            "interior_iou": self.interior_iou,
            "interior_class_iou": self.interior_class_iou,
            "recall_by_size": [line.to_json() for line in self.recall_by_size(target_class)],
            "confusion": self.confusion.tolist(),
        }

    def _add_thresholded(self, predicted: Mask, true: Mask) -> None:
        """Count the images of two masks [N, H, W, K]: official IoU, detection, and recall by size."""
        hit = np.count_nonzero(predicted & true, axis=(1, 2))
        given = np.count_nonzero(predicted, axis=(1, 2))
        size = np.count_nonzero(true, axis=(1, 2))
        union = size + given - hit
        self._pictures.append(np.stack([size, given, hit]).astype(np.int64))
        # One image after the other: the rounded sum is then the same for any cut into batches.
        for iou in hit / np.maximum(union, 1):
            self._iou += iou
        there = size > DETECTION_PIXELS
        found = given > DETECTION_PIXELS
        self._detection += np.stack([there & found, ~there & found, there & ~found]).sum(axis=1)
        of_bin = np.digitize(size, SIZE_EDGES, right=True)
        classes = np.broadcast_to(np.arange(self.num_classes), size.shape)
        for total, values in zip(self._sizes, (there, there & found, size, hit), strict=True):
            np.add.at(total, (classes[there], of_bin[there]), values[there].astype(np.int64))

    def _check_class(self, target_class: int) -> None:
        if not 0 <= target_class < self.num_classes:
            raise ValueError(f"target_class (={target_class}) must be 0 to {self.num_classes - 1}.")

    def _checked(self, probabilities: Probabilities, planes: Classes, labels: Classes) -> npt.NDArray[np.float32]:
        """The probabilities as float32, after all three arrays were found usable."""
        expected = (*labels.shape, self.num_classes)
        if labels.ndim != 3 or probabilities.shape != expected or planes.shape != expected:
            raise ValueError(
                f"Expected probabilities and planes [N, H, W, {self.num_classes}] and labels [N, H, W]; "
                f"received {probabilities.shape}, {planes.shape} and {labels.shape}."
            )
        if planes.size and planes.max() > 1:
            raise ValueError(f"planes must be 0 or 1; received {int(planes.max())}.")
        strange = _no_classes(labels, self.num_classes)
        if len(strange):
            raise DataError(
                f"A mask holds class {int(strange.max())}, but the network tells {self.num_classes} classes "
                f"apart, 0 to {self.num_classes - 1}.",
                "Use a network with as many classes as the dataset.",
            )
        probabilities = np.asarray(probabilities, np.float32)
        if np.isnan(probabilities).any():
            raise FcnLabError(
                "The network's output holds values that are not numbers: its training diverged.",
                "Train again with a smaller learning rate.",
            )
        return probabilities


def _no_classes(labels: Classes, num_classes: int) -> Classes:
    """The labels that are neither a class nor `IGNORE`, in one row."""
    above = labels[labels >= num_classes]
    found: Classes = above[above != IGNORE]
    return found


def report(boards: Mapping[str, ScoreBoard], target_class: int) -> dict[str, Any]:
    """Everything that `score` tells, as plain data that JSON can hold.

    Args:
        boards: A board by name of the set, at least one, all of the same classes.
        target_class: The class that the official score looks for.

    Returns:
        `final`, `weight`, `iou` (each None without the three official sets), `sets` {name: `iou`, `tp`, `fp`,
        `fn`, `images`}, and the usual figures of `ScoreBoard.to_json` over all images of all sets.

    Raises:
        FcnLabError: A set holds no image, or there is no set.
    """
    if not boards:
        raise FcnLabError("No set was to be scored.", "Add at least one image with its mask.")
    sets = {name: board.set_score(target_class) for name, board in boards.items()}
    total = ScoreBoard(next(iter(boards.values())).num_classes)
    for board in boards.values():
        total.merge(board)
    official = final_score(sets)
    head = asdict(official) if official else {"final": None, "weight": None, "iou": None}
    return {
        **head,
        "sets": {name: score.to_json() for name, score in sets.items()},
        **total.to_json(target_class),
    }
