"""Where the answer to "what does each skip contribute?" depends on what a skip that is off carries."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from fcnlab.lab.inside.metric_names import BASELINES

Block = Mapping[str, Any]

ABOVE, BELOW = 1, -1


def disagreements(blocks: Mapping[str, Block]) -> list[str]:
    """Sentences on the Shapley values whose sign or order differs between baselines by more than their intervals.

    Args:
        blocks: By baseline, the block of one metric; see `fcnlab.net.skips.summary.summarise`.
    """
    names = [skip["name"] for skip in next(iter(blocks.values()))["skips"]] if blocks else []
    skips = {baseline: {skip["name"]: skip for skip in block["skips"]} for baseline, block in blocks.items()}
    return [*_signs(names, skips), *_orders(names, skips)]


Skips = dict[str, dict[str, Mapping[str, Any]]]
"""By baseline and name."""


def _signs(names: list[str], skips: Skips) -> list[str]:
    told = []
    for name in names:
        signs = {baseline: _sign(found[name]) for baseline, found in skips.items()}
        helps, hurts = _with(signs, ABOVE), _with(signs, BELOW)
        if helps and hurts:
            told.append(f"{name} helps under {_listed(helps)} and hurts under {_listed(hurts)}.")
    return told


def _orders(names: list[str], skips: Skips) -> list[str]:
    told = []
    for one, other in combinations(names, 2):
        signs = {baseline: _order(found[one], found[other]) for baseline, found in skips.items()}
        more, less = _with(signs, ABOVE), _with(signs, BELOW)
        if more and less:
            told.append(f"{one} contributes more than {other} under {_listed(more)}, and less under {_listed(less)}.")
    return told


def _sign(skip: Mapping[str, Any]) -> int:
    """Where the interval lies, 0 where it holds the zero."""
    low, high = skip["shapley_low"], skip["shapley_high"]
    if low is None:
        return 0
    return ABOVE if low > 0 else BELOW if high < 0 else 0


def _order(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """Which interval lies above the other, 0 where they overlap."""
    if one["shapley_low"] is None or other["shapley_low"] is None:
        return 0
    if one["shapley_low"] > other["shapley_high"]:
        return ABOVE
    return BELOW if one["shapley_high"] < other["shapley_low"] else 0


def _with(signs: Mapping[str, int], wanted: int) -> list[str]:
    return [baseline for baseline, sign in signs.items() if sign == wanted]


def _listed(names: list[str]) -> str:
    told = [f"“{BASELINES[name].label.lower()}”" for name in names]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
