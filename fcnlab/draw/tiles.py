"""Feature maps as a sheet of tiles: one small picture a channel, with the range of values it shows."""

import io
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fcnlab.draw.colors import Color, rgb
from fcnlab.draw.palette import Palette, color_table
from fcnlab.errors import FcnLabError

Bytes = NDArray[np.uint8]

GAP = 2
_DEAD = np.array((128, 128, 128), np.uint8)
_DEAD_STROKE = np.array((80, 80, 80), np.uint8)


@dataclass(frozen=True, slots=True)
class TileSheet:
    """Tiles of one layer.

    Attributes:
        image: uint8 [height, width, 3].
        columns, rows: Tiles across and down.
        tile: Height and width of a tile in pixels; between tiles lie `GAP` pixels.
        channels: The channel that each tile shows, row by row.
        ranges: For each tile the values that the darkest and the brightest colour stand for.
        low, high: Lowest and highest value of the whole layer, shown or not.
        dead: Channels that have the same value everywhere, shown or not; their tiles are grey and crossed out.
        total: Channels of the layer.
    """

    image: Bytes
    columns: int
    rows: int
    tile: tuple[int, int]
    channels: tuple[int, ...]
    ranges: tuple[tuple[float, float], ...]
    low: float
    high: float
    dead: tuple[int, ...]
    total: int

    def caption(self) -> str:
        """What the sheet shows, in one sentence."""
        shown = f"{len(self.channels)} of {self.total}" if len(self.channels) < self.total else f"All {self.total}"
        one = "channel" if self.total == 1 else "channels"
        dead = f"; {len(self.dead)} of them constant (crossed out)" if self.dead else ""
        return f"{shown} {one}, values from {self.low:.3g} to {self.high:.3g}{dead}."


def feature_tiles(
    maps: NDArray[Any],
    *,
    columns: int | None = None,
    limit: int = 64,
    scale: Literal["layer", "tile"] = "layer",
    order: Literal["channel", "contrast"] = "channel",
    value_range: tuple[float, float] | None = None,
    palette: Palette = "viridis",
    smallest: int = 48,
    ground: Color = "#FFFFFF",
) -> TileSheet:
    """Lay out the channels of one layer's output.

    Args:
        maps: [height, width, channels], of any real type; uint8 holds values that were scaled to 0–255 before.
        columns: Tiles across; by default about as many as make the sheet a square.
        limit: Show at most this many channels.
        scale: "layer" gives all tiles one range, so that they can be compared; "tile" gives each its own, so that
            faint ones can be seen.
        order: By channel number, or from the most to the least varying.
        value_range: The values that 0 and 255 of uint8 maps stand for.
        palette: Colours from low to high.
        smallest: Least width of a tile in pixels; smaller maps are enlarged by a whole factor, without blending.
        ground: The gaps between tiles, best in the page's own colour.

    Raises:
        FcnLabError: `maps` has another number of axes, is empty, or holds no finite value.
    """
    values = _values(maps, value_range)
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    dead = tuple(int(channel) for channel in np.flatnonzero(low == high))
    chosen = _choose(values, order, max(limit, 1))
    bottom, top = float(low.min()), float(high.max())
    ranges = tuple((float(low[c]), float(high[c])) if scale == "tile" else (bottom, top) for c in chosen)
    factor = max(ceil(smallest / values.shape[1]), 1)
    tile = (values.shape[0] * factor, values.shape[1] * factor)
    across = min(columns or _square(len(chosen), tile), len(chosen))
    down = ceil(len(chosen) / across)
    sheet = np.full((down * (tile[0] + GAP) - GAP, across * (tile[1] + GAP) - GAP, 3), rgb(ground), np.uint8)
    table = color_table(palette)
    for position, (channel, (least, most)) in enumerate(zip(chosen, ranges, strict=True)):
        if low[channel] == high[channel]:
            picture = _crossed_out(tile)
        else:
            picture = _enlarge(table[_to_bytes(values[:, :, channel], least, most)], factor)
        y, x = position // across * (tile[0] + GAP), position % across * (tile[1] + GAP)
        sheet[y : y + tile[0], x : x + tile[1]] = picture
    total = values.shape[2]
    return TileSheet(sheet, across, down, tile, tuple(chosen), ranges, bottom, top, dead, total)


def probability_image(probability: NDArray[Any], *, palette: Palette = "cividis") -> Bytes:
    """Probabilities as colours, on the fixed range 0 to 1.

    Args:
        probability: [height, width], of floats; what lies outside 0–1 takes the end's colour, and NaN that of 0.
        palette: Colours from 0 to 1.

    Returns:
        uint8 [height, width, 3].

    Raises:
        FcnLabError: It has another number of axes.
    """
    if probability.ndim != 2:
        raise FcnLabError(f"Probabilities must be [height, width]; received shape {list(probability.shape)}.")
    shares: NDArray[np.float32] = np.nan_to_num(probability.astype(np.float32))
    picture: Bytes = color_table(palette)[_to_bytes(shares, 0.0, 1.0)]
    return picture


def png_bytes(image: NDArray[np.uint8]) -> bytes:
    """An image, uint8 [height, width] or [height, width, 3 or 4], as a PNG file's content."""
    memory = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(memory, "PNG", compress_level=3)
    return memory.getvalue()


def _values(maps: NDArray[Any], value_range: tuple[float, float] | None) -> NDArray[np.float32]:
    if maps.ndim != 3 or 0 in maps.shape:
        raise FcnLabError(f"Feature maps must be [height, width, channels]; received shape {list(maps.shape)}.")
    values = maps.astype(np.float32)
    finite = np.isfinite(values)
    if not finite.any():
        raise FcnLabError("The feature maps hold no finite value: the network's weights have overflowed.")
    if not finite.all():
        values = np.where(finite, values, values[finite].min())
    if value_range is not None and maps.dtype == np.uint8:
        least, most = value_range
        values = np.float32(least) + values * np.float32((most - least) / 255)
    return values


def _choose(values: NDArray[np.float32], order: str, limit: int) -> list[int]:
    count = values.shape[2]
    if order == "channel":
        return list(range(min(count, limit)))
    spread = values.std(axis=(0, 1))
    return [int(channel) for channel in np.argsort(-spread, kind="stable")[:limit]]


def _square(count: int, tile: tuple[int, int]) -> int:
    return max(round(sqrt(count * tile[0] / tile[1])), 1)


def _to_bytes(values: NDArray[np.float32], low: float, high: float) -> Bytes:
    span = high - low
    scaled = (values - np.float32(low)) * np.float32(255 / span if span > 0 else 0)
    rounded: Bytes = np.clip(scaled + np.float32(0.5), 0, 255).astype(np.uint8)
    return rounded


def _enlarge(picture: Bytes, factor: int) -> Bytes:
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def _crossed_out(tile: tuple[int, int]) -> Bytes:
    """Grey with both diagonals: told from a dark map without colour."""
    height, width = tile
    y, x = np.mgrid[0:height, 0:width]
    slope = x * height / width
    stroke = max(min(tile) / 32, 1)
    on_diagonal = (np.abs(slope - y) < stroke) | (np.abs(height - 1 - slope - y) < stroke)
    return np.where(on_diagonal[:, :, None], _DEAD_STROKE, _DEAD)
