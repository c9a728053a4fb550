"""A skip report worked out in the background; a small file in the run folder tells how far it is.

The page and the worker are two processes, and either may end at any time. Between them stands one file a run,
`report.json`: written by the page when the work is handed over, replaced by the worker as it goes, and removed by
it at the end, when the report itself lies in the run folder (`saved_reports`). A failure stays there as a sentence.
"""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab.files import write_text
from fcnlab.lab.inside.reports import skip_history, skip_report
from fcnlab.lab.processes import has_gone
from fcnlab.lab.records import Count
from fcnlab.model import Document

ReportKind = Literal["report", "history"]
ReportState = Literal["queued", "running", "failed", "interrupted"]

WRITE_EVERY = 0.2
"""Seconds between two writes of progress."""

SILENT = 300.0
"""Seconds without progress after which a worker on another machine, whose process cannot be seen, is given up."""


class ReportJob(Document):
    """What is worked out, and how far it is.

    Attributes:
        kind: "report" of one checkpoint under all baselines, or "history" of all checkpoints under the baseline zero.
        dataset: A built-in set's name or a folder.
        subset: At most this many images of each scored split; None for all.
        epoch: Of the checkpoint; None in a history.
        state: As written, see `report_job` for what is true now.
        done: Images done.
        total: Images to do, over all baselines and checkpoints; 0 while that is not known.
        message: Why it failed.
        beat: Unix time of the last write.
        pid: The process that works on it; while it is queued, the engine's.
        host: The machine of `pid`.
    """

    kind: ReportKind
    dataset: str
    subset: int | None
    epoch: int | None = None
    state: ReportState = "queued"
    done: Count = 0
    total: Count = 0
    message: str = ""
    beat: float = 0.0
    pid: int | None = None
    host: str = ""


class _StopAskedError(Exception):
    """Ends the work from within its progress."""


def queue_report(
    path: str | Path, kind: ReportKind, dataset: str, subset: int | None, epoch: int | None, pid: int | None
) -> None:
    """Tell that a report is about to be handed to the engine whose process is `pid`.

    Raises:
        RunError: Another one of this run is waiting or being worked out, or the folder cannot be written.
    """
    present = report_job(path)
    if present is not None and present.state in ("queued", "running"):
        raise RunError("A report of this run is being worked out already.", "Wait for its end, or stop it.")
    _tell(path, ReportJob(kind=kind, dataset=dataset, subset=subset, epoch=epoch, pid=pid, host=_host(pid)))
    _stop_file(path).unlink(missing_ok=True)


def report_in_background(path: str) -> None:
    """Work out what `queue_report` has told; the worker's part.

    Nothing is raised: whoever waits for it reads `report_job` and `saved_reports`.
    """
    job = report_job(path)
    if job is None or job.state != "queued":
        return  # it was stopped before it began, or is the second attempt after a worker's death
    job = job.model_copy(update={"state": "running", "pid": os.getpid(), "host": socket.gethostname()})
    _tell(path, job)
    try:
        _work(path, job, _reporter(path, job))
    except _StopAskedError:
        _file(path).unlink(missing_ok=True)
    except FcnLabError as problem:
        _tell(path, job.model_copy(update={"state": "failed", "message": str(problem)}))
    except Exception as fault:
        message = f"The report failed through a fault of the lab's ({type(fault).__name__}: {fault})."
        _tell(path, job.model_copy(update={"state": "failed", "message": message}))
        raise  # for the engine's log
    else:
        _file(path).unlink(missing_ok=True)
    finally:
        _stop_file(path).unlink(missing_ok=True)


def report_job(path: str | Path) -> ReportJob | None:
    """The report that is waiting, being worked out or failed, with its state as it is now; None when there is none."""
    try:
        job = ReportJob.parse(_file(path).read_bytes(), what="the report's progress", error=RunError)
    except (OSError, RunError):
        return None
    if job.state not in ("queued", "running"):
        return job
    silent = job.host not in ("", socket.gethostname()) and time.time() - job.beat > SILENT
    if not silent and not has_gone(job.pid, job.host):
        return job
    message = "The process that worked on the report has ended before it was done. Start it again."
    return job.model_copy(update={"state": "interrupted", "message": message})


def stop_report(path: str | Path) -> None:
    """Ask for the end of the report that is being worked out, or forget one that waits, failed or was interrupted."""
    job = report_job(path)
    if job is not None and job.state == "running":
        write_text(_stop_file(path), "", durable=False)
    else:
        _file(path).unlink(missing_ok=True)


def _work(path: str, job: ReportJob, progress: Callable[[int, int], None]) -> None:
    if job.kind == "history":
        skip_history(path, job.dataset, "zero", job.subset, progress)
    else:
        skip_report(path, job.dataset, "all", job.subset, progress, epoch=job.epoch)


def _reporter(path: str, job: ReportJob) -> Callable[[int, int], None]:
    """Called with images done and images in all; writes a few times a second, and ends the work when asked to."""
    told = 0.0

    def report(done: int, total: int) -> None:
        nonlocal told
        if _stop_file(path).exists():
            raise _StopAskedError
        if time.monotonic() - told >= WRITE_EVERY or done == total:
            told = time.monotonic()
            _tell(path, job.model_copy(update={"done": done, "total": total}))

    return report


def _tell(path: str | Path, job: ReportJob) -> None:
    try:
        write_text(_file(path), job.model_copy(update={"beat": time.time()}).model_dump_json(), durable=False)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise RunError(f"The run folder {path} cannot be written ({reason}).", "Make room or allow it.") from None


def _file(path: str | Path) -> Path:
    return Path(path) / "report.json"


def _stop_file(path: str | Path) -> Path:
    return Path(path) / "report.stop"


def _host(pid: int | None) -> str:
    return socket.gethostname() if pid else ""
