"""Trains with programs of their own that are killed at random moments, over and over again.

    PYTHONPATH=. python tests/lab/killing.py [--kills 50] [--seed 0] [--folder DIR]

After each kill the run must open, with a curve and checkpoints that belong together; gone on with to its end, it must
have the very weights of a run that was never killed, after every epoch. Kills strike at all times: while a program
loads TensorFlow, while it goes back to a checkpoint, between any two steps and in the middle of writing.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from fake_trainer import NET

from fcnlab.lab import Run
from fcnlab.lab.tasks import create_run
from fcnlab.plan import Augmentation, EarlyStop, Phase, Plan

ROOT = Path(__file__).parents[2]

EVERY = "0.2"
"""Seconds between two checkpoints within an epoch."""

FARTHEST = 40
"""New steps after which a program is killed at the latest."""

LONGEST = 0.3
"""Seconds that may go by between these steps and the kill."""

EARLY = 0.2
"""The share of kills that may come before the first step."""


class Kills(NamedTuple):
    """What was found.

    Attributes:
        kills: Programs that were killed.
        training: Those of them that were in training.
        steps: Steps of each whole run.
        runs: Whole runs.
        lost: Steps that each kill cost.
    """

    kills: int
    training: int
    steps: int
    runs: int
    lost: list[int]


def plan_of(seed: int, epochs: int) -> Plan:
    """All that going on must restore: order, mirroring, augmentation, moments, schedule, early stop's memory."""
    return Plan(
        phases=(Phase(epochs=epochs, batch_size=4, steps_per_epoch=6, workers=1),),
        augment=Augmentation(brightness=0.2, shift=0.1),
        early_stop=EarlyStop(patience=10_000),
        keep_best=True,
        subset=12,
        validation_images=6,
        seed=seed,
    )


def kill_over_and_over(folder: Path, kills: int, seed: int = 0, epochs: int = 150) -> Kills:
    """Kill so many programs, in as many runs as that takes, and compare each run with one that was never killed."""
    chance, done, training, lost, runs = random.Random(seed), 0, 0, [], 0
    while done < kills:
        plan = plan_of(seed + runs, epochs)
        run = create_run(folder / f"killed-{runs}", NET, plan, "shapes:0.1")
        while run.state() != "done":
            if done == kills:
                with program(run) as child:
                    assert child.wait() == 0, run.status.message
                continue
            struck = kill(run, chance)
            if struck:
                done += 1
                training += struck == "running"
                lost.append(require_consistent(run))
                say(f"kill {done}: {struck}, at step {run.status.step}, {lost[-1]} steps lost")
        assert run.state() == "done", run.status.message
        whole = create_run(folder / f"whole-{runs}", NET, plan, "shapes:0.1")
        with program(whole) as child:
            assert child.wait() == 0, whole.status.message
        require_same(run, whole)
        runs += 1
    return Kills(done, training, whole.status.steps, runs, lost)


def program(run: Run) -> "subprocess.Popen[bytes]":
    """A training program as a person starts it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FCNLAB_CHECKPOINT_SECONDS": EVERY}
    return subprocess.Popen(
        [sys.executable, "-m", "fcnlab", "resume", str(run.path)], env=environment, stderr=subprocess.DEVNULL
    )


def kill(run: Run, chance: random.Random) -> str:
    """Start a program and kill it at a random moment; the run's state then, nothing if it had reached its end."""
    started = time.monotonic()
    with program(run) as child:
        if chance.random() < EARLY:
            time.sleep(chance.uniform(0, 8))
        else:
            step = run.kept.last_step() + chance.randint(1, FARTHEST)
            while not has_taken(run, child.pid, step) and child.poll() is None:
                assert time.monotonic() < started + 900, "no such step within a quarter of an hour"
                time.sleep(0.002)
            time.sleep(chance.uniform(0, LONGEST))
        state = run.status.state if run.status.pid == child.pid else "starting"
        child.send_signal(signal.SIGKILL)
        ended = child.wait()
        assert ended in (0, -signal.SIGKILL), run.status.message
        return state if ended and run.status.state != "done" else ""


def has_taken(run: Run, pid: int, step: int) -> bool:
    """Whether a program is in training and has come to a step."""
    status = run.status
    return status.pid == pid and status.state == "running" and status.step >= step


def require_consistent(run: Run) -> int:
    """What must hold after a kill, before anything is mended; the steps that it cost."""
    run = Run.open(run.path)
    assert run.state() in ("queued", "interrupted"), run.state()
    events = run.read_metrics()[0]
    steps = [event["step"] for event in events if event["kind"] == "step"]
    scored = [event["epoch"] for event in events if event["kind"] == "epoch"]
    assert steps == list(range(1, len(steps) + 1))
    assert scored == list(range(1, len(scored) + 1))
    epochs = [epoch for epoch, _ in run.checkpoints()]
    assert epochs in (scored, scored[:-1]), "at most the last epoch's weights may be missing until the run goes on"
    for point in run.kept.points():
        assert run.kept.is_whole(point)
        with np.load(point.optimizer) as arrays:
            assert point.name == f"step-{int(arrays['step']):08d}"
    for path in [path for _, path in run.checkpoints()[-2:]]:
        assert arrays_of(path)
    assert run.kept.last_step() <= len(steps)
    return len(steps) - run.kept.last_step()


def require_same(one: Run, other: Run) -> None:
    """Both have the same curve, and the same weights after every epoch, bit by bit."""
    assert [epoch for epoch, _ in one.checkpoints()] == [epoch for epoch, _ in other.checkpoints()]
    for (epoch, path), (_, same) in zip(one.checkpoints(), other.checkpoints(), strict=True):
        found, expected = arrays_of(path), arrays_of(same)
        assert found.keys() == expected.keys()
        for name, array in found.items():
            np.testing.assert_array_equal(array, expected[name], err_msg=f"{name} after epoch {epoch}")
    assert curve_of(one) == curve_of(other)
    assert one.default_epoch() == other.default_epoch()


def arrays_of(path: Path) -> dict[str, Any]:
    """All arrays of a weights file."""
    found: dict[str, Any] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def curve_of(run: Run) -> list[dict[str, Any]]:
    """The curve without what differs from one training to the next: times, memory, notes."""
    events = [event for event in run.read_metrics()[0] if event["kind"] != "note"]
    return [{name: event[name] for name in event.keys() - {"time", "seconds", "memory"}} for event in events]


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, flush=True)  # noqa: T201 - a program that a person starts


def main() -> None:
    """Kill as often as was asked, and tell what it cost."""
    options = argparse.ArgumentParser(description="Kills trainings at random moments and compares what comes of them.")
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--epochs", type=int, default=150)
    options.add_argument("--folder", type=Path)
    asked = options.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="fcnlab-kills-"))
    found = kill_over_and_over(folder, asked.kills, asked.seed, asked.epochs)
    say(
        f"{found.kills} kills ({found.training} of them in training) in {found.runs} runs of {found.steps} steps: "
        f"after each one the run was readable, and at the end its weights were those of a run that was never killed. "
        f"Steps lost by a kill: {max(found.lost)} at most, {sum(found.lost) / len(found.lost):.1f} on average."
    )


if __name__ == "__main__":
    main()
