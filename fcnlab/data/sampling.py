"""Seeded subsets, and the augmentation that the training loop uses."""

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.dataset import Bytes
from fcnlab.errors import DataError


def choose(count: int, subset: int | None, seed: int) -> NDArray[np.int64]:
    """Indices of a seeded subset without repeats, sorted.

    Args:
        count: How many there are.
        subset: How many to take; None, or more than there are, takes all.
        seed: The same seed takes the same ones.

    Raises:
        DataError: The subset is smaller than 1.
    """
    if subset is not None and subset < 1:
        raise DataError(f"A subset has at least 1 image; received {subset}.")
    if subset is None or subset >= count:
        return np.arange(count, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(count, size=subset, replace=False))


def share_out(counts: NDArray[np.int64], number: int) -> list[int]:
    """How many to take of each group so that the groups' shares stay as they are: the method of largest remainders.

    Args:
        counts: [groups], how many each has.
        number: How many to take in all; at most all are taken.

    Returns:
        As many numbers as groups, none larger than its count, adding up to `number`.
    """
    total = int(counts.sum())
    if number >= total:
        return [int(count) for count in counts]
    # In whole numbers, so that no rounding of fractions decides; equal remainders go to the first group.
    parts = [divmod(int(count) * number, total) for count in counts]
    shares = [whole for whole, _ in parts]
    left = number - sum(shares)
    for group in sorted(range(len(parts)), key=lambda group: -parts[group][1])[:left]:
        shares[group] += 1
    return shares


def flip(images: Bytes, labels: Bytes, chosen: NDArray[np.bool_]) -> tuple[Bytes, Bytes]:
    """Mirror the chosen images and their labels left to right; the arrays given stay as they are.

    Args:
        images: [N, H, W, C].
        labels: [N, H, W] (or planes [N, H, W, K]).
        chosen: bool [N].

    Returns:
        New images and labels of the same shapes.
    """
    mirrored = np.array(images), np.array(labels)
    for array in mirrored:
        array[chosen] = array[chosen][:, :, ::-1]
    return mirrored
