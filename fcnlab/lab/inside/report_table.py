"""A skip report as one table, for spreadsheets and statistics programs."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = ("epoch", "baseline", "metric", "figure", "skips", "value", "low", "high", "spread")
FIGURES = ("shapley", "necessity", "sufficiency")


def report_csv(report: Mapping[str, Any]) -> str:
    """Every number of a report or of a history of them.

    Args:
        report: Of `skip_report` or `skip_history`.

    Returns:
        CSV with the columns `COLUMNS`, one row a number: `figure` is shapley, necessity, sufficiency, interaction or
        set (the metric's own value under a set of skips); `skips` are joined by "+"; `low` and `high` end the 95 %
        bootstrap interval, `spread` is the standard deviation between donors. Numbers that do not exist are empty.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for part in report.get("epochs") or list(report.get("baselines", {}).values()) or [report]:
        for metric, block in part["metrics"].items():
            for row in _rows(block):
                table.writerow([part["epoch"], part["baseline"], metric, *row])
    return text.getvalue()


def _rows(block: Mapping[str, Any]) -> Iterator[list[Any]]:
    for skip in block["skips"]:
        for figure in FIGURES:
            ends = [skip.get(f"{figure}_{end}") for end in ("low", "high", "spread")]
            yield [figure, skip["name"], skip[figure], *ends]
    for pair in block["interactions"]:
        yield ["interaction", f"{pair['a']}+{pair['b']}", pair["value"], pair["low"], pair["high"], None]
    for of_set in block["sets"]:
        yield ["set", "+".join(of_set["skips"]), of_set["value"], None, None, None]
