"""A worker, or the whole engine, that is killed in mid-training: the run tells so, and goes on."""

import os
import signal

import engine_chores as chores
import pytest
from fake_trainer import NET, install

from fcnlab.lab import Engine
from fcnlab.lab.tasks import create_run, resume_here
from fcnlab.plan import Phase, Plan

PLAN = Plan(phases=(Phase(epochs=9000, batch_size=4),), subset=12)


@pytest.mark.parametrize("victim", ["worker", "engine"])
def test_a_training_whose_worker_is_killed_shows_as_interrupted_and_goes_on(
    tmp_path, light_engine_environment, monkeypatch, until, victim
):
    run = create_run(tmp_path / "run", NET, PLAN, "shapes:0.1")
    engine = Engine.at(tmp_path)
    engine.submit(chores.train_fake, str(run.path))
    until(lambda: run.kept.last_step() >= 9, 120)
    worker = run.status.pid
    os.kill(worker if victim == "worker" else engine.pid, signal.SIGKILL)
    until(lambda: run.state() == "interrupted")
    kept = run.kept.last_step()
    assert kept >= 9

    install(monkeypatch)
    resume_here(run.path, lambda event: run.request_stop() if event["kind"] == "epoch" else None)
    assert run.state() == "stopped"
    assert run.status.pid == os.getpid()
    steps = [event["step"] for event in run.read_metrics()[0] if event["kind"] == "step"]
    assert steps == list(range(1, kept + 4))
    engine.end()


def test_a_second_attempt_of_the_scheduler_does_not_train_a_run_again(tmp_path, light_engine_environment, until):
    run = create_run(tmp_path / "run", NET, PLAN, "shapes:0.1")
    engine = Engine.at(tmp_path)
    job = engine.submit(chores.train_fake, str(run.path))
    until(lambda: run.kept.last_step() >= 3, 120)
    worker = run.status.pid
    os.kill(worker, signal.SIGKILL)
    until(job.done)
    assert "worker process that did this work has died" in str(job.error()) or "only a queued run begins" in str(
        job.error()
    )
    assert (run.state(), run.status.pid) == ("interrupted", worker)
    engine.end()
