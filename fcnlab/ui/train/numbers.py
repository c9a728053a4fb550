"""The arithmetic of a training: steps beforehand, and pace and time left while it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from fcnlab.lab import Event
from fcnlab.plan import Plan, steps_in_epoch

RECENT = 20
"""Steps that the pace is taken from."""


def images_taken(plan: Plan, available: int) -> int:
    """How many of the dataset's training images a plan uses."""
    return available if plan.subset is None else min(plan.subset, available)


def planned_steps(plan: Plan, available: int) -> int:
    """Steps of a whole plan."""
    images = images_taken(plan, available)
    return sum(phase.epochs * steps_in_epoch(phase, images) for phase in plan.phases)


def arithmetic(plan: Plan, available: int) -> str:
    """Images, batches, steps and epochs as one line of Markdown, for a plan of one phase.

    Args:
        plan: The plan.
        available: Training images that the dataset has.
    """
    phase = plan.phases[0]
    images = images_taken(plan, available)
    steps, batch = steps_in_epoch(phase, images), min(phase.batch_size, images)
    used, total = steps * batch, planned_steps(plan, available)
    left = images - used
    rest = f"; {left} {'is' if left == 1 else 'are'} left out, others each time" if left else ""
    return (
        f"One epoch: **{_many(steps, 'step')}** × {_many(batch, 'image')} = {used:,} of {_many(images, 'image')}{rest}."
        f"  \n× {_many(phase.epochs, 'epoch')} = **{_many(total, 'step')} in all**."
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + "s" * (number != 1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a training runs.

    Attributes:
        images_per_second: Of its steps alone.
        seconds_left: Until the plan's end, scoring after each epoch included.
    """

    images_per_second: float
    seconds_left: float


def pace(steps: Sequence[Event], epochs: Sequence[Event], total_steps: int, total_epochs: int) -> Pace | None:
    """The pace of the last steps; None before the second one, since the first includes building the graph."""
    recent = [step for step in steps[-RECENT:] if step["step"] > 1 and step["seconds"] > 0]
    if not recent:
        return None
    second_a_step = median(step["seconds"] for step in recent)
    images = median(step["images"] / step["seconds"] for step in recent)
    left = max(total_steps - steps[-1]["step"], 0) * second_a_step
    epochs_left = max(total_epochs - len(epochs), 0)
    return Pace(images, left + epochs_left * _overhead(steps, epochs))


def _overhead(steps: Sequence[Event], epochs: Sequence[Event]) -> float:
    """Seconds of the last whole epoch that were not spent in its steps: batch norm's statistics and validation."""
    if not epochs:
        return 0.0
    last = epochs[-1]
    inside = sum(step["seconds"] for step in steps if step["epoch"] == last["epoch"])
    return float(max(last["seconds"] - inside, 0.0))


def duration(seconds: float) -> str:
    """A length of time in its two largest units: "8 s", "3 min 20 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
