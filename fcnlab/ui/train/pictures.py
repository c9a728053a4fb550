"""Pictures of a training: images beside their masks, predictions beside the truth, and what the colours mean."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.draw import class_colors, mask_image, overlay, png_bytes
from fcnlab.draw.masks import in_color
from fcnlab.lab.runs.previews import PREVIEW_IMAGES

Bytes = NDArray[np.uint8]

SHOWN_SIDE = 160
"""Pixels to which small pictures are enlarged."""

GAP = 4
OPACITY = 0.65
"""Of masks over their images."""

EMPTY = 128
"""Grey of a mask that is not there yet."""


def legend(classes: Sequence[str], colors: Sequence[str | None] = ()) -> str:
    """The classes' colours and names as HTML; `colors` are the dataset's own, None for the lab's."""
    shown = class_colors(colors or [None] * len(classes))
    marks = "".join(
        f'<span style="white-space:nowrap"><span aria-hidden="true" style="display:inline-block;width:.8em;height:.8em;'
        f"border-radius:2px;margin-right:.4em;border:1px solid var(--fcn-rule);background:{shown[index]}"
        f'"></span>{escape(name)}</span>'
        for index, name in enumerate(classes)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.25rem 1rem;font-size:.875rem">{marks}</div>'


def pairs_picture(
    images: Sequence[Bytes], labels: Sequence[Bytes], classes: int, colors: Sequence[str] | None = None
) -> bytes:
    """Images in a row and their masks below them, as PNG.

    Args:
        images: uint8 [H, W, 1 or 3] each, all of one size.
        labels: uint8 [H, W] each.
        classes: Number of classes.
        colors: Of the classes; None takes the lab's own.
    """
    above = _row([in_color(image) for image in images])
    below = _row([mask_image(mask, classes, colors) for mask in labels])
    gap = np.zeros((GAP, *above.shape[1:]), np.uint8)
    return png_bytes(np.concatenate([above, gap, below]))


def prediction_picture(image: Bytes, truth: Bytes, labels: Bytes | None, classes: int) -> bytes:
    """An image, its truth and its prediction, both laid over the image, as PNG; grey in place of no prediction."""
    colour = in_color(image)
    empty = np.full_like(colour, EMPTY)
    predicted = empty if labels is None else overlay(colour, labels, classes, OPACITY)
    return png_bytes(_row([colour, overlay(colour, truth, classes, OPACITY), predicted]))


def preview_pictures(base: Path | None, path: Path | None, classes: int) -> list[bytes]:
    """A run's preview images as PNG, with the predictions after an epoch; empty before training has begun.

    Args:
        base: The file with the images and their truth; None for none.
        path: The file with the predictions; None for none.
        classes: Number of classes.
    """
    made = _changed(base) if base else 0
    if not made:
        return []
    changed = _changed(path) if path else 0
    pictures: list[bytes] = _preview_pictures(str(base), made, str(path) if changed else "", changed, classes)
    return pictures


def blank_pictures(size: tuple[int, int]) -> list[bytes]:
    """Grey pictures of this height and width in the place of those that come with the training's start."""
    picture: bytes = _blank(*size)
    return [picture] * PREVIEW_IMAGES


@st.cache_data(max_entries=16, show_spinner=False)
def _blank(height: int, width: int) -> bytes:
    return png_bytes(_row([np.full((height, width, 3), EMPTY, np.uint8)] * 3))


def _changed(path: Path) -> int:
    """When a file changed, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(max_entries=256, show_spinner=False)
def _preview_pictures(base: str, made: int, path: str, changed: int, classes: int) -> list[bytes]:
    """Cached by the files' times: a run that goes on may write an epoch's preview anew."""
    with np.load(base) as file:
        images, truth = file["images"], file["truth"]
    labels: Sequence[Bytes | None] = [None] * len(images)
    if path:
        with np.load(path) as file:
            labels = list(file["labels"])
    return [prediction_picture(*parts, classes) for parts in zip(images, truth, labels, strict=True)]


def _row(parts: Sequence[Bytes]) -> Bytes:
    """Pictures of one size side by side with a transparent gap, small ones enlarged pixel by pixel: RGBA."""
    height, width = parts[0].shape[:2]
    factor = max(SHOWN_SIDE // max(height, width), 1)
    height, width = height * factor, width * factor
    row = np.zeros((height, (width + GAP) * len(parts) - GAP, 4), np.uint8)
    for number, part in enumerate(parts):
        place = row[:, number * (width + GAP) :][:, :width]
        place[..., :3] = part.repeat(factor, axis=0).repeat(factor, axis=1)
        place[..., 3] = 255
    return row
