"""The queue of runs: who waits, in what order, and how a free worker takes the next one.

The queue is on paper. A run waits while the file `waiting` lies in its folder, and a worker takes it by renaming that
file (to `taken`, until the training gives signs of life), which succeeds for one process only, on whatever machine.
What is handed to dask is not a run but an errand without an object, “train what waits until nothing waits”: so the
order is decided when a worker is free and not when somebody pressed Start, no run is bound to a busy worker while
another one is idle, and an errand that is lost with its worker or repeated elsewhere does no harm.

Fair between people: the next run is one of the person who has the fewest in training; among those, of the one whose
last training began longest ago; and of a person's runs the one that waits longest. For one worker that is turn by
turn.
"""

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab.runs.records import ACTIVE, Status
from fcnlab.lab.runs.run import Run
from fcnlab.lab.training.people import runs_per_person, shown_name
from fcnlab.lab.training.task import requeue, train_run

if TYPE_CHECKING:
    from fcnlab.lab.engine.client import Engine
    from fcnlab.lab.engine.job import Job

START_PATIENCE = 30.0
"""Seconds that a training waits for an engine that is starting."""

log = logging.getLogger(__name__)


class Waiting(NamedTuple):
    """A run that waits.

    Attributes:
        run: The run.
        place: From 1: the next one.
        person: Whose it is.
        ahead: The waiting runs before it, in order, each as "name (person)".
    """

    run: Run
    place: int
    person: str
    ahead: tuple[str, ...]


class QueueState(NamedTuple):
    """The queue of a runs folder: what waits, in its order, and what is in training, as "name (person)"."""

    waiting: tuple[Waiting, ...]
    working: tuple[str, ...]


class Entry(NamedTuple):
    """What the order depends on: a run, whose it is, and since when (Unix time) it waits or is trained."""

    run: Run
    person: str
    since: float


# Reading the queue


def waiting(root: Path) -> list[Waiting]:
    """The runs that wait in the runs folder, the next one first."""
    return list(queue_state(root).waiting)


def queue_state(root: Path) -> QueueState:
    """What waits and what is in training in the runs folder; milliseconds for hundreds of runs."""
    queued, working, served = _survey(root)
    order = in_turn(queued, [entry.person for entry in working], served)
    titles = [_title(entry) for entry in order]
    places = (
        Waiting(entry.run, place, entry.person, tuple(titles[: place - 1])) for place, entry in enumerate(order, 1)
    )
    return QueueState(tuple(places), tuple(_title(entry) for entry in sorted(working, key=lambda one: one.since)))


def in_turn(queued: Iterable[Entry], working: Iterable[str], served: Mapping[str, float]) -> list[Entry]:
    """The order in which waiting runs are trained, as things stand.

    Args:
        queued: What waits, in any order.
        working: For each run in training its person.
        served: Person → Unix time at which their last training began; who is missing has never been served.
    """
    left: dict[str, list[Entry]] = {}
    for entry in sorted(queued, key=lambda one: (one.since, one.run.name)):
        left.setdefault(entry.person, []).append(entry)
    busy = Counter(working)
    last: dict[str, tuple[int, float]] = {person: (0, began) for person, began in served.items()}
    order: list[Entry] = []
    while left:
        person = min(left, key=lambda one: (busy[one], last.get(one, (-1, 0.0)), left[one][0].since))
        order.append(left[person].pop(0))
        busy[person] += 1
        last[person] = (1, float(len(order)))
        if not left[person]:
            del left[person]
    return order


def _title(entry: Entry) -> str:
    name = shown_name(entry.person)
    return f"{entry.run.name} ({name})" if name else entry.run.name


def _survey(root: Path) -> tuple[list[Entry], list[Entry], dict[str, float]]:
    """What waits, what is in training, and when each person's last training began."""
    queued: list[Entry] = []
    working: list[Entry] = []
    served: dict[str, float] = {}
    for run, status in _runs_in(root):
        person = run.record.person
        if status.started is not None:
            served[person] = max(served.get(person, 0.0), status.started)
        if status.state == "queued":
            if (_is_in_line(run) or status.pid is not None) and run.state() == "queued":
                queued.append(Entry(run, person, status.heartbeat))
        elif status.state in ACTIVE and run.state() in ACTIVE:
            working.append(Entry(run, person, status.started or 0.0))
    return queued, working, served


_Stamp = tuple[int, int, int]
_seen: dict[str, tuple[_Stamp, _Stamp, Run, Status]] = {}
"""Run folder → stamps of its two documents, and what they held: most runs have ended and never change."""


def _runs_in(root: Path) -> Iterator[tuple[Run, Status]]:
    try:
        folders = [entry.path for entry in os.scandir(root) if not entry.name.startswith(".")]
    except OSError:
        return
    for folder in folders:
        try:
            stamps = _stamp(f"{folder}/run.json"), _stamp(f"{folder}/status.json")
            known = _seen.get(folder)
            if known is None or known[:2] != stamps:
                run = Run.open(folder)
                known = _seen[folder] = (*stamps, run, run.status)
        except (OSError, RunError):
            _seen.pop(folder, None)
        else:
            yield known[2], known[3]


def _stamp(path: str) -> _Stamp:
    found = os.stat(path)  # noqa: PTH116 - a third of the time of Path.stat, for hundreds of files
    return found.st_mtime_ns, found.st_size, found.st_ino


