"""What skip connections contribute, as Apache ECharts options: plain data, no script in it.

`fcnlab.draw.contributions` draws the same as figures for files.
"""

from collections.abc import Sequence
from typing import Any

from fcnlab.draw.colors import DARK, LIGHT, SERIES, Color, readable
from fcnlab.draw.estimates import (
    Report,
    Series,
    block,
    by_baseline,
    by_epoch,
    contributions,
    interaction,
    metric_label,
    points,
    reach,
    skip_name,
    skip_names,
    unit,
)
from fcnlab.draw.palette import signed_color

Option = dict[str, Any]

SYMBOLS = ("circle", "diamond", "rect", "triangle", "pin", "arrow", "roundRect", "emptyCircle")
DASHES = ("solid", "dashed", "dotted", [12, 4, 2, 4])


def contribution_option(report: Report, metric: str | None = None, *, dark: bool = False) -> Option:
    """Shapley value (bars), necessity and sufficiency (markers) of each skip, with their 95 % intervals.

    Args:
        report: From `skip_report`.
        metric: A name in `report["metrics"]`; None takes the report's own.
        dark: For a dark page.

    Returns:
        An option for ECharts, of JSON types only; `row_height(report, 3)` is a good height for it.

    Raises:
        FcnLabError: The report has no such metric.
    """
    color = DARK if dark else LIGHT
    series = contributions(report, metric)
    looks = [
        _Look(color["skip-text"], "circle", bar=color["skip-fill"]),
        _Look(color["ink"], "diamond"),
        _Look(color["muted"], "rect", hollow=color["ground"]),
    ]
    return _rows(report, metric, series, looks, color)


def baselines_option(report: Report, metric: str | None = None, *, dark: bool = False) -> Option:
    """The Shapley value of each skip under every baseline, with 95 % intervals; arguments as `contribution_option`.

    Raises:
        FcnLabError: The report holds one baseline only, or no such metric.
    """
    tones = SERIES["dark" if dark else "light"]
    looks = [_Look(tone, symbol) for tone, symbol in zip(tones, SYMBOLS, strict=True)]
    return _rows(report, metric, by_baseline(report, metric), looks, DARK if dark else LIGHT)


def row_height(report: Report, series: int) -> int:
    """A height in pixels for an option with a row for each skip and so many series."""
    return 110 + len(report["skips"]) * (series * 18 + 18)


def history_option(history: Report, metric: str | None = None, *, dark: bool = False) -> Option:
    """The Shapley value of each skip by epoch, with 95 % intervals.

    Args:
        history: From `skip_history`.
        metric: A name in the reports' `metrics`; None takes their own.
        dark: For a dark page.

    Raises:
        FcnLabError: The history is empty, or has no such metric.
    """
    color, tones = (DARK, SERIES["dark"]) if dark else (LIGHT, SERIES["light"])
    epochs, curves = by_epoch(history, metric)
    last = history["epochs"][-1]
    of = unit(last, metric)
    series: list[Option] = []
    for index, one in enumerate(curves):
        look = _Look(tones[index % len(tones)], SYMBOLS[index % len(SYMBOLS)])
        shift = 0.05 * (index - (len(curves) - 1) / 2)
        shown = [(epoch, epoch + shift, found) for epoch, found in zip(epochs, one.estimates, strict=True) if found]
        data = [_datum(x, e.value, f"Epoch {epoch}, {one.name}: {e.words(of)}") for epoch, x, e in shown]
        dash = {"type": DASHES[index % len(DASHES)], "width": 2, "color": look.color}
        series.append(_points(one.name, data, look) | {"type": "line", "lineStyle": dash})
        series.append(_intervals(one.name, [((x, e.low), (x, e.high)) for _, x, e in shown], look, cap=[9, 2]))
    if series:
        series[0]["markLine"] = _zero(color, "yAxis")
    label = f"Shapley value of each skip for the {metric_label(last, metric)}, by epoch"
    ends = {"min": min(epochs) - 0.3, "max": max(epochs) + 0.3, "minInterval": 1}
    left = {"color": color["muted"], "align": "left"}
    below = {"name": "Epoch", "nameLocation": "middle", "nameGap": 28, "splitLine": {"show": False}}
    return _chart(color, label) | {
        "grid": {"left": 8, "right": 16, "top": 24 + 24 * len(curves), "bottom": 40, "containLabel": True},
        "legend": _legend(color, [one.name for one in curves]) | {"orient": "vertical", "left": 0},
        "xAxis": _axis(color) | _inner_labels(color) | ends | below,
        "yAxis": _axis(color) | {"name": f"Shapley value ({of})", "nameTextStyle": left},
        "series": series,
    }


