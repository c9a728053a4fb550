"""Scores of every picture of a split worked out in the background; `scoring.json` in the run folder tells how far."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from fcnlab.data.parallel import Progress
from fcnlab.errors import RunError
from fcnlab.lab.background import Work, WorkFile
from fcnlab.lab.inside.picture_scores import picture_scores


class ScoreJob(Work):
    """What is scored, and how far it is, in pictures.

    Attributes:
        dataset: A built-in set's name or a folder.
        split: Of the dataset.
        epoch: Of the checkpoint.
    """

    dataset: str
    split: str
    epoch: Annotated[int, Field(ge=0)]


def queue_scores(path: str | Path, dataset: str, split: str, epoch: int, pid: int | None) -> None:
    """Tell that the pictures' scores are about to be handed to the engine whose process is `pid`.

    Raises:
        RunError: Others of this run are waiting or being worked out, or the folder cannot be written.
    """
    present = score_job(path)
    if present is not None and present.is_live:
        raise RunError("Scores of this run are being worked out already.", "Wait for their end, or stop them.")
    _file(path).queue(ScoreJob(dataset=dataset, split=split, epoch=epoch), pid)


def scores_in_background(path: str) -> None:
    """Work out what `queue_scores` has told; the worker's part.

    Nothing is raised: whoever waits for it reads `score_job` and `saved_picture_scores`.
    """

    def work(job: ScoreJob, progress: Progress) -> None:
        picture_scores(path, job.dataset, job.split, job.epoch, progress)  # which keeps them in the run folder

    _file(path).carry_out(work)


def score_job(path: str | Path) -> ScoreJob | None:
    """The scores that are waiting, being worked out or failed, as they are now; None when there are none."""
    return _file(path).read()


def stop_scores(path: str | Path) -> None:
    """Ask for the end of what is being worked out, or forget what waits, failed or was interrupted."""
    _file(path).stop()


def _file(path: str | Path) -> WorkFile[ScoreJob]:
    return WorkFile(path, "scoring", ScoreJob, "scores", RunError)
