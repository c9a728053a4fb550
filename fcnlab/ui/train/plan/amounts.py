"""What a plan amounts to before it starts, in sentences: steps, images, time, validation."""

from fcnlab.lab.training.doubts import many
from fcnlab.plan import (
    COMPARED_IMAGES,
    VALIDATION_BATCH,
    Phase,
    Plan,
    images_taken,
    planned_steps,
    scored_images,
    steps_in_epoch,
)
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.speed import Speed, training_seconds
from fcnlab.ui.train.watching.numbers import duration


def arithmetic(plan: Plan, available: int, speed: Speed | None = None) -> str:
    """Steps, images and time as Markdown.

    Args:
        plan: The plan.
        available: Training images that the dataset has.
        speed: Of an earlier run of the network, if there is one.
    """
    images, total = images_taken(plan, available), planned_steps(plan, available)
    if len(plan.phases) == 1:
        phase = plan.phases[0]
        lines = [
            f"One epoch: {_epoch(phase, images)}",
            f"× {many(phase.epochs, 'epoch')} = **{many(total, 'step')} in all**.",
        ]
    else:
        lines = [_phase(number, phase, images) for number, phase in enumerate(plan.phases, 1)]
        lines.append(f"{many(plan.epochs, 'epoch')}, **{many(total, 'step')} in all**.")
    lines.append(_time(plan, images, speed))
    return "  \n".join(lines)


def _epoch(phase: Phase, images: int) -> str:
    steps, batch = steps_in_epoch(phase, images), min(phase.batch_size, images)
    used = steps * batch
    start = f"**{many(steps, 'step')}** × {many(batch, 'image')} = "
    if phase.steps_per_epoch:
        return f"{start}{many(used, 'image')}, each of the {images:,} about {used / images:.3g} times."
    left = images - used
    rest = f"; {left:,} {'is' if left == 1 else 'are'} left out, others each time" if left else ""
    return f"{start}{used:,} of {many(images, 'image')}{rest}."


def _phase(number: int, phase: Phase, images: int) -> str:
    steps, batch = steps_in_epoch(phase, images), min(phase.batch_size, images)
    times = steps * batch / images
    often = "each image once an epoch" if times == 1 else f"each image {times:.3g} times an epoch"
    return (
        f"Phase {number}: {steps:,} × {many(batch, 'image')} ({often}) × {many(phase.epochs, 'epoch')} = "
        f"**{many(phase.epochs * steps, 'step')}**."
    )


def _time(plan: Plan, images: int, speed: Speed | None) -> str:
    if speed is None:
        return (
            f"How long it takes is known after the first steps: no run here trained this network in {plan.precision}."
        )
    seconds = duration(training_seconds(plan, images, speed))
    return f"About **{seconds}**, at the {speed.images_per_second:.3g} images a second of {literal(speed.run)}."


def judged(plan: Plan, available: int) -> str:
    """What validation amounts to, in a sentence.

    Args:
        plan: The plan.
        available: Validation images that the dataset has.
    """
    if not available:
        return "No validation: the dataset has no images for it."
    told = list(dict.fromkeys(_judged(plan, phase, available) for phase in plan.phases))
    if len(told) == 1:
        return f"After each epoch {told[0]}; {_COMPARED}."
    return " ".join(f"In phase {number} {text}." for number, text in enumerate(told, 1)) + f" {_COMPARED.capitalize()}."


_COMPARED = f"as many training images are, for comparison, {COMPARED_IMAGES} at most"


def _judged(plan: Plan, phase: Phase, available: int) -> str:
    scored = scored_images(plan, phase, available)
    which = f"all {available:,}" if scored == available else f"{scored:,} of {available:,}"
    batch = VALIDATION_BATCH if phase.validation_steps is None else phase.batch_size
    return f"{which} validation images are judged, {many(-(-scored // batch), 'batch')} of {min(batch, scored)}"