def interactions_option(report: Report, metric: str | None = None, *, dark: bool = False) -> Option:
    """How much each pair of skips brings beyond the sum of both, as a triangle; arguments as `contribution_option`.

    Raises:
        FcnLabError: The report has no such metric.
    """
    color = DARK if dark else LIGHT
    found, of = block(report, metric), unit(report, metric)
    names = [str(skip["name"]) for skip in found["skips"]]
    pairs = [(names.index(pair["a"]), names.index(pair["b"]), interaction(pair)) for pair in found["interactions"]]
    most = max((abs(estimate.value) for _, _, estimate in pairs), default=0.0) or 1.0
    cells = []
    for one, other, estimate in pairs:
        tone = signed_color(estimate.value / most)
        ink = {"color": readable(tone), "fontWeight": 600}
        cells.append(
            {
                "value": [min(one, other), max(one, other) - 1, round(estimate.value, 3)],
                "name": f"{names[one]} and {names[other]}: {estimate.words(of)}",
                "itemStyle": {"color": tone, "borderColor": color["ground"], "borderWidth": 3},
                "label": {"show": True, "formatter": points(estimate.value)} | ink,
            }
        )
    plain = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitLine": {"show": False}}
    label = {"axisLabel": {"color": color["ink"], "interval": 0, "width": 84, "overflow": "truncate"}}
    return _chart(color, f"Interactions of skips for the {metric_label(report, metric)}, in {of}") | {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": names[:-1]} | plain | label,
        "yAxis": {"type": "category", "data": names[1:]} | plain | label,
        "series": [{"type": "heatmap", "data": cells, "emphasis": {"disabled": True}}],
    }


class _Look:
    """How a series is drawn; a bar's colour only where it has bars."""

    def __init__(self, color: Color, symbol: str, *, bar: Color = "", hollow: Color = "") -> None:
        self.color, self.symbol, self.bar, self.hollow = color, symbol, bar, hollow


def _rows(
    report: Report, metric: str | None, found: Sequence[Series], looks: Sequence[_Look], color: dict[str, Color]
) -> Option:
    """A row for each skip, the deepest at the bottom as in the diagram, and in it a line for each series."""
    names, of = skip_names(report), unit(report, metric)
    step = 0.8 / len(found)
    series: list[Option] = []
    for index, (one, look) in enumerate(zip(found, looks, strict=False)):
        shown = [
            (name, round(row + 0.4 - step * (index + 0.5), 3), estimate)
            for row, (name, estimate) in enumerate(zip(names, one.estimates, strict=True))
            if estimate
        ]
        # The legend shows the first of all that have one name.
        data = [_datum(e.value, y, f"{name}: {one.name} {e.words(of)}") for name, y, e in shown]
        series.append(_points(one.name, data, look) | {"type": "scatter"})
        series.append(_intervals(one.name, [((e.low, y), (e.high, y)) for _, y, e in shown], look, cap=[2, 9]))
        if look.bar:
            bars = _intervals(one.name, [((0.0, y), (e.value, y)) for _, y, e in shown], look, cap=None)
            series.append(bars | {"lineStyle": {"width": 14, "color": look.bar, "cap": "butt"}, "z": 2})
    if series:
        series[0]["markLine"] = _zero(color, "xAxis")
    low, high = reach(found)
    ends = {"min": round(low, 3), "max": round(high, 3)}
    below = {"name": f"Contribution ({of})", "nameLocation": "middle", "nameGap": 28}
    label = {"color": color["ink"], "interval": 0, "width": 116, "overflow": "truncate", "lineHeight": 17}
    two_lines = [skip_name(skip, "\n") for skip in report["skips"]]
    bare = {"type": "category", "data": two_lines, "axisLine": {"show": False}, "axisTick": {"show": False}}
    hidden = {"type": "value", "min": -0.5, "max": len(names) - 0.5, "show": False}
    return _chart(color, f"What each skip contributes to the {metric_label(report, metric)}, in {of}") | {
        "grid": {"left": 8, "right": 20, "top": 34 if len(found) < 4 else 54, "bottom": 36, "containLabel": True},
        "legend": _legend(color, [one.name for one in found]) | {"itemWidth": 14},
        "xAxis": _axis(color) | _inner_labels(color) | ends | below,
        # Names stand on one axis; marks are put on another, between them.
        "yAxis": [bare | {"axisLabel": label, "splitLine": {"show": False}}, hidden],
        "series": [one | {"yAxisIndex": 1} for one in series],
    }


