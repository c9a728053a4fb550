"""A small dataset on disk for the tests of the Data page."""

from pathlib import Path

import numpy as np
from PIL import Image

from fcnlab.data.records import PictureRecord, write_records

SIDE = 48
CLASSES = "background\nother people\nhero\n"
TRAIN_SIZES = (0, 4, 100, 16, 0, 64, 36, 9)
"""Pixels of the hero in each training picture."""


def write_dataset(root: Path) -> Path:
    """Eight training pictures with records, and four to validate by, of which the first is a training picture."""
    root.mkdir(parents=True)
    (root / "classes.txt").write_text(CLASSES)
    for number, size in enumerate(TRAIN_SIZES):
        _pair(root / "train", number, seed=number, size=size)
    _pair(root / "validation", 0, seed=2, size=100)
    for number in range(1, 4):
        _pair(root / "validation", number, seed=100 + number, size=25)
    write_records(root / "train", [_record(number, size) for number, size in enumerate(TRAIN_SIZES)])
    return root


def _pair(split: Path, number: int, seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (6, 6, 3), np.uint8)
    picture = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:8, :8] = 1
    side = round(size**0.5)
    mask[20 : 20 + side, 20 : 20 + side] = 2
    for folder, image in (("images", picture), ("masks", Image.fromarray(mask))):
        (split / folder).mkdir(parents=True, exist_ok=True)
        image.save(split / folder / f"frame_{number:02}.png")


def _record(number: int, size: int) -> PictureRecord:
    pose = {"height": 3.0, "heading": 0.0, "tilt": 10.0, "roll": 0.0, "field_of_view": 60.0}
    if not size:
        return PictureRecord(image=f"frame_{number:02}.png", kind="patrol", world=number, **pose)
    seen = {"distance": 10.0 * (number + 1), "hero_pixels": size, "occlusion": 0.1 * number}
    return PictureRecord(image=f"frame_{number:02}.png", kind="patrol-target", world=number, **seen, **pose)
