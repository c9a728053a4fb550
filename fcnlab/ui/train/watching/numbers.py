"""The arithmetic of a training while it runs: its pace, and the time that is left."""

from dataclasses import dataclass
from statistics import median

from fcnlab.lab.history.course import Course

RECENT = 20
"""Steps that the pace is taken from."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a training runs.

    Attributes:
        images_per_second: Of its steps alone.
        seconds_left: Until the plan's end, scoring after each epoch included.
    """

    images_per_second: float
    seconds_left: float


def pace(course: Course, total_steps: int, total_epochs: int) -> Pace | None:
    """The pace of the last steps; None before the second one, since the first includes building the graph."""
    recent = [step for step in course.recent[-RECENT:] if step["step"] > 1 and step["seconds"] > 0]
    if not recent:
        return None
    second_a_step = median(step["seconds"] for step in recent)
    images = median(step["images"] / step["seconds"] for step in recent)
    left = max(total_steps - course.steps, 0) * second_a_step
    epochs_left = max(total_epochs - len(course.epochs), 0)
    return Pace(images, left + epochs_left * _overhead(course))


def _overhead(course: Course) -> float:
    """Seconds of the last whole epoch that were not spent in its steps: batch norm's statistics and validation."""
    if not course.epochs:
        return 0.0
    last = course.epochs[-1]
    inside = dict(course.in_steps).get(last["epoch"])
    return 0.0 if inside is None else float(max(last["seconds"] - inside, 0.0))


def duration(seconds: float) -> str:
    """A length of time in its two largest units: "8 s", "3 min 20 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def brief(seconds: float) -> str:
    """As `duration`, for narrow places: without seconds from ten minutes on."""
    text = duration(seconds)
    return text.rsplit(" ", 2)[0] if 600 <= round(seconds) < 3600 else text
