"""Work in the background, told by a small file: what is waiting, being worked out, or has failed.

The page and the worker are two processes, and either may end at any time. Between them stands one file: written by
the page when the work is handed over, replaced by the worker as it goes, and removed by it at the end, when what was
made lies on the disk. A failure stays there as a sentence. A second file, beside it, asks for the end.
"""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Literal, TypeVar

from fcnlab.data.parallel import Progress
from fcnlab.errors import FcnLabError
from fcnlab.files import write_text
from fcnlab.lab.runs.processes import has_gone
from fcnlab.lab.runs.records import Count
from fcnlab.model import Document

WorkState = Literal["queued", "running", "failed", "interrupted"]
WRITE_EVERY = 0.2
"""Seconds between two writes of progress."""

SILENT = 300.0
"""Seconds without progress after which a worker on another machine, whose process cannot be seen, is given up."""


class Work(Document):
    """How far a piece of work is; subclasses add what the work is.

    Attributes:
        state: As written, see `WorkFile.read` for what is true now.
        done: Pictures done.
        total: Pictures to do; 0 while that is not known.
        message: Why it failed.
        beat: Unix time of the last write.
        pid: The process that works on it; while it is queued, the engine's.
        host: The machine of `pid`.
    """

    state: WorkState = "queued"
    done: Count = 0
    total: Count = 0
    message: str = ""
    beat: float = 0.0
    pid: int | None = None
    host: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it changes by itself."""
        return self.state in ("queued", "running")


W = TypeVar("W", bound=Work)


class _StopAskedError(Exception):
    """Ends the work from within its progress."""


class WorkFile(Generic[W]):
    """The file of one piece of work, and the file that asks for its end.

    Args:
        folder: Where both lie.
        stem: Their name without suffix.
        kind: What the file holds.
        noun: What is made, for sentences: "report".
        error: The class of the errors raised.
    """

    def __init__(self, folder: str | Path, stem: str, kind: type[W], noun: str, error: type[FcnLabError]) -> None:
        self.folder = Path(folder)
        self._file = self.folder / f"{stem}.json"
        self._stop = self.folder / f"{stem}.stop"
        self._kind = kind
        self._noun = noun
        self._error = error

    def queue(self, work: W, pid: int | None) -> None:
        """Tell that the work is about to be handed to the engine whose process is `pid`.

        Raises:
            FcnLabError: The folder cannot be written.
        """
        self._tell(work.model_copy(update={"pid": pid, "host": socket.gethostname() if pid else ""}))
        self._stop.unlink(missing_ok=True)

    def read(self) -> W | None:
        """The work that is waiting, being done or failed, with its state as it is now; None when there is none."""
        try:
            work = self._kind.parse(self._file.read_bytes(), what="the progress file", error=self._error)
        except (OSError, FcnLabError):
            return None
        if not work.is_live:
            return work
        silent = work.host not in ("", socket.gethostname()) and time.time() - work.beat > SILENT
        if not silent and not has_gone(work.pid, work.host):
            return work
        message = f"The process that worked on the {self._noun} has ended before it was done. Start it again."
        return work.model_copy(update={"state": "interrupted", "message": message})

    def stop(self) -> None:
        """Ask for the end of work that is being done, or forget work that waits, failed or was interrupted."""
        work = self.read()
        if work is not None and work.state == "running":
            write_text(self._stop, "", durable=False)
        else:
            self._file.unlink(missing_ok=True)

    def carry_out(self, do: Callable[[W, Progress], None]) -> bool:
        """Do what `queue` has told; the worker's part. True when it was done, False when it was not, or was stopped.

        An error of the user's is not raised but kept in the file: whoever waits reads that.

        Args:
            do: Gets the work, and a function to call with pictures done and pictures in all, which ends it on demand.

        Raises:
            Exception: A fault of the lab's, for the engine's log, after it was told in the file.
        """
        work = self.read()
        if work is None or work.state != "queued":
            return False  # it was stopped before it began, or is the second attempt after a worker's death
        work = work.model_copy(update={"state": "running", "pid": os.getpid(), "host": socket.gethostname()})
        self._tell(work)
        try:
            do(work, self._reporter(work))
        except _StopAskedError:
            self._file.unlink(missing_ok=True)
        except FcnLabError as problem:
            self._tell(work.model_copy(update={"state": "failed", "message": str(problem)}))
        except Exception as fault:
            reason = f"{type(fault).__name__}: {fault}"
            message = f"The work on the {self._noun} failed through a fault of the lab's ({reason})."
            self._tell(work.model_copy(update={"state": "failed", "message": message}))
            raise
        else:
            self._file.unlink(missing_ok=True)
            return True
        finally:
            self._stop.unlink(missing_ok=True)
        return False

    def _reporter(self, work: W) -> Progress:
        """Writes a few times a second, and ends the work when asked to."""
        told = 0.0

        def report(done: int, total: int) -> None:
            nonlocal told
            if self._stop.exists():
                raise _StopAskedError
            if time.monotonic() - told >= WRITE_EVERY or done == total:
                told = time.monotonic()
                self._tell(work.model_copy(update={"done": done, "total": total}))

        return report

    def _tell(self, work: W) -> None:
        try:
            write_text(self._file, work.model_copy(update={"beat": time.time()}).model_dump_json(), durable=False)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise self._error(
                f"The folder {self.folder} cannot be written ({reason}).", "Make room or allow it."
            ) from None
