"""Whether a network goes with a dataset, and its training with the memory there is."""

from collections.abc import Sequence

from fcnlab.arch import NetSpec
from fcnlab.arch.edit import set_classes
from fcnlab.arch.memory import fits, fitting_size, in_gigabytes, training_memory
from fcnlab.data import Dataset
from fcnlab.errors import DataError, PlanError
from fcnlab.lab.training.budget import Budget
from fcnlab.plan import Change, Plan, images_taken, lay_out


class NoRoomError(PlanError):
    """A training takes more memory than there is."""


def adapted(net: NetSpec, dataset: Dataset) -> NetSpec:
    """The network with as many classes as the dataset has; the same network when it has them already."""
    classes = len(dataset.classes)
    return net if net.output.classes == classes else set_classes(net, classes)


def require_fit(net: NetSpec, dataset: Dataset) -> None:
    """Refuse a network that cannot learn from a dataset.

    Raises:
        DataError: Another number of classes, more channels than pictures have, or no training images.
    """
    if net.output.classes != len(dataset.classes):
        raise DataError(
            f"{net.name} tells {net.output.classes} classes apart, {dataset.title} has {len(dataset.classes)} "
            f"({', '.join(dataset.classes)}).",
            f"Set the network's classes to {len(dataset.classes)}.",
        )
    if net.input.channels not in (1, 3):
        raise DataError(
            f"{net.name} takes pictures of {net.input.channels} channels; pictures have 3 (colour) or 1 (grey).",
            "Set the network's input to 3 or 1 channels.",
        )
    if not dataset.splits.get("train"):
        raise DataError(f"{dataset.title} has no training images.", "Choose a dataset with a train split.")


def require_memory(net: NetSpec, plan: Plan, budget: Budget, batch: int | None = None) -> None:
    """Refuse a training that takes more memory than there is, and tell what would fit.

    Args:
        net: The network.
        plan: How it is trained.
        budget: What there is.
        batch: Images of a step; None takes those of the plan's largest one.

    Raises:
        NoRoomError: It does not fit.
        SpecError: The network does not fit together.
    """
    batch = largest_batch(plan) if batch is None else _on_one_device(batch, plan)
    need = training_memory(net, batch, precision=plan.precision, optimizer=plan.optimizer).total
    if need <= budget.size:
        return
    size = f"{net.input.height}×{net.input.width}"
    raise NoRoomError(
        f"Training {net.name} at {size} with batch {batch:,} takes about {in_gigabytes(need)}, and "
        f"{budget.what} has {in_gigabytes(budget.size)} for it.",
        _what_fits(net, plan, batch, budget.size),
    )


def largest_batch(plan: Plan, images: int | None = None) -> int:
    """Images of a plan's largest step on one device; no batch holds more than the training `images` that there are."""
    batch = max(phase.batch_size for phase in plan.phases)
    return _on_one_device(batch if images is None else min(batch, images_taken(plan, images)), plan)


def largest_batch_left(plan: Plan, images: int, changes: Sequence[Change], step: int) -> int:
    """Images of the largest step that is still to come after `step` steps, on all devices; 0 where none is.

    Args:
        plan: The plan that the run began with.
        images: Training images that the dataset has.
        changes: What was changed since.
        step: Steps that were taken.
    """
    left = [epoch.phase.batch_size for epoch in lay_out(plan, images, changes) if epoch.end > step]
    return min(max(left, default=0), images_taken(plan, images))


def _on_one_device(batch: int, plan: Plan) -> int:
    return -(-batch // plan.devices)


def _what_fits(net: NetSpec, plan: Plan, batch: int, budget: int) -> str:
    ways = []
    fitting = fits(net, budget, precision=plan.precision, optimizer=plan.optimizer)
    if fitting:
        ways.append(f"batch {fitting:,} at this size")
    smaller = fitting_size(net, budget, batch, precision=plan.precision, optimizer=plan.optimizer)
    if smaller:
        ways.append(f"{smaller[0]}×{smaller[1]} pixels with this batch")
    if not ways:
        return "Take a smaller network, or a machine with more memory."
    return f"What fits is {' or '.join(ways)}."
