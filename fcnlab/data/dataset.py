"""What every dataset offers: named splits of images, each with the class of every pixel."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.parallel import Progress, parallel
from fcnlab.errors import DataError

Bytes = NDArray[np.uint8]
Size = tuple[int, int]
MAX_CLASSES = 32
MAX_SIDE = 4096


@dataclass(frozen=True, eq=False)
class Pair:
    """One image and its truth at the size that was asked for.

    Attributes:
        image: uint8 [H, W, channels].
        labels: uint8 [H, W], the class with the largest share of the pixel.
        presence: unsigned [H, W]; bit k is set where class k's plane is 1 (see `Pairs.planes`).
        name: The image's file name, or its number for a built-in set.
    """

    image: Bytes
    labels: Bytes
    presence: NDArray[Any]
    name: str


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images and truth as arrays, in the order of the indices asked for.

    Attributes:
        images: uint8 [N, H, W, channels].
        labels: uint8 [N, H, W], the class with the largest share of each pixel (of equals, the lowest).
        presence: unsigned integer [N, H, W]; the planes of all classes, one bit a class.
        names: N names.
        num_classes: K.
    """

    images: Bytes
    labels: Bytes
    presence: NDArray[Any]
    names: tuple[str, ...]
    num_classes: int

    def __len__(self) -> int:
        """N, the number of pairs."""
        return len(self.names)

    def planes(self) -> Bytes:
        """The truth as the official Follow-Me score needs it: uint8 0/1 [N, H, W, K], one plane a class.

        Each class's mask was resized by itself as 0/1 bytes and rounded, as the project's own scoring did; so
        a pixel on an edge may belong to two classes or to none. At a mask's own size, planes and labels agree.
        """
        planes = np.empty((*self.presence.shape, self.num_classes), dtype=np.uint8)
        for number in range(self.num_classes):
            planes[..., number] = (self.presence >> number) & 1
        return planes


class Dataset(ABC):
    """Named splits of pairs of image and mask.

    Attributes:
        name: What `open_dataset` reopens.
        title: A short name for people.
        classes: K class names; the index is the label.
        splits: Number of pairs by split.
        evaluation_sets: The three sets of the official Follow-Me score, or empty.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    splits: dict[str, int]
    evaluation_sets: tuple[str, ...] = ()

    @abstractmethod
    def _pair(self, split: str, index: int, size: Size, channels: int) -> Pair:
        """One pair of a split that exists, at a size that was checked."""

    @abstractmethod
    def _count(self, split: str, index: int) -> Sequence[int]:
        """How many pixels of each class one mask has, at the mask's own size."""

    def load(
        self,
        split: str,
        size: Size,
        channels: int = 3,
        indices: Sequence[int] | NDArray[np.integer] | None = None,
        progress: Progress | None = None,
    ) -> Pairs:
        """Read pairs and bring them to the network's input size.

        Args:
            split: One of `splits`.
            size: (height, width) in pixels; other proportions are stretched.
            channels: 3 for RGB, 1 for grey.
            indices: Which pairs, counted from 0; None takes all.
            progress: Called with (done, N) after each pair.

        Raises:
            DataError: A split, size, index or file that cannot be read.
        """
        height, width = check_size(size)
        check_channels(channels)
        chosen = self._check_indices(split, indices)
        images = np.empty((len(chosen), height, width, channels), dtype=np.uint8)
        labels = np.empty((len(chosen), height, width), dtype=np.uint8)
        presence = np.empty((len(chosen), height, width), dtype=presence_type(len(self.classes)))

        def place(position: int) -> str:
            pair = self._pair(split, chosen[position], (height, width), channels)
            images[position] = pair.image
            labels[position] = pair.labels
            presence[position] = pair.presence
            return pair.name

        names = tuple(parallel(place, len(chosen), progress))
        return Pairs(images, labels, presence, names, len(self.classes))

    def count_pixels(self, split: str, progress: Progress | None = None) -> NDArray[np.int64]:
        """Pixels of each class in each mask of a split, at the masks' own sizes: int64 [N, K].

        Raises:
            DataError: There is no such split, or a mask cannot be read.
        """
        count = len(self._check_indices(split, None))
        counts = np.zeros((count, len(self.classes)), dtype=np.int64)

        def place(index: int) -> None:
            counts[index] = self._count(split, index)

        for _ in parallel(place, count, progress):
            pass
        return counts

    def _check_indices(self, split: str, indices: Sequence[int] | NDArray[np.integer] | None) -> list[int]:
        if split not in self.splits:
            raise DataError(f"{self.title} has no split {split!r}.", f"It has {', '.join(self.splits)}.")
        count = self.splits[split]
        if indices is None:
            return list(range(count))
        chosen = [int(index) for index in indices]
        for index in chosen:
            if not 0 <= index < count:
                last = f"0 to {count - 1}" if count else "none, it is empty"
                raise DataError(f"{self.title}, {split}: there is no image number {index}.", f"Numbers: {last}.")
        return chosen


def presence_type(num_classes: int) -> type[np.unsignedinteger[Any]]:
    """The smallest unsigned type with a bit for each class."""
    if num_classes <= 8:
        return np.uint8
    return np.uint16 if num_classes <= 16 else np.uint32


def check_size(size: Size) -> Size:
    """Two whole numbers from 1 to 4096, or a DataError."""
    try:
        height, width = (operator.index(side) for side in size)
    except (TypeError, ValueError):
        raise DataError(f"An image size is (height, width) in whole pixels; received {size!r}.") from None
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise DataError(f"Height and width are 1 to {MAX_SIDE} pixels; received {height} × {width}.")
    return height, width


def check_channels(channels: int) -> None:
    """1 or 3, or a DataError."""
    if channels not in (1, 3):
        raise DataError(
            f"Images are read with 1 channel (grey) or 3 (RGB); received {channels}.",
            "Set the network's input to 1 or 3 channels.",
        )
