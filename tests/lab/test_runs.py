"""Runs on disk: made, opened, listed, followed, stopped, and readable after a crash."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from datetime import datetime

import pytest

from fcnlab.errors import RunError
from fcnlab.lab import Run, Status, check_name, find_run, list_runs, runs_root, scan_runs
from fcnlab.lab.runs.names import default_name
from fcnlab.lab.runs.run import INTERRUPTED_AFTER
from fcnlab.plan import Phase, Plan

ASKED = {"net": {"name": "follow-me"}, "plan": Plan(phases=(Phase(epochs=3),), seed=7), "dataset": "textures"}


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "a", **ASKED)


def ended_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def fail_while_writing(run, path):
    with run.writing(path) as new:
        new.write_bytes(b"wei")
        raise OSError("disk full")


# Making and opening


def test_a_run_keeps_what_was_asked_for(run):
    record = Run.open(run.path).record
    assert record == run.record
    assert (record.name, record.net, record.plan, record.dataset) == ("a", *ASKED.values())
    assert record.created.utcoffset().total_seconds() == 0


def test_a_new_run_is_queued(run):
    assert run.state() == "queued"
    assert run.status.epochs == 3


def test_an_empty_folder_may_become_a_run(tmp_path):
    assert Run.create(tmp_path, **ASKED).path == tmp_path


def test_a_folder_that_holds_something_is_refused_and_kept(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match=r"run folder .* is not empty\. Choose another name, or resume"):
        Run.create(tmp_path, **ASKED)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(RunError, match=r"/a is a file\."):
        Run.create(tmp_path / "a", **ASKED)
    with pytest.raises(RunError, match=r"/a/b cannot be made \(Not a directory\)"):
        Run.create(tmp_path / "a" / "b", **ASKED)


def test_opening_says_what_is_wrong(tmp_path, run):
    with pytest.raises(RunError, match=r"There is no run folder .*/nowhere\."):
        Run.open(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=r"/empty is no run: it holds no run\.json"):
        Run.open(tmp_path / "empty")
    (run.path / "run.json").write_text('{"version": 1, "na')
    with pytest.raises(RunError, match=r"run record .*/a/run\.json is not valid JSON"):
        Run.open(run.path)


def test_a_record_with_a_wrong_value_names_the_place(run):
    record = json.loads((run.path / "run.json").read_text())
    record["plan"]["phases"][0]["batch_size"] = 0
    (run.path / "run.json").write_text(json.dumps(record))
    with pytest.raises(RunError, match=r"run\.json, plan, phases, number 1, batch size: .*received 0"):
        Run.open(run.path)


# Names


def test_a_run_without_a_name_gets_a_readable_one(tmp_path):
    run = Run.create_in(tmp_path, base="Follow-Me", **ASKED)
    assert re.fullmatch(r"follow-me-\d{4}-\d\d-\d\d-\d{4}-\d\d", run.name)
    assert default_name("Ünet / small", datetime(2026, 11, 22, 14, 32, 5)) == "net-small-2026-11-22-1432-05"
    assert default_name("??", datetime(2026, 11, 22, 14, 32, 5)) == "run-2026-11-22-1432-05"


def test_two_runs_of_one_second_get_two_names(tmp_path, monkeypatch):
    monkeypatch.setattr("fcnlab.lab.runs.run.default_name", lambda base, now: f"{base}-noon")
    names = [Run.create_in(tmp_path, base="unet", **ASKED).name for _ in range(3)]
    assert names == ["unet-noon", "unet-noon-2", "unet-noon-3"]


def test_a_taken_name_is_refused(tmp_path, run):
    with pytest.raises(RunError, match="is not empty"):
        Run.create_in(tmp_path, name="a", **ASKED)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("../etc", "points to another folder"),
        ("a/b", "points to another folder"),
        ("a\\b", "points to another folder"),
        ("..", "points to another folder"),
        (".engine", "begins or ends with a full stop"),
        ("a\nb", "cannot be printed"),
        ("x" * 81, "has 81 characters"),
        ("𝄞" * 80, "is too long for a file name"),
    ],
)
def test_names_that_are_no_folder_names_are_refused(tmp_path, name, reason):
    with pytest.raises(RunError, match=reason):
        check_name(name)
    with pytest.raises(RunError):
        find_run(tmp_path, name)


def test_a_run_is_found_by_its_name(tmp_path, run):
    assert check_name("Kim's 2nd try, α=0.5") == "Kim's 2nd try, α=0.5"
    assert find_run(tmp_path, "a").path == run.path


def test_the_runs_folder_is_the_environments_or_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FCNLAB_RUNS", raising=False)
    assert runs_root() == tmp_path / "runs"
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path / "shared"))
    assert runs_root() == tmp_path / "shared"


# Lists


def test_runs_are_listed_newest_first_and_broken_ones_reported(tmp_path):
    for name, day in (("b", 1), ("a", 3), ("c", 2)):
        run = Run.create(tmp_path / name, **ASKED)
        record = run.record.model_copy(update={"created": run.record.created.replace(year=2020, month=1, day=day)})
        (run.path / "run.json").write_text(record.model_dump_json())
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "run.json").write_text("{")
    (tmp_path / ".engine").mkdir()
    (tmp_path / "notes.txt").touch()
    runs, broken = scan_runs(tmp_path)
    assert [run.name for run in runs] == ["a", "c", "b"]
    assert len(broken) == 1
    assert "torn/run.json is not valid JSON" in str(broken[0])
    assert [run.name for run in list_runs(tmp_path)] == ["a", "c", "b"]
    assert list_runs(tmp_path / "nowhere") == []


# State


def test_a_silent_run_is_interrupted(run):
    run.write_status(Status(state="running", heartbeat=1000.0))
    assert run.state(now=1000 + INTERRUPTED_AFTER - 1) == "running"
    assert run.state(now=1000 + INTERRUPTED_AFTER + 1) == "interrupted"


@pytest.mark.parametrize("state", ["starting", "running", "paused", "stopping", "queued"])
def test_a_run_whose_process_is_gone_is_interrupted_at_once(run, state):
    run.write_status(Status(state=state, heartbeat=time.time(), pid=ended_process(), host=socket.gethostname()))
    assert run.state() == "interrupted"


def test_a_process_on_another_machine_is_judged_by_its_heartbeat_alone(run):
    run.write_status(Status(state="running", heartbeat=time.time(), pid=ended_process(), host="gpu-box"))
    assert run.state() == "running"


@pytest.mark.parametrize("state", ["done", "stopped", "failed", "interrupted"])
def test_an_ended_run_stays_what_it_is(run, state):
    run.write_status(Status(state=state, heartbeat=0.0, pid=ended_process(), host=socket.gethostname()))
    assert run.state() == state


def test_a_spoilt_or_missing_status_reads_as_interrupted(run):
    (run.path / "status.json").write_bytes(b"")
    assert run.state() == "interrupted"
    (run.path / "status.json").unlink()
    assert run.status.message == "The file status.json is missing or cannot be read."


def test_a_working_run_is_not_queued_again(run):
    run.write_status(Status(state="running", heartbeat=time.time(), pid=os.getpid(), host=socket.gethostname()))
    with pytest.raises(RunError, match=r"The run a is being trained already\. Wait for its end, or stop it\."):
        run.queue()


def test_an_ended_run_is_queued_again_and_keeps_its_progress(run):
    run.request_stop()
    run.write_status(Status(state="stopped", epoch=2, step=40, steps=60, message="Stopped.", finished=1.0))
    run.queue(pid=os.getpid())
    status = run.status
    assert (run.state(), status.epoch, status.epochs, status.step, status.message) == ("queued", 2, 3, 40, "")
    assert status.finished is None
    assert not run.stop_requested()


# Stop


def test_stop_is_a_file_that_any_process_can_make(run):
    assert not run.stop_requested()
    Run.open(run.path).request_stop()
    assert run.stop_requested()
    run.clear_stop()
    run.clear_stop()
    assert not run.stop_requested()


# Checkpoints and previews


def test_only_whole_checkpoints_are_listed(run):
    for epoch in (10, 2):
        with run.writing(run.checkpoint_path(epoch)) as path:
            assert path.name.endswith(".weights.h5")
            path.write_bytes(b"weights")
    with pytest.raises(OSError, match="disk full"):
        fail_while_writing(run, run.checkpoint_path(11))
    (run.path / "checkpoints" / ".tmp-1-2-epoch-0013.weights.h5").write_bytes(b"half")
    assert run.checkpoints() == [(2, run.checkpoint_path(2)), (10, run.checkpoint_path(10))]
    assert run.checkpoint_path(3).name == "epoch-0003.weights.h5"


def test_a_checkpoint_that_fails_leaves_the_older_one(run):
    path = run.checkpoint_path(1)
    with run.writing(path) as new:
        new.write_text("good")
    with pytest.raises(OSError, match="disk full"):
        fail_while_writing(run, path)
    assert path.read_text() == "good"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_previews_are_listed_by_kind(run):
    assert run.previews() == []
    for suffix in (".npz", ".png"):
        with run.writing(run.preview_path(1, suffix)) as path:
            path.touch()
    assert run.previews() == [(1, run.path / "previews" / "epoch-0001.npz")]
    assert run.previews(".png") == [(1, run.path / "previews" / "epoch-0001.png")]
