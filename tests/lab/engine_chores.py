"""Small functions that the engine's tests hand over; workers import them by name."""

import os
import signal
import time
from pathlib import Path

from fcnlab.errors import SpecError


class TensorError(Exception):
    """Stands for an exception of a heavy package, which must not travel to the web process."""

    def __reduce__(self):
        raise AssertionError("this exception was pickled")


def add(a, b):
    return a + b


def process():
    return os.getpid()


def environment(name):
    return os.environ.get(name)


def holds(key, dask_worker):
    """Whether this worker has the work, begun or waiting; for `distributed.Client.run`."""
    return key in dask_worker.state.tasks


def niceness():
    return os.nice(0)


def refuse():
    raise SpecError("The kernel has size 0.", "Use 1 or more.")


def break_down():
    raise TensorError("no such tensor\nand more")


def run_out_of_memory():
    raise MemoryError


def write_and_wait(mark, go):
    """Say by a file who works, then wait for another file."""
    Path(mark).write_text(str(os.getpid()))
    deadline = time.monotonic() + 60
    while not Path(go).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    Path(mark).with_suffix(".end").write_text("done")
    return "done"


def write(mark):
    Path(mark).write_text(str(os.getpid()))


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def train_lightly(path, on_event=None, worker="", **_):
    """Stands for a training: beats until the file `go` lies beside the run's folder or in it."""
    from fcnlab.lab import Heartbeat, Run

    run = Run.open(path)
    with Heartbeat(run, worker=worker, every=0.1) as beat:
        beat.update(state="running", step=1, steps=2)
        deadline = time.monotonic() + 600
        while not ((run.path / "go").exists() or (run.path.parent / "go").exists()) and time.monotonic() < deadline:
            time.sleep(0.02)


def work_off_lightly(root):
    """`work_off` with a training that needs no TensorFlow."""
    from fcnlab.lab.training import queueing

    queueing.train_run = train_lightly
    queueing.work_off(root)


def train_fake(path):
    """Train a run with a trainer that needs no TensorFlow."""
    import pytest
    from fake_trainer import install

    from fcnlab.lab.tasks import train_run

    install(pytest.MonkeyPatch())
    train_run(path)
