"""Whether a network and a dataset go together."""

from fcnlab.arch import NetSpec
from fcnlab.arch.edit import set_classes
from fcnlab.data import Dataset
from fcnlab.errors import DataError


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
