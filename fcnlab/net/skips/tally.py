"""What is counted of each image under each set of skips: enough for every metric under any weighting of the images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcnlab.data import Pairs
from fcnlab.net.overlap import boundary_band, counted_pixels

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]

INTERIOR, BAND = 0, 1


@dataclass(frozen=True, eq=False)
class Tally:
    """Pixels of N images under S sets of skips; K classes, two regions (`INTERIOR`, `BAND`).

    Regions are those of `fcnlab.net.overlap.boundary_band`. The first three fields read each pixel as its most
    probable class; `found` and `predicted` hold the target, the last class, read as floor(255 p) > 127, and
    `size` is the truth that belongs to this reading. Ignored pixels are in no count. See `fcnlab.net.metrics`.

    Attributes:
        hit: Pixels whose most probable class is the true one, [S, N, 2, K].
        given: Pixels by most probable class, [S, N, 2, K].
        true: Pixels by true class, [N, 2, K].
        found: Target pixels that were predicted, [S, N].
        predicted: Pixels predicted as target, [S, N].
        size: Target pixels, [N].
        split: The number of the image's split, [N].
        splits: Names of the splits.
    """

    hit: Counts
    given: Counts
    true: Counts
    found: Counts
    predicted: Counts
    size: Counts
    split: Counts
    splits: tuple[str, ...]

    @property
    def images(self) -> int:
        """N."""
        return len(self.size)


class Truth:
    """The truth of some images, made ready to be counted against.

    Args:
        pairs: Images with truth at the network's input size.
    """

    def __init__(self, pairs: Pairs) -> None:
        self.classes = pairs.num_classes
        target = (pairs.presence >> (self.classes - 1)) & 1
        band = boundary_band(pairs.labels)
        # Each pixel's row in a table of counts whose columns are the codes of `Lattice.codes`.
        row = (band.astype(np.int32) * self.classes + pairs.labels) * 2 + target.astype(np.int32)
        counted = counted_pixels(pairs.labels)
        if counted is not None:
            target = target * counted
            row = np.where(counted, row, np.int32(4 * self.classes))  # a row below the table
        self._cells = row * (2 * self.classes)
        self.size = np.count_nonzero(target, axis=(1, 2)).astype(np.int64)

    def table(self, index: int, codes: Bytes) -> Counts:
        """Pixels of one image [region, true class, target's plane, given class, target predicted].

        Args:
            index: Of the image.
            codes: Of `Lattice.codes`, uint8 [H, W].
        """
        classes = self.classes
        cells = self._cells[index] + codes
        counts = np.bincount(cells.ravel(), minlength=8 * classes**2)[: 8 * classes**2]
        return counts.reshape(2, classes, 2, classes, 2).astype(np.int64, copy=False)


def tally(truth: Truth, tables: Sequence[Sequence[Counts]], images: Sequence[int], split: int, name: str) -> Tally:
    """The counts of some images.

    Args:
        truth: Of these images, and maybe of others.
        tables: For each image one of `Truth.table` for each set.
        images: Numbers of the images in `truth`.
        split: The number that the split is to have.
        name: The split's.
    """
    counted = np.array(tables).swapaxes(0, 1)  # [S, N, region, true, plane, given, predicted]
    confusion = counted.sum(axis=(4, 6))
    of_first = confusion[0]
    return Tally(
        hit=np.diagonal(confusion, axis1=3, axis2=4).copy(),
        given=confusion.sum(axis=3),
        true=of_first.sum(axis=3),
        found=counted[:, :, :, :, 1, :, 1].sum(axis=(2, 3, 4)),
        predicted=counted[..., 1].sum(axis=(2, 3, 4, 5)),
        size=truth.size[list(images)],
        split=np.full(len(images), split, np.int64),
        splits=(name,),
    )


def joined(parts: Iterable[Tally]) -> Tally:
    """The counts of several groups of images as one; groups of one split's name become one split."""
    parts = list(parts)
    splits = tuple(dict.fromkeys(name for part in parts for name in part.splits))

    def along(name: str, axis: int) -> Counts:
        return np.concatenate([getattr(part, name) for part in parts], axis=axis)

    numbers = [np.array([splits.index(name) for name in part.splits], np.int64)[part.split] for part in parts]
    return Tally(
        hit=along("hit", 1),
        given=along("given", 1),
        true=along("true", 0),
        found=along("found", 1),
        predicted=along("predicted", 1),
        size=along("size", 0),
        split=np.concatenate(numbers),
        splits=splits,
    )
