from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write an array or a Pillow image to a path under the temporary folder."""

    def write(name: str, picture: np.ndarray | Image.Image, **options: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        image.save(path, **options)
        return path

    return write


@pytest.fixture
def pairs(save: Save, tmp_path: Path) -> Callable[..., Path]:
    """Write images and masks {stem: mask array} into a folder and return the temporary folder."""

    def write(masks: Mapping[str, np.ndarray], under: str = "", **options: object) -> Path:
        for number, (stem, mask) in enumerate(masks.items()):
            height, width = mask.shape[:2]
            image = np.full((height, width, 3), 10 + number, dtype=np.uint8)
            save(f"{under}/images/{stem}.png".lstrip("/"), image)
            save(f"{under}/masks/{stem}.png".lstrip("/"), mask, **options)
        return tmp_path

    return write


@pytest.fixture
def labels() -> np.ndarray:
    """Three classes on 12 × 20 pixels."""
    array = np.zeros((12, 20), dtype=np.uint8)
    array[2:6, 3:9] = 1
    array[7:11, 10:18] = 2
    return array


@pytest.fixture
def one_hot(labels: np.ndarray) -> np.ndarray:
    return (np.eye(3, dtype=np.uint8) * 255)[labels]
