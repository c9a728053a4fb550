"""What people ask of a training: to stop, to pause, to go on otherwise. Files in the run's folder carry it.

    stop            present when somebody asked for the end
    pause           present while the training should rest
    change.json     what should change from the next step on, until the training has taken it
    changes.jsonl   what did change, one line each, with the step; training again from a checkpoint repeats it

Files and no messages: any process that sees the folder can ask, and what was asked outlives a restart.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from fcnlab.errors import PlanError, RunError
from fcnlab.files import write_text
from fcnlab.lab.runs.metrics import MetricsLog
from fcnlab.plan import Change

CHANGE, TAKEN, CHANGES = "change.json", "change.taken.json", "changes.jsonl"


class Control:
    """The requests in one run folder; a part of `Run`."""

    path: Path

    # Stop

    def request_stop(self) -> None:
        """Ask the training to end at its next step; also before it has begun.

        Raises:
            RunError: The run folder is gone or cannot be written.
        """
        self._mark("stop")

    def stop_requested(self) -> bool:
        """Whether somebody asked for the end; one look at the folder, cheap enough for every step."""
        return os.path.exists(self._paths["stop"])  # noqa: PTH110 - half the time of Path.exists, once a step

    def clear_stop(self) -> None:
        """Forget an earlier request to stop."""
        (self.path / "stop").unlink(missing_ok=True)

    # Pause

    def request_pause(self) -> None:
        """Ask the training to rest after its next step, until `clear_pause`; its process and memory stay.

        Raises:
            RunError: The run folder is gone or cannot be written.
        """
        self._mark("pause")

    def pause_requested(self) -> bool:
        """Whether the training should rest; as cheap as `stop_requested`."""
        return os.path.exists(self._paths["pause"])  # noqa: PTH110 - as in `stop_requested`

    def clear_pause(self) -> None:
        """Let a resting training go on."""
        (self.path / "pause").unlink(missing_ok=True)

    # Changes

    def request_change(self, *, learning_rate: float | None = None, batch_size: int | None = None) -> None:
        """Ask for another learning rate from the next step on, or another batch size from the next epoch on.

        A run that rests takes it at once, one that does not train at this moment when it goes on. What was asked
        before and not taken yet stays asked.

        Raises:
            PlanError: A value that cannot be used, or none.
            RunError: The run folder is gone or cannot be written.
        """
        wanted = {"learning_rate": learning_rate, "batch_size": batch_size}
        given = {name: value for name, value in wanted.items() if value is not None}
        if not given:
            raise PlanError("No change was named.", "Name a learning rate or a batch size.")
        Change.parse({"step": 0, **given}, what="the change", error=PlanError)
        asked = {**_read(self.path / CHANGE), **given}
        with _telling(self.path):
            if not self.path.is_dir():
                raise FileNotFoundError
            write_text(self.path / CHANGE, json.dumps(asked))

    def change_requested(self) -> dict[str, Any]:
        """What was asked for and is not taken yet, as `request_change` takes it."""
        return _read(self.path / CHANGE)

    def take_change(self, step: int, require: Callable[[Change], None] = lambda _: None) -> Change | None:
        """What was asked for since the last look, written down as a change after `step` steps; the training's part.

        Args:
            step: Steps that were taken.
            require: Raises PlanError for a change that cannot be made; it is forgotten then.
        """
        if not os.path.exists(self._paths[CHANGE]):  # noqa: PTH110 - as in `stop_requested`
            return None
        taken = self.path / TAKEN
        with contextlib.suppress(FileNotFoundError):
            (self.path / CHANGE).replace(taken)  # what is asked from now on is a new file
        try:
            change = Change.parse({"step": step, **_read(taken)}, what="the change", error=PlanError)
        except PlanError:  # written by other hands: no reason to end a training
            taken.unlink(missing_ok=True)
            return None
        try:
            require(change)
        except PlanError:
            taken.unlink(missing_ok=True)
            raise
        self.add_change(change)
        taken.unlink(missing_ok=True)
        return change

    def ask_again(self) -> None:
        """Put back what was taken and not written down because the process was killed in between."""
        lost = _read(self.path / TAKEN)
        if lost:
            write_text(self.path / CHANGE, json.dumps({**lost, **_read(self.path / CHANGE)}))
        (self.path / TAKEN).unlink(missing_ok=True)

    def changes(self) -> tuple[Change, ...]:
        """What has changed since the plan was made, oldest first; a spoilt line is skipped."""
        found = []
        for line in MetricsLog(self.path / CHANGES).read()[0]:
            with contextlib.suppress(PlanError):
                found.append(Change.parse(line, what="a change", error=PlanError))
        return tuple(found)

    def add_change(self, change: Change) -> None:
        """Write a change down, on the disk before anything is trained with it."""
        log = MetricsLog(self.path / CHANGES)
        log.append(change.model_dump(mode="json", exclude_none=True))
        log.flush()

    @cached_property
    def _paths(self) -> dict[str, str]:
        return {name: str(self.path / name) for name in ("stop", "pause", CHANGE)}

    def _mark(self, name: str) -> None:
        with _telling(self.path):
            (self.path / name).touch()


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn an error of the file system into a sentence about the run folder."""
    try:
        yield
    except FileNotFoundError:
        raise RunError(f"The run folder {path} is gone: it was deleted or moved.") from None
    except OSError as problem:
        raise RunError(
            f"The run folder {path} cannot be written ({problem.strerror}).", "Allow it, or make room."
        ) from None


def _read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
