"""Training curves as an Apache ECharts option: plain data, no script in it."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from fcnlab.draw.buckets import Point
from fcnlab.draw.colors import DARK, LIGHT

Event = Mapping[str, Any]
Color = dict[str, str]

LOSS, IOU, RATE = 0, 1, 2
"""The three charts, one below the other."""

MOST_SYMBOLS = 30
"""Points of a curve that get a marker each; more would be a thick line, and slow to draw."""

MARKED = 12
"""Notes that are marked in the chart, the last ones: more would hide the curves."""


def curves_option(
    loss: Sequence[Point],
    smoothed: Sequence[Point],
    rates: Sequence[Point],
    epochs: Iterable[Event],
    *,
    total: float = 0,
    notes: Sequence[Event] = (),
    dark: bool = False,
) -> dict[str, Any]:
    """Loss on top, mean IoU below it, and the learning rate at the bottom, all over training steps.

    Args:
        loss: Step and loss, thinned out for the eye.
        smoothed: Step and moving average of the loss.
        rates: Step and learning rate.
        epochs: Events of a run, `{"kind": "epoch", "epoch": 1, "step": 25, "loss": 0.6, "validation": {"loss": 0.7,
            "mean_iou": 0.4, …}, "training": {…}}`; what is missing, or was not finite, is left out.
        total: Steps of the whole plan: with it nothing moves while the curves grow.
        notes: Events of a run, `{"kind": "note", "step": 30, "message": "Paused."}`, marked by their numbers from 1.
        dark: For a dark page.

    Returns:
        An option for ECharts, of JSON types only. Each curve has a dash and a marker of its own, so that colour is
        not needed to tell them apart.
    """
    color = DARK if dark else LIGHT
    passes = list(epochs)
    taught, judged = color["encoder-line"], color["hero"]
    dots = _Look("dotted", "circle", 1)
    diamonds = _Look("dashed", "diamond")
    series = [
        _series("loss of each step", loss, color["encoder-fill"], _Look(width=1, opacity=0.35)),
        _series("loss, smoothed", smoothed, taught, _Look(width=2.5)),
        _series("loss of each epoch", _points(passes, "loss"), taught, dots),
        _series("validation loss", _points(passes, "validation", "loss"), judged, diamonds),
        _series("training mean IoU", _points(passes, "training", "mean_iou"), taught, dots, IOU),
        _series("validation mean IoU", _points(passes, "validation", "mean_iou"), judged, diamonds, IOU),
        _series("learning rate", rates, color["muted"], _Look(width=1.5), RATE),
    ]
    series[0]["markLine"] = _marks(notes, color)
    ends = total or max([1.0, *(x for x, _ in loss), *(x for x, _ in _points(passes, "epoch"))])
    names = [one["name"] for one in series]
    return {
        "animation": False,
        "aria": {"enabled": True},
        "textStyle": {"color": color["ink"]},
        # Two lines for a phone; the learning rate's axis names it.
        "legend": [_legend(color, names[:4], 0), _legend(color, names[4:6], 264)],
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "line"}},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "grid": [
            {"left": 56, "right": 20, "top": 78, "height": 172},
            {"left": 56, "right": 20, "top": 316, "height": 96},
            {"left": 56, "right": 20, "top": 446, "height": 40},
        ],
        "xAxis": [_step_axis(color, ends, LOSS), _step_axis(color, ends, IOU), _step_axis(color, ends, RATE)],
        "yAxis": [
            _axis(color, "Loss (lower is better)") | {"gridIndex": LOSS, "min": 0},
            _axis(color, "Mean IoU (higher is better)") | {"gridIndex": IOU, "min": 0, "max": 1, "interval": 0.5},
            _axis(color, "Learning rate") | {"gridIndex": RATE, "min": 0, "splitNumber": 1},
        ],
        "series": series,
    }


HEIGHT = 534
"""Pixels that the option is laid out for."""


def _points(events: Iterable[Event], *path: str) -> list[Point]:
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


def _marks(notes: Sequence[Event], color: Color) -> dict[str, Any]:
    """An upright line where the last notes were made, with their numbers below, where no title stands."""
    numbers: dict[float, list[int]] = {}
    for number, note in enumerate(notes, 1):
        if isinstance(note.get("step"), int | float):
            numbers.setdefault(float(note["step"]), []).append(number)
    label = {"show": True, "position": "start", "distance": 3, "color": color["muted"], "fontSize": 11}
    marks = [
        {"xAxis": step, "label": label | {"formatter": str(of[0]) if len(of) == 1 else f"{of[0]}–{of[-1]}"}}
        for step, of in numbers.items()
    ]
    line = {"type": "dotted", "color": color["muted"], "width": 1}
    return {"silent": True, "symbol": "none", "lineStyle": line, "data": marks[-MARKED:]}


class _Look(NamedTuple):
    """How a curve is drawn; a marker "none" for a curve of steps."""

    dash: str = "solid"
    marker: str = "none"
    width: float = 2
    opacity: float = 1


def _series(name: str, points: Sequence[Point], color: str, look: _Look, chart: int = LOSS) -> dict[str, Any]:
    marked = look.marker != "none"
    return {
        "type": "line",
        "name": name,
        "data": [[x, float(f"{y:.4g}")] for x, y in points],
        "xAxisIndex": chart,
        "yAxisIndex": chart,
        "color": color,
        "lineStyle": {"width": look.width, "type": look.dash, "opacity": look.opacity},
        "symbol": look.marker,
        "symbolSize": 8,
        "showSymbol": marked and len(points) <= MOST_SYMBOLS,
        # Without markers the legend shall show none either.
        "itemStyle": {"opacity": 1 if marked else 0},
        "emphasis": {"disabled": True},
    }


def _legend(color: Color, names: Sequence[str], top: int) -> dict[str, Any]:
    return {"data": list(names), "top": top, "textStyle": {"color": color["ink"]}, "itemWidth": 22, "itemGap": 8}


def _axis(color: Color, name: str) -> dict[str, Any]:
    return {
        "type": "value",
        "name": name,
        "nameTextStyle": {"color": color["muted"], "align": "left"},
        "nameGap": 8,
        "axisLabel": {"color": color["muted"]},
        "axisLine": {"show": True, "lineStyle": {"color": color["rule"]}},
        "splitLine": {"lineStyle": {"color": color["rule"], "opacity": 0.5}},
    }


def _step_axis(color: Color, end: float, chart: int) -> dict[str, Any]:
    below = chart == RATE
    name = {"name": "Training step", "nameLocation": "middle", "nameGap": 28} if below else {"name": ""}
    label = {"show": below, "color": color["muted"]}
    lines = {"splitLine": {"show": False}, "nameTextStyle": {"color": color["muted"]}}
    return _axis(color, "") | name | lines | {"gridIndex": chart, "min": 0, "max": end, "axisLabel": label}
