"""Runs on disk: a folder that a crash at any moment leaves readable.

    run.json                          what was asked for, written once
    status.json                       how far it is, replaced a few times a second
    metrics.jsonl                     one line a step and an epoch
    checkpoints/                      weights after each epoch, and points to go on from: see `lab.checkpoints`
    previews/epoch-0003.npz, .png
    start.weights.h5                  of a branch: the weights that it begins with
    model.json                        of an imported network that is no encoder–decoder: its layers
    stop, pause, change.json          what people ask of the training: see `lab.control`

Files and no messages: a run is read, and stopped, over a shared folder and after a restart just the same.
"""

import os
import shutil
import socket
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from fcnlab.errors import RunError
from fcnlab.files import TEMPORARY, write_text, writing
from fcnlab.lab.runs.checkpoints import Checkpoints, numbered
from fcnlab.lab.runs.clocks import silent_for
from fcnlab.lab.runs.control import Control
from fcnlab.lab.runs.metrics import Event, MetricsLog, MetricsTail
from fcnlab.lab.runs.names import check_name, default_name
from fcnlab.lab.runs.processes import has_gone
from fcnlab.lab.runs.records import ACTIVE, RunRecord, RunState, Status
from fcnlab.plan import Plan

INTERRUPTED_AFTER = 10.0
"""Seconds without a heartbeat after which a working run counts as interrupted; writers beat every second."""


DROPPED_AFTER = 10.0
"""Seconds within which a worker that has taken a run begins it."""


