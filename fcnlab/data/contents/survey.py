"""What the masks of a split show: how much of each class, and where in the picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.contents.conditions import PictureFilter
from fcnlab.data.dataset import Bytes, Dataset
from fcnlab.data.keeping.store import remember
from fcnlab.data.parallel import Progress, parallel
from fcnlab.errors import DataError

CELLS = 32
"""Rows and columns that a picture is divided into to tell where a class is."""

STRATA = ("no target", "smallest quarter", "second quarter", "third quarter", "largest quarter")
"""What `Survey.strata` tells apart."""

Indices = NDArray[np.int64]
_KEY = "survey 1"


@dataclass(frozen=True, eq=False)
class Survey:
    """A split in numbers, picture by picture (N pictures, K classes).

    Attributes:
        classes: K names.
        split: Its name.
        names: N file names.
        counts: int64 [N, K], pixels of each class at the mask's own size.
        pixels: int64 [N], all pixels of each mask, those without a class included.
        centres: float32 [N, K, 2], the class's centre of mass as shares of height and width (0, 0 at the top left);
            nan where it is not in the picture.
        coverage: float32 [K, 32, 32], the share of each cell of the frame that the class covers, mean over all
            pictures.
        distance: float32 [N], metres to the hero from the pictures' records; nan where it is not known.
        occlusion: float32 [N], share of the hero that something hides, from the records; nan where it is not known.
    """

    classes: tuple[str, ...]
    split: str
    names: tuple[str, ...]
    counts: NDArray[np.int64]
    pixels: NDArray[np.int64]
    centres: NDArray[np.float32]
    coverage: NDArray[np.float32]
    distance: NDArray[np.float32]
    occlusion: NDArray[np.float32]

    def __len__(self) -> int:
        """N, the number of pictures."""
        return len(self.names)

    def target(self, name: str | None) -> int:
        """The number of the class of this name; None is the last class.

        Raises:
            DataError: There is no such class.
        """
        if name is None:
            return len(self.classes) - 1
        if name not in self.classes:
            raise DataError(f"The dataset has no class {name[:60]!r}.", f"It has {', '.join(self.classes)}.")
        return self.classes.index(name)

    def sizes(self, target: str | None = None) -> NDArray[np.int64]:
        """Pixels of the target in each picture, int64 [N]; arguments and errors as `target`."""
        sizes: NDArray[np.int64] = self.counts[:, self.target(target)]
        return sizes

    def where(self, conditions: PictureFilter) -> Indices:
        """The pictures that pass a filter, as sorted indices (perhaps none).

        Raises:
            DataError: The filter's target is no class of the dataset.
        """
        size = self.sizes(conditions.target)
        passes = np.ones(len(self), dtype=bool)
        if conditions.present != "any":
            passes &= (size > 0) == (conditions.present == "with")
        tests = (
            (conditions.smaller_than, size, np.less),
            (conditions.larger_than, size, np.greater),
            (conditions.nearer_than, self.distance, np.less),
            (conditions.farther_than, self.distance, np.greater),
            (conditions.hidden_more_than, self.occlusion, np.greater),
        )
        for bound, values, compare in tests:
            if bound is not None:
                passes &= (size > 0) & compare(values, bound)  # nothing compares with nan
        return np.flatnonzero(passes)

    def strata(self, target: str | None = None, indices: Indices | None = None) -> Indices:
        """Which stratum each picture belongs to: 0 without the target, 1 to 4 by the quartiles of its size.

        Args:
            target: Name of the class; None takes the last one.
            indices: The pictures to look at, which also set the quartiles; None takes all.

        Returns:
            int64 [number of indices], positions in `STRATA`.
        """
        size = self.sizes(target) if indices is None else self.sizes(target)[indices]
        if not size.any():
            return np.zeros(len(size), dtype=np.int64)
        quartiles = np.quantile(size[size > 0], (0.25, 0.5, 0.75))
        return np.where(size > 0, 1 + np.searchsorted(quartiles, size), 0)


def survey(dataset: Dataset, split: str, progress: Progress | None = None) -> Survey:
    """Look at every mask of a split once; the result is kept on disk until a file of the split changes.

    Args:
        dataset: Any dataset.
        split: One of its splits.
        progress: Called with (masks done, masks in all); not called when nothing needs to be read.

    Raises:
        DataError: There is no such split, or a mask cannot be read.
    """
    names = dataset.file_names(split)
    found = remember(dataset, split, _KEY, lambda: _look(dataset, split, len(names), progress))
    records = dataset.records(split)
    return Survey(
        classes=dataset.classes,
        split=split,
        names=names,
        counts=found["counts"],
        pixels=found["pixels"],
        centres=found["centres"],
        coverage=found["coverage"],
        distance=_known([record.distance if record else None for record in records]),
        occlusion=_known([record.occlusion if record else None for record in records]),
    )


def _look(dataset: Dataset, split: str, count: int, progress: Progress | None) -> dict[str, NDArray[np.generic]]:
    classes = len(dataset.classes)
    counts = np.zeros((count, classes), dtype=np.int64)
    pixels = np.zeros(count, dtype=np.int64)
    centres = np.full((count, classes, 2), np.nan, dtype=np.float32)
    coverage = np.zeros((classes, CELLS, CELLS), dtype=np.float64)

    def look(index: int) -> NDArray[np.float32]:
        labels = dataset.mask(split, index)
        pixels[index] = labels.size
        counts[index], centres[index], cells = _places(labels, classes)
        return cells

    for cells in parallel(look, count, progress):
        coverage += cells
    shares = (coverage / max(count, 1)).astype(np.float32)
    return {"counts": counts, "pixels": pixels, "centres": centres, "coverage": shares}


def _places(labels: Bytes, classes: int) -> tuple[Indices, NDArray[np.float32], NDArray[np.float32]]:
    """Pixels [K], centres [K, 2] and shares of cells [K, 32, 32] of the classes in one mask [H, W]."""
    height, width = labels.shape
    counts = np.bincount(labels.reshape(-1), minlength=256)[:classes].astype(np.int64)
    centres = np.full((classes, 2), np.nan, dtype=np.float32)
    cells = np.zeros((classes, CELLS, CELLS), dtype=np.float32)
    for number in np.flatnonzero(counts):
        plane = labels == number
        rows, columns = np.count_nonzero(plane, axis=1), np.count_nonzero(plane, axis=0)
        centres[number] = [_middle(rows) / height, _middle(columns) / width]
        cells[number] = _in_cells(_in_cells(plane.view(np.uint8), axis=0), axis=1)
    return counts, centres, cells


def _in_cells(values: NDArray[Any], axis: int) -> NDArray[np.float32]:
    """Means over 32 equal parts of an axis (up to whole pixels; of fewer than 32 pixels, each counts repeatedly)."""
    side = values.shape[axis]
    edges = np.arange(CELLS) * side // CELLS
    lengths = np.maximum(np.diff(edges, append=side), 1)
    # A part without a pixel of its own takes the pixel at its edge: that is what reduceat does.
    sums = np.add.reduceat(values, edges, axis=axis, dtype=np.float32)
    means: NDArray[np.float32] = sums / np.expand_dims(lengths.astype(np.float32), 1 - axis)
    return means


def _middle(weights: NDArray[np.integer[Any]]) -> float:
    """The mean position of weights [n] that stand in the middles of n pixels."""
    return float((np.arange(len(weights)) + 0.5) @ weights / weights.sum())


def _known(values: list[float | None]) -> NDArray[np.float32]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)
