"""Metrics of a tally under any weighting of its images, so that a bootstrap over images is a matrix product.

The definitions are those of `fcnlab.net.metrics`, `overlap` and `official`, written for many sets of skips and many
weightings at once; a value that is not defined (a class in neither truth nor prediction) is NaN.
"""

import numpy as np
import numpy.typing as npt

from fcnlab.net.official import DETECTION_PIXELS, FOLLOWING, OFFICIAL_SETS, PATROL_WITH, SIZE_EDGES
from fcnlab.net.skips.tally import BAND, INTERIOR, Tally

Values = npt.NDArray[np.float64]
"""[sets of skips, weightings]"""
Weights = npt.NDArray[np.float64]
"""[weightings, images]"""


def measure(tally: Tally, weights: Weights) -> dict[str, Values]:
    """Every metric under every set of skips and every weighting.

    Args:
        tally: The counts.
        weights: How often each image counts, [B, N].

    Returns:
        [S, B] by the metric's name; NaN where it is not defined.
    """
    return {**_overlaps(tally, weights), **_recalls(tally, weights), **_official(tally, weights)}


def resamples(tally: Tally, samples: int, seed: int) -> Weights:
    """Weightings of a bootstrap over images (Efron 1979), [samples, N]: as many images of each split are drawn."""
    random = np.random.default_rng(seed)
    weights = np.zeros((samples, tally.images))
    for number in range(len(tally.splits)):
        members = np.flatnonzero(tally.split == number)
        if len(members):
            weights[:, members] = random.multinomial(len(members), [1 / len(members)] * len(members), size=samples)
    return weights


def size_bins() -> list[tuple[int, int | None]]:
    """Smallest and largest size of each bin of `ScoreBoard.recall_by_size`; the last has no largest one."""
    lows = (DETECTION_PIXELS + 1, *(edge + 1 for edge in SIZE_EDGES))
    return list(zip(lows, (*SIZE_EDGES, None), strict=True))


def recall_name(low: int, high: int | None) -> str:
    """The metric's name for a bin of sizes: recall_4_20, recall_1001_up."""
    return f"recall_{low}_{'up' if high is None else high}"


def _overlaps(tally: Tally, weights: Weights) -> dict[str, Values]:
    """IoU from the confusion matrix, of all pixels, along the boundaries and away from them."""
    hit = _total(tally.hit, weights)  # [S, B, 2, K]
    true = np.tensordot(weights, tally.true, axes=(1, 0))
    union = _total(tally.given, weights) + true - hit
    of_all = _ratio(hit.sum(axis=2), union.sum(axis=2))
    parts = {"boundary": _ratio(hit[:, :, BAND], union[:, :, BAND])}
    parts["interior"] = _ratio(hit[:, :, INTERIOR], union[:, :, INTERIOR])
    return {
        "target_iou": of_all[..., -1],
        "mean_iou": _mean(of_all),
        **{f"{name}_iou": _mean(iou) for name, iou in parts.items()},
        **{f"target_{name}_iou": iou[..., -1] for name, iou in parts.items()},
    }


def _recalls(tally: Tally, weights: Weights) -> dict[str, Values]:
    """The share of targets of a size that are detected, for the sizes that there are."""
    detected = tally.predicted > DETECTION_PIXELS
    found = {}
    for low, high in size_bins():
        members = (tally.size >= low) & (tally.size <= (np.inf if high is None else high))
        if members.any():
            of_these = weights * members
            found[recall_name(low, high)] = _ratio(_sum(detected, of_these), of_these.sum(axis=1))
    return found


def _official(tally: Tally, weights: Weights) -> dict[str, Values]:
    """The official IoU of each split, and the final score where the three evaluation sets are there."""
    union = tally.predicted + tally.size - tally.found
    iou = tally.found / np.maximum(union, 1)
    of_split = {}
    for number, name in enumerate(tally.splits):
        members = weights * (tally.split == number)
        of_split[name] = _ratio(_sum(iou, members), members.sum(axis=1))
    found = {f"iou:{name}": values for name, values in of_split.items()}
    if all(name in of_split for name in OFFICIAL_SETS):
        official = weights * np.isin(tally.split, [tally.splits.index(name) for name in OFFICIAL_SETS])
        there, detected = tally.size > DETECTION_PIXELS, tally.predicted > DETECTION_PIXELS
        hits, judged = _sum(there & detected, official), _sum(there | detected, official)
        weight = hits / np.maximum(judged, 1)
        found["final"] = weight * (of_split[FOLLOWING] + of_split[PATROL_WITH]) / 2
    return found


def _total(counts: npt.NDArray[np.int64], weights: Weights) -> Values:
    """[S, N, …] → [S, B, …]."""
    return np.moveaxis(np.tensordot(weights, counts, axes=(1, 1)), 0, 1)


def _sum(values: npt.NDArray[np.bool_] | Values, weights: Weights) -> Values:
    """[S, N] → [S, B]."""
    return np.asarray(values, np.float64) @ weights.T


def _mean(iou: Values) -> Values:
    """The mean over the last axis of what is defined."""
    defined = ~np.isnan(iou)
    return _ratio(np.where(defined, iou, 0).sum(axis=-1), defined.sum(axis=-1))


def _ratio(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> Values:
    """Quotients, NaN where `whole` is 0."""
    whole = np.broadcast_to(whole, part.shape)
    found: Values = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return found
