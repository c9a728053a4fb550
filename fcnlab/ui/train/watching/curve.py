"""Reading a run's curve: each file is read once a server, and only what is new of it."""

from pathlib import Path
from threading import Lock

import streamlit as st

from fcnlab.lab import Event, MetricsLog, MetricsTail, Run
from fcnlab.lab.history.course import Course, CourseKeeper, class_iou, mean_iou

__all__ = ["Curve", "class_iou", "curve", "last_epoch", "mean_iou"]

NEAR_END = 64 * 1024
"""Bytes at a curve's end in which its last epoch is looked for first."""


class Curve:
    """The course of a run so far; one object serves every visitor who watches it."""

    def __init__(self, tail: MetricsTail) -> None:
        self._tail = tail
        self._keeper = CourseKeeper()
        self._course = Course()
        self._lock = Lock()

    def read(self) -> Course:
        """The course with all that was written until now; the same object while nothing was."""
        with self._lock:
            new, anew = self._tail.refresh()
            if anew:
                self._keeper = CourseKeeper()
            if new or anew:
                self._keeper.add(new)
                self._course = self._keeper.course()
            return self._course


@st.cache_resource(max_entries=64, show_spinner=False)
def _curve(path: str) -> Curve:
    return Curve(Run.open(path).tail())


def curve(run: Run) -> Curve:
    """The curve of a run, kept between reruns and visitors."""
    found: Curve = _curve(str(run.path))
    return found


def last_epoch(run: Run) -> Event | None:
    """The last epoch's event, read from the curve's end; None before the first epoch's end."""
    path = run.path / "metrics.jsonl"
    try:
        found = path.stat()
    except OSError:
        return None
    event: Event | None = _last_epoch(str(path), found.st_size, found.st_mtime_ns)
    return event


@st.cache_data(max_entries=512, show_spinner=False)
def _last_epoch(path: str, size: int, changed: int) -> Event | None:
    """Cached by the file's size and time of change."""
    log = MetricsLog(Path(path))
    for start in dict.fromkeys((max(size - NEAR_END, 0), 0)):
        events, _ = log.read(start)
        for event in reversed(events):
            if event.get("kind") == "epoch":
                return event
    return None
