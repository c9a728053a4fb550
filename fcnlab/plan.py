"""A training plan: phases of learning rate, batch size, epochs and steps, and what they come to on paper.

A plan is a document like a network: frozen, validated, kept with the run that used it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fcnlab.errors import PlanError
from fcnlab.model import Document

LearningRate = Annotated[float, Field(gt=0, le=10)]
Schedule = Literal["constant", "cosine"]
LossName = Literal["cross-entropy", "cross-entropy+dice", "focal", "focal+dice"]
OptimizerName = Literal["adam", "adamw", "sgd"]
Precision = Literal["float32", "bfloat16"]
ValidationMetric = Literal["loss", "mean_iou", "target_iou"]


class Phase(Document):
    """A stretch of training in which nothing changes but the weights.

    Attributes:
        epochs: Passes of this phase.
        batch_size: Images a step.
        learning_rate: The optimizer's step size.
        steps_per_epoch: Steps a pass; None takes every image once (the last, smaller batch is left out unless
            it is the only one, so that each step has the same size).
        schedule: As the plan's, for this phase alone; None takes the plan's.
        validation_steps: Batches of `batch_size` images that are scored after each epoch, each image once at most;
            None leaves it to the plan's `validation_images`.
        workers: Threads that make the next batches ready while the network learns; 0 makes each when it is needed.
            The batches are the same for any number.
    """

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 5
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 16
    learning_rate: LearningRate = 0.01
    steps_per_epoch: Annotated[int, Field(ge=1, le=100_000)] | None = None
    schedule: Schedule | None = None
    validation_steps: Annotated[int, Field(ge=1, le=100_000)] | None = None
    workers: Annotated[int, Field(ge=0, le=64)] = 0


Share = Annotated[float, Field(ge=0, le=1)]
HalfShare = Annotated[float, Field(ge=0, le=0.5)]
ClassWeight = Annotated[float, Field(ge=0, le=10_000)]


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
        paste: This share of the images gets objects (all but the first class) of other training images pasted in,
            each at a random place and in a random size.
    """

    shift: HalfShare = 0.0
    zoom: HalfShare = 0.0
    rotate: Annotated[float, Field(ge=0, le=180)] = 0.0
    brightness: Share = 0.0
    contrast: Share = 0.0
    color: Share = 0.0
    paste: Share = 0.0

    @property
    def moves(self) -> bool:
        """Whether it changes where things are, and so the mask."""
        return bool(self.shift or self.zoom or self.rotate)

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return bool(self.moves or self.brightness or self.contrast or self.color or self.paste)


class Drawing(Document):
    """How often an image is drawn in an epoch; 1 draws all alike.

    The target is the dataset's last class.

    Attributes:
        target: Images with the target in them are drawn so many times as often.
        small_target: Those whose target is small are drawn so many times as often on top of that.
        small_below: A target is small when it covers less than this share of its image.
    """

    target: Annotated[float, Field(ge=1, le=100)] = 1.0
    small_target: Annotated[float, Field(ge=1, le=100)] = 1.0
    small_below: Share = 0.005

    @property
    def changes(self) -> bool:
        """Whether some images are drawn more often than others."""
        return self.target != 1 or self.small_target != 1


class EarlyStop(Document):
    """When to end before the plan's end: after so many epochs in which the metric did not get better.

    Attributes:
        patience: Epochs to wait for a better value.
        least: By how much a value must be better to count.
    """

    patience: Annotated[int, Field(ge=1, le=10_000)] = 5
    least: Annotated[float, Field(ge=0, le=1)] = 0.0


