"""The runs folder as a person keeps it: runs with names, notes and tags, deleted ones with a way back.

    <run>/about.json          the name shown, the note and the tags, written by people at any time
    .deleted/<run>/           a deleted run, whole, with deleted.json: its name and when it was deleted

Of a run folder only what changed since the last look is read, so that a list of hundreds takes milliseconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from fcnlab.errors import RunError
from fcnlab.files import write_text
from fcnlab.lab.history.about import FILE as ABOUT
from fcnlab.lab.history.about import About, read_about
from fcnlab.lab.history.deleted import ENDED, Bin
from fcnlab.lab.history.summary import Summary, summarise
from fcnlab.lab.runs.names import check_name
from fcnlab.lab.runs.records import RunState, Status
from fcnlab.lab.runs.run import Run

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Entry:
    """A run with what a list tells of it.

    Attributes:
        run: The run.
        about: What people say about it.
        status: As written.
        state: As a reader should show it.
        summary: What its curve amounts to.
    """

    run: Run
    about: About
    status: Status
    state: RunState
    summary: Summary

    @property
    def title(self) -> str:
        """The name shown."""
        return self.about.title or self.run.name

    @property
    def note(self) -> str:
        """The words of a person about it, empty for none."""
        return self.run.record.note if self.about.note is None else self.about.note

    @property
    def network(self) -> str:
        """The name of its network."""
        return str(self.run.record.net.get("name", ""))


@dataclass(frozen=True, slots=True)
class Broken:
    """A folder that is no run that can be read: its name, and what is wrong in a sentence without a server's paths."""

    name: str
    problem: str


class Shelf:
    """A runs folder. Get it with `at`, so that what was read is kept between two looks.

    Args:
        root: The runs folder; it need not exist.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = Bin(root)
        self._runs = _Kept[Run | str]()
        self._abouts = _Kept[About]()
        self._statuses = _Kept[Status]()
        self._summaries = _Kept[Summary]()

    @classmethod
    def at(cls, root: Path) -> "Shelf":
        """The shelf of a runs folder, the same one for all who ask in this process."""
        return _shelf(root)

    # Looking

    def entries(self) -> tuple[list[Entry], list[Broken]]:
        """All runs, newest first, and the folders that are none or cannot be read, by name."""
        found: list[Entry] = []
        broken: list[Broken] = []
        for path in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            if path.name.startswith(".") or not path.is_dir():
                continue
            run = self._runs.get(path / "run.json", lambda file: self._open(file.parent))
            if isinstance(run, Run):
                found.append(self.entry(run))
            else:
                broken.append(Broken(path.name, run))
        found.sort(key=lambda entry: entry.run.record.created, reverse=True)
        return found, broken

    def entry(self, run: Run) -> Entry:
        """What there is to tell of one run."""
        status = self._statuses.get(run.path / "status.json", lambda _: run.status)
        state = status.state if status.state in ENDED else run.state()
        summary = self._summaries.get(run.path / "metrics.jsonl", summarise)
        return Entry(run, self.about(run), status, state, summary)

    def find(self, name: str) -> Run:
        """The run called `name`, which may come from a link.

        Raises:
            RunError: The name is not allowed, or there is no readable run of that name; told without server paths.
        """
        path = self.root / check_name(name)
        if not path.is_dir():
            if any(name == gone.name for gone in self.bin.deleted()):
                raise RunError(f"The run {name} was deleted.", "Restore it in the list of deleted runs.")
            raise RunError(f"There is no run called {name} here.", "Choose one from the list of runs.")
        run = self._open(path)
        if isinstance(run, str):
            raise RunError(run)
        return run

    def about(self, run: Run) -> About:
        """What people say about a run; nothing where the file is missing or spoilt."""
        return self._abouts.get(run.path / ABOUT, read_about)

    def _open(self, path: Path) -> Run | str:
        """The run at `path`, or what is wrong with it."""
        try:
            return Run.open(path)
        except RunError as problem:
            return str(problem).replace(f"{self.root}/", "")

    # Changing

    def describe(self, run: Run, **changes: Any) -> About:
        """Change what is said about a run.

        Args:
            run: The run.
            changes: Fields of `About`: title, note, tags.

        Raises:
            RunError: A field's value cannot be used, or the file cannot be written.
        """
        about = About.parse(
            {**self.about(run).model_dump(), **changes}, what=f"The description of {run.name}", error=RunError
        )
        try:
            write_text(run.path / ABOUT, about.model_dump_json(indent=2))
        except OSError as problem:
            raise RunError(f"The description of {run.name} cannot be kept ({problem.strerror}).") from None
        return about


@cache
def _shelf(root: Path) -> Shelf:
    return Shelf(root)


class _Kept(Generic[Value]):
    """What was made of files, each made anew only when its file has changed."""

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[object, Value]] = {}

    def get(self, file: Path, make: Callable[[Path], Value]) -> Value:
        stamp = _stamp(file)
        before = self._kept.get(file)
        if before is not None and before[0] == stamp:
            return before[1]
        value = make(file)
        self._kept[file] = (stamp, value)
        return value


def _stamp(file: Path) -> object:
    """Another one whenever the file was written or replaced; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