# Entering and leaving it


def submit_training(engine: "Engine", run: Run) -> None:
    """Put a new or an ended run into the queue; returns at once, and hands it to the engine in the background.

    So a page shows the run at once, also while the engine is still starting. Where no engine answers, the run shows
    as failed with that sentence.

    Raises:
        RunError: The run is being trained or has reached its plan's end, or its person has too many runs.
        EngineError: FCNLAB_RUNS_PER_PERSON is no number.
    """
    try:
        _require_room(run)
    except FcnLabError as problem:
        if run.status.state == "queued":  # it was made a moment ago: let it be begun later
            _end(run, "stopped", str(problem))
        raise
    _leave_line(run)  # where it still waits for an engine that died
    requeue(run, os.getpid())  # until an engine has it: a server that ends now leaves an interrupted run
    threading.Thread(target=_hand_over, args=(engine, run), name=f"hand over {run.name}", daemon=True).start()


def stop_training(run: Run) -> None:
    """Ask for the end of a training; one that still waits ends at once."""
    run.request_stop()
    if _leave_line(run):
        _end(run, "stopped", "Stopped before the first step.")


def _require_room(run: Run) -> None:
    limit, person = runs_per_person(), run.record.person
    queued, working, _ = _survey(run.path.parent)
    others = sum(entry.person == person and entry.run.path != run.path for entry in (*queued, *working))
    if others >= limit:
        raise RunError(
            f"{shown_name(person) or 'One person'} has {others} runs waiting or in training, and {limit} is the limit.",
            "Wait for the end of one, or stop one.",
        )


def _hand_over(engine: "Engine", run: Run) -> None:
    try:
        _await_start(engine)
        if run.stop_requested():
            return _end(run, "stopped", "Stopped before the first step.")
        # From here on a worker may take it at any moment, so that nobody but the worker writes its status.
        run.write_status(run.status.with_(pid=engine.pid))
        _line_file(run).touch()
        job = engine.submit(work_off, str(run.path.parent), role="train")
        job.when_done(lambda ended: _tell_refusal(ended, run))
    except FcnLabError as problem:
        _give_up(run, str(problem))
    except Exception:
        log.exception("The run %s could not be handed over.", run.name)
        _give_up(run, "The training could not be handed over through a fault of the lab's.")


def _await_start(engine: "Engine") -> None:
    """Give an engine that is not there yet the time to have a process, which the run's status is to name."""
    if engine.state().phase == "absent":
        engine.start()
    deadline = time.monotonic() + START_PATIENCE
    while engine.state().phase == "starting" and time.monotonic() < deadline:
        time.sleep(0.05)


def _tell_refusal(job: "Job", run: Run) -> None:
    """A worker that could not even look at the queue says so in the run that asked it; lost errands say nothing."""
    problem = job.error()
    if isinstance(problem, RunError):
        _give_up(run, str(problem))


def _give_up(run: Run, message: str) -> None:
    """End a run that no worker has taken."""
    if _leave_line(run) or run.status.pid == os.getpid():
        _end(run, "failed", message)


def _end(run: Run, state: str, message: str) -> None:
    run.write_status(run.status.with_(state=state, message=message, finished=time.time()))


def _line_file(run: Run) -> Path:
    return run.path / "waiting"


def _is_in_line(run: Run) -> bool:
    return _line_file(run).exists()


def _leave_line(run: Run) -> bool:
    """Take the run out of the queue; True for one caller only, who then has to do something with it."""
    try:
        _line_file(run).unlink()
    except OSError:
        return False
    return True


# Working it off


def work_off(root: str) -> None:
    """Train what waits in the runs folder, until nothing waits; the worker's part.

    A run that fails says so itself, and the next one is begun.

    Raises:
        RunError: This machine does not see the runs folder.
    """
    if not Path(root).is_dir():
        raise RunError(
            f"The worker {_worker_name()} sees no runs folder {root}.",
            "Mount the shared folder there under the same path.",
        )
    while (run := take_next(Path(root))) is not None:
        try:
            train_run(str(run.path), None, _worker_name(), others_wait=lambda: anyone_waits(Path(root)))
        except FcnLabError as problem:
            log.info("The run %s ended: %s", run.name, problem)
        except Exception:
            log.exception("The run %s failed.", run.name)


def take_next(root: Path) -> Run | None:
    """Take the next run out of the queue, for the caller to train; None when nothing waits."""
    queued, working, served = _survey(root)
    in_line: Sequence[Entry] = [entry for entry in queued if _is_in_line(entry.run)]
    for entry in in_turn(in_line, [one.person for one in working], served):
        if _take(entry.run):
            return entry.run
    return None


def _take(run: Run) -> bool:
    """Take the run out of the queue to train it; as `_leave_line`, but a worker that dies now leaves a trace."""
    line = _line_file(run)
    try:
        os.utime(line)
        line.replace(run.taken_path)
    except OSError:
        return False
    return True


def anyone_waits(root: Path) -> bool:
    """Whether a run waits that no worker has taken."""
    return any(_is_in_line(entry.run) for entry in _survey(root)[0])


def _worker_name() -> str:
    """The engine's name of this worker."""
    from distributed import get_worker

    try:
        return str(get_worker().name)
    except ValueError:  # called outside of a worker
        return "train"
