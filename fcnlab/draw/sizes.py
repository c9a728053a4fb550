"""How large the targets of a dataset are, as an Apache ECharts option: plain data, no script in it."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log2
from typing import Any

from fcnlab.draw.colors import DARK, LIGHT

Option = dict[str, Any]
Bin = tuple[int, int, int]
"""Fewest pixels, most pixels, and how many pictures."""

PER_DOUBLING = 2
"""Bins from a number of pixels to twice that number."""


def size_bins(sizes: Sequence[int]) -> list[Bin]:
    """Count sizes in bins that grow by the same factor, so that small targets and large ones are both told apart.

    Args:
        sizes: Pixels of a target in each picture; zeros, of pictures without it, are left out.

    Returns:
        Bins that touch each other, from the smallest size to the largest; empty without any target.
    """
    found = sorted(size for size in sizes if size > 0)
    if not found:
        return []
    first, last = floor(log2(found[0]) * PER_DOUBLING), floor(log2(found[-1]) * PER_DOUBLING)
    edges = sorted({ceil(2 ** (step / PER_DOUBLING)) for step in range(first, last + 2)})
    edges[0] = min(edges[0], found[0])
    if edges[-1] <= found[-1]:
        edges.append(found[-1] + 1)
    return [(low, high - 1, sum(low <= size < high for size in found)) for low, high in pairwise(edges)]


def size_option(sizes: Sequence[int], target: str, color: str, *, dark: bool = False) -> Option:
    """A histogram of target sizes with their median.

    Args:
        sizes: As for `size_bins`; at least one above zero.
        target: The class.
        color: Of its bars.
        dark: For a dark page.

    Returns:
        An option for ECharts, of JSON types only.
    """
    tone = DARK if dark else LIGHT
    bins = size_bins(sizes)
    median = _median([size for size in sizes if size > 0])
    within = next(number for number, (_, high, _) in enumerate(bins) if median <= high)
    label = {"color": tone["muted"], "hideOverlap": True}
    line = {"lineStyle": {"color": tone["rule"]}}
    mark = {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": tone["ink"], "width": 2, "type": "dashed"},
        "label": {"formatter": f"median {median:g}", "color": tone["ink"], "position": "end"},
        "data": [{"xAxis": within}],
    }
    bars = {
        "type": "bar",
        "name": "Pictures",
        "barCategoryGap": "8%",
        "itemStyle": {"color": color},
        "data": [{"value": many, "name": f"{_range(low, high)}: {many:,}"} for low, high, many in bins],
        "markLine": mark,
    }
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_sizes(sizes, target)}},
        "textStyle": {"color": tone["ink"]},
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{b}"},
        "grid": {"left": 8, "right": 36, "top": 36, "bottom": 36, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": [_range(low, high, "") for low, high, _ in bins],
            "name": f"Pixels of {target} in a picture",
            "nameLocation": "middle",
            "nameGap": 30,
            "nameTextStyle": {"color": tone["muted"]},
            "axisLabel": label,
            "axisLine": line,
        },
        "yAxis": {
            "type": "value",
            "name": "Pictures",
            "minInterval": 1,
            "nameTextStyle": {"color": tone["muted"], "align": "left"},
            "axisLabel": label,
            "splitLine": {"lineStyle": {"color": tone["rule"], "opacity": 0.5}},
        },
        "series": [bars],
    }


def describe_sizes(sizes: Sequence[int], target: str) -> str:
    """The histogram in a sentence."""
    found = [size for size in sizes if size > 0]
    if not found:
        return f"No picture shows {target}."
    return (
        f"{len(found):,} of {len(sizes):,} pictures show {target}, with {min(found):,} to {max(found):,} pixels and a "
        f"median of {_median(found):,g}."
    )


def _range(low: int, high: int, unit: str = " pixels") -> str:
    return f"{low:,}{unit}" if low == high else f"{low:,}–{high:,}{unit}"


def _median(found: Sequence[int]) -> float:
    ranked = sorted(found)
    middle = len(ranked) // 2
    return float(ranked[middle]) if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2
