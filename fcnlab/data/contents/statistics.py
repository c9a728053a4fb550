"""What is in a dataset: counts, class balance and target sizes."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.contents.survey import Survey, survey
from fcnlab.data.dataset import Dataset, FileProblem
from fcnlab.data.parallel import Progress, part_of
from fcnlab.data.records import DISTANCE_EDGES
from fcnlab.model import Document


class TargetSize(Document):
    """Pixels that a class has in the images in which it appears, at the masks' own sizes."""

    smallest: int
    lower_quartile: float
    median: float
    upper_quartile: float
    largest: int


class DistanceBand(Document):
    """The pictures whose target is between two distances, in metres from `low` up to but without `high`."""

    low: float
    high: float | None
    images: int
    target_size: TargetSize | None


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
        by_distance: Of the last class, for rendered pictures, whose records tell the distance; otherwise empty.
        problems: Files that were found and left out.
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
    by_distance: tuple[DistanceBand, ...]
    problems: tuple[FileProblem, ...]
    evaluation_sets: tuple[str, ...]


def statistics(dataset: Dataset, split: str | None = None, progress: Progress | None = None) -> Statistics:
    """Count every pixel of every mask at its own size, by `survey`, which keeps what it found.

    Args:
        dataset: Any dataset.
        split: Count this split only; None counts all splits together.
        progress: Called with (masks done, masks in all).

    Raises:
        DataError: There is no such split, or a mask cannot be read.
    """
    splits = tuple(dataset.splits) if split is None else (split,)
    total = sum(dataset.splits.get(one, 0) for one in splits)
    surveys: list[Survey] = []
    for one in splits:
        surveys.append(survey(dataset, one, part_of(progress, sum(map(len, surveys)), total)))
    counts = np.concatenate([found.counts for found in surveys])
    pixels = max(1, int(counts.sum()))
    columns = dict(zip(dataset.classes, counts.T, strict=True))
    return Statistics(
        name=dataset.name,
        title=dataset.title,
        splits=dataset.splits,
        classes=dataset.classes,
        counted_split=split,
        images=len(counts),
        class_share={name: int(column.sum()) / pixels for name, column in columns.items()},
        images_with={name: int(np.count_nonzero(column)) for name, column in columns.items()},
        target_size={name: _target_size(column[column > 0]) for name, column in columns.items()},
        by_distance=_by_distance(counts[:, -1], np.concatenate([found.distance for found in surveys])),
        problems=dataset.problems,
        evaluation_sets=dataset.evaluation_sets,
    )


def _by_distance(sizes: NDArray[np.int64], distance: NDArray[np.float32]) -> tuple[DistanceBand, ...]:
    seen = (sizes > 0) & np.isfinite(distance)
    if not seen.any():
        return ()
    bands = np.digitize(distance, DISTANCE_EDGES)
    found = []
    for number, (low, high) in enumerate(zip(DISTANCE_EDGES, (*DISTANCE_EDGES[1:], None), strict=True), start=1):
        size = _target_size(sizes[seen & (bands == number)])
        found.append(DistanceBand(low=low, high=high, images=int((seen & (bands == number)).sum()), target_size=size))
    return tuple(found)


def _target_size(sizes: NDArray[np.int64]) -> TargetSize | None:
    if not len(sizes):
        return None
    smallest, lower, median, upper, largest = np.quantile(sizes, [0, 0.25, 0.5, 0.75, 1])
    return TargetSize(
        smallest=int(smallest), lower_quartile=lower, median=median, upper_quartile=upper, largest=int(largest)
    )
