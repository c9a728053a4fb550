"""Training curves as an Apache ECharts option: plain data, no script in it."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from fcnlab.draw.colors import DARK, LIGHT

Point = tuple[float, float]
"""Step and value."""

MOST_POINTS = 1000
"""Points of one curve: more than a screen has columns to show them in."""


def loss_option(steps: Iterable[Mapping[str, Any]], epochs: Iterable[Mapping[str, Any]], dark: bool) -> dict[str, Any]:
    """Loss above, validation's mean IoU below, both over training steps.

    Args:
        steps: Events of a run, `{"kind": "step", "step": 12, "epoch": 1, "loss": 0.7, …}`.
        epochs: Events of a run, `{"kind": "epoch", "epoch": 1, "step": 25, "loss": 0.6, "validation": {"loss": 0.7,
            "mean_iou": 0.4, …}}`; without validation, or with a value that was not finite, that point is left out.
        dark: For a dark page.

    Returns:
        An option for ECharts, of JSON types only. Each curve has a dash and a marker of its own, so that colour is
        not needed to tell them apart.
    """
    color = DARK if dark else LIGHT
    passes = list(epochs)
    by_step = _points(steps, "loss")
    ends = max([x for x, _ in by_step] + [x for x, _ in _points(passes, "epoch")] + [1])
    training, validation = color["encoder-line"], color["hero"]
    series = [
        _series("loss of each step", thin_out(by_step), color["encoder-fill"], width=1, opacity=0.35),
        _series("loss, smoothed", thin_out(smooth(by_step, _window(len(by_step)))), training, width=2.5),
        _series("loss of each epoch", _points(passes, "loss"), training, width=1, dash="dotted", marker="circle"),
        _series("validation loss", _points(passes, "validation", "loss"), validation, dash="dashed", marker="diamond"),
        _series("validation mean IoU", _points(passes, "validation", "mean_iou"), color["decoder-line"], marker="rect"),
    ]
    series[-1] |= {"xAxisIndex": 1, "yAxisIndex": 1}
    return {
        "animation": False,
        "aria": {"enabled": True},
        "textStyle": {"color": color["ink"]},
        "legend": {"type": "scroll", "top": 0, "textStyle": {"color": color["ink"]}, "itemWidth": 32},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "line"}},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "grid": [
            {"left": 56, "right": 20, "top": 56, "height": "44%"},
            {"left": 56, "right": 20, "bottom": 44, "height": "22%"},
        ],
        "xAxis": [_step_axis(color, ends, 0), _step_axis(color, ends, 1)],
        "yAxis": [
            _axis(color, "Loss (lower is better)") | {"gridIndex": 0, "min": 0},
            _axis(color, "Mean IoU (higher is better)") | {"gridIndex": 1, "min": 0, "max": 1, "interval": 0.5},
        ],
        "series": series,
    }


def thin_out(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Keep at most `most` points so that the curve looks the same.

    The points are cut into buckets of equal count; each keeps its lowest and its highest, in their order, and the
    curve keeps its first and last.
    """
    if len(points) <= most:
        return list(points)
    buckets = max((most - 2) // 2, 1)
    inner = range(1, len(points) - 1)
    kept = {0, len(points) - 1}
    for bucket in range(buckets):
        part = inner[len(inner) * bucket // buckets : len(inner) * (bucket + 1) // buckets]
        if part:
            kept |= {min(part, key=lambda i: points[i][1]), max(part, key=lambda i: points[i][1])}
    return [points[index] for index in sorted(kept)]


def smooth(points: Sequence[Point], window: int = 20) -> list[Point]:
    """An exponential moving average over about `window` points, without the bias of its start.

    The correction is that of Adam's moments (Kingma and Ba 2014, arXiv 1412.6980, section 3).
    """
    keep = 1 - 1 / window
    average, weight, smoothed = 0.0, 0.0, []
    for x, y in points:
        average = keep * average + (1 - keep) * y
        weight = keep * weight + (1 - keep)
        smoothed.append((x, average / weight))
    return smoothed


def _window(count: int) -> int:
    """Points to average over: a fifteenth of the curve, so that a short one's average does not trail behind it."""
    return min(max(count // 15, 1), 20)


def _points(events: Iterable[Mapping[str, Any]], *path: str) -> list[Point]:
    """Step and value of every event that has a finite value at `path`."""
    points = []
    for event in events:
        value: Any = event
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        step = event.get("step")
        if isinstance(value, int | float) and isinstance(step, int | float) and isfinite(value):
            points.append((float(step), float(value)))
    return points


def _series(
    name: str,
    points: list[Point],
    color: str,
    *,
    width: float = 2,
    opacity: float = 1,
    dash: str = "solid",
    marker: str = "none",
) -> dict[str, Any]:
    return {
        "type": "line",
        "name": name,
        "data": [[x, float(f"{y:.5g}")] for x, y in points],
        "color": color,
        "lineStyle": {"width": width, "type": dash, "opacity": opacity},
        "symbol": marker,
        "symbolSize": 8,
        "showSymbol": marker != "none",
        # Without markers the legend shall show none either.
        "itemStyle": {"opacity": 0 if marker == "none" else 1},
        "emphasis": {"disabled": True},
    }


def _axis(color: dict[str, str], name: str) -> dict[str, Any]:
    return {
        "type": "value",
        "name": name,
        "nameTextStyle": {"color": color["muted"], "align": "left"},
        "axisLabel": {"color": color["muted"]},
        "axisLine": {"show": True, "lineStyle": {"color": color["rule"]}},
        "splitLine": {"lineStyle": {"color": color["rule"], "opacity": 0.5}},
    }


def _step_axis(color: dict[str, str], end: float, grid: int) -> dict[str, Any]:
    below = grid == 1
    name = {"name": "Training step", "nameLocation": "middle", "nameGap": 28} if below else {"name": ""}
    label = {"show": below, "color": color["muted"]}
    lines = {"splitLine": {"show": False}, "nameTextStyle": {"color": color["muted"]}}
    return _axis(color, "") | name | lines | {"gridIndex": grid, "min": 0, "max": end, "axisLabel": label}
