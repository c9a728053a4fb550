"""Which mask belongs to which image."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Literal

from fcnlab.data.document import Pairing
from fcnlab.errors import DataError

Way = Literal["stem", "order"]
Pair = tuple[Path, Path]
ENDING = re.compile(r"[_-](mask|masks|label|labels|seg|segmentation|gt|annotation)$", re.IGNORECASE)
"""What tells a mask's name from its image's where both are in one folder."""

_PICTURE_ENDING = re.compile(r"[_-](image|img)$", re.IGNORECASE)
# The Follow-Me project's names: 6_run1cam1_00000 and 6_run1_mask_00000.
_CAMERA_OR_MASK = re.compile(r"_?(cam\d*|mask)(?=_|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Paired:
    """Images with their masks.

    Attributes:
        pairs: (image, mask), in the order of the images.
        way: How they were found: by name ("stem") or by sorted order.
        alone: Files without a partner, and why.
    """

    pairs: tuple[Pair, ...]
    way: Way
    alone: tuple[tuple[Path, str], ...] = ()


def match(images: Sequence[Path], masks: Sequence[Path], pairing: Pairing = "auto") -> Paired:
    """Pair images with masks.

    By name, names are compared without their suffix and without an ending such as `_mask`. "auto" takes names, unless
    fewer than half of the images find a mask so, there are as many masks as images, and sorted order (2 before 10)
    tears no equal names apart.

    Args:
        images: Sorted by name.
        masks: Sorted by name.
        pairing: "auto", "stem" or "order".

    Raises:
        DataError: No image finds a mask.
    """
    counts = f"{_counted(images, 'image')} and {_counted(masks, 'mask')}"
    if pairing == "order":
        if len(images) != len(masks):
            raise DataError(
                f"{images[0].parent} and {masks[0].parent} have {counts}: they cannot be paired by order.",
                "Pair them by name, or remove what has no partner.",
            )
        return Paired(tuple(zip(images, masks, strict=True)), "order")
    by_name = _by_key(images, masks, stem, counts)
    if not by_name.alone:
        return by_name
    loose = _by_key(images, masks, _without_camera, counts)
    if len(loose.pairs) > len(by_name.pairs):
        by_name = loose
    few = 2 * len(by_name.pairs) < len(images)
    if pairing == "auto" and few and len(images) == len(masks) and _aligned(images, masks):
        return Paired(tuple(zip(images, masks, strict=True)), "order")
    if not by_name.pairs:
        path, reason = by_name.alone[0]
        raise DataError(f"{path}: {reason}", _FIX)
    return by_name


_FIX = "Give each image and its mask the same name, or as many masks as images in the same order."


def stem(path: Path) -> str:
    """A file's name without suffix and without an ending that says what it is."""
    return _without_endings(path.name)


@lru_cache(maxsize=65_536)  # sorting and pairing ask for each name about six times
def _without_endings(name: str) -> str:
    return _PICTURE_ENDING.sub("", ENDING.sub("", PurePath(name).stem))


def in_order(path: Path) -> tuple[tuple[tuple[int, str], ...], str]:
    """A key that sorts 2 before 10, in names such as img2 and mask_02 as well."""
    parts = re.split(r"(\d+)", stem(path))
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts), path.name


def _by_key(images: Sequence[Path], masks: Sequence[Path], key: Callable[[Path], str], counts: str) -> Paired:
    image_keys, mask_keys = [key(path) for path in images], [key(path) for path in masks]
    doubled = {name for names in (image_keys, mask_keys) for name, times in Counter(names).items() if times > 1}
    partners = {name: path for name, path in zip(mask_keys, masks, strict=True) if name not in doubled}
    pairs, alone = [], []
    for name, path in zip(image_keys, images, strict=True):
        if name in partners:
            pairs.append((path, partners[name]))
        else:
            alone.append((path, _reason(name in doubled, "mask", counts)))
    taken = set(image_keys) - doubled
    alone += [
        (path, _reason(name in doubled, "image", counts))
        for name, path in zip(mask_keys, masks, strict=True)
        if name not in taken
    ]
    return Paired(tuple(pairs), "stem", tuple(alone))


def _reason(doubled: bool, missing: str, counts: str) -> str:
    if doubled:
        return f"Several files have this name, so that none of them can be paired ({counts})."
    return f"There is no {missing} of the same name ({counts})."


def _without_camera(path: Path) -> str:
    return _CAMERA_OR_MASK.sub("", stem(path))


def _aligned(images: Sequence[Path], masks: Sequence[Path]) -> bool:
    """Whether sorted order keeps equal names together."""
    first, second = [stem(path) for path in images], [stem(path) for path in masks]
    common = set(first) & set(second)
    return all(a == b or not {a, b} & common for a, b in zip(first, second, strict=True))


def _counted(paths: Sequence[Path], what: str) -> str:
    return f"{len(paths)} {what}{'' if len(paths) == 1 else 's'}"
