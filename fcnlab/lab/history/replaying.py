"""A run played back: what had been seen of it at any moment of its training."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fcnlab.data.catalogue import assets_root
from fcnlab.errors import RunError
from fcnlab.lab.history.course import Course, CourseKeeper
from fcnlab.lab.history.shelf import Shelf
from fcnlab.lab.runs.metrics import Event
from fcnlab.lab.runs.names import check_name
from fcnlab.lab.runs.run import Run, list_runs


@dataclass(frozen=True)
class Recording:
    """The events of a run, and when each came, in seconds of training from its begin.

    What a person would have waited for: pauses, and nights between two stretches of work, are left out.

    Attributes:
        events: Of steps, epochs and notes, oldest first.
        times: When each came; never falling.
    """

    events: tuple[Event, ...]
    times: tuple[float, ...]

    @property
    def length(self) -> float:
        """Seconds of the whole training."""
        return self.times[-1] if self.times else 0.0

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return max((int(event.get("step", 0)) for event in self.events), default=0)

    @property
    def epochs(self) -> int:
        """Epochs that were finished in it."""
        return max((int(event["epoch"]) for event in self.events if event.get("kind") == "epoch"), default=0)

    def count_at(self, seconds: float) -> int:
        """How many of the events had come by then."""
        return bisect_right(self.times, seconds)

    def time_of_epoch(self, epoch: int) -> float:
        """When that epoch was finished; the end where it never was."""
        for event, time in zip(self.events, self.times, strict=True):
            if event.get("kind") == "epoch" and event.get("epoch") == epoch:
                return time
        return self.length


def record_of(events: Iterable[Event]) -> Recording:
    """The recording of a run's events, oldest first.

    A step came when its seconds had gone by; an epoch when, besides its steps, its validation had taken what is left
    of its own seconds. The time that was noted with an event is no help: a pause would be played at full length.
    """
    kept, times, clock, in_epoch = [], [], 0.0, 0.0
    for event in events:
        kind, seconds = event.get("kind"), event.get("seconds") or 0.0
        if kind not in ("step", "epoch", "note"):
            continue
        own = max(seconds - in_epoch, 0.0) if kind == "epoch" else seconds if kind == "step" else 0.0
        in_epoch = 0.0 if kind == "epoch" else in_epoch + own
        clock += own
        kept.append(event)
        times.append(clock)
    return Recording(tuple(kept), tuple(times))


class Player:
    """Tells the course of a recording at any moment; going on costs what is new, going back all that was."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._keeper = CourseKeeper()
        self._count = 0

    def at(self, seconds: float) -> Course:
        """The course after so many seconds of training."""
        count = self.recording.count_at(seconds)
        if count < self._count:
            self._keeper, self._count = CourseKeeper(), 0
        self._keeper.add(self.recording.events[self._count : count])
        self._count = count
        return self._keeper.course()


# Recordings that come with the lab


def recordings() -> list[Run]:
    """The recordings that come with the lab, by name: runs with their curve and previews and without weights."""
    return sorted(list_runs(_folder()), key=lambda run: run.name)


def find_recording(root: Path, name: str) -> Run:
    """The run of that name in the runs folder, else the recording that comes with the lab.

    Raises:
        RunError: There is neither; told without server paths.
    """
    if not (root / check_name(name)).is_dir():
        for run in recordings():
            if run.name == name:
                return run
    return Shelf.at(root).find(name)


def require_events(run: Run, recording: Recording) -> None:
    """Refuse to play what has nothing to show.

    Raises:
        RunError: The run has taken no step yet.
    """
    if not recording.steps:
        raise RunError(f"The run {run.name} has no step to play back yet.", "Wait for its first epoch.")


def _folder() -> Path:
    return assets_root() / "recordings"
