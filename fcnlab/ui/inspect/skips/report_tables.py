"""The numbers of a report as tables."""

from collections.abc import Mapping
from typing import Any

from fcnlab.draw.glossary import explain
from fcnlab.lab.inside.metric_names import BASELINES
from fcnlab.lab.tasks import describe_metric
from fcnlab.ui.inspect.skips.values import Column, Value, value_table
from fcnlab.ui.inspect.skips.words import arrow

Report = Mapping[str, Any]

PARTS = ("boundary_iou", "interior_iou", "target_boundary_iou", "target_interior_iou")
"""Metrics that tell where in the picture a skip counts; those of `recall_…` tell for which targets."""

MEASURES = {"shapley": "Shapley value", "necessity": "necessity", "sufficiency": "sufficiency"}


def skips_table(report: Report) -> str:
    """Shapley value, necessity and sufficiency of each skip, with 95 % intervals."""
    columns = [
        Column(
            title[0].upper() + title[1:],
            f"{explain(title)} Below it: {explain('bootstrap interval')}",
            [_value(skip, key) for skip in _rows(report)],
            report["all"] - report["none"] if key == "shapley" else None,
        )
        for key, title in MEASURES.items()
    ]
    return value_table("Points of the measure, with 95 % intervals", _names(report), columns, "All minus none")


def parts_table(report: Report) -> str:
    """Shapley values near outlines and inside of regions, and by the target's size."""
    known = report["metrics"]
    columns = []
    for name in (name for name in known if name in PARTS or name.startswith("recall_")):
        group, title = _part(name, str(report["target"]))
        cells = [_value(skip, "shapley") for skip in _rows(known[name])]
        total = known[name]["all"] - known[name]["none"]
        columns.append(Column(title, describe_metric(name).meaning, cells, total, group))
    return value_table("Shapley values in points, by part of the picture", _names(report), columns, "All minus none")


def _part(metric: str, target: str) -> tuple[str, str]:
    """What several metrics have in common, and what this one adds."""
    if metric.startswith("recall_"):
        size = metric.removeprefix("recall_").replace("_up", " and more").replace("_", "–")
        return f"Recall of {target}, by its pixels", size
    group = f"IoU of {target}" if metric.startswith("target_") else "Mean IoU"
    return group, "boundary band" if "boundary" in metric else "interior"


def interactions_table(report: Report) -> str:
    """Each pair of skips as a cell, with its mirror image."""
    names = [skip["name"] for skip in _rows(report)]
    pairs = {frozenset((pair["a"], pair["b"])): pair for pair in report["interactions"]}
    empty = Value(None)
    columns = [
        Column(
            name,
            f"Interaction with {name}. {explain('interaction')}",
            [_interval(pairs[frozenset((row, name))]) if row != name else empty for row in names],
        )
        for name in names
    ]
    return value_table("Interaction of each pair, in points, with 95 % intervals", _names(report), columns)


def baselines_table(baselines: Mapping[str, Report], metric: str) -> str:
    """Shapley values under each baseline side by side."""
    told = {name: report.get("metrics", {}).get(metric, report) for name, report in baselines.items()}
    columns = [
        Column(
            BASELINES[name].label,
            BASELINES[name].meaning,
            [_value(skip, "shapley") for skip in _rows(block)],
            block["all"] - block["none"],
        )
        for name, block in told.items()
    ]
    rows = _names(next(iter(baselines.values())))
    caption = "Shapley values in points, with 95 % intervals; ± is the standard deviation between donor pictures"
    return value_table(caption, rows, columns, "All minus none")


def _rows(report: Report) -> list[Mapping[str, Any]]:
    """The skips from the top down, as the diagram and the chart show them."""
    return list(reversed(report["skips"]))


def _names(report: Report) -> list[str]:
    return [arrow(skip["name"], skip["source"]) for skip in _rows(report)]


def _value(skip: Mapping[str, Any], key: str) -> Value:
    return Value(skip[key], skip.get(f"{key}_low"), skip.get(f"{key}_high"), skip.get(f"{key}_spread"))


def _interval(pair: Mapping[str, Any]) -> Value:
    return Value(pair["value"], pair.get("low"), pair.get("high"))
