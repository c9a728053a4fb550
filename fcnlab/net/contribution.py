"""What each skip connection contributes on a dataset: leave one out, keep only one, and exact Shapley values."""

from collections.abc import Callable, Mapping
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from fcnlab.data import Pairs
from fcnlab.errors import FcnLabError
from fcnlab.net.metrics import ScoreBoard
from fcnlab.net.skips import SkipSwitch

MOST_SKIPS = 8
METRIC = "mean_iou"

SkipSet = frozenset[str]


def contributions(
    switch: SkipSwitch, pairs: Pairs, baseline: str = "zero", progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Score a network under every set of its skips, and share the difference between all and none out.

    Args:
        switch: The network.
        pairs: Images with truth at the network's input size.
        baseline: What a skip that is off carries; see `fcnlab.net.skips`.
        progress: Called with the sets done and their number.

    Returns:
        `baseline`, `metric`, its value with `all` skips and with `none`, and for each of `skips` its `name`,
        `necessity` (all minus all but it), `sufficiency` (it alone minus none) and `shapley`; `sets` gives the
        value of every set.

    Raises:
        FcnLabError: The network has no skips, or so many that 2^k sets take too long.
    """
    names = switch.names
    if not names:
        raise FcnLabError("The network has no skip connections.", "Choose a network that has some.")
    if len(names) > MOST_SKIPS:
        raise FcnLabError(f"The network has {len(names)} skips; exact values are made for up to {MOST_SKIPS}.")
    values: dict[SkipSet, float] = {}
    subsets = [frozenset(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)]
    for number, kept in enumerate(subsets, 1):
        values[kept] = _mean_iou(switch, pairs, set(names) - kept, baseline)
        if progress:
            progress(number, len(subsets))
    everything, nothing = frozenset(names), frozenset[str]()
    shares = shapley(names, values)
    return {
        "baseline": baseline,
        "metric": METRIC,
        "images": len(pairs),
        "all": values[everything],
        "none": values[nothing],
        "skips": [
            {
                "name": name,
                "shapley": shares[name],
                "necessity": values[everything] - values[everything - {name}],
                "sufficiency": values[frozenset({name})] - values[nothing],
            }
            for name in names
        ],
        "sets": [{"skips": [name for name in names if name in kept], "value": value} for kept, value in values.items()],
    }


def shapley(names: tuple[str, ...], values: Mapping[SkipSet, float]) -> dict[str, float]:
    """Exact Shapley values (Shapley 1953): a skip's mean gain over all orders in which skips can be added.

    Args:
        names: The k skips.
        values: The metric under each of the 2^k sets.

    Returns:
        A value for each skip; they add up to the value of all minus the value of none.
    """
    count = len(names)
    shares = {}
    for name in names:
        others = [other for other in names if other != name]
        share = 0.0
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                share += weight * (values[before | {name}] - values[before])
        shares[name] = share
    return shares


def _mean_iou(switch: SkipSwitch, pairs: Pairs, off: set[str], baseline: str) -> float:
    board = ScoreBoard(pairs.num_classes)
    planes = pairs.planes()
    for start in range(0, len(pairs), 64):
        part = slice(start, start + 64)
        board.add(switch.predict(pairs.images[part], off, baseline), planes[part], pairs.labels[part])
    return board.mean_iou if board.mean_iou is not None else float(np.nan)
