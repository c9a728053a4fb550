"""Feature maps as files: a PNG of tiles for each stage or layer, the prediction, and an index of them all."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fcnlab.arch.spec import slug
from fcnlab.draw import feature_tiles, overlay, png_bytes
from fcnlab.errors import RunError
from fcnlab.lab.files import write_text, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

MOST_TILES = 256
"""Channels that one PNG shows at most, so that a stage of thousands still makes a picture that can be opened."""


def write(out: Path, run: str, epoch: int, source: Path, image: Bytes, maps: "Mapping[str, Floats]") -> dict[str, Any]:
    """Write the feature maps of one image.

    Args:
        out: The folder to write to; made when missing. Files of the same names are replaced.
        run: The run's name.
        epoch: Of the checkpoint.
        source: The image's file.
        image: What the network got of it, uint8 [H, W, 1 or 3].
        maps: float32 [H, W, C] by name, in the order of the shape flow; the last holds the class probabilities.

    Returns:
        What `index.json` in `out` holds: `run`, `epoch`, `image`, `prediction` (`file`, `class_share`) and `maps`
        [`name`, `file`, `shape` [H, W, C], `channels` shown, `low`, `high` of all values, `constant` channels].

    Raises:
        RunError: `out` cannot be written.
        FcnLabError: A feature map holds no finite value.
    """
    probabilities = list(maps.values())[-1]
    labels = probabilities.argmax(axis=-1)
    classes = probabilities.shape[-1]
    counts = np.bincount(labels.ravel(), minlength=classes)
    try:
        index = {
            "run": run,
            "epoch": epoch,
            "image": str(source),
            "prediction": {
                "file": _save(out / "prediction.png", overlay(colored(image), labels, classes)),
                "class_share": [int(count) / labels.size for count in counts],
            },
            "maps": [_write_maps(out, number, name, values) for number, (name, values) in enumerate(maps.items())],
        }
        write_text(out / "index.json", json.dumps(index, indent=2) + "\n", durable=False)
    except OSError as problem:
        raise RunError(
            f"The folder {out} cannot be written ({problem.strerror or problem}).", "Choose a folder you may write to."
        ) from None
    return index


def colored(image: Bytes) -> Bytes:
    """An image uint8 [H, W, 1 or 3] in three channels."""
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def _write_maps(out: Path, number: int, name: str, values: Floats) -> dict[str, Any]:
    sheet = feature_tiles(values, limit=MOST_TILES)
    return {
        "name": name,
        # The number keeps the files in the order of the shape flow, and apart where two names make one slug.
        "file": _save(out / f"{number:02d}-{slug(name)}.png", sheet.image),
        "shape": list(values.shape),
        "channels": list(sheet.channels),
        "low": sheet.low,
        "high": sheet.high,
        "constant": list(sheet.dead),
    }


def _save(path: Path, picture: Bytes) -> str:
    with writing(path, durable=False) as temporary:
        temporary.write_bytes(png_bytes(picture))
    return path.name
