"""The sign of life of a process that works on a run."""

import contextlib
import os
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab.runs.records import ACTIVE, RunState, Status
from fcnlab.lab.runs.run import Run

EVERY = 1.0
"""Seconds between two beats while nothing else is written."""

SHORTEST = 0.2
"""Seconds between two writes of mere progress."""


class Heartbeat:
    """Keeps a run's status fresh from a thread of its own, also while one step takes long.

        with Heartbeat(run, worker="train") as status:
            status.update(state="running", epoch=1)

    When the block ends, the run is "done" unless the block has set another final state. An exception makes it
    "failed" with the error's sentence; Ctrl-C makes it "interrupted".

    Raises:
        RunError: On entry, when the run is not queued: a worker that died leaves no second chance to a silent
            retry, and no run is trained by two processes.
    """

    def __init__(self, run: Run, *, worker: str = "", every: float = EVERY) -> None:
        self.run = run
        self._every = every
        self._worker = worker
        self._status = Status()
        self._written = 0.0
        self._progress: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat {run.name}", daemon=True)

    def __enter__(self) -> Self:
        state = self.run.state()
        if state != "queued":
            raise RunError(
                f"The run {self.run.name} is {state}, and only a queued run begins.",
                "Wait for its end." if state in ACTIVE else "Resume it, or start a new run.",
            )
        self._status = self.run.status.with_(
            state="starting",
            pid=os.getpid(),
            host=socket.gethostname(),
            worker=self._worker,
            started=time.time(),
            heartbeat=time.time(),
            finished=None,
        )
        self.run.write_status(self._status)
        self.run.taken_path.unlink(missing_ok=True)
        self._thread.start()
        return self

    @property
    def status(self) -> Status:
        """The status as it stands, written or not yet."""
        return self._settled()

    def update(self, **changes: Any) -> None:
        """Change fields of the status. A new state or message is written at once, progress a few times a second.

        Raises:
            pydantic.ValidationError: A field is unknown or has a wrong value.
        """
        with self._lock:
            before, self._status = self._status, self._settled().with_(**changes)
            self._progress = (self._status.step, self._status.epoch)
            told = before.state != self._status.state or before.message != self._status.message
            if told or time.time() - self._written >= SHORTEST:
                self._write()

    def progress(self, step: int, epoch: int) -> None:
        """`update` of step and epoch alone, cheap enough for every step of the fastest training."""
        self._progress = (step, epoch)
        if time.time() - self._written >= SHORTEST:
            with self._lock:
                self._write()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        state, message = self._ending(problem)
        self._status = self._settled().with_(state=state, message=message, finished=time.time())
        self._write()

    def _ending(self, problem: BaseException | None) -> tuple[RunState, str]:
        if problem is None:
            state = self._status.state
            if state == "stopping":
                state = "stopped"
            return ("done" if state in ACTIVE else state), self._status.message
        if not isinstance(problem, Exception):
            return "interrupted", "The training was interrupted."
        if isinstance(problem, FcnLabError):
            return "failed", str(problem)
        return "failed", f"The training failed ({type(problem).__name__}: {problem})."

    def _beat(self) -> None:
        while not self._ended.wait(self._every):
            with self._lock:
                self._write()

    def _settled(self) -> Status:
        """The status with the progress that was told since."""
        if self._progress is None:
            return self._status
        step, epoch = self._progress
        return self._status.with_(step=step, epoch=epoch)

    def _write(self) -> None:
        self._written = time.time()
        self._status = self._settled().with_(heartbeat=self._written)
        try:
            self.run.write_status(self._status)
        except OSError:  # a full disk or a lost share: the training itself may still go on, and will tell
            self._overwrite()

    def _overwrite(self) -> None:
        """Write over the old status, which needs no room on a full disk; a crash meanwhile reads as interrupted."""
        with contextlib.suppress(OSError), (self.run.path / "status.json").open("r+b") as file:
            file.write(self._status.model_dump_json().encode())
            file.truncate()
