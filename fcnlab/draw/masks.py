"""Masks in colour: alone, over their picture, and what changed from one to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.draw.colors import MISSED, Color, class_color, rgb
from fcnlab.errors import FcnLabError

Bytes = NDArray[np.uint8]

WON = "#009E73"
LOST = "#D55E00"
CHANGED = "#F0E442"
"""Colours of `difference`; their lightness differs too."""

IGNORED = 255
"""The label of a pixel that has no class; drawn as dark and light stripes in a mask, and left out over a picture."""

Colors = Sequence[Color]

_STRIPES = np.array([(70, 76, 84), (176, 184, 192)], np.uint8)
_STRIPE = 3
"""Pixels across."""

_SAME_BACKGROUND = np.array((38, 44, 52), np.uint8)
_SAME_OBJECT = np.array((112, 122, 133), np.uint8)


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two masks of the same picture.

    Attributes:
        image: uint8 [height, width, 3]: what stayed in two greys (background, any class), the rest in colour.
        changed: Pixels whose class is another.
        won: Those among them that became right; None where the truth is not known.
        lost: Those that became wrong; None likewise.
        pixels: Of the picture.
    """

    image: Bytes
    changed: int
    won: int | None
    lost: int | None
    pixels: int

    def caption(self) -> str:
        """The counts in one sentence."""
        share = f"{self.changed:,} of {self.pixels:,} pixels changed ({self.changed / self.pixels:.1%})"
        return f"{share}." if self.won is None else f"{share}: {self.won:,} became right and {self.lost:,} wrong."


