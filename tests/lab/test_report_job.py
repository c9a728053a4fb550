"""A skip report worked out in the background: what the run folder tells while it is made, and what is left of it."""

import json
import os
import socket
import subprocess
import sys

import pytest

from fcnlab.errors import DataError, RunError
from fcnlab.lab import background
from fcnlab.lab.inside import report_job as module
from fcnlab.lab.tasks import queue_report, report_in_background, report_job, stop_report


@pytest.fixture
def work(monkeypatch):
    """What the worker is asked to do, recorded; `work.during` runs in the middle of it."""

    class Work:
        asked = None

        def during(self, progress):
            progress(1, 2)

        def report(self, path, dataset, baseline, subset, progress, *, epoch):
            self.asked = ("report", dataset, baseline, subset, epoch)
            self.during(progress)

        def history(self, path, dataset, baseline, subset, progress):
            self.asked = ("history", dataset, baseline, subset)
            self.during(progress)

    made = Work()
    monkeypatch.setattr(module, "skip_report", made.report)
    monkeypatch.setattr(module, "skip_history", made.history)
    monkeypatch.setattr(background, "WRITE_EVERY", 0.0)
    return made


def queue(path, kind="report", pid=None):
    queue_report(path, kind, "shapes:0.1", 25, 3 if kind == "report" else None, pid)


def dead_process():
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_without_a_report_there_is_nothing_to_tell(tmp_path):
    assert report_job(tmp_path) is None


def test_a_report_waits_until_a_worker_takes_it(tmp_path):
    queue(tmp_path, pid=os.getpid())
    job = report_job(tmp_path)
    assert (job.kind, job.dataset, job.subset, job.epoch, job.state) == ("report", "shapes:0.1", 25, 3, "queued")


def test_all_four_baselines_are_worked_out_for_one_checkpoint(tmp_path, work):
    queue(tmp_path)
    report_in_background(str(tmp_path))
    assert work.asked == ("report", "shapes:0.1", "all", 25, 3)


def test_a_history_is_worked_out_with_zeros(tmp_path, work):
    queue(tmp_path, "history")
    report_in_background(str(tmp_path))
    assert work.asked == ("history", "shapes:0.1", "zero", 25)


def test_progress_is_told_while_it_is_made_and_nothing_is_left_at_the_end(tmp_path, work):
    told = []

    def during(progress):
        told.append(report_job(tmp_path))
        progress(7, 20)
        told.append(report_job(tmp_path))

    work.during = during
    queue(tmp_path)
    report_in_background(str(tmp_path))
    assert [(job.state, job.done, job.total) for job in told] == [("running", 0, 0), ("running", 7, 20)]
    assert told[0].pid == os.getpid()
    assert report_job(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_kept_as_a_sentence_until_it_is_put_away(tmp_path, work):
    def during(_):
        raise DataError("shapes has 2 classes.", "Choose another dataset.")

    work.during = during
    queue(tmp_path)
    report_in_background(str(tmp_path))
    job = report_job(tmp_path)
    assert (job.state, job.message) == ("failed", "shapes has 2 classes. Choose another dataset.")
    stop_report(tmp_path)
    assert report_job(tmp_path) is None


def test_a_fault_is_told_and_raised_for_the_engines_log(tmp_path, work):
    def during(_):
        raise ZeroDivisionError("division by zero")

    work.during = during
    queue(tmp_path)
    with pytest.raises(ZeroDivisionError):
        report_in_background(str(tmp_path))
    assert "fault of the lab's (ZeroDivisionError: division by zero)" in report_job(tmp_path).message


def test_stop_ends_it_at_its_next_sign_of_progress_and_leaves_nothing(tmp_path, work):
    steps = []

    def during(progress):
        progress(1, 3)
        steps.append(1)
        stop_report(tmp_path)
        progress(2, 3)
        steps.append(2)

    work.during = during
    queue(tmp_path)
    report_in_background(str(tmp_path))
    assert steps == [1]
    assert list(tmp_path.iterdir()) == []


def test_one_that_was_stopped_while_it_waited_is_not_begun(tmp_path, work):
    queue(tmp_path)
    stop_report(tmp_path)
    report_in_background(str(tmp_path))
    assert work.asked is None


def test_a_second_report_of_a_run_has_to_wait_for_the_first(tmp_path):
    queue(tmp_path)
    with pytest.raises(RunError, match=r"being worked out already\. Wait for its end, or stop it\."):
        queue(tmp_path)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_report_whose_process_has_died_is_interrupted_and_can_be_started_again(tmp_path, state):
    queue(tmp_path, pid=dead_process())
    if state == "running":
        document = json.loads((tmp_path / "report.json").read_text())
        (tmp_path / "report.json").write_text(json.dumps({**document, "state": "running"}))
    job = report_job(tmp_path)
    assert job.state == "interrupted"
    assert job.message == "The process that worked on the report has ended before it was done. Start it again."
    queue(tmp_path)
    assert report_job(tmp_path).state == "queued"


def test_a_worker_on_another_machine_is_given_up_when_it_is_silent_for_long(tmp_path, monkeypatch):
    queue(tmp_path, pid=os.getpid())
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert report_job(tmp_path).state == "queued"
    monkeypatch.setattr(background, "SILENT", -1.0)
    assert report_job(tmp_path).state == "interrupted"


def test_a_progress_file_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "report.json").write_text("{")
    assert report_job(tmp_path) is None


def test_a_run_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"The folder .*file cannot be written"):
        queue(tmp_path / "file")
