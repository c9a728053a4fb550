"""Skip connections of a run in one picture: switched in every combination, turned and swapped."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcnlab.errors import RunError
from fcnlab.lab.inside.loaded import load_for
from fcnlab.lab.inside.maps import ClassIoU
from fcnlab.lab.inside.pictures import Picture, read_picture
from fcnlab.lab.inside.reports import saved_report, saved_reports, skip_history, skip_report
from fcnlab.net.skips.kinds import require_baseline

__all__ = [
    "SkipSets",
    "Switched",
    "saved_report",
    "saved_reports",
    "skip_history",
    "skip_report",
    "skip_sets",
    "turn_skips",
]

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Switched:
    """One image with some skips turned down, up, or swapped.

    Attributes:
        labels: The most probable class of each pixel, uint8 [H, W].
        shares: Mean probability of each class over the image, float32 [K].
        iou: As in `Look`.
        change: By how much each pixel's probabilities moved from those of the untouched network: half of the sum over
            classes of the absolute differences (total variation), 0 to 1, float32 [H, W].
    """

    labels: Bytes
    shares: Floats
    iou: ClassIoU | None
    change: Floats


@dataclass(frozen=True)
class SkipSets:
    """One image under every set of the network's k skips.

    A set is a number: bit i says whether skip i (of `names`) is on; 0 is none, 2^k − 1 all.

    Attributes:
        names: The decoder stages that have a skip, from the bottom up.
        sources: Where each comes from: "inputs" or an encoder stage.
        labels: The most probable class of each pixel, uint8 [2^k, H, W].
        iou: For each set the IoU by class as in `Look`; None as a whole without truth.
        target: The class that probabilities are told of: the dataset's last one.
        probability: Mean probability of the target, over its true pixels (over the whole picture where there is no
            truth or the target is not in it), float32 [2^k].
        shares: Each skip's share of that probability: exact Shapley values, float64 [k]; they add up to
            `probability[-1] - probability[0]`.
        iou_shares: The same for the target's IoU; None without truth or where a set's IoU is not defined.
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    labels: Bytes
    iou: tuple[ClassIoU, ...] | None
    target: int
    probability: Floats
    shares: npt.NDArray[np.float64]
    iou_shares: npt.NDArray[np.float64] | None


def skip_sets(path: str, picture: Picture, baseline: str = "zero", epoch: int | None = None) -> SkipSets:
    """One image under every set of skips, from one pass of the encoder.

    Raises:
        FcnLabError: No such checkpoint or baseline, no skips or more than eight, or the image cannot be read.
    """
    require_baseline(baseline)
    loaded, image, truth = load_for(path, picture, epoch)
    lattice = loaded.lattice
    (off, *_) = loaded.switch.baselines.of(baseline)
    probabilities = lattice.probabilities(lattice.cut.encode(image[None]), off)[:, 0]
    _require_finite(probabilities)
    from fcnlab.net.skips.games import shapley

    target = loaded.spec.output.classes - 1
    labels = probabilities.argmax(axis=-1).astype(np.uint8)
    iou = None if truth is None else tuple(_iou(truth, found, target + 1) for found in labels)
    there = None if truth is None or not (truth == target).any() else truth == target
    of_target = probabilities[..., target]
    probability = (of_target.mean(axis=(1, 2)) if there is None else of_target[:, there].mean(axis=1)).astype(
        np.float32
    )
    weights = shapley(len(lattice.cut.skips))
    shares = weights @ probability.astype(np.float64)
    known = [] if iou is None else [value for of_set in iou if (value := of_set[target]) is not None]
    iou_shares = weights @ np.array(known) if len(known) == lattice.sets else None
    sources = tuple(skip.source for skip in lattice.cut.skips)
    return SkipSets(lattice.cut.names, sources, labels, iou, target, probability, shares, iou_shares)


def turn_skips(
    path: str,
    picture: Picture,
    strengths: Sequence[float],
    baseline: str = "zero",
    epoch: int | None = None,
    other: Picture | None = None,
    swapped: Sequence[bool] = (),
) -> Switched:
    """The prediction with each skip at a strength: baseline + strength × (skip − baseline), 0 off, 1 as trained.

    Args:
        path: The run folder.
        picture: What the network sees.
        strengths: One for each skip, from the bottom up, 0 to 2.
        baseline: What a skip that is off carries: "zero", "mean", "position" or "resample" (its first donor).
        epoch: Which checkpoint.
        other: Another picture, whose skips are put in place of this one's where `swapped` says so.
        swapped: One for each skip; empty for none.

    Raises:
        FcnLabError: No such checkpoint or baseline, another number of strengths, or an image cannot be read.
    """
    require_baseline(baseline)
    loaded, image, truth = load_for(path, picture, epoch)
    others = None if other is None else read_picture(loaded.spec, other)[0][None]
    switch = loaded.switch
    turned = switch.turn(image[None], strengths, baseline, others, swapped)[0]
    _require_finite(turned)
    untouched = switch.turn(image[None], [1.0] * len(switch.names))[0]
    labels = turned.argmax(axis=-1).astype(np.uint8)
    change = np.abs(turned - untouched).sum(axis=-1) / 2
    iou = None if truth is None else _iou(truth, labels, turned.shape[-1])
    return Switched(labels, turned.mean(axis=(0, 1)), iou, change)


def _iou(truth: Bytes, labels: Bytes, classes: int) -> ClassIoU:
    from fcnlab.net.overlap import count_confusion, iou_by_class

    return tuple(iou_by_class(count_confusion(truth, labels, classes)))


def _require_finite(probabilities: Floats) -> None:
    if not np.isfinite(probabilities).all():
        raise RunError(
            "The network's output holds values that are not numbers.",
            "Take an earlier checkpoint, or train with a smaller learning rate.",
        )
