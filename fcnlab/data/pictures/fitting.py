"""Masks brought to the network's size: which class has most of each pixel, and which classes are present in it."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from fcnlab.data.dataset import IGNORE, Bytes, Size, presence_type
from fcnlab.data.pictures.window import Box, Order, Window

Boxes = list[Box | None]
Fitted = tuple[int, Window, Bytes, Bytes]

_ALIKE = 0.3
"""Share of a window from which another that lies in it is resized along with it: four bands at once take about 1.3
times as long as two single ones."""


def fit_planes(
    planes: Sequence[Image.Image], size: Size, ignored: Image.Image | None = None
) -> tuple[Bytes, NDArray[Any]]:
    """Bring class planes to the network's size.

    Labels take the class with the largest share of the pixel, by Pillow's antialiased bilinear filter on 0 and
    255; IGNORE where pixels without a class have a larger share than each class. Presence follows the official
    Follow-Me score instead, which resized 0/1 bytes: Pillow rounds these after each of its two passes, so that the
    two may differ along edges. No class is present where the label is IGNORE.

    Args:
        planes: K images of mode L, 0 and 255; a pixel is in at most one of them.
        size: (height, width).
        ignored: The pixels without a class, as a plane of its own; None where there are none.

    Returns:
        Labels uint8 [height, width] (of equal shares the lowest), and presence [height, width] with bit k for class k.
    """
    boxes: Boxes = [plane.getbbox() for plane in planes]
    most = max(range(len(planes)), key=lambda number: _area(boxes[number]))
    labels = np.full(size, most, dtype=np.uint8)
    share = np.full(size, 255, dtype=np.uint8)
    presence = np.full(size, 1 << most, dtype=presence_type(len(planes)))
    # Resizing is the dear part. One class mostly fills nearly everything: only around the rest there is work to do.
    rest = ImageChops.invert(planes[most]).getbbox()
    if rest is None:
        return labels, presence
    around = Window.around(rest, planes[most].size, size)
    labels[around.place], share[around.place], presence[around.place] = 0, 0, 0
    boxes[most] = rest if boxes[most] else None
    for number, window, own, one in sorted(
        _fitted(planes, boxes, most, size, around.order), key=lambda found: found[0]
    ):
        _take(labels[window.place], share[window.place], own, number)
        presence[window.place] |= one.astype(presence.dtype) << number
    if ignored is not None and (box := ignored.getbbox()) is not None:
        window = Window.around(box, ignored.size, size, around.order)
        _take(labels[window.place], share[window.place], window.resize(ignored)[0], IGNORE)
        presence[labels == IGNORE] = 0
    return labels, presence


def _fitted(planes: Sequence[Image.Image], boxes: Boxes, most: int, size: Size, order: Order) -> Iterator[Fitted]:
    """Each class that is there: the part of the picture that it has influence on, and its values of 255 and of 1."""
    there = {number: box for number, box in enumerate(boxes) if box is not None}
    others = there.keys() - {most}
    second = max(others, key=lambda number: _area(there[number]), default=most)
    if most in there and _area(there[second]) > _ALIKE * _area(there[most]) and second != most:
        window = Window.around(there.pop(most), planes[most].size, size, order)
        del there[second]
        values = window.resize_two((planes[most], planes[second]))
        yield from ((number, window, *pair) for number, pair in zip((most, second), values, strict=True))
    for number, box in there.items():
        window = Window.around(box, planes[number].size, size, order)
        yield number, window, *window.resize(planes[number])


def _take(labels: Bytes, share: Bytes, own: Bytes, number: int) -> None:
    """Where a class has more than the ones before it, the pixel is its own."""
    np.copyto(labels, number, where=own > share, casting="unsafe")
    np.maximum(share, own, out=share)


def _area(box: Box | None) -> int:
    return 0 if box is None else (box[2] - box[0]) * (box[3] - box[1])
