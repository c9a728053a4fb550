"""A training that is killed before any of its file operations goes on to the very same end."""

import os
import signal
import sys

import numpy as np
import pytest
from fake_trainer import NET, install

from fcnlab.lab import Run
from fcnlab.lab.tasks import create_run, requeue, train_run
from fcnlab.plan import Phase, Plan

PLAN = Plan(phases=(Phase(epochs=2, batch_size=4),), subset=12, validation_images=6)
STEPS = 6


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    install(monkeypatch)
    monkeypatch.setenv("FCNLAB_CHECKPOINT_SECONDS", "0.000001")


def train_in_a_child(run, moment=0):
    """Train in a process of its own, which kills itself before its file operation number `moment`; whether it did."""
    child = os.fork()
    if child == 0:
        left = moment

        def look(event, arguments):
            nonlocal left
            if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)
        try:
            train_run(str(run.path))
        finally:
            os._exit(0 if run.state() in ("done", "stopped") else 3)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, run.status.message
    return False


def end_of(run):
    """What a run ends with: weights of each epoch, and the curve without the times."""
    events = [event for event in run.read_metrics()[0] if event["kind"] != "note"]
    told = [(event["kind"], event["step"], event["epoch"], event["loss"]) for event in events]
    return {epoch: path.read_text() for epoch, path in run.checkpoints()}, told


def require_consistent(run):
    """What must hold after each kill, before anything is mended."""
    run = Run.open(run.path)
    assert run.state() in ("queued", "interrupted", "done")
    events = [event for event in run.read_metrics()[0] if event["kind"] != "note"]
    steps = [event["step"] for event in events if event["kind"] == "step"]
    assert steps == list(range(1, len(steps) + 1))
    assert run.kept.last_step() <= len(steps)
    for point in run.kept.points():
        with np.load(point.optimizer) as arrays:
            assert int(arrays["value"]) == int(point.weights.read_text())
            assert point.name == f"step-{int(arrays['step']):08d}"
    scored = [event["epoch"] for event in events if event["kind"] == "epoch"]
    assert {epoch for epoch, _ in run.checkpoints()} <= set(scored)


def kill_and_go_on(folder, moments, expected):
    """For each moment: a new run is killed then, looked at, and gone on with; how many of them were killed."""
    killed = 0
    for moment in moments:
        run = create_run(folder / f"killed-{moment}", NET, PLAN, "shapes:0.1")
        if not train_in_a_child(run, moment):
            break
        killed += 1
        require_consistent(run)
        if run.state() != "done":  # else it was killed after its last word
            requeue(run)
            assert not train_in_a_child(run)
        assert end_of(run) == expected
        assert not list(run.path.rglob(".tmp-*"))
    return killed


@pytest.fixture
def expected(tmp_path):
    run = create_run(tmp_path / "whole", NET, PLAN, "shapes:0.1")
    assert not train_in_a_child(run)
    assert [step for kind, step, *_ in end_of(run)[1] if kind == "step"] == list(range(1, STEPS + 1))
    return end_of(run)


def test_a_kill_before_any_file_operation_costs_nothing_but_time(tmp_path, expected):
    assert kill_and_go_on(tmp_path, range(1, 10_000, 17), expected) > 5


@pytest.mark.long
def test_a_kill_before_every_single_file_operation_costs_nothing_but_time(tmp_path, expected):
    assert kill_and_go_on(tmp_path, range(1, 10_000), expected) > 100


def test_a_run_that_is_killed_over_and_over_again_ends_the_same(tmp_path, expected):
    run, moment = create_run(tmp_path / "run", NET, PLAN, "shapes:0.1"), 40
    while train_in_a_child(run, moment):
        require_consistent(run)
        requeue(run)
        moment += 11
    assert end_of(run) == expected
