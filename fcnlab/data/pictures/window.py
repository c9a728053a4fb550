"""A part of a picture resized as Pillow resizes the whole of it, to the very same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, gcd
from typing import Literal

import numpy as np
from PIL import Image, ImageChops

from fcnlab.data.dataset import Bytes, Size

Box = tuple[int, int, int, int]
Order = Literal["across first", "down first", "unknown"]

_FILTER = Image.Resampling.BILINEAR
_FOUR_BANDS = "CMYK"  # of those modes, the one that Pillow resizes band by band without a thought for opacity
_MOST_SIZES = 4096
_met: set[tuple[tuple[int, int], Size]] = set()


@dataclass(frozen=True)
class Window:
    """A part of the picture at the new size, and what it is made from.

    Attributes:
        place: Its rows and columns at the new size.
        size: (width, height) of it at the new size.
        reach: The part at the old size that the filter looks at: left, top, right, bottom.
        box: Within that, what the part itself is made from.
        order: In which order Pillow resizes the whole picture.
    """

    place: tuple[slice, slice]
    size: tuple[int, int]
    reach: Box
    box: Box
    order: Order

    @classmethod
    def around(cls, box: Box, old: tuple[int, int], size: Size, order: Order | None = None) -> "Window":
        """All of the new picture that a box of the old one (width, height) has influence on.

        Args:
            box: Left, top, right, bottom in the old picture.
            old: (width, height) of the old picture.
            size: (height, width) of the new one.
            order: Of another window of the same two sizes; None looks for it.
        """
        height, width = size
        order = order or _order(old, size)
        if order == "unknown":
            whole = (0, 0, *old)
            return cls((slice(None), slice(None)), (width, height), whole, whole, order)
        columns, across = _span(box[0], box[2], old[0], width)
        rows, down = _span(box[1], box[3], old[1], height)
        left, right = _reach(across, old[0], width)
        top, bottom = _reach(down, old[1], height)
        return cls(
            place=(slice(*rows), slice(*columns)),
            size=(columns[1] - columns[0], rows[1] - rows[0]),
            reach=(left, top, right, bottom),
            box=(across[0] - left, down[0] - top, across[1] - left, down[1] - top),
            order=order,
        )

    def resize(self, plane: Image.Image) -> tuple[Bytes, Bytes]:
        """What resizing a whole plane of 0 and 255 gives in this part, and what resizing it as 0 and 1 gives."""
        part = plane.crop(self.reach)
        return np.asarray(self._fit(part)), np.asarray(self._fit(_to_one(part)))

    def resize_two(self, planes: Sequence[Image.Image]) -> list[tuple[Bytes, Bytes]]:
        """`resize` of two planes at once: four bands take little more than half as long again as one."""
        first, second = (plane.crop(self.reach) for plane in planes)
        bands = Image.merge(_FOUR_BANDS, (first, _to_one(first), second, _to_one(second)))
        fitted = np.asarray(self._fit(bands))
        return [(fitted[..., 0], fitted[..., 1]), (fitted[..., 2], fitted[..., 3])]

    def _fit(self, part: Image.Image) -> Image.Image:
        if self.order == "unknown":
            return part.resize(self.size, _FILTER)
        return _in_order(part, self.size, self.box, self.order)


def _to_one(part: Image.Image) -> Image.Image:
    return ImageChops.darker(part, ImageChops.constant(part, 1))


def _span(low: int, high: int, old: int, new: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """From and to along one axis, of the part at the new size and at the old size.

    The part begins and ends where pixels of both sizes do, so that the filter's weights are the very same numbers.
    """
    common = gcd(old, new)
    scale = old / new
    support = max(1.0, scale)
    step = new // common
    first = max(0, floor(((low - support) / scale - 1) / step))
    last = min(common, ceil(((high + support) / scale + 1) / step))
    return (first * step, last * step), (first * old // common, last * old // common)


def _reach(span: tuple[int, int], old: int, new: int) -> tuple[int, int]:
    """What the filter looks at along one axis to make a span."""
    margin = ceil(max(1.0, old / new)) + 1
    return max(0, span[0] - margin), min(old, span[1] + margin)


def _order(old: tuple[int, int], size: Size) -> Order:
    """In which order Pillow resizes a picture (width, height); not looked for where a size is met for the first time.

    A folder in which every picture has a size of its own would otherwise be resized several times over.
    """
    if (old, size) not in _met:
        if len(_met) >= _MOST_SIZES:
            _met.clear()
        _met.add((old, size))
        return "unknown"
    return _probe(old, size)


@lru_cache(maxsize=_MOST_SIZES)
def _probe(old: tuple[int, int], size: Size) -> Order:
    """Pillow tells nobody which of its two passes comes first, but the rounding in between shows it."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, old[::-1], dtype=np.uint8))
    whole = noise.resize(size[::-1], _FILTER).tobytes()
    orders: tuple[Order, Order] = ("across first", "down first")
    for order in orders:
        if _in_order(noise, size[::-1], (0, 0, *old), order).tobytes() == whole:
            return order
    return "unknown"


def _in_order(image: Image.Image, size: tuple[int, int], box: Box, order: Order) -> Image.Image:
    """A box of the image at a size (width, height), in two passes in a given order."""
    left, top, right, bottom = box
    width, height = size
    if order == "across first":
        across = image.resize((width, image.height), _FILTER, (left, 0, right, image.height))
        return across.resize(size, _FILTER, (0, top, width, bottom))
    down = image.resize((image.width, height), _FILTER, (0, top, image.width, bottom))
    return down.resize(size, _FILTER, (left, 0, right, height))
