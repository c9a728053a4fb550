"""Feature maps as files: a sheet of tiles for each stage or layer, the prediction, and their figures."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from fcnlab.arch.spec import slug
from fcnlab.data import read_image
from fcnlab.draw import feature_tiles, overlay, png_bytes
from fcnlab.draw.masks import in_color
from fcnlab.errors import RunError
from fcnlab.files import write_text, writing
from fcnlab.lab.importing import input_of
from fcnlab.lab.inside.feature_tables import channels_csv, layer_row, layers_csv
from fcnlab.lab.inside.looking import class_contributions, look
from fcnlab.lab.inside.maps import LayerMaps, Look
from fcnlab.lab.inside.pictures import Upload
from fcnlab.lab.runs.run import Run
from fcnlab.model import Document

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

MOST_TILES = 64
"""Channels that one sheet shows at most, unless more are asked for: what still fits a page."""


class Sheets(Document):
    """How feature maps are drawn.

    Attributes:
        scale: "layer" gives all tiles of a sheet one range, "tile" each its own.
        order: By channel number, or from the highest to the lowest mean, variance or sparsity.
        target: A class; the channels that speak most for it come first, in place of `order`.
        limits: The values of the darkest and the brightest colour, in place of `scale`.
        palette: The colours; all can be told apart by colour-blind readers.
        format: Of the files.
        limit: Channels shown at most.
    """

    scale: Literal["layer", "tile"] = "layer"
    order: Literal["channel", "mean", "variance", "sparsity"] = "channel"
    target: Annotated[int, Field(ge=0)] | None = None
    limits: tuple[float, float] | None = None
    palette: Literal["viridis", "cividis", "gray", "blue-red"] = "viridis"
    format: Literal["png", "svg", "pdf"] = "png"
    limit: Annotated[int, Field(ge=1)] = MOST_TILES


def write_features(
    path: Path, image: Path, out: Path, layers: bool = False, epoch: int | None = None, sheets: Sheets | None = None
) -> dict[str, Any]:
    """Write the feature maps of one image: a sheet a stage or layer, the prediction and the figures.

    Args:
        path: The run folder.
        image: The image's file.
        out: The folder to write to; made when missing. Files of the same names are replaced.
        layers: Every single layer instead of every stage.
        epoch: Which checkpoint; None takes the default one, 0 the weights before the first step.
        sheets: How the maps are drawn.

    Returns:
        What `index.json` in `out` holds: `run`, `epoch`, `image`, `prediction` (`file`, `class_share`) and `maps`
        [`name`, `layer`, `file`, `shape` [H, W, C], `channels` shown, `low`, `high` of all values, `active` (share of
        the values above zero), `effective_rank`, `dead` (channels), `duplicates` (pairs of channels)].
        `statistics.csv` holds the figures of each map, `channels.csv` those of each channel.

    Raises:
        FcnLabError: The run has no such checkpoint, the image cannot be read, `out` cannot be written, or values
            overflow in the network.
    """
    given = input_of(Run.open(path))
    read_image(image, (given.height, given.width), given.channels)  # told before Keras is loaded
    sheets, picture = sheets or Sheets(), Upload(image.read_bytes(), str(image))
    seen = look(str(path), picture, epoch, layers)
    speaks = {} if sheets.target is None else class_contributions(str(path), picture, sheets.target, epoch)
    try:
        return _write(out, path.absolute().name, image, seen, sheets, speaks)
    except OSError as problem:
        raise RunError(
            f"The folder {out} cannot be written ({problem.strerror or problem}).", "Choose a folder you may write to."
        ) from None


def _write(
    out: Path, run: str, source: Path, seen: Look, sheets: Sheets, speaks: Mapping[str, Floats]
) -> dict[str, Any]:
    classes = len(seen.shares)
    counts = np.bincount(seen.labels.ravel(), minlength=classes)
    note = f"{source.name}, {run}, " + (f"epoch {seen.epoch}" if seen.epoch else "untrained")
    _save(out / "prediction.png", png_bytes(overlay(in_color(seen.image), seen.labels, classes)))
    index = {
        "run": run,
        "epoch": seen.epoch,
        "image": str(source),
        "prediction": {"file": "prediction.png", "class_share": [int(count) / seen.labels.size for count in counts]},
        "maps": [
            _write_sheet(out, number, maps, note, sheets, speaks.get(maps.layer))
            for number, maps in enumerate(seen.stages)
        ],
    }
    write_text(out / "index.json", json.dumps(index, indent=2) + "\n", durable=False)
    _write_tables(out, seen.stages)
    return index


def _write_sheet(
    out: Path, number: int, maps: LayerMaps, note: str, sheets: Sheets, ranking: Floats | None
) -> dict[str, Any]:
    from fcnlab.draw.files import figure_bytes
    from fcnlab.draw.sheet_figure import tiles_figure

    sheet = feature_tiles(
        maps.maps,
        limit=sheets.limit,
        scale=sheets.scale,
        limits=sheets.limits,
        order=sheets.order,
        ranking=ranking,
        palette=sheets.palette,
        value_range=(maps.low, maps.high),
    )
    height, width, channels = maps.maps.shape
    title = f"{maps.name} ({height}, {width}, {channels})"
    # The number keeps the files in the order of the shape flow, and apart where two names make one slug.
    file = f"{number:02d}-{slug(maps.name)}.{sheets.format}"
    _save(out / file, figure_bytes(tiles_figure(sheet, title, note), sheets.format, title=title))
    row = layer_row(maps)
    return {
        "name": maps.name,
        "layer": maps.layer,
        "file": file,
        "shape": [height, width, channels],
        "channels": list(sheet.channels),
        **{name: row[name] for name in ("low", "high", "active", "effective_rank")},
        "dead": list(maps.statistics.dead),
        "duplicates": [list(pair) for pair in maps.statistics.duplicates],
    }


def _write_tables(out: Path, maps: Sequence[LayerMaps]) -> None:
    write_text(out / "statistics.csv", layers_csv(maps), durable=False)
    write_text(out / "channels.csv", channels_csv(maps), durable=False)


def _save(path: Path, content: bytes) -> None:
    with writing(path, durable=False) as temporary:
        temporary.write_bytes(content)