def _chart(color: dict[str, Color], words: str) -> Option:
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": f"{words}."}},
        "textStyle": {"color": color["ink"]},
        "tooltip": {
            "trigger": "item",
            "confine": True,
            "formatter": "{b}",
            "extraCssText": "white-space:normal;max-width:18rem",
        },
    }


def _legend(color: dict[str, Color], names: list[str]) -> Option:
    return {"type": "plain", "top": 0, "itemGap": 8, "left": 0, "data": names, "textStyle": {"color": color["ink"]}}


def _axis(color: dict[str, Color]) -> Option:
    faint = {"color": color["rule"], "opacity": 0.5}
    return {
        "type": "value",
        "nameTextStyle": {"color": color["muted"]},
        "axisLabel": {"color": color["muted"]},
        "axisLine": {"show": True, "onZero": False, "lineStyle": {"color": color["rule"]}},
        "splitLine": {"showMinLine": False, "showMaxLine": False, "lineStyle": faint},
    }


def _inner_labels(color: dict[str, Color]) -> Option:
    """No labels at an axis' ends, which are no round numbers."""
    return {"axisLabel": {"color": color["muted"], "showMinLabel": False, "showMaxLabel": False, "hideOverlap": True}}


def _zero(color: dict[str, Color], axis: str) -> Option:
    line = {"color": color["ink"], "width": 1.5, "type": "solid"}
    return {"silent": True, "symbol": "none", "lineStyle": line, "label": {"show": False}, "data": [{axis: 0}]}


def _intervals(
    name: str, pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]], look: _Look, cap: list[int] | None
) -> Option:
    """Straight pieces, one for each pair of ends, as one line with gaps."""
    data: list[list[float | None]] = []
    for start, end in pairs:
        data += [[round(part, 4) for part in start], [round(part, 4) for part in end], [None, None]]
    return {
        "type": "line",
        "name": name,
        "silent": True,
        "data": data,
        "connectNulls": False,
        "showSymbol": cap is not None,
        "symbol": "rect",
        "symbolSize": cap or 0,
        "color": look.color,
        "lineStyle": {"width": 1.5, "color": look.color},
        "z": 3,
        "emphasis": {"disabled": True},
    }


def _points(name: str, data: list[Option], look: _Look) -> Option:
    style = {
        "color": look.hollow or look.color,
        "borderColor": look.color,
        "borderWidth": 2 if look.hollow else 0,
        "opacity": 1,
    }
    return {
        "name": name,
        "data": data,
        "symbol": look.symbol,
        "symbolSize": 9,
        "color": look.color,
        "itemStyle": style,
        "z": 4,
        "emphasis": {"disabled": True},
    }


def _datum(x: float, y: float, words: str) -> Option:
    return {"value": [round(x, 4), round(y, 4)], "name": words}
