"""The metrics that a skip's contribution is told in, and what each baseline asks: names and sentences for people."""

import re
from typing import NamedTuple

from fcnlab.errors import FcnLabError


class Told(NamedTuple):
    """A short name, and one sentence on what it means."""

    label: str
    meaning: str


DEFAULT_METRIC = "target_iou"

METRICS: dict[str, Told] = {
    "target_iou": Told(
        "IoU of the target",
        "Pixels that are target in both truth and prediction, as a share of those that are target in either, "
        "over all images.",
    ),
    "mean_iou": Told("Mean IoU", "The mean of the IoUs of all classes, over all images."),
    "boundary_iou": Told(
        "Mean IoU along boundaries",
        "The mean IoU of the pixels close to a true boundary between classes, where outlines are decided.",
    ),
    "interior_iou": Told(
        "Mean IoU away from boundaries",
        "The mean IoU of the pixels that are not close to a true boundary between classes.",
    ),
    "target_boundary_iou": Told(
        "IoU of the target along boundaries", "The target's IoU of the pixels close to a true boundary between classes."
    ),
    "target_interior_iou": Told(
        "IoU of the target away from boundaries",
        "The target's IoU of the pixels that are not close to a true boundary between classes.",
    ),
    "final": Told(
        "Final score", "The official Follow-Me score: the share of right detections times the mean IoU of the target."
    ),
}
"""Those with a name of their own; `describe_metric` knows the others as well."""


BASELINES: dict[str, Told] = {
    "zero": Told(
        "Zeros",
        "Asks what is lost when the skip falls silent. The layers after it hardly met zeros in training, so the answer "
        "holds their confusion, too, and tends to be too large.",
    ),
    "mean": Told(
        "Mean per channel",
        "Asks what the skip tells beyond each channel's usual level, its mean over training pictures. The layers after "
        "it get the level that they know, but nothing that tells one place from another.",
    ),
    "position": Told(
        "Mean per position",
        "Asks what the skip tells of this picture beyond what training pictures have in common at each place, such as "
        "sky above and ground below. What depends on the place alone is kept.",
    ),
    "resample": Told(
        "Another picture's",
        "Asks what is lost when the skip tells of another picture. Its values are ones that the layers know, but they "
        "contradict the rest; on a dataset several donors are tried and their spread is told.",
    ),
}
"""What a skip that is off carries: a name, and two sentences on what is asked by it."""


def describe_metric(name: str) -> Told:
    """A metric's short name and meaning.

    Args:
        name: A key of a report's `metrics`.

    Raises:
        FcnLabError: There is no metric of this name.
    """
    if name in METRICS:
        return METRICS[name]
    if name.startswith("iou:"):
        split = name.removeprefix("iou:").replace("_", " ")
        return Told(
            f"IoU of the target in {split}",
            "The mean over the images of this set of each image's IoU of the target, as in the official score.",
        )
    if size := re.fullmatch(r"recall_(\d+)_(\d+|up)", name):
        low, high = size.groups()
        pixels = f"{low} pixels and more" if high == "up" else f"{low} to {high} pixels"
        return Told(
            f"Found targets of {pixels}", f"The share of the images with a target of {pixels} that it is found in."
        )
    raise FcnLabError(
        f"There is no metric {name!r}.", f"Metrics are {', '.join(METRICS)}, iou:SET and recall_LOW_HIGH."
    )
