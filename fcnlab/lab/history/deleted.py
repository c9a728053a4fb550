"""Deleted runs, which can be brought back: whole folders in `.deleted` beside the others."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime

from fcnlab.errors import RunError
from fcnlab.files import write_text
from fcnlab.lab.runs.names import check_name
from fcnlab.lab.runs.records import RunState
from fcnlab.lab.runs.run import Run
from fcnlab.model import Document

FOLDER = ".deleted"
_FILE = "deleted.json"

ENDED: frozenset[RunState] = frozenset({"done", "stopped", "failed", "interrupted"})
"""States in which nothing works on a run nor waits for it."""


class Deletion(Document):
    """A deleted run as its folder tells of it: the name to go back to, and when it was deleted."""

    version: Literal[1] = 1
    name: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted run.

    Attributes:
        key: Its folder's name among the deleted ones.
        name: The name that it had and gets back.
        at: When it was deleted.
    """

    key: str
    name: str
    at: datetime


class Bin:
    """The deleted runs of a runs folder.

    Args:
        root: The runs folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = root / FOLDER

    def delete(self, name: str) -> Deleted:
        """Take a run off the shelf; `restore` brings it back.

        Raises:
            RunError: There is no such folder, something works on the run or it waits, or it cannot be moved.
        """
        path = self.root / check_name(name)
        if not path.is_dir():
            raise RunError(f"There is no run called {name} here.", "It may have been deleted already.")
        state = _state(path)
        if state not in ENDED:
            doing = "is waiting to be trained" if state == "queued" else "is being trained"
            raise RunError(f"The run {name} {doing} and cannot be deleted.", "Stop it first.")
        key = _free_name(self._folder, name)
        gone = Deletion(name=name, at=datetime.now(UTC))
        try:
            write_text(path / _FILE, gone.model_dump_json())
            self._folder.mkdir(exist_ok=True)
            path.rename(self._folder / key)
        except OSError as problem:
            raise RunError(f"The run {name} cannot be deleted ({problem.strerror}).") from None
        return Deleted(key, name, gone.at)

    def deleted(self) -> list[Deleted]:
        """The deleted runs, the last one first."""
        folder = self._folder
        found = [_deleted(path) for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        return sorted(found, key=lambda gone: gone.at, reverse=True)

    def restore(self, key: str) -> str:
        """Bring a deleted run back.

        Returns:
            Its name, with a number behind it where a new run has taken the old one.

        Raises:
            RunError: It is no longer there, or cannot be moved.
        """
        path = self._in_bin(key)
        name = _free_name(self.root, _deleted(path).name)
        try:
            target = path.rename(self.root / name)
            (target / _FILE).unlink(missing_ok=True)
        except OSError as problem:
            raise RunError(f"The run {key} cannot be restored ({problem.strerror}).") from None
        return name

    def remove(self, key: str) -> None:
        """Remove a deleted run for good.

        Raises:
            RunError: It is no longer there, or cannot be removed.
        """
        try:
            shutil.rmtree(self._in_bin(key))
        except OSError as problem:
            raise RunError(f"The run {key} cannot be removed ({problem.strerror}).") from None

    def _in_bin(self, key: str) -> Path:
        path = self._folder / check_name(key)
        if not path.is_dir():
            raise RunError(f"There is no deleted run {key}.", "It was restored or removed already.")
        return path


def _state(path: Path) -> RunState:
    """The state of the run at `path`; nothing works on a folder that is no run."""
    try:
        return Run.open(path).state()
    except RunError:
        return "interrupted"


def _deleted(path: Path) -> Deleted:
    """As its file tells; a folder without one keeps its name and counts as deleted when it was last changed."""
    try:
        gone = Deletion.parse((path / _FILE).read_bytes(), what=_FILE, error=RunError)
        return Deleted(path.name, check_name(gone.name), gone.at)
    except (OSError, RunError):
        return Deleted(path.name, path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))


def _free_name(folder: Path, name: str) -> str:
    """The name, or one with the first number behind it that is not taken, such as "first-2"."""
    free, number = name, 1
    while (folder / free).exists():
        number += 1
        free = f"{name[:70]}-{number}"
    return free
