"""Values laid over a picture: probabilities, one channel of a feature map, a receptive field."""

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.draw.colors import rgb
from fcnlab.draw.palette import Palette, color_table
from fcnlab.errors import FcnLabError

Bytes = NDArray[np.uint8]
Window = tuple[int, int, int, int]
"""Top, left, bottom and right, the last two exclusive."""

FIELD = "#F0E442"
"""The shading of the effective receptive field."""

_DARK, _LIGHT = np.array((11, 22, 34), np.uint8), np.array((255, 255, 255), np.uint8)
_SHARP = 480
"""Pixels that a picture with lines on it has at least along its longer side, so that they are thin."""


def probability_image(probability: NDArray[Any], *, palette: Palette = "cividis") -> Bytes:
    """Probabilities as colours, on the fixed range 0 to 1.

    Args:
        probability: [height, width], of floats; what lies outside 0–1 takes the end's colour, and NaN that of 0.
        palette: Colours from 0 to 1.

    Returns:
        uint8 [height, width, 3].

    Raises:
        FcnLabError: It has another number of axes.
    """
    if probability.ndim != 2:
        raise FcnLabError(f"Probabilities must be [height, width]; received shape {list(probability.shape)}.")
    return _painted(probability, 0.0, 1.0, palette)


def heat_overlay(
    image: Bytes,
    values: NDArray[Any],
    low: float,
    high: float,
    *,
    palette: Palette = "viridis",
    opacity: float = 0.6,
) -> Bytes:
    """A feature map laid over its picture.

    Args:
        image: uint8 [height, width, 3].
        values: [h, w] of one channel; stretched to the picture without blending.
        low: The value that the palette's first colour stands for.
        high: That of the last.
        palette: Colours from low to high.
        opacity: Of the map: 0 shows only the picture, 1 only the map.

    Returns:
        uint8 [height, width, 3].

    Raises:
        FcnLabError: The picture has no three channels, or the map not two axes.
    """
    _check(image)
    if values.ndim != 2 or 0 in values.shape:
        raise FcnLabError(f"A channel's map must be [height, width]; received shape {list(values.shape)}.")
    share = np.float32(min(max(opacity, 0.0), 1.0))
    heat = stretched(_painted(values, low, high, palette), image.shape[0], image.shape[1])
    return np.asarray(image + (heat.astype(np.float32) - image) * share + np.float32(0.5)).astype(np.uint8)


def field_image(image: Bytes, window: Window, effective: NDArray[Any], at: tuple[float, float] | None = None) -> Bytes:
    """What one value of a feature map sees in the picture.

    The picture is dimmed; the effective receptive field shines on it in yellow, its opacity the square root of its
    share of the highest value (the field falls off like a Gauss curve, and its rim would not be seen otherwise); the
    theoretical one is a white rectangle.

    Args:
        image: uint8 [height, width, 3].
        window: The theoretical receptive field in pixels of the image.
        effective: [height, width], the gradient's size; not negative.
        at: Row and column of the value's own place in the picture, marked with a cross; None marks none.

    Returns:
        uint8 [factor × height, factor × width, 3]: small pictures are enlarged by a whole factor.

    Raises:
        FcnLabError: The picture has no three channels, or the field another size than it.
    """
    _check(image)
    if effective.shape != image.shape[:2]:
        raise FcnLabError(
            f"The receptive field has shape {list(effective.shape)}, the picture {list(image.shape)}.",
            "Both must have the same height and width.",
        )
    size = np.nan_to_num(effective.astype(np.float32))
    most = float(size.max())
    opacity = np.sqrt(np.clip(size / np.float32(most if most > 0 else 1.0), 0, 1))[:, :, None] * np.float32(0.9)
    dimmed = 0.3 * image + 0.3 * image.mean(axis=2, keepdims=True)
    picture = np.asarray(dimmed + (np.array(rgb(FIELD)) - dimmed) * opacity + 0.5).astype(np.uint8)
    factor = max(ceil(_SHARP / max(image.shape[:2])), 1)
    large = picture.repeat(factor, axis=0).repeat(factor, axis=1)
    top, left, bottom, right = (round(edge * factor) for edge in window)
    _rectangle(large, top, left, bottom, right)
    if at is not None:
        _cross(large, round(at[0] * factor), round(at[1] * factor))
    return large


def stretched(picture: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """A picture [h, w, …] at another size, each pixel taken from the nearest one, without blending."""
    rows = np.arange(height) * picture.shape[0] // height
    columns = np.arange(width) * picture.shape[1] // width
    enlarged: NDArray[Any] = picture[rows[:, None], columns[None, :]]
    return enlarged


def _painted(values: NDArray[Any], low: float, high: float, palette: Palette) -> Bytes:
    span = high - low
    shares = np.nan_to_num((values.astype(np.float32) - np.float32(low)) * np.float32(1 / span if span > 0 else 0))
    levels = np.clip(shares * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
    painted: Bytes = color_table(palette).take(levels, axis=0)
    return painted


def _check(image: Bytes) -> None:
    if image.ndim != 3 or image.shape[2] != 3:
        raise FcnLabError(f"The picture must be [height, width, 3]; received shape {list(image.shape)}.")


def _rectangle(picture: Bytes, top: int, left: int, bottom: int, right: int) -> None:
    """A white line within dark ones: seen on any ground."""
    for inset, color in ((0, _DARK), (1, _LIGHT), (3, _DARK)):
        width = 2 if inset == 1 else 1
        inside = picture[top + inset : bottom - inset, left + inset : right - inset]
        inside[:width] = inside[-width:] = color
        inside[:, :width] = inside[:, -width:] = color


def _cross(picture: Bytes, y: int, x: int) -> None:
    for reach, half, color in ((9, 2, _DARK), (8, 1, _LIGHT)):
        picture[max(y - half, 0) : y + half + 1, max(x - reach, 0) : x + reach + 1] = color
        picture[max(y - reach, 0) : y + reach + 1, max(x - half, 0) : x + half + 1] = color