class Run(Control):
    """One run folder. Make it with `create` or `create_in`, find it with `open`."""

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path = path
        self.record = record

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        net: Mapping[str, Any],
        plan: Plan,
        dataset: str,
        note: str = "",
        kind: Literal["network", "layers"] = "network",
        imported: str = "",
        parent: str = "",
        parent_epoch: int = 0,
        person: str = "",
        force: bool = False,
    ) -> "Run":
        """Make a run at `path`, which must be absent or an empty folder; the fields are those of `RunRecord`.

        Raises:
            RunError: The folder holds something already, or cannot be made.
        """
        path = Path(path).expanduser().absolute()
        _claim_folder(path)
        record = RunRecord(
            name=path.name,
            created=datetime.now(UTC).replace(microsecond=0),
            net=dict(net),
            plan=plan,
            dataset=dataset,
            note=note,
            kind=kind,
            imported=imported,
            parent=parent,
            parent_epoch=parent_epoch,
            person=person,
            force=force,
        )
        run = cls(path, record)
        try:
            run.write_status(Status(epochs=plan.epochs, heartbeat=time.time()))
            write_text(path / "run.json", record.model_dump_json(indent=2))
        except OSError as problem:
            raise RunError(f"The run folder {path} cannot be written ({problem.strerror}).") from None
        return run

    @classmethod
    def create_in(
        cls,
        root: Path,
        *,
        net: Mapping[str, Any],
        plan: Plan,
        dataset: str,
        name: str = "",
        base: str = "run",
        note: str = "",
        person: str = "",
        force: bool = False,
    ) -> "Run":
        """Make a run in the runs folder `root`.

        Args:
            root: The runs folder.
            net: The network's spec as JSON data.
            plan: How to train it.
            dataset: A built-in set's name or a folder.
            name: The name that a person gave; empty for a name made of `base` and the time.
            base: What the run trains, e.g. "follow-me".
            note: The person's own words.
            person: Who asks for it; empty where that is not known.
            force: Whether to train it also where its memory seems too small.

        Raises:
            RunError: The name is not allowed or taken, or the folder cannot be made.
        """
        path = root / check_name(name) if name else free_path(root, base)
        return cls.create(path, net=net, plan=plan, dataset=dataset, note=note, person=person, force=force)

    @classmethod
    def open(cls, path: str | Path) -> "Run":
        """Read the run at `path`.

        Raises:
            RunError: There is no such folder, it is no run, or its run.json cannot be read (the error says where).
        """
        path = Path(path).expanduser().absolute()
        if not path.is_dir():
            raise RunError(f"There is no run folder {path}.", "Name a folder that a training made.")
        file = path / "run.json"
        try:
            text = file.read_bytes()
        except FileNotFoundError:
            raise RunError(
                f"The folder {path} is no run: it holds no run.json.", "Name a folder that a training made."
            ) from None
        except OSError as problem:
            raise RunError(f"The file {file} cannot be read ({problem.strerror}).") from None
        return cls(path, RunRecord.parse(text, what=f"The run record {file}", error=RunError))

    # How far it is

    @property
    def status(self) -> Status:
        """The status as last written; a missing or spoilt file reads as interrupted."""
        try:
            return Status.parse((self.path / "status.json").read_bytes(), what="status.json", error=RunError)
        except (OSError, RunError):
            return Status(state="interrupted", message="The file status.json is missing or cannot be read.")

    def write_status(self, status: Status) -> None:
        """Replace status.json in one step; cheap enough for a few times a second.

        Raises:
            OSError: It cannot be written, or the run folder is gone.
        """
        self._require_folder()
        write_text(self.path / "status.json", status.model_dump_json(), durable=False)

    def state(self, now: float | None = None) -> RunState:
        """The state that a reader should show: as written, or "interrupted" when the writer has died.

        Args:
            now: Unix time in seconds; None for the present.
        """
        status = self.status
        if status.state == "queued":
            return "interrupted" if has_gone(status.pid, status.host) or self._dropped(status, now) else "queued"
        if status.state not in ACTIVE:
            return status.state
        silent = silent_for(str(self.path), status.heartbeat, status.host, now)
        return "interrupted" if silent > INTERRUPTED_AFTER or has_gone(status.pid, status.host) else status.state

    def _dropped(self, status: Status, now: float | None) -> bool:
        """Whether a worker has taken the run out of the queue, and never began it."""
        try:
            taken = self.taken_path.stat().st_mtime
        except OSError:
            return False
        return silent_for(str(self.taken_path), taken, status.host or "a machine of the cluster", now) > DROPPED_AFTER

    def queue(self, pid: int | None = None) -> None:
        """Mark the run as waiting for a worker, for the first time or again, and forget an earlier stop or pause.

        Only a queued run may begin (see `Heartbeat`), so that no training starts twice.

        Args:
            pid: The engine's process on this machine, when there is one: when it is gone, the run shows as
                interrupted.

        Raises:
            RunError: A process works on the run at this moment.
        """
        if self.state() in ACTIVE:
            raise RunError(f"The run {self.name} is being trained already.", "Wait for its end, or stop it.")
        self.clear_stop()
        self.clear_pause()
        self.taken_path.unlink(missing_ok=True)
        host = socket.gethostname() if pid else ""
        before = self.status
        self.write_status(
            Status(
                epochs=before.epochs or self.record.plan.epochs,
                epoch=before.epoch,
                step=before.step,
                steps=before.steps,
                best=before.best,
                heartbeat=time.time(),
                pid=pid,
                host=host,
            )
        )

    # Metrics

    @cached_property
    def metrics(self) -> MetricsLog:
        """The run's curve on disk."""
        return MetricsLog(self.path / "metrics.jsonl")

    def append_metric(self, event: Mapping[str, Any]) -> None:
        """Add an event to the curve; see `MetricsLog.append`."""
        self.metrics.append(event)

    def read_metrics(self, offset: int = 0) -> tuple[list[Event], int]:
        """The events after `offset`, and the offset to go on from; see `MetricsLog.read`."""
        return self.metrics.read(offset)

    def truncate_metrics(self, step: int) -> None:
        """Drop what was written after `step` steps, before a run goes on from a checkpoint."""
        self.metrics.truncate(step)

    def tail(self) -> MetricsTail:
        """A reader for a live page, which notices by itself when the run goes on from a checkpoint."""
        return MetricsTail(self.path / "metrics.jsonl")

    # Checkpoints and previews

    @cached_property
    def kept(self) -> Checkpoints:
        """The run's checkpoints on disk."""
        return Checkpoints(self.path)

    def checkpoint_path(self, epoch: int) -> Path:
        """Where the weights after `epoch` epochs are kept."""
        return self.kept.epoch_path(epoch)

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Epoch and weights of every complete checkpoint, oldest first."""
        return self.kept.epochs()

    def default_epoch(self) -> int | None:
        """The checkpoint to look at where nobody names one: the best if the plan keeps it, else the last."""
        epochs = [epoch for epoch, _ in self.checkpoints()]
        best = self.status.best if self.record.plan.keep_best else 0
        return best if best in epochs else max(epochs, default=None)

    def offered_epochs(self) -> list[int]:
        """All checkpoints as a chooser offers them: first the default one, then from the newest to the oldest."""
        default = self.default_epoch()
        rest = [epoch for epoch, _ in reversed(self.checkpoints()) if epoch != default]
        return rest if default is None else [default, *rest]

    @property
    def taken_path(self) -> Path:
        """A file that is there from a worker's taking the run out of the queue to its first heartbeat."""
        return self.path / "taken"

    @property
    def start_path(self) -> Path:
        """The weights that a branch begins with; layers that are not in it begin at random."""
        return self.path / "start.weights.h5"

    @property
    def layers_path(self) -> Path:
        """Where the layers of a run of kind "layers" are kept."""
        return self.path / "model.json"

    def preview_path(self, epoch: int, suffix: str = ".npz") -> Path:
        """Where the preview after `epoch` epochs is kept."""
        return self.path / "previews" / f"epoch-{epoch:04d}{suffix}"

    def previews(self, suffix: str = ".npz") -> list[tuple[int, Path]]:
        """Epoch and file of every complete preview of one kind, oldest first."""
        return numbered(self.path / "previews", "epoch-", suffix)

    def writing(self, path: Path) -> AbstractContextManager[Path]:
        """A temporary path to write to, moved to `path` when the block ends well; see `files.writing`.

        Raises:
            FileNotFoundError: The run folder is gone, and must not come back with nothing but this file.
        """
        self._require_folder()
        return writing(path)

    def tidy(self) -> None:
        """Remove what trainings that were killed had begun to write; the part of a training that has just begun."""
        begun = [*self.path.glob(f"{TEMPORARY}*-status.json"), *self.path.glob(f"{TEMPORARY}*-metrics.jsonl")]
        begun += [path for name in ("checkpoints", "previews") for path in self.path.glob(f"{name}/{TEMPORARY}*")]
        for path in begun:
            if path.name.startswith(f"{TEMPORARY}{os.getpid()}-"):
                continue  # the heartbeat's, at this moment
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _require_folder(self) -> None:
        if not self.path.is_dir():
            raise FileNotFoundError(None, "the run folder is gone", str(self.path))


