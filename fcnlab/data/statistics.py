"""What is in a dataset: counts, class balance and target sizes."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.dataset import Dataset
from fcnlab.data.parallel import Progress
from fcnlab.model import Document


class TargetSize(Document):
    """Pixels that a class has in the images in which it appears, at the masks' own sizes."""

    smallest: int
    lower_quartile: float
    median: float
    upper_quartile: float
    largest: int


class Statistics(Document):
    """A dataset in numbers; `model_dump(mode="json")` is what `fcnlab data --json` prints.

    Attributes:
        name: What `open_dataset` reopens.
        title: A short name for people.
        splits: Number of images by split, of the whole dataset.
        classes: Class names in the order of their labels.
        counted_split: The one split that the rest is counted over; None for all splits together.
        images: Number of images counted.
        class_share: Share of all counted pixels by class; adds up to 1.
        images_with: Number of counted images with at least one pixel of the class.
        target_size: By class; None where no image shows it.
        evaluation_sets: The three sets of the official Follow-Me score, or empty.
    """

    name: str
    title: str
    splits: Mapping[str, int]
    classes: tuple[str, ...]
    counted_split: str | None
    images: int
    class_share: Mapping[str, float]
    images_with: Mapping[str, int]
    target_size: Mapping[str, TargetSize | None]
    evaluation_sets: tuple[str, ...]


def statistics(dataset: Dataset, split: str | None = None, progress: Progress | None = None) -> Statistics:
    """Count every pixel of every mask at its own size.

    Args:
        dataset: Any dataset.
        split: Count this split only; None counts all splits together.
        progress: Called with (masks done, masks in all).

    Raises:
        DataError: There is no such split, or a mask cannot be read.
    """
    counts = _count(dataset, tuple(dataset.splits) if split is None else (split,), progress)
    total = max(1, int(counts.sum()))
    columns = dict(zip(dataset.classes, counts.T, strict=True))
    return Statistics(
        name=dataset.name,
        title=dataset.title,
        splits=dataset.splits,
        classes=dataset.classes,
        counted_split=split,
        images=len(counts),
        class_share={name: int(column.sum()) / total for name, column in columns.items()},
        images_with={name: int(np.count_nonzero(column)) for name, column in columns.items()},
        target_size={name: _target_size(column[column > 0]) for name, column in columns.items()},
        evaluation_sets=dataset.evaluation_sets,
    )


def _count(dataset: Dataset, splits: tuple[str, ...], progress: Progress | None) -> NDArray[np.int64]:
    total = sum(dataset.splits.get(split, 0) for split in splits)
    parts: list[NDArray[np.int64]] = []
    for split in splits:
        before = sum(len(part) for part in parts)

        def told(done: int, _: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, total)

        parts.append(dataset.count_pixels(split, told))
    return np.concatenate(parts)


def _target_size(sizes: NDArray[np.int64]) -> TargetSize | None:
    if not len(sizes):
        return None
    smallest, lower, median, upper, largest = np.quantile(sizes, [0, 0.25, 0.5, 0.75, 1])
    return TargetSize(
        smallest=int(smallest), lower_quartile=lower, median=median, upper_quartile=upper, largest=int(largest)
    )
