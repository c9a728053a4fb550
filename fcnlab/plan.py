"""A training plan: phases of learning rate, batch size, epochs and steps.

A plan is a document like a network: frozen, validated, kept with the run that used it.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fcnlab.errors import PlanError
from fcnlab.model import Document

LearningRate = Annotated[float, Field(gt=0, le=10)]


class Phase(Document):
    """A stretch of training in which nothing changes but the weights.

    Attributes:
        epochs: Passes of this phase.
        batch_size: Images a step.
        learning_rate: The optimizer's step size.
        steps_per_epoch: Steps a pass; None takes every image once (the last, smaller batch is left out unless
            it is the only one, so that each step has the same size).
    """

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 5
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 16
    learning_rate: LearningRate = 0.01
    steps_per_epoch: Annotated[int, Field(ge=1, le=100_000)] | None = None


Share = Annotated[float, Field(ge=0, le=1)]
HalfShare = Annotated[float, Field(ge=0, le=0.5)]


class Augmentation(Document):
    """How far training images are changed at random; 0 leaves a property as it is.

    Shift, zoom and rotation move the mask along. What they bring in from outside of the image is filled with its
    mirror image, and counts nowhere: nobody has seen what is there.

    Attributes:
        shift: At most this share of the height, up or down, and of the width, to the left or right.
        zoom: Larger or smaller by at most this share.
        rotate: At most so many degrees, to the left or right.
        brightness: Brighter or darker by at most this share of the range from black to white.
        contrast: More or less contrast by at most this factor: from 1 − contrast to 1 + contrast.
        color: How strongly colours change, 1 being strongest: saturation by a ninth to nine times, hue by a tenth of
            the colour circle to either side.
    """

    shift: HalfShare = 0.0
    zoom: HalfShare = 0.0
    rotate: Annotated[float, Field(ge=0, le=180)] = 0.0
    brightness: Share = 0.0
    contrast: Share = 0.0
    color: Share = 0.0

    @property
    def moves(self) -> bool:
        """Whether it changes where things are, and so the mask."""
        return bool(self.shift or self.zoom or self.rotate)

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return bool(self.moves or self.brightness or self.contrast or self.color)


class Plan(Document):
    """How a network is trained.

    Attributes:
        phases: Run one after the other; optimizer moments are kept between them.
        schedule: "constant" keeps a phase's learning rate, "cosine" lets it fall to zero over the phase.
        warmup_steps: Over the run's first steps the learning rate rises evenly to its value: Adam's first steps are
            taken before it knows the gradients' size, and large ones then spoil what follows.
        loss: "cross-entropy" asks for the right class at every pixel alike; "cross-entropy+dice" adds a term in which
            a class of few pixels counts as much as one of many, so that small targets are learnt early.
        flip: Mirror each image and its mask left to right with probability one half.
        augment: The other changes at random, different for each image and step.
        seed: Of the weights, the order of the images and the augmentation.
        subset: Train on this many images, chosen by the seed; None takes all.
        validation_images: Score after each epoch on at most this many images; None takes all.
    """

    version: Literal[1] = 1
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=32)] = (Phase(),)
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup_steps: Annotated[int, Field(ge=0, le=10_000)] = 10
    loss: Literal["cross-entropy", "cross-entropy+dice"] = "cross-entropy+dice"
    flip: bool = True
    augment: Augmentation = Augmentation()
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    subset: Annotated[int, Field(ge=1)] | None = None
    validation_images: Annotated[int, Field(ge=1)] | None = 200

    @property
    def epochs(self) -> int:
        """Passes of all phases together."""
        return sum(phase.epochs for phase in self.phases)


def steps_in_epoch(phase: Phase, images: int) -> int:
    """Steps that one epoch of `phase` takes over `images` training images; at least one."""
    return phase.steps_per_epoch or max(images // phase.batch_size, 1)


VALIDATION_BATCH = 16
"""Images that are predicted at a time where nothing is learned: in validation, in scores and in looks inside."""


def validation_images(plan: Plan, available: int) -> int:
    """How many of `available` validation images are scored after each epoch."""
    return available if plan.validation_images is None else min(plan.validation_images, available)


def validation_steps(plan: Plan, available: int) -> int:
    """Batches that one validation takes, the last of which may be smaller."""
    return -(-validation_images(plan, available) // VALIDATION_BATCH)


def load_plan(path: str | Path) -> Plan:
    """Read a plan from a JSON file.

    Raises:
        PlanError: The file cannot be read or holds no valid plan.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise PlanError(f"The plan file {path} cannot be read ({problem}).") from None
    return Plan.parse(text, what=f"the plan file {path.name}", error=PlanError)
