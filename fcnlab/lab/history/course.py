"""The course of a training: what its events tell so far, in a size that does not grow with its steps."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypeGuard

from fcnlab.draw.buckets import Buckets, Point
from fcnlab.lab.runs.metrics import Event

RECENT = 40
"""Steps that are kept as they are."""

RATE_BUCKETS = 120
"""Of the learning rate's curve, which is drawn small."""


@dataclass(frozen=True)
class Course:
    """A training so far.

    Attributes:
        steps: The number of the last step; 0 before the first.
        loss: Step and loss, thinned out for the eye.
        smoothed: Step and moving average of the loss.
        means: Step and mean loss of equal stretches of steps.
        rates: Step and learning rate, thinned out for the eye.
        first_losses: The first few losses that were finite.
        recent: The events of the last steps, oldest first.
        epochs: The events of all epochs.
        notes: The events of all notes.
        broken_since: The first of the last steps whose loss is no number; None while it is one.
        in_steps: Seconds that the steps of an epoch have taken, by epoch; for the last two epochs.
    """

    steps: int = 0
    loss: tuple[Point, ...] = ()
    smoothed: tuple[Point, ...] = ()
    means: tuple[Point, ...] = ()
    rates: tuple[Point, ...] = ()
    first_losses: tuple[float, ...] = ()
    recent: tuple[Event, ...] = ()
    epochs: tuple[Event, ...] = ()
    notes: tuple[Event, ...] = ()
    broken_since: int | None = None
    in_steps: tuple[tuple[int, float], ...] = ()


class CourseKeeper:
    """Takes events as they come, and tells the course so far; an event costs the same however many there were."""

    def __init__(self) -> None:
        self._steps = 0
        self._losses, self._rates = Buckets(), Buckets(RATE_BUCKETS)
        self._first: list[float] = []
        self._recent: deque[Event] = deque(maxlen=RECENT)
        self._epochs: list[Event] = []
        self._notes: list[Event] = []
        self._broken: int | None = None
        self._in_steps: dict[int, float] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Take the next events of a run; those of an unknown kind are passed over."""
        for event in events:
            match event.get("kind"):
                case "step":
                    self._add_step(event)
                case "epoch":
                    self._epochs.append(event)
                case "note":
                    self._notes.append(event)

    def _add_step(self, event: Event) -> None:
        step, loss, rate = int(event["step"]), event.get("loss"), event.get("learning_rate")
        self._steps = step
        self._recent.append(event)
        if _is_number(rate):
            self._rates.add(step, rate)
        if _is_number(loss):
            self._losses.add(step, loss)
            self._broken = None
            if len(self._first) < RECENT:
                self._first.append(loss)
        elif self._broken is None:
            self._broken = step
        epoch = int(event.get("epoch", 0))
        if epoch not in self._in_steps and len(self._in_steps) == 2:
            del self._in_steps[min(self._in_steps)]
        self._in_steps[epoch] = self._in_steps.get(epoch, 0.0) + (event.get("seconds") or 0.0)

    def course(self) -> Course:
        """The course so far; it does not change when further events are taken."""
        return Course(
            steps=self._steps,
            loss=tuple(self._losses.outline()),
            smoothed=tuple(self._losses.smoothed()),
            means=tuple(self._losses.means()),
            rates=tuple(self._rates.outline()),
            first_losses=tuple(self._first),
            recent=tuple(self._recent),
            epochs=tuple(self._epochs),
            notes=tuple(self._notes),
            broken_since=self._broken,
            in_steps=tuple(self._in_steps.items()),
        )


def course_of(events: Sequence[Event]) -> Course:
    """The course that these events tell, oldest first."""
    keeper = CourseKeeper()
    keeper.add(events)
    return keeper.course()


def mean_iou(epoch: Event | None, on: str = "validation") -> float | None:
    """The mean IoU in an epoch's event, of the "validation" or the "training" images; None where it has none."""
    value = ((epoch or {}).get(on) or {}).get("mean_iou")
    return float(value) if _is_number(value) else None


def class_iou(epoch: Event | None, on: str = "validation") -> list[float | None]:
    """The IoU of each class in an epoch's event; empty where it has none, None for a class that nothing showed."""
    found = ((epoch or {}).get(on) or {}).get("class_iou") or []
    return [float(value) if _is_number(value) else None for value in found]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and isfinite(value)
