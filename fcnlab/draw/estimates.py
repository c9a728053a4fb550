"""What a skip report says, made ready to be drawn: estimates with intervals, in points, with names in words.

A point is a hundredth: a skip that lifts the IoU from 0.70 to 0.75 brings 5 IoU points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fcnlab.errors import FcnLabError

Report = Mapping[str, Any]
"""JSON data as `fcnlab.lab.tasks.skip_report` gives it."""

KINDS = {"shapley": "Shapley value", "necessity": "necessity", "sufficiency": "sufficiency"}

BASELINES = {
    "zero": "zeros",
    "mean": "mean per channel",
    "position": "mean per position",
    "resample": "another picture's",
}
"""What a skip that is off carries, in words."""


class Estimate(NamedTuple):
    """A value in points with the ends of its 95 % interval (the value itself where there is none)."""

    value: float
    low: float
    high: float

    def words(self, unit: str) -> str:
        """The estimate as a sentence's part: "+3.2 IoU points (95 % interval +1.0 to +5.1)"."""
        return f"{points(self.value)} {unit} (95 % interval {points(self.low)} to {points(self.high)})"


@dataclass(frozen=True, slots=True)
class Series:
    """Estimates of one kind, one for each place along a chart's axis; None where there is none."""

    name: str
    estimates: tuple[Estimate | None, ...]


def contributions(report: Report, metric: str | None = None) -> list[Series]:
    """Shapley value, necessity and sufficiency of each skip."""
    skips = block(report, metric)["skips"]
    return [Series(name, tuple(_estimate(skip, kind) for skip in skips)) for kind, name in KINDS.items()]


def by_baseline(report: Report, metric: str | None = None, kind: str = "shapley") -> list[Series]:
    """One figure of each skip under every baseline of a report over all of them.

    Raises:
        FcnLabError: The report holds one baseline only.
    """
    reports = report.get("baselines")
    if not reports:
        raise FcnLabError("This report holds one baseline only.", "Ask for all baselines to compare them.")
    return [
        Series(BASELINES.get(name, name), tuple(_estimate(skip, kind) for skip in block(single, metric)["skips"]))
        for name, single in reports.items()
    ]


def by_epoch(history: Report, metric: str | None = None, kind: str = "shapley") -> tuple[list[int], list[Series]]:
    """The epochs of a history, and each skip's figure along them.

    Raises:
        FcnLabError: The history is empty.
    """
    reports = history["epochs"]
    if not reports:
        raise FcnLabError("There is no checkpoint to show skips of.", "Train the run for an epoch first.")
    found: dict[str, list[Estimate | None]] = {name: [None] * len(reports) for name in skip_names(reports[-1])}
    for place, report in enumerate(reports):
        if metric is not None and metric not in report.get("metrics", {}):
            continue  # not defined that early, e.g. where nothing is marked yet
        for skip in block(report, metric)["skips"]:
            if skip_name(skip) in found:
                found[skip_name(skip)][place] = _estimate(skip, kind)
    return [int(report["epoch"]) for report in reports], [Series(name, tuple(row)) for name, row in found.items()]


def interaction(pair: Mapping[str, Any]) -> Estimate:
    """A pair's interaction from a report's list of them."""
    found = _estimate({"value": pair["value"], "value_low": pair.get("low"), "value_high": pair.get("high")}, "value")
    return found or Estimate(0.0, 0.0, 0.0)


def block(report: Report, metric: str | None) -> Report:
    """The part of a report that tells of a metric; its top without one.

    Raises:
        FcnLabError: The report has no such metric.
    """
    if metric is None or metric == report.get("metric"):
        return report
    metrics: Mapping[str, Report] = report.get("metrics", {})
    if metric not in metrics:
        raise FcnLabError(f"The report has no metric {metric!r}.", f"Use one of {', '.join(metrics)}.")
    return metrics[metric]


def skip_names(report: Report) -> list[str]:
    """The report's skips, from the bottom up, as "decoder4xx ← encoder2x"."""
    return [skip_name(skip) for skip in report["skips"]]


def skip_name(skip: Mapping[str, Any], gap: str = " ") -> str:
    """A skip as it is written everywhere; with a line break for `gap` in two lines."""
    source = skip.get("source")
    return f"{skip['name']}{gap}← {source}" if source else str(skip["name"])


def metric_label(report: Report, metric: str | None = None) -> str:
    """A metric in words, beginning in small letters: "IoU of hero in the boundary band"."""
    name, target = str(metric or report.get("metric")), str(report.get("target", "the target"))
    known = {
        "target_iou": f"IoU of {target}",
        "mean_iou": "mean IoU",
        "boundary_iou": "mean IoU in the boundary band",
        "interior_iou": "mean IoU of the interior",
        "target_boundary_iou": f"IoU of {target} in the boundary band",
        "target_interior_iou": f"IoU of {target} in the interior",
        "final": "final score",
    }
    if name.startswith("recall_"):
        low, _, high = name.removeprefix("recall_").partition("_")
        size = f"{low} or more" if high == "up" else f"{low} to {high}"
        return f"recall of {target} of {size} pixels"
    if name.startswith("iou:"):
        return f"official IoU in {name.removeprefix('iou:')}"
    return known.get(name, name.replace("_", " "))


def unit(report: Report, metric: str | None = None) -> str:
    """What the points are points of."""
    name = str(metric or report.get("metric"))
    return "IoU points" if "iou" in name else "recall points" if name.startswith("recall") else "points"


def points(value: float) -> str:
    """A signed number of points: "+3.2", "−0.04", "0"."""
    if abs(value) < 0.005:
        return "0"
    text = f"{value:+.2f}" if abs(value) < 0.95 else f"{value:+.1f}"
    return text.replace("-", "−")


def reach(series: Sequence[Series]) -> tuple[float, float]:
    """A round range that holds zero and every interval, for an axis."""
    ends = [0.0, *[end for one in series for found in one.estimates if found for end in found]]
    low, high = min(ends), max(ends)
    room = 0.06 * (high - low) or 1.0
    return low - (room if low < 0 else 0.0), high + (room if high > 0 else 0.0)


def _estimate(skip: Mapping[str, Any], kind: str) -> Estimate | None:
    value = skip.get(kind)
    if value is None:
        return None
    low, high = skip.get(f"{kind}_low"), skip.get(f"{kind}_high")
    return Estimate(100 * value, 100 * (value if low is None else low), 100 * (value if high is None else high))
