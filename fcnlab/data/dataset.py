"""What every dataset offers: named splits of images, each with the class of every pixel."""

import hashlib
import json
import operator
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.keeping.kept import LEAST, Shapes, fill, kept_rows, size_of
from fcnlab.data.parallel import Progress, parallel
from fcnlab.data.stamps import Stamp
from fcnlab.errors import DataError

if TYPE_CHECKING:
    from fcnlab.data.records import PictureRecord

Bytes = NDArray[np.uint8]
Size = tuple[int, int]
MAX_CLASSES = 32
MAX_SIDE = 4096
IGNORE = 255
"""In labels: a pixel that has no class. It counts nowhere, neither in training nor in a score."""

Reason = Literal["no partner", "not readable", "other proportions", "mask of another kind", "link", "left out"]


@dataclass(frozen=True)
class FileProblem:
    """A file that a dataset leaves out.

    Attributes:
        file: Its path, seen from the dataset's folder.
        message: What is wrong with it and what would mend it, in one or two sentences.
        reason: The same in a word or three, to count by.
    """

    file: str
    message: str
    reason: Reason = "not readable"


@dataclass(frozen=True, eq=False)
class Pair:
    """One image and its truth at the size that was asked for.

    Attributes:
        image: uint8 [H, W, channels].
        labels: uint8 [H, W], the class with the largest share of the pixel, or IGNORE.
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
        labels: uint8 [N, H, W], the class with the largest share of each pixel (of equals, the lowest); IGNORE
            where the larger part of a pixel has no class.
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

    def planes(self, part: slice | NDArray[np.integer] = slice(None)) -> Bytes:
        """The truth as the official Follow-Me score needs it: uint8 0/1 [N, H, W, K], one plane a class.

        Args:
            part: Of which pairs, a slice or their indices; all of a large split take K bytes a pixel.

        Each class's mask was resized by itself as 0/1 bytes and rounded, as the project's own scoring did; so
        a pixel on an edge may belong to two classes or to none. At a mask's own size, planes and labels agree.
        """
        presence = self.presence[part]
        planes = np.empty((*presence.shape, self.num_classes), dtype=np.uint8)
        for number in range(self.num_classes):
            planes[..., number] = (presence >> number) & 1
        return planes


class Dataset(ABC):
    """Named splits of pairs of image and mask.

    Attributes:
        name: What `open_dataset` reopens.
        title: A short name for people.
        classes: K class names; the index is the label.
        colors: K colours "#rrggbb" to draw the classes in; None stands for the lab's own colour of that class.
        splits: Number of pairs by split.
        evaluation_sets: The three sets of the official Follow-Me score, or empty.
        problems: Files that were found and left out.
        stamp: What `current_stamp` was when it was opened.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    colors: tuple[str | None, ...]
    splits: dict[str, int]
    evaluation_sets: tuple[str, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    stamp: Stamp = ()

    @abstractmethod
    def _pair(self, split: str, index: int, size: Size, channels: int) -> Pair:
        """One pair of a split that exists, at a size that was checked."""

    @abstractmethod
    def _count(self, split: str, index: int) -> Sequence[int]:
        """How many pixels of each class one mask has, at the mask's own size."""

    @abstractmethod
    def _mask(self, split: str, index: int) -> Bytes:
        """The labels of one mask at its own size, uint8 [H, W]."""

    def _image(self, split: str, index: int, size: Size, channels: int) -> Bytes:
        """One image without its mask; arguments as `_pair`."""
        return self._pair(split, index, size, channels).image

    def _reading(self, split: str) -> Iterable[str]:
        """What the pairs of a split follow from besides name and classes: a line a file, and how files are read."""
        return ()

    def _name(self, split: str, index: int) -> str:
        """What one image is called."""
        return f"{split} {index}"

    def _records(self, split: str) -> "tuple[PictureRecord | None, ...]":
        """Records in index order, of a split that exists."""
        return (None,) * self.splits[split]

    def file_names(self, split: str) -> tuple[str, ...]:
        """The images' file names in index order, without reading them.

        Raises:
            DataError: There is no such split.
        """
        return tuple(self._name(split, index) for index in self._check_indices(split, None))

    def records(self, split: str) -> "tuple[PictureRecord | None, ...]":
        """What is known of each image besides its pixels, in index order; all None where nothing is.

        Raises:
            DataError: There is no such split, or its file of records cannot be read.
        """
        self._check_indices(split, [])
        return self._records(split)

    def current_stamp(self) -> Stamp:
        """Differs from `stamp` once files were added or removed, or are read in another way."""
        return ()

    def check(self, progress: Progress | None = None) -> tuple[FileProblem, ...]:
        """Decode every file, and tell those that opening did not find damaged.

        They are left out from then on, wherever the dataset is opened on this machine, until the files change.

        Args:
            progress: Called with (pairs done, pairs in all).
        """
        return ()

    def fingerprint(self, split: str) -> str:
        """A digest that changes when a file of the split does (name, size or time of change), or how it is read.

        Raises:
            DataError: There is no such split.
        """
        count = len(self._check_indices(split, None))
        digest = hashlib.sha256(json.dumps([type(self).__name__, self.name, self.classes, split, count]).encode())
        for line in self._reading(split):
            digest.update(f"\n{line}".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def mask(self, split: str, index: int) -> Bytes:
        """The class of every pixel of one mask at the mask's own size: uint8 [H, W].

        Raises:
            DataError: There is no such split or picture, or the mask cannot be read.
        """
        (chosen,) = self._check_indices(split, [index])
        return self._mask(split, chosen)

    def image(self, split: str, index: int, size: Size, channels: int = 3) -> Bytes:
        """One image without its mask, brought to a size: uint8 [H, W, channels].

        Raises:
            DataError: A split, size, index or file that cannot be read.
        """
        check_channels(channels)
        (chosen,) = self._check_indices(split, [index])
        return self._image(split, chosen, check_size(size), channels)

    def load(
        self,
        split: str,
        size: Size,
        channels: int = 3,
        indices: Sequence[int] | NDArray[np.integer] | None = None,
        progress: Progress | None = None,
        keep: bool = False,
    ) -> Pairs:
        """Read pairs and bring them to the network's input size.

        Args:
            split: One of `splits`.
            size: (height, width) in pixels; other proportions are stretched.
            channels: 3 for RGB, 1 for grey.
            indices: Which pairs, counted from 0; None takes all.
            progress: Called with (done, N) after each pair; not called for what was kept.
            keep: Keep the arrays on disk for the next time, until a file of the split changes. They are then mapped
                from there and may be larger than memory; nobody can write into them.

        Raises:
            DataError: A split, size, index or file that cannot be read.
        """
        height, width = check_size(size)
        check_channels(channels)
        chosen = self._check_indices(split, indices)
        frame = (len(chosen), height, width)
        shapes: Shapes = {
            "images": ((*frame, channels), np.uint8),
            "labels": (frame, np.uint8),
            "presence": (frame, presence_type(len(self.classes))),
        }

        def read(position: int) -> dict[str, NDArray[Any]]:
            pair = self._pair(split, chosen[position], (height, width), channels)
            return {"images": pair.image, "labels": pair.labels, "presence": pair.presence}

        if keep and size_of(shapes) >= LEAST:
            parts = (self.fingerprint(split), f"pairs {height} {width} {channels}")
            arrays = kept_rows(parts, chosen, self.splits[split], shapes, read, progress)
        else:
            arrays = fill(shapes, read, progress)
        names = tuple(self._name(split, index) for index in chosen)
        return Pairs(**arrays, names=names, num_classes=len(self.classes))

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
