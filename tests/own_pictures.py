"""Small folders and zips of pictures, as people bring them."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 16


def picture(number: int, channels: int = 3, side: int = SIDE) -> Image.Image:
    pixels = np.random.default_rng(number).integers(0, 256, (side, side, channels), np.uint8)
    return Image.fromarray(pixels if channels == 3 else pixels[..., 0])


def mask(number: int, values: tuple[int, ...] = (0, 1, 2), side: int = SIDE) -> Image.Image:
    """Stripes of the values, and of the last one `number` rows more."""
    rows = np.arange(side) * len(values) // side
    labels = np.array(values, np.uint8)[np.clip(rows + (rows > 0) * (number % 2), 0, len(values) - 1)]
    return Image.fromarray(np.repeat(labels[:, None], side, axis=1))


def make_folder(path: Path, count: int = 10, values: tuple[int, ...] = (0, 1, 2)) -> Path:
    """images/0.png … and masks/0.png … of class numbers."""
    for part in ("images", "masks"):
        (path / part).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture(number).save(path / "images" / f"{number}.png")
        mask(number, values).save(path / "masks" / f"{number}.png")
    return path


def make_follow_me(path: Path, count: int = 6, split: str = "train") -> Path:
    """A split of pictures with masks in pure red, green and blue, as the simulator writes them."""
    for part in ("images", "masks"):
        (path / split / part).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = f"{path.name}_{split}_{number}.png"
        picture(number).save(path / split / "images" / name)
        labels = np.asarray(mask(number))
        Image.fromarray(np.eye(3, dtype=np.uint8)[labels] * 255).save(path / split / "masks" / name)
    return path


def zipped(folder: Path, inside: str = "leaves") -> io.BytesIO:
    """A zip of a folder, which lies in a folder of its own in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{inside}/{file.relative_to(folder)}")
    buffer.seek(0)
    buffer.name = f"{inside}.zip"
    return buffer