class Plan(Document):
    """How a network is trained.

    Attributes:
        phases: Run one after the other; optimizer moments are kept between them.
        schedule: "constant" keeps a phase's learning rate, "cosine" lets it fall to zero over the phase.
        warmup_steps: Over the run's first steps the learning rate rises evenly to its value: Adam's first steps are
            taken before it knows the gradients' size, and large ones then spoil what follows.
        optimizer: "adam"; "adamw", which also shrinks the weights by `weight_decay`; or "sgd" with `momentum`.
        weight_decay: AdamW's share (times the learning rate) by which convolution kernels shrink at each step.
        momentum: How much of its last step SGD keeps.
        loss: "cross-entropy" asks for the right class at every pixel alike; "focal" makes pixels that are right
            already count less (Lin et al. 2017, arXiv 1708.02002); "+dice" adds a term in which a class of few pixels
            counts as much as one of many, so that small targets are learnt early.
        class_weights: A pixel counts by its true class's weight, in the classes' order; "balanced" weighs each class
            by the inverse of its share in the training images; None weighs all alike.
        focal_gamma: How strongly the focal loss turns away from pixels that are right already.
        dice_weight: The Dice term's factor.
        precision: "bfloat16" computes convolutions with 8 instead of 24 significant bits where the device has it;
            weights, moments, statistics and loss stay float32.
        flip: Mirror each image and its mask left to right with probability one half.
        augment: The other changes at random, different for each image and step.
        draw: How often which images are drawn.
        metric: By which epochs are compared for `early_stop` and `keep_best`: the validation's loss, mean IoU, or the
            target's IoU.
        early_stop: End when the metric no longer gets better; None trains to the plan's end.
        keep_best: At the end take the weights of the best epoch by `metric` instead of the last one's.
        seed: Of the weights, the order of the images and the augmentation.
        subset: Train on this many images, chosen by the seed; None takes all.
        validation_images: Score after each epoch on at most this many images; None takes all.
        devices: Spread each batch over so many devices (GPUs) of the machine.
    """

    version: Literal[1] = 1
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=32)] = (Phase(),)
    schedule: Schedule = "cosine"
    warmup_steps: Annotated[int, Field(ge=0, le=10_000)] = 10
    optimizer: OptimizerName = "adam"
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.004
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    loss: LossName = "cross-entropy+dice"
    class_weights: tuple[ClassWeight, ...] | Literal["balanced"] | None = None
    focal_gamma: Annotated[float, Field(ge=0, le=10)] = 2.0
    dice_weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    precision: Precision = "float32"
    flip: bool = True
    augment: Augmentation = Augmentation()
    draw: Drawing = Drawing()
    metric: ValidationMetric = "mean_iou"
    early_stop: EarlyStop | None = None
    keep_best: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    subset: Annotated[int, Field(ge=1)] | None = None
    validation_images: Annotated[int, Field(ge=1)] | None = 200
    devices: Annotated[int, Field(ge=1, le=64)] = 1

    @property
    def epochs(self) -> int:
        """Passes of all phases together."""
        return sum(phase.epochs for phase in self.phases)


