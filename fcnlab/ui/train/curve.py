"""Reading a run's curve: each file is read once a server, and only what is new of it."""

from pathlib import Path
from threading import Lock

import streamlit as st

from fcnlab.lab import Event, MetricsLog, MetricsTail, Run

NEAR_END = 64 * 1024
"""Bytes at a curve's end in which its last epoch is looked for first."""


class Curve:
    """The events of a run so far; one object serves every visitor who watches it."""

    def __init__(self, tail: MetricsTail) -> None:
        self._tail = tail
        self._lock = Lock()

    def read(self) -> tuple[list[Event], list[Event]]:
        """The events of steps and of epochs, oldest first."""
        with self._lock:
            events = list(self._tail.refresh())
        return [e for e in events if e.get("kind") == "step"], [e for e in events if e.get("kind") == "epoch"]


@st.cache_resource(max_entries=16, show_spinner=False)
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


def mean_iou(epoch: Event | None) -> float | None:
    """The validation's mean IoU in an epoch's event, where it has one."""
    seen = (epoch or {}).get("validation") or {}
    value = seen.get("mean_iou")
    return float(value) if isinstance(value, int | float) else None


def class_iou(epoch: Event | None) -> list[float | None]:
    """The validation's IoU of each class in an epoch's event; empty where it has none."""
    seen = (epoch or {}).get("validation") or {}
    return [float(value) if isinstance(value, int | float) else None for value in seen.get("class_iou") or []]
