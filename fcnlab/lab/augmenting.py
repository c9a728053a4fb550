"""What augmentation makes of one picture and its mask, to be looked at before a training."""

import numpy as np
import numpy.typing as npt

from fcnlab.data import choose, open_dataset
from fcnlab.data import flip as mirror
from fcnlab.data.pasting import Pasting
from fcnlab.errors import FcnLabError
from fcnlab.plan import Augmentation

Bytes = npt.NDArray[np.uint8]

MOST = 64
"""Variants at a time."""

DONORS = 48
"""Images of which objects are pasted; a training takes all."""


def augment_pictures(
    dataset: str,
    split: str,
    index: int,
    size: tuple[int, int],
    flip: bool,
    augmentation: Augmentation,
    count: int,
    seed: int,
) -> tuple[Bytes, Bytes]:
    """Variants of one picture and its mask, made as a training makes them.

    Args:
        dataset: A built-in set's name or a folder.
        split: Of the dataset.
        index: Of the picture.
        size: (height, width) in pixels.
        flip: Whether about half of the variants are mirrored.
        augmentation: The other changes.
        count: How many variants, at most 64.
        seed: The same seed makes the same variants.

    Returns:
        Images uint8 [count, H, W, 3], and labels uint8 [count, H, W], 255 where a pixel counts nowhere.

    Raises:
        FcnLabError: The picture cannot be read, or so many variants are not made.
    """
    if not 0 <= count <= MOST:
        raise FcnLabError(f"{count} variants were asked for.", f"Ask for 0 to {MOST}.")
    opened = open_dataset(dataset)
    pair = opened.load(split, size, 3, [index])
    images, labels = (np.repeat(array, count, axis=0) for array in (pair.images, pair.labels))
    if flip:
        images, labels = mirror(images, labels, np.random.default_rng(seed).random(count) < 0.5)
    if not count or not augmentation.changes:
        return images, labels
    if augmentation.paste:
        donors = choose(opened.splits[split], DONORS, seed)
        pasting = Pasting(opened.load(split, size, 3, donors), augmentation.paste)
        images, labels = pasting(images, labels, (seed,))
    if augmentation == Augmentation(paste=augmentation.paste):
        return images, labels
    from fcnlab.net import Augmenter

    return Augmenter(augmentation)(images, labels, (seed,))
