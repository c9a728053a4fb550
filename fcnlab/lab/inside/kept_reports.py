"""Skip reports in the run folder: `reports/epoch-0010-zero-1a2b3c4d.json`, one for each question that was asked.

A question is a checkpoint, a baseline, a dataset and how many of its images; the answer holds every metric. An answer
about a checkpoint that has been rewritten since is none. `reports/history-zero-1a2b3c4d.json` tells that the same was
asked along the training; its answers are the reports of the single checkpoints.
"""

import contextlib
import json
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from fcnlab.files import write_text
from fcnlab.lab.runs.run import Run

Report = dict[str, Any]

VERSION = 1
"""Of the figures' definitions and of their layout; reports of another version are worked out anew."""


class Question(NamedTuple):
    """What a report answers.

    Attributes:
        run: The run.
        epoch: Of the checkpoint, 0 for the untrained network.
        dataset: As `fcnlab.data.Dataset.name` tells it.
        subset: At most this many images of each scored split, None for all.
        baseline: One baseline.
    """

    run: Run
    epoch: int
    dataset: str
    subset: int | None
    baseline: str


def keep(question: Question, report: Report) -> None:
    """Write a report; a folder that cannot be written keeps none."""
    document = {"version": VERSION, "checkpoint_written": _written(question.run, question.epoch), "report": report}
    with contextlib.suppress(OSError):
        write_text(_path(question), json.dumps(document, allow_nan=False), durable=False)


def find(question: Question) -> Report | None:
    """The report that was kept; None where there is none that still holds."""
    return _read(_path(question), question.run)


def keep_history(question: Question) -> None:
    """Write that a question was asked of every checkpoint; its epoch is not looked at."""
    document = {"dataset": question.dataset, "subset": question.subset, "baseline": question.baseline}
    with contextlib.suppress(OSError):
        write_text(_path(question, "history"), json.dumps({"version": VERSION, **document}), durable=False)


def all_kept(run: Run) -> list[Report]:
    """Every report of the run that still holds, newest first."""
    reports = [_read(path, run) for path in _newest_first(run, "epoch-*.json")]
    return [report for report in reports if report is not None]


def histories(run: Run) -> list[tuple[str, list[Report]]]:
    """Baseline and reports by epoch of every history, newest first; checkpoints whose report is gone are left out."""
    found = []
    for path in _newest_first(run, "history-*.json"):
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            asked = json.loads(path.read_bytes())
            question = Question(run, 0, asked["dataset"], asked["subset"], asked["baseline"])
            reports = [find(question._replace(epoch=epoch)) for epoch, _ in run.checkpoints()]
            found.append((question.baseline, [report for report in reports if report is not None]))
    return [(baseline, reports) for baseline, reports in found if reports]


def _newest_first(run: Run, pattern: str) -> list[Path]:
    return sorted((run.path / "reports").glob(pattern), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _path(question: Question, what: str = "") -> Path:
    asked = sha256(json.dumps([question.dataset, question.subset]).encode()).hexdigest()[:8]
    name = f"{what or f'epoch-{question.epoch:04d}'}-{question.baseline}-{asked}.json"
    return question.run.path / "reports" / name


def _read(path: Path, run: Run) -> Report | None:
    try:
        document = json.loads(path.read_bytes())
        report = document["report"]
        holds = document["version"] == VERSION and document["checkpoint_written"] == _written(run, report["epoch"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return report if holds and isinstance(report, dict) else None


def _written(run: Run, epoch: int) -> int:
    """When the checkpoint was written, in nanoseconds; 0 for the untrained network, whose weights its seed makes."""
    return run.checkpoint_path(epoch).stat().st_mtime_ns if epoch else 0