def find_run(root: Path, name: str) -> Run:
    """The run called `name` in the runs folder; for names from links and fields.

    Raises:
        RunError: The name is not allowed, or there is no readable run of that name.
    """
    return Run.open(root / check_name(name))


def scan_runs(root: Path) -> tuple[list[Run], list[RunError]]:
    """The runs in a folder, newest first, and a sentence for every folder that is none or cannot be read."""
    runs: list[Run] = []
    broken: list[RunError] = []
    if not root.is_dir():
        return runs, broken
    for path in sorted(root.iterdir(), reverse=True):
        if path.name.startswith(".") or not path.is_dir():
            continue
        try:
            runs.append(Run.open(path))
        except RunError as problem:
            broken.append(problem)
    runs.sort(key=lambda run: run.record.created, reverse=True)
    return runs, broken


def list_runs(root: Path) -> list[Run]:
    """The readable runs in a folder, newest first."""
    return scan_runs(root)[0]


def free_path(root: Path, base: str) -> Path:
    """A folder's path in the runs folder that is not taken, named after `base` and the time."""
    stem = default_name(base, datetime.now())  # local time: the name shows the reader's own clock
    path, number = root / stem, 1
    while path.exists():
        number += 1
        path = root / f"{stem}-{number}"
    return path


def _claim_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        if not path.is_dir() or any(path.iterdir()):
            what = "is a file" if path.is_file() else "is not empty"
            raise RunError(
                f"The run folder {path} {what}.", "Choose another name, or resume the run that is there."
            ) from None
    except OSError as problem:
        raise RunError(
            f"The run folder {path} cannot be made ({problem.strerror}).", "Choose a folder you may write to."
        ) from None
