"""What each skip contributes to a value that was measured under every set of skips, as in cooperative games.

A set of k skips is a number: bit i says whether skip i is in it. Every figure here is linear in the 2^k values, so
each is a row of a matrix [rows, 2^k]; applied to values [2^k, samples] it gives all bootstrap samples at once.
"""

from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


def shapley(count: int) -> Matrix:
    """Exact Shapley values (Shapley 1953): a skip's mean gain over all orders in which skips can be added.

    The values of all skips add up to the value of all minus the value of none.

    Args:
        count: k, the number of skips.

    Returns:
        [k, 2^k].
    """
    rows = np.zeros((count, 2**count))
    for skip in range(count):
        for before in _without(count, skip):
            size = before.bit_count()
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            rows[skip, before | 1 << skip] += weight
            rows[skip, before] -= weight
    return rows


def necessity(count: int) -> Matrix:
    """The value of all minus that of all but the skip (leave one out): [k, 2^k]."""
    rows = np.zeros((count, 2**count))
    everything = 2**count - 1
    for skip in range(count):
        rows[skip, everything] += 1
        rows[skip, everything ^ 1 << skip] -= 1
    return rows


def sufficiency(count: int) -> Matrix:
    """The value of the skip alone minus that of none (keep only one): [k, 2^k]."""
    rows = np.zeros((count, 2**count))
    for skip in range(count):
        rows[skip, 1 << skip] += 1
        rows[skip, 0] -= 1
    return rows


def pairs(count: int) -> list[tuple[int, int]]:
    """The pairs of skips, in the order of the rows of `interactions`."""
    return list(combinations(range(count), 2))


def interactions(count: int) -> Matrix:
    """The Shapley interaction index (Grabisch and Roubens 1999) of each pair of skips.

    The mean, over the sets of other skips, of what both bring together beyond what each brings alone: below zero for
    skips that can stand in for each other, above zero for skips that need each other, zero where values add up.

    Returns:
        [k·(k − 1)/2, 2^k]; see `pairs` for the order.
    """
    rows = np.zeros((len(pairs(count)), 2**count))
    for row, (one, other) in zip(rows, pairs(count), strict=True):
        for rest in _without(count, one, other):
            size = rest.bit_count()
            weight = factorial(size) * factorial(count - size - 2) / factorial(count - 1)
            row[rest | 1 << one | 1 << other] += weight
            row[rest | 1 << one] -= weight
            row[rest | 1 << other] -= weight
            row[rest] += weight
    return rows


def _without(count: int, *skips: int) -> list[int]:
    """The sets that hold none of `skips`."""
    forbidden = sum(1 << skip for skip in skips)
    return [number for number in range(2**count) if not number & forbidden]
