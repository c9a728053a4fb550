"""A cluster: a scheduler and workers that are programs of their own, as on several machines."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import engine_chores as chores
import pytest

from fcnlab.arch import plain, preset
from fcnlab.arch.edit import change
from fcnlab.errors import EngineError
from fcnlab.lab import Engine, Run
from fcnlab.lab.engine.worker import slots
from fcnlab.lab.training import queueing
from fcnlab.lab.training.queueing import submit_training, waiting
from fcnlab.plan import Phase, Plan

MACHINES = 3


# What a machine offers


def test_each_gpu_is_one_slot_and_a_machine_without_has_one():
    assert slots(["0", "1", "2"], None, 1) == [["0"], ["1"], ["2"]]
    assert slots([], None, 1) == [[]]


def test_a_slot_may_have_several_gpus_for_one_run():
    assert slots(["0", "1", "2", "3", "4"], None, 2) == [["0", "1"], ["2", "3"]]
    assert slots(["0", "1", "2", "3"], 1, 2) == [["0", "1"]]


def test_a_machine_may_look_only_or_train_several_on_its_cpu():
    assert slots(["0"], 0, 1) == []
    assert slots([], 2, 1) == [[], []]


@pytest.mark.parametrize(("found", "wanted", "each"), [(["0"], 2, 1), (["0"], None, 2), ([], None, 2), ([], 1, 2)])
def test_more_gpus_than_there_are_is_refused(found, wanted, each):
    with pytest.raises(EngineError, match=rf"were asked for, and this machine has {len(found)} GPUs\. Ask for fewer"):
        slots(found, wanted, each)


def test_a_worker_without_a_scheduler_says_what_it_needs():
    program = [sys.executable, "-m", "fcnlab.lab.engine.worker"]
    environment = {name: value for name, value in os.environ.items() if name != "FCNLAB_SCHEDULER"}
    found = subprocess.run(program, capture_output=True, text=True, timeout=60, env=environment)
    assert found.returncode == 2
    assert "use --scheduler tcp://host:8786, or set FCNLAB_SCHEDULER" in found.stderr


# Trainings on three machines


@pytest.fixture
def until(until):
    """With the patience that ten programs on two cores need."""
    return lambda condition: until(condition, 300)


@pytest.fixture
def cluster(tmp_path, light_engine_environment):
    """A plain dask scheduler and three workers; the scheduler's address."""
    place, log = tmp_path / "scheduler.json", (tmp_path / "log").open("w")
    told = {"stdout": log, "stderr": log, "start_new_session": True}
    scheduler = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    programs = [subprocess.Popen([*scheduler, "--scheduler-file", str(place)], **told)]
    while not (place.exists() and place.read_text()):
        assert programs[0].poll() is None, Path(log.name).read_text()
    address = json.loads(place.read_text())["address"]
    for number in range(MACHINES):
        program = [sys.executable, "-m", "fcnlab.lab.engine.worker"]
        worker = [*program, "--scheduler", address, "--name", f"machine-{number}"]
        programs.append(subprocess.Popen(worker, **told))
    yield address
    for program in reversed(programs):
        program.terminate()
    for program in programs:
        try:
            program.wait(90)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
    log.close()


@pytest.fixture
def engine(cluster, tmp_path, monkeypatch, until):
    monkeypatch.setenv("FCNLAB_SCHEDULER", cluster)
    engine = Engine.at(tmp_path / "runs")
    engine.start()
    until(lambda: engine.state().phase == "ready")
    until(lambda: len(engine._client.scheduler_info(n_workers=-1)["workers"]) == 2 * MACHINES)
    yield engine
    engine.close()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_work_of_a_killed_machine_is_done_by_the_others(engine, tmp_path, until, monkeypatch):
    """With trainings that only wait for a file, so that it is quick."""
    monkeypatch.setattr(queueing, "work_off", chores.work_off_lightly)
    root = tmp_path / "runs"

    def start(name, person):
        run = Run.create(root / name, net={}, plan=Plan(), dataset="shapes", person=person)
        submit_training(engine, run)
        return run

    first = [start(f"ann-{number}", "ann") for number in range(MACHINES)]
    until(lambda: all(run.state() == "running" for run in first))
    assert {run.status.worker for run in first} == {f"machine-{number}-train-1" for number in range(MACHINES)}
    later = [start("ann-later", "ann"), start("bob-first", "bob")]
    until(lambda: all((run.path / "waiting").exists() for run in later))
    assert [one.run.name for one in waiting(root)] == ["bob-first", "ann-later"]

    victim, *others = first
    os.kill(victim.status.pid, signal.SIGKILL)
    until(lambda: victim.state() == "interrupted")
    until(lambda: later[1].state() == "running")
    assert all(run.state() == "running" for run in others)
    submit_training(engine, victim)
    (others[0].path / "go").touch()
    until(lambda: sorted(run.state() for run in (later[0], victim)) == ["queued", "running"])
    (root / "go").touch()
    until(lambda: all(run.state() == "done" for run in (*first, *later)))


def small_plan(epochs):
    phase = Phase(epochs=epochs, batch_size=2, learning_rate=0.002, steps_per_epoch=4)
    return Plan(phases=(phase,), subset=8, validation_images=2)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1200)
def test_three_machines_train_several_runs_and_one_of_them_is_killed(engine, tmp_path, until):
    net = preset("unet-small")
    for side in ("height", "width"):
        net = change(net, ("input", side), 32)
    root = tmp_path / "runs"

    def start(name, person, epochs):
        run = Run.create(root / name, net=plain(net), plan=small_plan(epochs), dataset="shapes", person=person)
        submit_training(engine, run)
        return run

    long_ones = [start(f"ann-{number}", "ann", 2000) for number in range(MACHINES)]
    until(lambda: all(run.status.state == "running" and run.checkpoints() for run in long_ones))
    assert {run.status.worker for run in long_ones} == {f"machine-{number}-train-1" for number in range(MACHINES)}
    assert len({run.status.pid for run in long_ones}) == MACHINES
    victim, *others = long_ones
    short_ones = [start("ann-later", "ann", 1), start("bob-first", "bob", 1)]
    until(lambda: all((run.path / "waiting").exists() for run in short_ones))
    assert [(one.run.name, one.place) for one in waiting(root)] == [("bob-first", 1), ("ann-later", 2)]

    os.kill(victim.status.pid, signal.SIGKILL)
    until(lambda: victim.state() == "interrupted")
    until(lambda: all(run.state() == "done" for run in short_ones))
    assert short_ones[1].status.finished <= short_ones[0].status.started

    reached = victim.checkpoints()[-1][0]
    submit_training(engine, victim)
    until(lambda: victim.state() == "running" and victim.status.epoch > reached)
    steps = {run: run.status.step for run in others}
    until(lambda: all(run.status.step > steps[run] for run in others))
    for run in long_ones:
        run.request_stop()
    until(lambda: all(run.state() == "stopped" for run in long_ones))
    taken = [event["step"] for event in victim.read_metrics()[0] if event["kind"] == "step"]
    assert taken == list(range(1, len(taken) + 1))
