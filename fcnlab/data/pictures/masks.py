"""Masks as class planes: what the values of a folder's masks mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from fcnlab.data.dataset import IGNORE, Bytes
from fcnlab.data.document import MaskReading, Style
from fcnlab.data.pictures.rawmask import RawMask, read_raw

PURE = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
# Lossy compression moves values near edges. A mask still counts as black and white, or as one-hot, when at
# least this share of its pixels lies within this distance of the pure values.
_NEAR = 32
_NEAR_SHARE = 0.95
_UNKNOWN = 254


@dataclass(frozen=True)
class MaskKind:
    """How a folder's masks are read.

    Attributes:
        style: "one-hot" (pure red, green, blue), "binary" (0 and 255), "index" (grey or palette values), "alpha"
            (transparent and opaque) or "colors" (flat colours).
        num_classes: K.
        values: What stands in a mask → class number, or IGNORE; sorted. Colours are written 0xRRGGBB.
        asked: A person said so: masks of in-between greys are then cut in the middle, not refused.
    """

    style: Style
    num_classes: int
    values: tuple[tuple[int, int], ...]
    asked: bool = False

    @classmethod
    def of(cls, reading: MaskReading) -> "MaskKind":
        """The kind that a document describes."""
        numbers = {
            int(value[1:], 16) if value.startswith("#") else int(value): IGNORE if number is None else number
            for value, number in reading.values.items()
        }
        return cls(reading.style, reading.num_classes, tuple(sorted(numbers.items())), asked=True)

    def reading(self) -> MaskReading:
        """The kind as a document, to be shown and changed."""
        in_colour = self.style in ("one-hot", "colors")
        values = {
            f"#{value:06x}" if in_colour else str(value): None if number == IGNORE else number
            for value, number in self.values
        }
        return MaskReading(style=self.style, values=values)

    @cached_property
    def table(self) -> dict[int, int]:
        """Value → class number or IGNORE."""
        return dict(self.values)

    @cached_property
    def sources(self) -> list[list[int]]:
        """For each class, and at the end for ignored pixels, the values that stand for it."""
        numbers = [*range(self.num_classes), IGNORE]
        return [[value for value, of in self.values if of == number] for number in numbers]

    @cached_property
    def tables(self) -> list[list[int]]:
        """The same for `Image.point`: 255 where a grey value stands for the class, else 0."""
        return [[255 if value in values else 0 for value in range(256)] for values in self.sources]


class Planes(NamedTuple):
    """A mask as one L image of 0 and 255 for each class, at its own size; every pixel is in exactly one.

    Attributes:
        classes: K planes.
        ignored: The pixels without a class; None where there are none.
    """

    classes: list[Image.Image]
    ignored: Image.Image | None


def class_planes(mask: RawMask, kind: MaskKind) -> Planes:
    """Tell the classes of a mask's pixels apart.

    Raises:
        DataError: The mask is not of this kind; the sentence names the file and the values found.
    """
    if kind.style == "one-hot":
        return _arranged(_one_hot(mask), [(red << 16 | green << 8 | blue) for red, green, blue in PURE], kind)
    if kind.style == "colors":
        return _split(_by_colour(mask, kind), kind)
    if kind.style == "alpha":
        if mask.alpha is None:
            raise mask.fault("has no transparency, unlike the others of its folder")
        return _arranged([mask.alpha.point(_BLACK), mask.alpha.point(_WHITE)], [0, 255], kind)
    if mask.is_colour:
        raise mask.fault("is in colour, unlike the others of its folder")
    if kind.style == "binary":
        if not kind.asked and not is_black_and_white(mask):
            raise mask.fault("is not of 0 and 255")
        return _arranged([mask.image.point(_BLACK), mask.image.point(_WHITE)], [0, 255], kind)
    _check_values(mask, kind)
    *classes, ignored = kind.tables
    return Planes([mask.image.point(table) for table in classes], mask.image.point(ignored) if any(ignored) else None)


def class_labels(path: Path, kind: MaskKind) -> Bytes:
    """The class of each pixel of a mask at its own size, or IGNORE: uint8 [H, W].

    Raises:
        DataError: As `class_planes`.
    """
    mask = read_raw(path)
    if kind.style == "index" and not mask.is_colour:
        _check_values(mask, kind)
        return np.asarray(mask.image.point([kind.table.get(value, IGNORE) for value in range(256)]))
    planes = class_planes(mask, kind).classes
    labels = Image.new("L", planes[0].size, IGNORE)
    for number, plane in enumerate(planes):
        labels.paste(number, mask=plane)
    return np.asarray(labels)


def count_classes(path: Path, kind: MaskKind) -> list[int]:
    """Pixels of each class in a mask at its own size: K numbers; ignored pixels are in none.

    Raises:
        DataError: As `class_planes`.
    """
    mask = read_raw(path)
    if kind.style == "index" and not mask.is_colour:
        _check_values(mask, kind)
        found = mask.values()
        return [sum(found[value] for value in values) for values in kind.sources[:-1]]
    return [plane.histogram()[255] for plane in class_planes(mask, kind).classes]


def is_black_and_white(mask: RawMask) -> bool:
    """Whether a grey mask holds 0 and 255, but for what lossy compression or smoothing made of them."""
    values = mask.values()
    total = sum(values)
    if values[0] + values[255] == total:
        return True
    near = sum(values[:_NEAR]) + sum(values[-_NEAR:])
    # Noise has light greys, too. Without them, and without loss, dark values are class numbers (perhaps
    # with 255 for "void"): reading them as black would hide the classes.
    numbered = not mask.lossy and not sum(values[128:255])
    return not numbered and near >= _NEAR_SHARE * total


def is_one_hot(mask: RawMask) -> bool:
    """Whether a mask is in pure red, green and blue, but for what lossy compression made of them."""
    if not mask.is_colour:
        return False
    colours = mask.image.getcolors(len(PURE))
    if colours is not None and all(colour in PURE for _, colour in colours):
        return True
    pixels = np.asarray(mask.image)
    pure = np.count_nonzero(pixels > 255 - _NEAR, axis=2) == 1
    pure &= np.count_nonzero(pixels < _NEAR, axis=2) == 2
    return bool(pure.mean() >= _NEAR_SHARE and pixels.max(axis=2).min() >= 2 * _NEAR)


def _one_hot(mask: RawMask) -> list[Image.Image]:
    """Red, green and blue planes."""
    if not mask.is_colour:
        raise mask.fault("is grey, unlike the others of its folder")
    colours = mask.image.getcolors(len(PURE))
    if colours is not None and all(colour in PURE for _, colour in colours):
        return list(mask.bands or mask.image.split())
    if not is_one_hot(mask):
        raise mask.fault("is not in pure red, green and blue")
    labels = Image.fromarray(np.asarray(mask.image).argmax(axis=2).astype(np.uint8))
    return [labels.point([255 if value == number else 0 for value in range(256)]) for number in range(len(PURE))]


def _by_colour(mask: RawMask, kind: MaskKind) -> Image.Image:
    """Class numbers, or IGNORE, by colour: mode L."""
    if mask.is_colour:
        codes = np.asarray(mask.image).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
        known = np.array([value for value, _ in kind.values], dtype=np.uint32)
        numbers = np.array([number for _, number in kind.values], dtype=np.uint8)
        places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        labels = Image.fromarray(np.where(known[places] == codes, numbers[places], _UNKNOWN).astype(np.uint8))
    else:
        labels = mask.image.point([kind.table.get(mask.code(value), _UNKNOWN) for value in range(256)])
    if labels.histogram()[_UNKNOWN]:
        raise mask.fault("has a colour that stands for no class")
    return labels


def _split(labels: Image.Image, kind: MaskKind) -> Planes:
    *classes, ignored = (
        labels.point([255 if value == number else 0 for value in range(256)])
        for number in (*range(kind.num_classes), IGNORE)
    )
    return Planes(classes, ignored if kind.sources[-1] else None)


def _arranged(planes: Sequence[Image.Image], values: Sequence[int], kind: MaskKind) -> Planes:
    """Planes of a mask's values put in the order of the classes."""
    if [kind.table[value] for value in values] == list(range(len(planes))):
        return Planes(list(planes), None)
    labels = Image.new("L", planes[0].size, IGNORE)
    for value, plane in zip(values, planes, strict=True):
        labels.paste(kind.table[value], mask=plane)
    return _split(labels, kind)


def _check_values(mask: RawMask, kind: MaskKind) -> None:
    unknown = [value for value, count in enumerate(mask.values()) if count and value not in kind.table]
    if unknown:
        known = ", ".join(str(value) for value, _ in kind.values[:6]) + (" …" if len(kind.values) > 6 else "")
        raise mask.fault(f"has the value {unknown[0]}, which stands for no class (those do: {known})")


_BLACK = [255 if value < 128 else 0 for value in range(256)]
_WHITE = [0 if value < 128 else 255 for value in range(256)]
