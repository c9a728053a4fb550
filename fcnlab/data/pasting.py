"""Objects of one training image pasted into another one, each at a random place and in a random size.

Of a film's frames, a hundred show one object before one background, and a network learns the background with it. What
is pasted stands before any of them (Dwibedi et al. 2017, arXiv 1708.01642; Ghiasi et al. 2021, arXiv 2012.07177).
"""

from collections.abc import Sequence
from math import log, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from fcnlab.data.dataset import IGNORE, Bytes, Pairs

FEWEST_PIXELS: Final = 8
"""Pixels of the smallest object, as it is found and as it is pasted."""

SMALLEST, LARGEST = 1 / 8, 1.25
"""Limits of the factor by which an object's height and width are changed."""

MOST: Final = 3
"""Objects in one image, at most."""


_OF_ITS_OWN: Final = 0x70617374
"""Part of the seed, so that what is pasted where does not hang together with what else is drawn for a batch."""


class Pasting:
    """Pastes objects of a set's images into batches of it.

    An object is what hangs together in one class; class 0 is the background. All other classes are pasted equally
    often, however rare they are.

    Args:
        pairs: The training images, also those mapped from a disk.
        share: Of the images, that get 1 to `MOST` objects.
    """

    def __init__(self, pairs: Pairs, share: float) -> None:
        self._pairs = pairs
        self._share = share
        self._donors = _donors(pairs.labels, pairs.num_classes) if share else []

    def __call__(self, images: Bytes, labels: Bytes, seed: Sequence[int]) -> tuple[Bytes, Bytes]:
        """Paste into a batch.

        Args:
            images: uint8 [N, H, W, C].
            labels: uint8 [N, H, W].
            seed: Whole numbers from 0 on; the same ones paste the same.

        Returns:
            New arrays of the same shapes; those given where there is nothing to paste.
        """
        if not self._donors:
            return images, labels
        images, labels = np.array(images), np.array(labels)
        generator = np.random.default_rng((*seed, _OF_ITS_OWN))
        for image, label, chosen in zip(images, labels, generator.random(len(images)) < self._share, strict=True):
            for _ in range(generator.integers(1, MOST + 1) if chosen else 0):
                self._paste(image, label, generator)
        return images, labels

    def _paste(self, image: Bytes, label: Bytes, generator: np.random.Generator) -> None:
        number, donors = self._donors[generator.integers(len(self._donors))]
        donor = int(generator.choice(donors))
        found = _object(self._pairs.labels[donor] == number, generator)
        if found is None:
            return
        rows, columns, mask = found
        factor = _factor(int(mask.sum()), generator)
        height, width = (max(round(side * factor), 1) for side in mask.shape)
        part = np.asarray(self._pairs.images[donor][rows, columns])
        mask = _resized(mask.astype(np.uint8) * 255, height, width) > 127
        top = int(generator.integers(1 - height // 2, label.shape[0] - height // 2))
        left = int(generator.integers(1 - width // 2, label.shape[1] - width // 2))
        there = np.s_[max(top, 0) : top + height, max(left, 0) : left + width]
        seen = np.s_[max(-top, 0) :, max(-left, 0) :]
        mask = mask[seen][: label[there].shape[0], : label[there].shape[1]]
        part = _resized(part, height, width)[seen][: mask.shape[0], : mask.shape[1]]
        image[there][mask] = part[mask]
        label[there][mask] = number


def _donors(labels: Bytes, num_classes: int) -> list[tuple[int, npt.NDArray[np.int64]]]:
    """Classes other than the background, each with the images that show enough of it."""
    counts = np.array([np.bincount(image.ravel(), minlength=IGNORE + 1)[:num_classes] for image in labels])
    found = [(number, np.flatnonzero(counts[:, number] >= FEWEST_PIXELS)) for number in range(1, num_classes)]
    return [(number, images) for number, images in found if len(images)]


def _object(
    mask: npt.NDArray[np.bool_], generator: np.random.Generator
) -> tuple[slice, slice, npt.NDArray[np.bool_]] | None:
    """One of the things that hang together in a mask: its rows, its columns, and its own mask there."""
    named, _ = ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(named.ravel())[1:]
    large = np.flatnonzero(sizes >= FEWEST_PIXELS) + 1
    if not len(large):
        return None
    name = int(generator.choice(large))
    rows, columns = ndimage.find_objects(named, name)[name - 1]
    return rows, columns, named[rows, columns] == name


def _factor(pixels: int, generator: np.random.Generator) -> float:
    """Evenly drawn on a logarithmic scale, so that each size is as likely as its double."""
    smallest = min(max(SMALLEST, sqrt(FEWEST_PIXELS / pixels)), 1.0)
    return float(np.exp(generator.uniform(log(smallest), log(LARGEST))))


def _resized(array: Bytes, height: int, width: int) -> Bytes:
    """[H, W] or [H, W, C] in another size."""
    grey = array.ndim == 3 and array.shape[2] == 1
    found = np.asarray(
        Image.fromarray(array[..., 0] if grey else array).resize((width, height), Image.Resampling.BILINEAR)
    )
    return found[..., None] if grey else found
