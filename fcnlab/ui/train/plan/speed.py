"""How fast a network was trained on this machine before, from its earlier runs; and how long a plan will take."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import streamlit as st

from fcnlab.arch import NetSpec, plain
from fcnlab.lab import Event, MetricsLog, Run
from fcnlab.plan import Plan, steps_in_epoch

NEAR_END = 64 * 1024
"""Bytes at a curve's end from which the speed is taken."""

LOOKED_AT = 200
"""Runs among which one of the same network is looked for."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a run was.

    Attributes:
        run: Its name.
        images_per_second: Of its steps.
        between: Seconds between an epoch's last step and the next one's first, for validation and what is kept.
    """

    run: str
    images_per_second: float
    between: float = 0.0


def last_speed(runs: Sequence[Run], net: NetSpec, precision: str) -> Speed | None:
    """The speed of the newest run of a network on this machine; None where there is none.

    Args:
        runs: Newest first.
        net: The network; its name does not matter.
        precision: Of the plan.
    """
    wanted = _nameless(plain(net))
    for run in runs[:LOOKED_AT]:
        if run.record.plan.precision != precision or _nameless(run.record.net) != wanted:
            continue
        if run.status.host not in ("", socket.gethostname()):
            continue
        found = _speed_of(run)
        if found is not None:
            return found
    return None


def training_seconds(plan: Plan, images: int, speed: Speed) -> float:
    """How long a plan takes at a speed.

    Args:
        plan: The plan.
        images: Training images that it takes.
        speed: Of an earlier run.
    """
    seen = sum(phase.epochs * steps_in_epoch(phase, images) * min(phase.batch_size, images) for phase in plan.phases)
    return seen / speed.images_per_second + plan.epochs * speed.between


def measured(events: Sequence[Event]) -> tuple[float, float] | None:
    """Images per second, and seconds between epochs, of a curve's last events; None where too few are there."""
    steps = [event for event in events if event.get("kind") == "step" and event["step"] > 1 and event["seconds"] > 0]
    if not steps:
        return None
    return median(step["images"] / step["seconds"] for step in steps), _between(events)


def _between(events: Sequence[Event]) -> float:
    """Of the last epoch whose steps are all there."""
    ends = [index for index, event in enumerate(events) if event.get("kind") == "epoch"]
    if not ends:
        return 0.0
    last = events[ends[-1]]
    inside = [event for event in events if event.get("kind") == "step" and event.get("epoch") == last["epoch"]]
    whole = len(ends) > 1 or (inside and inside[0]["step"] == 1)
    return max(last["seconds"] - sum(step["seconds"] for step in inside), 0.0) if whole else 0.0


def _speed_of(run: Run) -> Speed | None:
    path = run.path / "metrics.jsonl"
    try:
        found = path.stat()
    except OSError:
        return None
    pace = _measured(str(path), found.st_size, found.st_mtime_ns)
    return Speed(run.name, *pace) if pace else None


@st.cache_data(max_entries=64, show_spinner=False)
def _measured(path: str, size: int, changed: int) -> tuple[float, float] | None:
    """Cached by the file's size and time of change."""
    events, _ = MetricsLog(Path(path)).read(max(size - NEAR_END, 0))
    return measured(events)


def _nameless(net: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in net.items() if key != "name"}