def mask_image(labels: NDArray[Any], classes: int, colors: Colors | None = None) -> Bytes:
    """A mask in the classes' colours, background grey.

    Args:
        labels: [height, width] of class numbers 0 … classes - 1, or `IGNORED`.
        classes: Number of classes, background included.
        colors: One for each class; None takes the lab's own.

    Returns:
        uint8 [height, width, 3].

    Raises:
        FcnLabError: Other axes, or a number that is no class.
    """
    mask, ignored = _checked(labels, classes)
    painted: Bytes = _table(classes, colors)[mask]
    if ignored is not None:
        diagonals = np.add.outer(*map(np.arange, mask.shape))
        painted[ignored] = _STRIPES[diagonals // _STRIPE % 2][ignored]
    return painted


def in_color(image: Bytes) -> Bytes:
    """A picture uint8 [height, width, 1 or 3] in three channels."""
    return image if image.shape[2] == 3 else image.repeat(3, axis=2)


def overlay(
    image: Bytes,
    labels: NDArray[Any],
    classes: int,
    opacity: float = 0.5,
    *,
    outline: bool = True,
    colors: Colors | None = None,
) -> Bytes:
    """A picture with its mask laid over it; background and pixels without a class are left as they are.

    Args:
        image: uint8 [height, width, 3].
        labels: [height, width] of class numbers, or `IGNORED`.
        classes: Number of classes, background included.
        opacity: Of the colour: 0 shows only the picture, 1 only the mask.
        outline: Draw the rim of each region, one pixel wide and opaque, so that small ones can be found.
        colors: One for each class; None takes the lab's own.

    Returns:
        uint8 [height, width, 3].

    Raises:
        FcnLabError: Picture and mask differ in size, or a number is no class.
    """
    mask, _ = _checked(labels, classes)
    if image.shape != (*mask.shape, 3):
        raise FcnLabError(
            f"The picture has shape {list(image.shape)}, the mask {list(mask.shape)}.", "Both must have the same size."
        )
    weight = np.where(mask > 0, np.float32(min(max(opacity, 0.0), 1.0)), np.float32(0))
    if outline:
        weight[_rim(mask)] = 1
    painted = image + (_table(classes, colors)[mask].astype(np.float32) - image) * weight[:, :, None]
    return np.asarray(painted + 0.5).astype(np.uint8)


def difference(before: NDArray[Any], after: NDArray[Any], truth: NDArray[Any] | None = None) -> Difference:
    """Compare two masks of one picture, pixel by pixel.

    Args:
        before: [height, width] of class numbers.
        after: Likewise, of the same size.
        truth: The right class numbers, if known: changes are then won (green), lost (vermillion) or from one wrong
            class to another (yellow). Without it all changes are yellow.

    Raises:
        FcnLabError: The masks differ in size.
    """
    masks = [before, after] if truth is None else [before, after, truth]
    if any(mask.ndim != 2 or mask.shape != before.shape for mask in masks):
        sizes = ", ".join(str(list(mask.shape)) for mask in masks)
        raise FcnLabError(f"The masks to compare have shapes {sizes}.", "They must have the same height and width.")
    changed = before != after
    image = np.where((before > 0)[:, :, None], _SAME_OBJECT, _SAME_BACKGROUND)
    image[changed] = rgb(CHANGED)
    if truth is None:
        return Difference(image, int(changed.sum()), None, None, before.size)
    won, lost = changed & (after == truth), changed & (before == truth)
    image[won], image[lost] = rgb(WON), rgb(LOST)
    return Difference(image, int(changed.sum()), int(won.sum()), int(lost.sum()), before.size)


def hits(image: Bytes, labels: NDArray[Any], truth: NDArray[Any], target: int) -> Bytes:
    """How well a prediction finds one class: found pixels green, missed ones violet, false ones yellow.

    Args:
        image: uint8 [height, width, 3]; shown grey and darkened, so that the three colours stand out.
        labels: The predicted class numbers, [height, width].
        truth: The right ones, likewise; where it is `IGNORED`, nothing is judged.
        target: The class.

    Returns:
        uint8 [height, width, 3].

    Raises:
        FcnLabError: The three differ in size.
    """
    if image.shape != (*labels.shape, 3) or truth.shape != labels.shape:
        shapes = f"{list(image.shape)}, {list(labels.shape)} and {list(truth.shape)}"
        raise FcnLabError(f"Picture, prediction and truth have shapes {shapes}.", "They must have the same size.")
    painted: Bytes = (0.7 * image.mean(axis=2, keepdims=True)).astype(np.uint8).repeat(3, axis=2)
    marked, right = labels == target, truth == target
    painted[marked & right] = rgb(WON)
    painted[right & ~marked] = rgb(MISSED)
    painted[marked & ~right & (truth != IGNORED)] = rgb(CHANGED)
    return painted


def _table(classes: int, colors: Colors | None) -> Bytes:
    """The classes' colours as bytes [classes, 3]."""
    return _colors(tuple(map(class_color, range(classes))) if colors is None else tuple(colors))


@cache
def _colors(colors: tuple[Color, ...]) -> Bytes:
    table = np.array([rgb(color) for color in colors], np.uint8)
    table.setflags(write=False)
    return table


def _checked(labels: NDArray[Any], classes: int) -> tuple[NDArray[np.intp], NDArray[np.bool_] | None]:
    """Class numbers, with 0 in the place of `IGNORED`, and which pixels those are; None where there are none."""
    if labels.ndim != 2:
        raise FcnLabError(f"A mask must be [height, width]; received shape {list(labels.shape)}.")
    numbers, ignored = labels.astype(np.intp), None
    if labels.size and labels.max() >= classes:
        found = numbers == IGNORED
        if found.any():
            numbers[found], ignored = 0, found
    if numbers.size and not 0 <= int(numbers.min()) <= int(numbers.max()) < classes:
        raise FcnLabError(
            f"The mask holds class {int(numbers.max())} or a negative one; there are {classes} classes.",
            f"Use the numbers 0 to {classes - 1}, or {IGNORED} for pixels without a class.",
        )
    return numbers, ignored


def _rim(mask: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Pixels of a class beside a pixel of another class."""
    rim = np.zeros(mask.shape, bool)
    down, right = mask[1:] != mask[:-1], mask[:, 1:] != mask[:, :-1]
    rim[1:] |= down
    rim[:-1] |= down
    rim[:, 1:] |= right
    rim[:, :-1] |= right
    return rim & (mask > 0)
