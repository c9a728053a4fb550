"""Where a folder keeps its images and masks, and which mask belongs to which image."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fcnlab.data.images import SUFFIXES
from fcnlab.errors import DataError

EVALUATION_SETS = ("following_images", "patrol_non_targ", "patrol_with_targ")
EXPECTED = (
    "Expected are folders images/ and masks/, either directly in the folder or in each of train/, validation/ and "
    "test/; or the Follow-Me layout: train/, validation/ and sample_evaluation_data/ with following_images/, "
    "patrol_non_targ/ and patrol_with_targ/, each with images/ and masks/."
)
_PARTS = ("images", "masks")
_SPLITS = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "test": "test",
}
# The course's own copies spell the folder in both ways.
_EVALUATION_FOLDERS = ("sample_evaluation_data", "sample_evalution_data")
_VALIDATION_SHARE = 0.2
_ENDING = re.compile(r"[_-](mask|masks|label|labels|seg|gt|image|img)$", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """What was found in a folder.

    Attributes:
        splits: Pairs of (image, mask) by split.
        follow_me: The folder has the Follow-Me evaluation sets.
        folders: Every folder that was listed; a change in one of them makes the layout out of date.
    """

    splits: dict[str, tuple[tuple[Path, Path], ...]]
    follow_me: bool
    folders: tuple[Path, ...]


def find_layout(root: Path) -> Layout:
    """Recognise the layout of a resolved folder.

    It is the Follow-Me layout if there is a folder `sample_evaluation_data`. Folders train/, validation/ (val/,
    valid/) and test/ come before images/ and masks/ beside them. Images and masks directly in the folder are
    divided, always in the same way: a fifth, drawn at random, is validation, the rest train.

    Raises:
        DataError: The folder has another layout, a pair is incomplete, or a link leads out of the folder.
    """
    places = _split_folders(root)
    evaluation = next((places.pop(name) for name in _EVALUATION_FOLDERS if name in places), None)
    folders = [root]
    if evaluation is not None:
        folders.append(evaluation)
        places |= _children(evaluation, root, EVALUATION_SETS)
    splits = {}
    for name, folder in places.items():
        children = _children(folder, root, _PARTS)
        splits[name] = _pairs(folder, root)
        folders += [folder, children["images"], children["masks"]]
    if not splits:
        children = _children(root, root, _PARTS)
        if not children:
            raise DataError(f"The folder {root} has no images/ and masks/ in it.", EXPECTED)
        splits = _divide(_pairs(root, root))
        folders += [children["images"], children["masks"]]
    return Layout(splits, evaluation is not None, tuple(folders))


def _split_folders(root: Path) -> dict[str, Path]:
    """Split name → folder; the folder of evaluation sets under its own name."""
    children = _children(root, root, (*_SPLITS, *_EVALUATION_FOLDERS))
    found: dict[str, Path] = {}
    for folder_name, split in _SPLITS.items():
        if folder_name not in children:
            continue
        if split in found:
            raise DataError(f"The folder {root} has both {found[split].name}/ and {folder_name}/.", "Keep one of them.")
        found[split] = children[folder_name]
    found |= {name: children[name] for name in _EVALUATION_FOLDERS if name in children}
    return found


def _children(folder: Path, root: Path, names: Iterable[str]) -> dict[str, Path]:
    """The folders in a folder that have one of these names, in small or capital letters."""
    found: dict[str, Path] = {}
    for path in sorted(_listed(folder)):  # of `Images` and `images`, the second stays
        if path.name.lower() in names and path.is_dir():
            found[path.name.lower()] = _inside(path, root)
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as problem:
        raise DataError(f"The folder {folder} cannot be listed ({problem.strerror}).") from None


def _inside(path: Path, root: Path) -> Path:
    """The path itself, unless it is a link that leads out of the root."""
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        raise DataError(
            f"{path} is a link that leads out of the folder {root}.", "Copy what it points to into the folder."
        )
    return path


def _files(folder: Path, root: Path) -> list[Path]:
    pictures = [
        path
        for path in _listed(folder)
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    if not pictures:
        raise DataError(f"The folder {folder} has no pictures in it ({', '.join(SUFFIXES)}).")
    return sorted((_inside(path, root) for path in pictures), key=lambda path: (_natural(_stem(path)), path.name))


def _pairs(folder: Path, root: Path) -> tuple[tuple[Path, Path], ...]:
    children = _children(folder, root, _PARTS)
    for name in _PARTS:
        if name not in children:
            raise DataError(f"The folder {folder} has no {name}/ in it.", EXPECTED)
    images, masks = (_files(children[name], root) for name in _PARTS)
    return match(images, masks)


def match(images: list[Path], masks: list[Path]) -> tuple[tuple[Path, Path], ...]:
    """Pair images with masks: by name where every name has its partner, else by sorted order.

    Names are compared without their suffix and without an ending such as `_mask`. Sorted order is used only where
    there are as many masks as images and it tears no equal names apart.

    Args:
        images: Sorted by name.
        masks: Sorted by name.

    Raises:
        DataError: It names the first file without a partner.
    """
    by_stem = {_stem(path): path for path in masks}
    image_stems = [_stem(path) for path in images]
    unique = len(by_stem) == len(masks) and len(set(image_stems)) == len(images)
    if unique and set(image_stems) == set(by_stem):
        return tuple((path, by_stem[stem]) for path, stem in zip(images, image_stems, strict=True))
    common = set(image_stems) & set(by_stem)
    aligned = all(a == b or not {a, b} & common for a, b in zip(image_stems, map(_stem, masks), strict=False))
    if len(images) == len(masks) and aligned:
        return tuple(zip(images, masks, strict=True))
    raise _unmatched(images, masks, common)


def _unmatched(images: list[Path], masks: list[Path], common: set[str]) -> DataError:
    counts = f"{len(images)} images and {len(masks)} masks"
    for path, other in [(path, "mask") for path in images] + [(path, "image") for path in masks]:
        if _stem(path) not in common:
            return DataError(
                f"{path} has no {other} of the same name ({counts}).",
                "Give each image and its mask the same name, or as many masks as images in the same order.",
            )
    return DataError(f"Several files in {images[0].parent} or {masks[0].parent} have the same name ({counts}).")


def _stem(path: Path) -> str:
    return _ENDING.sub("", path.stem)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts 2 before 10, in names such as img2 and mask_02 as well."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def _divide(pairs: tuple[tuple[Path, Path], ...]) -> dict[str, tuple[tuple[Path, Path], ...]]:
    """Four fifths train, one fifth validation, by a fixed seed; a single pair is train."""
    held = 0 if len(pairs) < 2 else max(1, round(_VALIDATION_SHARE * len(pairs)))
    if not held:
        return {"train": pairs}
    chosen = set(np.random.default_rng(0).permutation(len(pairs))[:held].tolist())
    return {
        "train": tuple(pair for number, pair in enumerate(pairs) if number not in chosen),
        "validation": tuple(pair for number, pair in enumerate(pairs) if number in chosen),
    }
