"""Tiles of a layer as the choices want them."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from fcnlab.draw import TileSheet, feature_tiles
from fcnlab.draw.tiles import Range
from fcnlab.lab.tasks import LayerMaps
from fcnlab.ui.inspect.maps.choices import Choices

COLUMNS = 8
"""Tiles across in a sheet as it is saved; a page places them by its width."""

LARGEST_TILE = 160
"""Side of a tile in pixels above which not every value is sent."""

Contributions = Mapping[str, Any]
"""Layer → how much each channel speaks for a class, float32 [C]."""

Ranges = NDArray[np.float32]


def sheet_of(
    maps: LayerMaps,
    choices: Choices,
    limit: int,
    ranking: ArrayLike | None = None,
    ranges: Ranges | None = None,
) -> TileSheet:
    """A layer's tiles, a value a pixel.

    Args:
        maps: The layer.
        choices: Order, scale and colours.
        limit: Tiles at most.
        ranking: A figure for each channel [C] that they are ordered by, the highest first, instead of the chosen order.
        ranges: Each channel's range [C, 2] instead of the chosen scale.
    """
    if ranking is None:
        ranking = _ranking(maps, choices)
    return feature_tiles(
        maps.maps,
        columns=COLUMNS,
        limit=limit,
        scale="tile" if choices.scale == "tile" else "layer",
        limits=_limits(maps, choices),
        ranges=ranges,
        ranking=ranking,
        value_range=(maps.low, maps.high),
        palette=choices.palette,
        smallest=1,
        largest=LARGEST_TILE,
    )


def _ranking(maps: LayerMaps, choices: Choices) -> ArrayLike | None:
    """The channels' figures by the chosen order, from the exact values and not from bytes; None for their numbers."""
    statistics = maps.statistics
    figures = {"mean": statistics.mean, "variance": statistics.variance, "sparsity": 1 - statistics.active}
    return figures.get(choices.order)


def _limits(maps: LayerMaps, choices: Choices) -> Range | None:
    """A range that all tiles have: the chosen one, or of probabilities what they can be."""
    if choices.scale == "fixed":
        return choices.limits
    return (0.0, 1.0) if is_probability(maps) else None


def is_probability(maps: LayerMaps) -> bool:
    """Whether the channels are the classes' probabilities, which are there to be compared."""
    return maps.role == "outputs" and maps.kind == "activation"


def tile_url(sheet: TileSheet, position: int) -> str:
    """One tile as a data URL, a byte a value, for the page to enlarge."""
    y, x = sheet.place(position)
    height, width = sheet.tile
    picture = Image.fromarray(np.ascontiguousarray(sheet.pixels[y : y + height, x : x + width]))
    picture.putpalette(sheet.colors.tobytes())
    memory = io.BytesIO()
    picture.save(memory, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(memory.getvalue()).decode()}"
