"""The arithmetic of a training while it runs: its pace, and the time that is left."""

from dataclasses import dataclass
from statistics import median

from fcnlab.lab.history.course import Course

RECENT = 20
"""Steps that the pace is taken from."""


FORWARD = 2.5
"""How many images are measured in the time in which one is learnt from, about: there is no way back through them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a training runs.

    Attributes:
        images_per_second: Of its steps alone.
        seconds_left: Until the plan's end, scoring after each epoch included.
    """

    images_per_second: float
    seconds_left: float


def pace(course: Course, total_steps: int, total_epochs: int, measured: int = 0) -> Pace | None:
    """The pace of the last steps; None before the second one, since the first includes building the graph.

    Args:
        course: The training so far.
        total_steps: Of the whole run.
        total_epochs: Of the whole run.
        measured: Images that are measured after an epoch, for as long as no epoch tells how long that takes.
    """
    recent = [step for step in course.recent[-RECENT:] if step["step"] > 1 and step["seconds"] > 0]
    if not recent:
        return None
    second_a_step = median(step["seconds"] for step in recent)
    images = median(step["images"] / step["seconds"] for step in recent)
    left = max(total_steps - course.steps, 0) * second_a_step
    epochs_left = max(total_epochs - len(course.epochs), 0)
    overhead = _overhead(course) if course.epochs else measured / (images * FORWARD)
    return Pace(images, left + epochs_left * overhead)


def _overhead(course: Course) -> float:
    """Seconds of the last whole epoch that were not spent in its steps: batch norm's statistics and validation."""
    last = course.epochs[-1]
    inside = dict(course.in_steps).get(last["epoch"])
    return 0.0 if inside is None else float(max(last["seconds"] - inside, 0.0))


def time_taken(course: Course) -> float:
    """Seconds of all epochs, validation included, and of the steps since; pauses and nights between do not count."""
    ended = course.epochs[-1]["epoch"] if course.epochs else 0
    whole = sum(epoch["seconds"] for epoch in course.epochs)
    return float(whole + sum(seconds for epoch, seconds in course.in_steps if epoch > ended))


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
    """As `duration`, for narrow places: "24 min" without seconds from ten minutes on, "2.4 h" from an hour on."""
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    text = duration(seconds)
    return text.rsplit(" ", 2)[0] if seconds >= 600 else text
