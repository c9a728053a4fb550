"""What the values of a folder's masks mean, and masks as class planes at the network's size."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fcnlab.data.dataset import MAX_CLASSES, Bytes, Size, presence_type
from fcnlab.data.parallel import parallel
from fcnlab.data.rawmask import Colour, RawMask, read_raw
from fcnlab.errors import DataError

_PURE = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
_SAMPLE = 48
# Lossy compression moves values near edges. A mask still counts as black and white, or as one-hot, when at
# least this share of its pixels lies within this distance of the pure values.
_NEAR = 32
_NEAR_SHARE = 0.95


@dataclass(frozen=True)
class MaskKind:
    """How a folder's masks are read.

    Attributes:
        style: "one-hot" (pure red, green, blue), "binary" (0 and 255) or "index" (class numbers).
        num_classes: K.
    """

    style: Literal["one-hot", "binary", "index"]
    num_classes: int


def recognise(paths: Sequence[Path]) -> MaskKind:
    """Tell the kind of mask from a sample spread evenly over the files.

    Colour anywhere means one-hot; otherwise values of at most 31 mean class numbers, and their highest is looked
    for in all files; otherwise the values must be 0 and 255.

    Raises:
        DataError: A mask fits no kind, or there would be fewer than two classes.
    """
    positions = np.unique(np.linspace(0, len(paths) - 1, min(_SAMPLE, len(paths))).astype(int))
    sample = list(parallel(lambda number: read_raw(paths[positions[number]]), len(positions)))
    if any(mask.is_colour for mask in sample):
        kind = MaskKind("one-hot", 3)
    elif any(_highest(mask) >= MAX_CLASSES for mask in sample):
        kind = MaskKind("binary", 2)
    else:
        return MaskKind("index", _count_indices(paths))
    for mask in sample:
        class_planes(mask, kind)
    return kind


def class_planes(mask: RawMask, kind: MaskKind) -> list[Image.Image]:
    """One L image of 0 and 255 for each class, at the mask's own size; every pixel is in exactly one.

    Raises:
        DataError: The mask is not of this kind; the sentence names the file and the values found.
    """
    if kind.style == "one-hot":
        return _one_hot(mask)
    if mask.is_colour:
        raise mask.fault("is in colour, unlike the others of its folder")
    if kind.style == "binary":
        return _binary(mask)
    if _highest(mask) >= kind.num_classes:
        raise mask.fault(f"has a value above {kind.num_classes - 1}, the highest class number")
    return [mask.image.point(_only(number)) for number in range(kind.num_classes)]


def count_classes(path: Path, kind: MaskKind) -> list[int]:
    """Pixels of each class in a mask at its own size: K numbers.

    Raises:
        DataError: As `class_planes`.
    """
    mask = read_raw(path)
    if kind.style == "index" and not mask.is_colour and _highest(mask) < kind.num_classes:
        return mask.values()[: kind.num_classes]
    return [plane.histogram()[255] for plane in class_planes(mask, kind)]


def fit_planes(planes: Sequence[Image.Image], size: Size) -> tuple[Bytes, NDArray[Any]]:
    """Bring class planes to the network's size.

    Labels take the class with the largest share of the pixel, by Pillow's antialiased bilinear filter on 0 and
    255. Presence follows the official Follow-Me score instead, which resized 0/1 bytes: Pillow rounds these
    after each of its two passes, so that the two may differ along edges.

    Args:
        planes: K images of mode L, 0 and 255.
        size: (height, width).

    Returns:
        Labels uint8 [height, width], and presence [height, width] with bit k for class k.
    """
    height, width = size
    share = np.zeros(size, dtype=np.uint8)
    labels = np.zeros(size, dtype=np.uint8)
    presence = np.zeros(size, dtype=presence_type(len(planes)))
    for number, plane in enumerate(planes):
        if plane.getbbox() is None:  # most images lack some class, and resizing is the dear part
            continue
        own = np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))
        one = np.asarray(plane.point(_TO_ONE).resize((width, height), Image.Resampling.BILINEAR))
        np.copyto(labels, number, where=own > share, casting="unsafe")
        np.maximum(share, own, out=share)
        presence |= one.astype(presence.dtype) << number
    return labels, presence


def _one_hot(mask: RawMask) -> list[Image.Image]:
    if not mask.is_colour:
        raise mask.fault("is grey, unlike the others of its folder")
    colours = mask.image.getcolors(len(_PURE))
    if colours is not None and all(colour in _PURE for _, colour in colours):
        return list(mask.image.split())
    pixels = np.asarray(mask.image)
    pure = np.count_nonzero(pixels > 255 - _NEAR, axis=2) == 1
    pure &= np.count_nonzero(pixels < _NEAR, axis=2) == 2
    if pure.mean() < _NEAR_SHARE or pixels.max(axis=2).min() < 2 * _NEAR:
        raise mask.fault("is not in pure red, green and blue")
    labels = Image.fromarray(pixels.argmax(axis=2).astype(np.uint8))
    return [labels.point(_only(number)) for number in range(len(_PURE))]


def _binary(mask: RawMask) -> list[Image.Image]:
    values = mask.values()
    total = sum(values)
    if values[0] + values[255] < total:
        near = sum(values[:_NEAR]) + sum(values[-_NEAR:])
        # Noise has light greys, too. Without them, and without loss, dark values are class numbers (perhaps
        # with 255 for "void"): reading them as black would hide the classes.
        numbered = not mask.lossy and not sum(values[128:255])
        if numbered or near < _NEAR_SHARE * total:
            raise mask.fault("is not of 0 and 255")
    return [mask.image.point(_BLACK), mask.image.point(_WHITE)]


def _count_indices(paths: Sequence[Path]) -> int:
    """K = the highest value in any mask + 1; a palette must give each value the same colour in every file."""

    def scan(number: int) -> tuple[int, dict[int, Colour]]:
        mask = read_raw(paths[number])
        if mask.is_colour or _highest(mask) >= MAX_CLASSES:
            raise mask.fault("holds no class numbers, unlike others of its folder")
        return _highest(mask), mask.palette

    highest = 0
    first: dict[int, tuple[Colour, Path]] = {}
    for path, (value, palette) in zip(paths, parallel(scan, len(paths)), strict=True):
        highest = max(highest, value)
        for index, colour in palette.items():
            known, where = first.setdefault(index, (colour, path))
            if known != colour:
                raise DataError(
                    f"The palettes of the masks {where} and {path} disagree: value {index} is {known} in the one "
                    f"and {colour} in the other.",
                    "Save all masks with one palette, or as grey masks of class numbers.",
                )
    return highest + 1


def _highest(mask: RawMask) -> int:
    return max(value for value, count in enumerate(mask.values()) if count)


def _only(number: int) -> list[int]:
    return [255 if value == number else 0 for value in range(256)]


_TO_ONE = [int(value > 0) for value in range(256)]
_BLACK = [255 if value < 128 else 0 for value in range(256)]
_WHITE = [0 if value < 128 else 255 for value in range(256)]