class Change(Document):
    """What a person changed while a run was trained, or after its end; kept with the run, so that going on is exact.

    A change holds for the phases that were planned when it was made, not for those that a later one adds.

    Attributes:
        step: Steps that were taken before it. What follows is trained with it.
        learning_rate: Takes the place of the phase's learning rate in what is left of the phase, warm-up and schedule
            going on, and of later phases'. None leaves it.
        batch_size: From the next epoch on (an epoch's order of images is drawn for one batch size); None leaves it.
        cut_after: Leaves out what was planned beyond this epoch, where early stopping had ended the run; None leaves
            nothing out.
        more: Phases added at the end.
    """

    step: Annotated[int, Field(ge=0)]
    learning_rate: LearningRate | None = None
    batch_size: Annotated[int, Field(ge=1, le=4096)] | None = None
    cut_after: Annotated[int, Field(ge=0)] | None = None
    more: tuple[Phase, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedEpoch:
    """One epoch on paper.

    Attributes:
        number: From 1.
        phase: It belongs to, with the batch size of this epoch.
        first: Steps that are taken before it.
        steps: It takes.
        place: Epochs of its phase before it.
        rates: Changes of the learning rate, each with the step from which it holds, in their order.
    """

    number: int
    phase: Phase
    first: int
    steps: int
    place: int
    rates: tuple[tuple[int, float], ...] = ()

    @property
    def end(self) -> int:
        """Steps that have been taken once it is over."""
        return self.first + self.steps


def images_taken(plan: Plan, available: int) -> int:
    """How many of the dataset's training images a plan uses."""
    return available if plan.subset is None else min(plan.subset, available)


def steps_in_epoch(phase: Phase, images: int) -> int:
    """Steps that one epoch of `phase` takes over `images` training images; at least one."""
    return phase.steps_per_epoch or max(images // phase.batch_size, 1)


def lay_out(plan: Plan, images: int, changes: Sequence[Change] = ()) -> list[PlannedEpoch]:
    """All epochs of a run, in their order; early stopping may end it before the last one.

    Args:
        plan: The plan that the run began with.
        images: Training images that the dataset has.
        changes: What was changed since.
    """
    images, epochs, first = images_taken(plan, images), list[PlannedEpoch](), 0
    for phase, later in _phases(plan, changes):
        rates = tuple((change.step, change.learning_rate) for change in later if change.learning_rate is not None)
        sizes = [(change.step, change.batch_size) for change in later if change.batch_size is not None]
        for place in range(min(phase.epochs, max(_cut(later) - len(epochs), 0))):
            size = next((size for step, size in reversed(sizes) if step <= first), phase.batch_size)
            same = phase if size == phase.batch_size else phase.model_copy(update={"batch_size": size})
            steps = steps_in_epoch(same, images)
            epochs.append(PlannedEpoch(len(epochs) + 1, same, first, steps, place, rates))
            first += steps
    return epochs


def planned_steps(plan: Plan, images: int, changes: Sequence[Change] = ()) -> int:
    """Steps of a whole run; the arguments are those of `lay_out`."""
    if not changes:
        taken = images_taken(plan, images)
        return sum(phase.epochs * steps_in_epoch(phase, taken) for phase in plan.phases)
    return max((epoch.end for epoch in lay_out(plan, images, changes)), default=0)


def planned_epochs(plan: Plan, changes: Sequence[Change] = ()) -> int:
    """Epochs of a whole run."""
    total = 0
    for phase, later in _phases(plan, changes):
        total += min(phase.epochs, max(_cut(later) - total, 0))
    return total


def learning_rate(plan: Plan, epoch: PlannedEpoch, step: int) -> float:
    """With which the step is taken that comes after `step` steps, one of `epoch`."""
    rate = next((rate for since, rate in reversed(epoch.rates) if since <= step), epoch.phase.learning_rate)
    if step < plan.warmup_steps:
        rate *= (step + 1) / plan.warmup_steps
    if (epoch.phase.schedule or plan.schedule) == "constant":
        return rate
    done = (epoch.place + (step - epoch.first) / epoch.steps) / epoch.phase.epochs
    return rate * 0.5 * (1 + cos(pi * done))


def _phases(plan: Plan, changes: Sequence[Change]) -> list[tuple[Phase, list[Change]]]:
    """The plan's phases and the added ones, each with the changes that were made after it was planned."""
    ordered = sorted(changes, key=lambda change: change.step)
    phases = [(phase, ordered) for phase in plan.phases]
    for number, change in enumerate(ordered, start=1):
        phases += [(phase, ordered[number:]) for phase in change.more]
    return phases


def _cut(changes: Sequence[Change]) -> int:
    """The last epoch that these changes leave; more than any plan has where they leave all."""
    return min((change.cut_after for change in changes if change.cut_after is not None), default=1_000_000_000)


VALIDATION_BATCH = 16
"""Images that are predicted at a time where nothing is learned: in validation, in scores and in looks inside."""


def scored_images(plan: Plan, phase: Phase, available: int) -> int:
    """How many of `available` validation images are scored after each epoch of a phase."""
    steps = phase.validation_steps
    asked = plan.validation_images if steps is None else steps * phase.batch_size
    return available if asked is None else min(asked, available)


COMPARED_IMAGES = 200
"""Training images that are measured beside the validation's after an epoch, at most."""


def images_measured(plan: Plan, training: int, validation: int) -> int:
    """How many images are measured after the last phase's epochs, those of the training for comparison included.

    Args:
        plan: The plan.
        training: Training images that the dataset has.
        validation: Validation images that it has.
    """
    scored = scored_images(plan, plan.phases[-1], validation)
    return scored + min(scored, COMPARED_IMAGES, images_taken(plan, training))


def validation_images(plan: Plan, available: int) -> int:
    """How many of `available` validation images are scored after an epoch of the plan, at most."""
    return max(scored_images(plan, phase, available) for phase in plan.phases)


def validation_steps(plan: Plan, available: int) -> int:
    """Batches that one validation takes, at most; the last of them may be smaller."""
    return -(-validation_images(plan, available) // VALIDATION_BATCH)


def require_plan(plan: Plan, classes: int, validation: int) -> None:
    """Refuse a plan that does not go with a network or a dataset.

    Args:
        plan: The plan.
        classes: That the network tells apart.
        validation: Validation images that there are.

    Raises:
        PlanError: Another number of class weights, or only zeros; or nothing to compare epochs by.
    """
    weights = plan.class_weights
    if isinstance(weights, tuple) and len(weights) != classes:
        raise PlanError(
            f"The plan has {len(weights)} class weights, but the network tells {classes} classes apart.",
            'Give one weight a class, or "balanced".',
        )
    if isinstance(weights, tuple) and not any(weights):
        raise PlanError("All class weights of the plan are 0.", "Give at least one class a weight above 0.")
    if (plan.early_stop or plan.keep_best) and not validation:
        raise PlanError(
            "The plan compares epochs by validation, but there are no validation images.",
            "Choose a dataset with a validation split, or a plan without early stopping and keeping the best epoch.",
        )


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
