"""The scores of every picture worked out in the background: told by a file of the run folder."""

import os

import pytest

from fcnlab.errors import DataError, RunError
from fcnlab.lab import background
from fcnlab.lab.inside import score_job as module
from fcnlab.lab.tasks import queue_scores, score_job, scores_in_background, stop_scores


@pytest.fixture
def asked(monkeypatch):
    """What the worker was asked; the work takes two looks."""
    calls = []

    def work(path, dataset, split, epoch, progress):
        calls.append((path, dataset, split, epoch))
        progress(1, 2)
        calls.append((score_job(path).done, score_job(path).total))

    monkeypatch.setattr(module, "picture_scores", work)
    monkeypatch.setattr(background, "WRITE_EVERY", 0.0)
    return calls


def test_scores_are_queued_worked_out_and_then_nothing_is_left_to_tell(tmp_path, asked):
    queue_scores(tmp_path, "shapes:0.1", "validation", 3, os.getpid())
    job = score_job(tmp_path)
    assert (job.dataset, job.split, job.epoch, job.state) == ("shapes:0.1", "validation", 3, "queued")
    scores_in_background(str(tmp_path))
    assert asked == [(str(tmp_path), "shapes:0.1", "validation", 3), (1, 2)]
    assert score_job(tmp_path) is None


def test_a_second_order_waits_for_the_first(tmp_path):
    queue_scores(tmp_path, "shapes:0.1", "validation", 3, os.getpid())
    with pytest.raises(RunError, match="being worked out already"):
        queue_scores(tmp_path, "shapes:0.1", "test", 3, os.getpid())
    stop_scores(tmp_path)
    assert score_job(tmp_path) is None


def test_what_goes_wrong_is_told_to_whoever_waits(tmp_path, monkeypatch):
    def fail(*_):
        raise DataError("The pictures have gone.")

    monkeypatch.setattr(module, "picture_scores", fail)
    queue_scores(tmp_path, "shapes:0.1", "validation", 3, os.getpid())
    scores_in_background(str(tmp_path))
    assert (score_job(tmp_path).state, score_job(tmp_path).message) == ("failed", "The pictures have gone.")
