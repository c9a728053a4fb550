"""The arithmetic of training in sentences: steps, epochs, validation, and the memory that the images take."""

from dataclasses import dataclass

from fcnlab.arch.graph import Shape
from fcnlab.data.dataset import presence_type
from fcnlab.plan import (
    VALIDATION_BATCH,
    Plan,
    images_taken,
    planned_steps,
    steps_in_epoch,
    validation_images,
    validation_steps,
)
from fcnlab.ui.words import BYTES_PER_VALUE, bytes_in, shape


@dataclass(frozen=True)
class Sums:
    """What a plan of one phase amounts to on a dataset, as the training loop does it.

    Attributes:
        images: Training images that are used.
        batch: Of them a step.
        steps: Of an epoch.
        left: Images that an epoch leaves out.
        epochs: Of the plan.
        total: Steps in all.
        scored: Validation images that are scored after each epoch.
        judged: Batches of a validation.
    """

    images: int
    batch: int
    steps: int
    left: int
    epochs: int
    total: int
    scored: int
    judged: int


def sums(plan: Plan, training: int, validation: int) -> Sums:
    """Work out a plan's numbers.

    Args:
        plan: Of one phase.
        training: Training images that the dataset has; at least one.
        validation: Validation images that it has.
    """
    phase = plan.phases[0]
    images = images_taken(plan, training)
    batch, steps = min(phase.batch_size, images), steps_in_epoch(phase, images)
    return Sums(
        images=images,
        batch=batch,
        steps=steps,
        left=max(images - steps * batch, 0),
        epochs=phase.epochs,
        total=planned_steps(plan, training),
        scored=validation_images(plan, validation),
        judged=validation_steps(plan, validation),
    )


def told(found: Sums, validation: int) -> list[str]:
    """The numbers as sentences in Markdown: an epoch, what it leaves out, validation, and the whole training."""
    used = found.steps * found.batch
    lines = [
        (
            f"**An epoch** is {_many(found.steps, 'step')} × {_many(found.batch, 'image')} = "
            f"**{used:,} of {_many(found.images, 'image')}**."
        )
    ]
    if found.left:
        lines.append(
            f"{_many(found.left, 'image')} would make a smaller last batch and {'is' if found.left == 1 else 'are'} "
            "left out; the order is drawn anew for each epoch, so that these are others each time."
        )
    lines.append(_validation(found, validation))
    seen = found.total * found.batch
    lines.append(
        f"**The training** is {_many(found.epochs, 'epoch')} × {_many(found.steps, 'step')} = "
        f"**{_many(found.total, 'step')}**, each of which changes the weights once. The network sees {seen:,} images, "
        f"each of the {found.images:,} about {seen / found.images:.3g} times."
    )
    return lines


def memory_told(found: Sums, size: Shape, classes: int) -> list[str]:
    """The memory that the images take, as sentences.

    Args:
        found: The plan's numbers.
        size: Height, width and channels of the network's input.
        classes: K.
    """
    height, width, channels = size
    image, mask = height * width * channels, height * width * (1 + presence_type(classes)(0).itemsize)
    pairs = found.images + found.scored
    batch = found.batch * image * BYTES_PER_VALUE
    return [
        (
            f"At {shape(size)} an image takes **{image:,} bytes**, and its mask {mask:,}: of each pixel its class, and "
            "which classes touch it."
        ),
        (
            f"{found.images:,} training and {_many(found.scored, 'validation image')} take "
            f"{pairs:,} × {image + mask:,} bytes = **{bytes_in(pairs * (image + mask))}**."
        ),
        (
            f"A batch enters the network as {BYTES_PER_VALUE * 8}-bit numbers: {found.batch:,} × {image:,} × "
            f"{BYTES_PER_VALUE} bytes = **{bytes_in(batch)}**. What its layers keep for the way back is many times "
            "that; the Build page tells how much."
        ),
    ]


def _validation(found: Sums, validation: int) -> str:
    if not found.scored:
        return "**Validation** is left out: the dataset has no validation images."
    last = found.scored - (found.judged - 1) * VALIDATION_BATCH
    end = "" if found.judged == 1 or last == VALIDATION_BATCH else f", the last of which has {last}"
    batch = min(VALIDATION_BATCH, found.scored)
    which = f"{found.scored:,} of {validation:,}" if found.scored < validation else f"all {validation:,}"
    return (
        f"**Validation** after each epoch scores {which} images in {_many(found.judged, 'step')} of "
        f"{_many(batch, 'image')}{end}; they change no weight."
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + "s" * (number != 1)
