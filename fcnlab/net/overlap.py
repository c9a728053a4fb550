"""Confusion matrices and what is read from them: IoU by class, and the band around true boundaries."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from fcnlab.data.dataset import IGNORE

BAND_SHARE: Final = 0.02
"""Half-width of the boundary band as a share of the image's diagonal (Cheng 2021, arXiv 2103.16562)."""

Counts = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.floating[Any]]
Classes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def boundary_band(labels: Classes) -> Mask:
    """The pixels near a boundary between true classes.

    A pixel is in the band if a pixel of another class lies at most d rows and at most d columns away, with
    d = max(1, round(0.02 × diagonal)). So the band reaches d pixels to either side of each boundary; the
    image's edge is not a boundary. The half-width is that of Boundary IoU (Cheng et al. 2021, arXiv
    2103.16562). What is read inside it is not: there each mask is cut to the band of its own contour, here
    truth and prediction are both read in the band of the *true* contours (a trimap), so that band and
    interior together are the whole image. An ignored pixel is of no class: it is in no band and makes none.

    Args:
        labels: Class numbers, [N, H, W]; `IGNORE` for a pixel that counts nowhere.

    Returns:
        True inside the band, [N, H, W].
    """
    if not labels.size:
        return np.zeros(labels.shape, np.bool_)
    window = (1, *(2 * band_radius(*labels.shape[1:]) + 1,) * 2)
    # IGNORE is above every class, so that the lowest label of a window is a class wherever there is one.
    counted = counted_pixels(labels)
    classes = labels if counted is None else np.where(counted, labels, np.uint8(0))
    highest = ndimage.maximum_filter(classes, size=window, mode="nearest")
    lowest = ndimage.minimum_filter(labels, size=window, mode="nearest")
    band = np.asarray(highest != lowest)
    return band if counted is None else band & counted


def counted_pixels(labels: Classes) -> Mask | None:
    """Where a label is the number of a class, in the shape of `labels`; None where that is everywhere."""
    if not labels.size or labels.max() != IGNORE:
        return None
    return np.asarray(labels != IGNORE)


def band_radius(height: int, width: int) -> int:
    """Half-width d of the boundary band in pixels for an image of this size."""
    return max(1, round(BAND_SHARE * float(np.hypot(height, width))))


def count_confusion(true: Classes, predicted: npt.NDArray[np.integer[Any]], num_classes: int) -> Counts:
    """Pixels by true class (row) and predicted class (column), [K, K], of two arrays of class numbers.

    Pixels whose true class is `IGNORE` are left out.
    """
    counted = counted_pixels(true)
    if counted is not None:
        true, predicted = true[counted], predicted[counted]
    cells = true.astype(np.int64) * num_classes + predicted
    counts = np.bincount(cells.ravel(), minlength=num_classes**2).astype(np.int64)
    return counts.reshape(num_classes, num_classes)


def iou_by_class(confusion: Counts) -> list[float | None]:
    """IoU by class of a confusion matrix [K, K]: intersection over union, None where the union is empty.

    A class that is predicted and never true has a union, and IoU 0.
    """
    hit = np.diagonal(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - hit
    return [int(h) / int(u) if u else None for h, u in zip(hit, union, strict=True)]


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the values that are not None; None if there is none."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
