"""The sign of life of a training, and how its end is told."""

import os
import signal
import subprocess
import sys

import pytest
from pydantic import ValidationError

from fcnlab.errors import DataError, RunError
from fcnlab.lab import Heartbeat, Run, Status
from fcnlab.plan import Plan


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "a", net={}, plan=Plan(), dataset="textures")


def test_a_training_starts_runs_and_is_done(run):
    with Heartbeat(run, worker="train") as status:
        assert run.state() == "starting"
        assert (run.status.pid, run.status.worker) == (os.getpid(), "train")
        status.update(state="running", epoch=1, step=3)
        assert (run.state(), run.status.epoch, run.status.step) == ("running", 1, 3)
        status.update(step=4)
    assert (run.state(), run.status.step) == ("done", 4)
    assert run.status.finished >= run.status.started


def test_it_beats_while_one_step_takes_long(run, until):
    with Heartbeat(run, every=0.02):
        first = run.status.heartbeat
        until(lambda: run.status.heartbeat > first)


def test_progress_is_written_a_few_times_a_second_and_messages_at_once(run, monkeypatch):
    written = []
    monkeypatch.setattr(run, "write_status", written.append)
    with Heartbeat(run) as status:
        for step in range(1000):
            status.update(step=step)
        assert len(written) < 100
        status.update(message="The learning rate falls.")
        assert written[-1].message == "The learning rate falls."


def test_a_stopped_run_ends_stopped(run):
    with Heartbeat(run) as status:
        status.update(state="stopping")
    assert run.state() == "stopped"


def test_a_fault_ends_the_run_with_its_sentence(run):
    with pytest.raises(DataError), Heartbeat(run):
        raise DataError("The mask a.png is empty.", "Draw one.")
    assert (run.state(), run.status.message) == ("failed", "The mask a.png is empty. Draw one.")


def test_a_fault_of_the_labs_own_is_told_too(run):
    with pytest.raises(ZeroDivisionError), Heartbeat(run):
        _ = 1 / 0
    assert run.status.message == "The training failed (ZeroDivisionError: division by zero)."


def test_ctrl_c_interrupts(run):
    with pytest.raises(KeyboardInterrupt), Heartbeat(run):
        raise KeyboardInterrupt
    assert run.state() == "interrupted"


@pytest.mark.parametrize(("state", "fix"), [("done", "Resume it"), ("interrupted", "Resume it")])
def test_only_a_queued_run_begins(run, state, fix):
    run.write_status(Status(state=state))
    with pytest.raises(RunError, match=f"The run a is {state}, and only a queued run begins. {fix}"), Heartbeat(run):
        pass
    assert run.state() == state


def test_no_run_is_trained_twice_at_a_time(run):
    with Heartbeat(run), pytest.raises(RunError, match=r"a is starting, .* Wait for its end"), Heartbeat(run):
        pass


def test_a_wrong_field_is_refused(run):
    with pytest.raises(ValidationError, match="stepp"), Heartbeat(run) as status:
        status.update(stepp=1)


def test_a_killed_training_shows_as_interrupted_and_can_be_queued_again(run):
    code = f"""
import os, signal
from fcnlab.lab import Heartbeat, Run
with Heartbeat(Run.open({str(run.path)!r})) as status:
    status.update(state="running", step=5)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=env).returncode == -signal.SIGKILL
    assert (run.state(), run.status.state) == ("interrupted", "running")
    run.queue()
    with Heartbeat(run) as status:
        assert status.status.step == 5
