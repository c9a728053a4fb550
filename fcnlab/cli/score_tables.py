"""A score as text: the official figures, the usual ones, and those by the target's size, distance and occlusion."""

from collections.abc import Callable
from typing import Any

from fcnlab.cli.output import show, table
from fcnlab.cli.paper import UNKNOWN

Band = dict[str, Any]


def show_score(found: dict[str, Any]) -> None:
    """Write what `fcnlab.net.score` found to stdout."""
    if found["final"] is not None:
        show(f"final score {found['final']:.4f} (weight {found['weight']:.4f})")
    rows = []
    for name, entry in found["sets"].items():
        there = entry["tp"] + entry["fn"]  # without a target there is no IoU of it: the official figure is 0
        iou = entry["iou"] if there else None
        rows.append([name, _number(iou), *[_number(entry.get(key)) for key in ("tp", "fp", "fn")]])
    show(table(["set", "IoU of the target", "found", "false alarms", "missed"], rows))
    show(f"\nmean IoU {_number(found['mean_iou'])}, along boundaries {_number(found['boundary_iou'])}")
    for name, value in _by_class(found["class_iou"], found.get("classes", ())):
        show(f"    {name}: {_number(value)}")
    for key, (title, name) in _BANDS.items():
        rows = [_row(band, name) for band in found.get(key, ()) if band["images"]]
        if rows:
            show("\n" + table([title, "images", "found", "recall", "95 %", "IoU of the target", "95 %"], rows))


def _pixels(low: float, high: float | None) -> str:
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def _metres(low: float, high: float | None) -> str:
    return f"{low:g} m and more" if high is None else f"{low:g} to {high:g} m"


def _shares(low: float, high: float | None) -> str:
    return f"{low:.0%} and more" if high is None else f"{low:.0%} to {high:.0%}"


_BANDS: dict[str, tuple[str, Callable[[float, float | None], str]]] = {
    "by_size": ("target's size in pixels", _pixels),
    "by_distance": ("distance", _metres),
    "by_occlusion": ("hidden", _shares),
}


def _row(band: Band, name: Callable[[float, float | None], str]) -> list[str]:
    cells = [name(band["low"], band["high"]), _number(band["images"]), _number(band["detected"])]
    for figure in ("recall", "iou"):
        ends = band[f"{figure}_interval"]
        cells += [_number(band[figure]), " … ".join(map(_number, ends)) if ends else "too few"]
    return cells


def _by_class(values: Any, classes: Any) -> list[tuple[str, Any]]:
    if isinstance(values, dict):
        return [(str(name), value) for name, value in values.items()]
    names = classes or [f"class {number}" for number in range(len(values))]
    return list(zip(names, values, strict=True))


def _number(value: Any) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"
