"""A skip report worked out in the background; `report.json` in the run folder tells how far it is."""

from pathlib import Path
from typing import Literal

from fcnlab.data.parallel import Progress
from fcnlab.errors import RunError
from fcnlab.lab.background import Work, WorkFile
from fcnlab.lab.inside.reports import skip_history, skip_report

ReportKind = Literal["report", "history"]


class ReportJob(Work):
    """What is worked out, and how far it is: images done, and to do, over all baselines and checkpoints.

    Attributes:
        kind: "report" of one checkpoint under all baselines, or "history" of all checkpoints under the baseline zero.
        dataset: A built-in set's name or a folder.
        subset: At most this many images of each scored split; None for all.
        epoch: Of the checkpoint; None in a history.
    """

    kind: ReportKind
    dataset: str
    subset: int | None
    epoch: int | None = None


def queue_report(
    path: str | Path, kind: ReportKind, dataset: str, subset: int | None, epoch: int | None, pid: int | None
) -> None:
    """Tell that a report is about to be handed to the engine whose process is `pid`.

    Raises:
        RunError: Another one of this run is waiting or being worked out, or the folder cannot be written.
    """
    present = report_job(path)
    if present is not None and present.is_live:
        raise RunError("A report of this run is being worked out already.", "Wait for its end, or stop it.")
    _file(path).queue(ReportJob(kind=kind, dataset=dataset, subset=subset, epoch=epoch), pid)


def report_in_background(path: str) -> None:
    """Work out what `queue_report` has told; the worker's part.

    Nothing is raised: whoever waits for it reads `report_job` and `saved_reports`.
    """
    _file(path).carry_out(lambda job, progress: _work(path, job, progress))


def report_job(path: str | Path) -> ReportJob | None:
    """The report that is waiting, being worked out or failed, with its state as it is now; None when there is none."""
    return _file(path).read()


def stop_report(path: str | Path) -> None:
    """Ask for the end of the report that is being worked out, or forget one that waits, failed or was interrupted."""
    _file(path).stop()


def _work(path: str, job: ReportJob, progress: Progress) -> None:
    if job.kind == "history":
        skip_history(path, job.dataset, "zero", job.subset, progress)
    else:
        skip_report(path, job.dataset, "all", job.subset, progress, epoch=job.epoch)


def _file(path: str | Path) -> WorkFile[ReportJob]:
    return WorkFile(path, "report", ReportJob, "report", RunError)
