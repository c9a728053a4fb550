"""Runs on disk: a folder that a crash at any moment leaves readable.

    run.json                          what was asked for, written once
    status.json                       how far it is, replaced a few times a second
    metrics.jsonl                     one line a step and an epoch
    checkpoints/epoch-0003.weights.h5 with epoch-0003.npz (optimizer), written before it
    previews/epoch-0003.npz, .png
    model.json                        of an imported network that is no encoder–decoder: its layers
    stop                              present when somebody asked for the end

Files and no messages: a run is read, and stopped, over a shared folder and after a restart just the same.
"""

import os
import re
import socket
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from fcnlab.errors import RunError
from fcnlab.files import write_text, writing
from fcnlab.lab.metrics import Event, MetricsLog, MetricsTail
from fcnlab.lab.names import check_name, default_name
from fcnlab.lab.processes import has_gone
from fcnlab.lab.records import ACTIVE, RunRecord, RunState, Status
from fcnlab.plan import Plan

INTERRUPTED_AFTER = 10.0
"""Seconds without a heartbeat after which a working run counts as interrupted; writers beat every second."""


class Run:
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

        Raises:
            RunError: The name is not allowed or taken, or the folder cannot be made.
        """
        if name:
            return cls.create(root / check_name(name), net=net, plan=plan, dataset=dataset, note=note)
        stem = default_name(base, datetime.now())  # local time: the name shows the reader's own clock
        path, number = root / stem, 1
        while path.exists():
            number += 1
            path = root / f"{stem}-{number}"
        return cls.create(path, net=net, plan=plan, dataset=dataset, note=note)

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
        """Replace status.json in one step; cheap enough for a few times a second."""
        write_text(self.path / "status.json", status.model_dump_json(), durable=False)

    def state(self, now: float | None = None) -> RunState:
        """The state that a reader should show: as written, or "interrupted" when the writer has died.

        Args:
            now: Unix time in seconds; None for the present.
        """
        status = self.status
        if status.state == "queued":
            return "interrupted" if has_gone(status.pid, status.host) else "queued"
        if status.state not in ACTIVE:
            return status.state
        silent = (time.time() if now is None else now) - status.heartbeat
        return "interrupted" if silent > INTERRUPTED_AFTER or has_gone(status.pid, status.host) else status.state

    def queue(self, pid: int | None = None) -> None:
        """Mark the run as waiting for a worker, for the first time or again, and forget an earlier stop.

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
        host = socket.gethostname() if pid else ""
        before = self.status
        self.write_status(
            Status(
                epochs=self.record.plan.epochs,
                epoch=before.epoch,
                step=before.step,
                steps=before.steps,
                heartbeat=time.time(),
                pid=pid,
                host=host,
            )
        )

    # Stop

    def request_stop(self) -> None:
        """Ask the training to end at its next step; also before it has begun."""
        (self.path / "stop").touch()

    def stop_requested(self) -> bool:
        """Whether somebody asked for the end; one look at the folder, cheap enough for every step."""
        return os.path.exists(self._stop)  # noqa: PTH110 - half the time of Path.exists, once a step

    def clear_stop(self) -> None:
        """Forget an earlier request to stop."""
        (self.path / "stop").unlink(missing_ok=True)

    @cached_property
    def _stop(self) -> str:
        return str(self.path / "stop")

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

    def checkpoint_path(self, epoch: int) -> Path:
        """Where the weights after `epoch` epochs are kept."""
        return self.path / "checkpoints" / f"epoch-{epoch:04d}.weights.h5"

    def optimizer_path(self, epoch: int) -> Path:
        """Where the optimizer's state of that checkpoint is kept. Write it before the weights."""
        return self.path / "checkpoints" / f"epoch-{epoch:04d}.npz"

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Epoch and weights of every complete checkpoint, oldest first."""
        return _numbered(self.path / "checkpoints", ".weights.h5")

    @property
    def layers_path(self) -> Path:
        """Where the layers of a run of kind "layers" are kept."""
        return self.path / "model.json"

    def preview_path(self, epoch: int, suffix: str = ".npz") -> Path:
        """Where the preview after `epoch` epochs is kept."""
        return self.path / "previews" / f"epoch-{epoch:04d}{suffix}"

    def previews(self, suffix: str = ".npz") -> list[tuple[int, Path]]:
        """Epoch and file of every complete preview of one kind, oldest first."""
        return _numbered(self.path / "previews", suffix)

    def writing(self, path: Path) -> AbstractContextManager[Path]:
        """A temporary path to write to, moved to `path` when the block ends well; see `files.writing`."""
        return writing(path)


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


def _numbered(folder: Path, suffix: str) -> list[tuple[int, Path]]:
    pattern = re.compile(r"epoch-(\d+)" + re.escape(suffix))
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        match = pattern.fullmatch(path.name)
        if match:
            found.append((int(match[1]), path))
    return sorted(found)
