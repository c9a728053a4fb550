"""The reports that lie in a run folder, read once and kept by the server until the folder changes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from fcnlab.lab import Run
from fcnlab.lab.tasks import saved_reports

Report = Mapping[str, Any]

HISTORY_BASELINE = "zero"
"""What skips that are off carry along the training: one baseline, so that it takes a quarter of the time."""


def kept_reports(path: str) -> list[Report]:
    """The run's reports of one checkpoint each, newest first; not to be written to."""
    folder = Path(path)
    reports: list[Report] = _read(path, _changed(folder / "reports"), _changed(folder / "checkpoints"))
    return reports


def kept_report(path: str, epoch: int, dataset: str, subset: int | None) -> Report | None:
    """The one under all baselines; None where there is none, or some of them are missing.

    Args:
        path: The run folder.
        epoch: Of the checkpoint.
        dataset: As `fcnlab.data.Dataset.name` tells it.
        subset: At most this many images of each scored split; None for all.
    """
    asked = (epoch, dataset, subset)
    for report in kept_reports(path):
        whole = len(report.get("baselines", ())) == 4
        if whole and (report["epoch"], report["dataset"], report["subset"]) == asked:
            return report
    return None


def kept_history(path: str, dataset: str, subset: int | None) -> Report:
    """As `fcnlab.lab.tasks.skip_history` gives it, from the checkpoints that were looked at so far."""
    single = [report.get("baselines", {}).get(HISTORY_BASELINE, report) for report in kept_reports(path)]
    asked = (dataset, subset, HISTORY_BASELINE)
    found = [report for report in single if (report["dataset"], report["subset"], report["baseline"]) == asked]
    found.sort(key=lambda report: int(report["epoch"]))
    return {"run": Run.open(path).name, "dataset": dataset, "baseline": HISTORY_BASELINE, "epochs": found}


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(path: str, reports: int, checkpoints: int) -> list[Report]:
    return [report for report in saved_reports(path) if "epochs" not in report]


def _changed(folder: Path) -> int:
    """When files were put into a folder or taken away, in nanoseconds; 0 where there is none."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
