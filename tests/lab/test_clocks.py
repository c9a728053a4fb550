"""Signs of life from machines whose clocks differ."""

import socket

import pytest

from fcnlab.lab import Run, Status
from fcnlab.lab.runs import clocks
from fcnlab.lab.runs.clocks import SKEW, silent_for
from fcnlab.lab.runs.run import INTERRUPTED_AFTER
from fcnlab.plan import Plan


@pytest.fixture
def wait(monkeypatch):
    """This process's own clock, moved by hand."""
    shown = [1000.0]
    monkeypatch.setattr(clocks.time, "monotonic", lambda: shown[0])

    def pass_by(seconds):
        shown[0] += seconds

    return pass_by


def test_on_this_machine_a_heartbeats_age_is_the_silence():
    assert silent_for("a", 100.0, socket.gethostname(), now=107.0) == 7
    assert silent_for("a", 100.0, "", now=107.0) == 7


@pytest.mark.parametrize("ahead", [-60, 0, 60, 7200])
def test_of_another_machine_counts_how_long_a_heartbeat_was_seen_unchanged(wait, ahead):
    assert silent_for(f"b{ahead}", 500.0 + ahead, "gpu-box", now=500) == 0
    wait(8)
    assert silent_for(f"b{ahead}", 500.0 + ahead, "gpu-box", now=508) == 8
    assert silent_for(f"b{ahead}", 501.0 + ahead, "gpu-box", now=508) == 0


def test_a_heartbeat_older_than_any_skew_is_silence(wait):
    assert silent_for("c", 500.0, "gpu-box", now=501 + SKEW) == SKEW + 1


def test_a_run_whose_machines_clock_is_a_minute_behind_is_at_work_until_it_is_silent(tmp_path, wait):
    run = Run.create(tmp_path / "a", net={}, plan=Plan(), dataset="shapes")
    run.write_status(Status(state="running", heartbeat=940.0, pid=1, host="gpu-box"))
    assert run.state(now=1000.0) == "running"
    wait(INTERRUPTED_AFTER + 1)
    assert run.state(now=1000.0 + INTERRUPTED_AFTER + 1) == "interrupted"
