"""Feature maps as a sheet of tiles: one small picture a channel, with the range of values it shows."""

import io
from dataclasses import dataclass
from functools import cache
from math import ceil, isfinite, sqrt
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from fcnlab.draw.colorbar import number_text
from fcnlab.draw.colors import Color, rgb
from fcnlab.draw.digits import number_bitmap
from fcnlab.draw.palette import DIVERGING, Palette, color_table
from fcnlab.errors import FcnLabError

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Range = tuple[float, float]
Order = Literal["channel", "mean", "variance", "sparsity"]
Scale = Literal["layer", "tile"]

GAP = 2
LEVELS = 251
"""Steps from the lowest to the highest colour of a tile; the five colours left are those that stand for no value."""

_GROUND, _DEAD, _DEAD_STROKE, _PLATE, _INK = range(LEVELS, 256)
_REST = ((128, 128, 128), (80, 80, 80), (11, 22, 34), (255, 255, 255))


@dataclass(frozen=True, slots=True)
class TileSheet:
    """Tiles of one layer.

    Attributes:
        pixels: Of the sheet, uint8 [height, width], as numbers of `colors`.
        colors: uint8 [256, 3]; the first `LEVELS` run from low to high.
        columns, rows: Tiles across and down.
        tile: Height and width of a tile in pixels; between tiles lie `GAP` pixels.
        channels: The channel that each tile shows, row by row.
        ranges: For each tile the values that the first and the last colour stand for.
        low, high: Lowest and highest value of the whole layer, shown or not.
        dead: Channels that have the same value everywhere, shown or not; their tiles are grey and crossed out.
        total: Channels of the layer.
        palette: Colours from low to high, for `fcnlab.draw.scale_bar`.
    """

    pixels: Bytes
    colors: Bytes
    columns: int
    rows: int
    tile: tuple[int, int]
    channels: tuple[int, ...]
    ranges: tuple[Range, ...]
    low: float
    high: float
    dead: tuple[int, ...]
    total: int
    palette: Palette

    @property
    def image(self) -> Bytes:
        """The sheet in colour, uint8 [height, width, 3]."""
        return self.colors.take(self.pixels, axis=0)

    @property
    def shared_range(self) -> Range | None:
        """The range of all tiles where they have one in common, else None."""
        return self.ranges[0] if len(set(self.ranges)) == 1 else None

    def png(self) -> bytes:
        """The sheet as a PNG file's content, a byte a pixel, with transparent gaps for a page of any colour."""
        picture = Image.fromarray(self.pixels)
        picture.putpalette(self.colors.tobytes())
        memory = io.BytesIO()
        picture.save(memory, "PNG", compress_level=3, transparency=_GROUND)
        return memory.getvalue()

    def place(self, position: int) -> tuple[int, int]:
        """Row and column of a tile's first pixel."""
        y, x = divmod(position, self.columns)
        return y * (self.tile[0] + GAP), x * (self.tile[1] + GAP)

    def tile_image(self, position: int) -> Bytes:
        """One tile in colour, uint8 [tile height, tile width, 3]."""
        y, x = self.place(position)
        return self.colors.take(self.pixels[y : y + self.tile[0], x : x + self.tile[1]], axis=0)

    def caption(self) -> str:
        """What the sheet shows, in one sentence."""
        shown = f"{len(self.channels)} of {self.total}" if len(self.channels) < self.total else f"All {self.total}"
        one = "channel" if self.total == 1 else "channels"
        dead = f"; {len(self.dead)} of them constant (crossed out)" if self.dead else ""
        return f"{shown} {one}, values from {number_text(self.low)} to {number_text(self.high)}{dead}."


def feature_tiles(
    maps: NDArray[Any],
    *,
    columns: int | None = None,
    limit: int = 64,
    scale: Scale = "layer",
    limits: Range | None = None,
    ranges: ArrayLike | None = None,
    order: Order = "channel",
    ranking: ArrayLike | None = None,
    value_range: tuple[ArrayLike, ArrayLike] | None = None,
    palette: Palette = "viridis",
    smallest: int = 48,
    largest: int | None = None,
    numbers: bool = False,
    ground: Color = "#FFFFFF",
) -> TileSheet:
    """Lay out the channels of one layer's output.

    Args:
        maps: [height, width, channels], of any real type; uint8 holds values that were scaled to 0–255 before.
        columns: Tiles across; by default about as many as make the sheet a square.
        limit: Show at most this many channels.
        scale: "layer" gives all tiles one range, so that they can be compared; "tile" gives each its own, so that
            faint ones can be seen.
        limits: Instead of `scale`, a fixed range for all tiles; what lies outside takes the end's colour.
        ranges: Instead of `scale`, the range of each channel, [channels, 2].
        order: By channel number, or from the highest to the lowest mean, variance, or sparsity (share of values that
            are not above zero).
        ranking: Instead of `order`, a figure for each channel, [channels]; the highest comes first, NaN last.
        value_range: The values that 0 and 255 of uint8 maps stand for: two numbers, or two of shape [channels].
        palette: Colours from low to high; the diverging one makes every range symmetric about zero.
        smallest: Least width of a tile in pixels; smaller maps are enlarged by a whole factor, without blending.
        largest: Greatest side of a tile in pixels; of larger maps every n-th value is shown.
        numbers: Write each channel's number into its tile.
        ground: The gaps between tiles in `TileSheet.image`, best in the page's own colour.

    Raises:
        FcnLabError: `maps` has another number of axes, is empty, or holds no finite value; `limits`, `ranges` or
            `ranking` do not fit.
    """
    stored, coding = _stored(maps, value_range)
    low, high = coding.values(stored.min(axis=(0, 1))), coding.values(stored.max(axis=(0, 1)))
    bottom, top = float(low.min()), float(high.max())
    scores = _scores(stored, coding, order) if ranking is None else _per_channel(ranking, (len(low),), "ranking")
    chosen = np.argsort(-scores, kind="stable")[: max(limit, 1)]
    spans: NDArray[np.floating[Any]]
    if ranges is not None:
        spans = _per_channel(ranges, (len(low), 2), "ranges")
    elif limits is not None or scale == "layer":
        spans = np.tile(np.asarray(limits or (bottom, top), np.float64), (len(low), 1))
    else:
        spans = np.stack([low, high], axis=1)
    thin = ceil(max(stored.shape[:2]) / largest) if largest else 1
    shown = np.ascontiguousarray(stored[::thin, ::thin].transpose(2, 0, 1)[chosen])
    factor = max(ceil(smallest / shown.shape[2]), 1)
    tile = (shown.shape[1] * factor, shown.shape[2] * factor)
    across = min(columns or _square(len(chosen), tile), len(chosen))
    down = ceil(len(chosen) / across)
    sheet = TileSheet(
        pixels=np.full((down * (tile[0] + GAP) - GAP, across * (tile[1] + GAP) - GAP), _GROUND, np.uint8),
        colors=_colors(palette, ground),
        columns=across,
        rows=down,
        tile=tile,
        channels=tuple(chosen.tolist()),
        ranges=tuple(_usable(float(least), float(most), palette) for least, most in spans[chosen]),
        low=bottom,
        high=top,
        dead=tuple(np.flatnonzero(low == high).tolist()),
        total=len(low),
        palette=palette,
    )
    for position, channel in enumerate(sheet.channels):
        y, x = sheet.place(position)
        part = sheet.pixels[y : y + tile[0], x : x + tile[1]]
        if low[channel] == high[channel]:
            _cross_out(part)
        else:
            levels = _levels(shown[position], coding, channel, sheet.ranges[position])
            part[:] = levels.repeat(factor, axis=0).repeat(factor, axis=1)
        if numbers:
            _write(part, channel)
    return sheet


def png_bytes(image: NDArray[np.uint8]) -> bytes:
    """An image, uint8 [height, width] or [height, width, 3 or 4], as a PNG file's content."""
    memory = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(memory, "PNG", compress_level=3)
    return memory.getvalue()


class _Coding(NamedTuple):
    """What stored numbers stand for: `zero` + number × `step`, both float32 [channels]."""

    zero: Floats
    step: Floats

    def values(self, stored: NDArray[Any]) -> Floats:
        """The values of numbers stored as [..., channels]."""
        return np.asarray(self.zero + stored * self.step, np.float32)


def _stored(maps: NDArray[Any], value_range: tuple[ArrayLike, ArrayLike] | None) -> tuple[NDArray[Any], _Coding]:
    """Bytes as they are, other maps as finite float32, and what they stand for."""
    if maps.ndim != 3 or 0 in maps.shape:
        raise FcnLabError(f"Feature maps must be [height, width, channels]; received shape {list(maps.shape)}.")
    channels = maps.shape[2]
    as_they_are = _Coding(np.zeros(channels, np.float32), np.ones(channels, np.float32))
    if maps.dtype != np.uint8:
        return _finite(maps), as_they_are
    if value_range is None:
        return maps, as_they_are
    least, most = (np.broadcast_to(np.asarray(end, np.float32), (channels,)) for end in value_range)
    return maps, _Coding(least, (most - least) / np.float32(255))


def _finite(maps: NDArray[Any]) -> Floats:
    """The values as float32; those that are not finite count as the lowest."""
    values: Floats = maps.astype(np.float32)
    finite = np.isfinite(values)
    if finite.all():
        return values
    if not finite.any():
        raise FcnLabError("The feature maps hold no finite value: the network's weights have overflowed.")
    return np.where(finite, values, values[finite].min())


def _scores(stored: NDArray[Any], coding: _Coding, order: Order) -> NDArray[np.floating[Any]]:
    """What the channels are ordered by, [channels], the highest first."""
    if order == "channel":
        return -np.arange(stored.shape[2], dtype=np.float64)
    values = coding.values(stored)
    if order == "sparsity":
        values = np.asarray(values <= 0, np.float32)
    figures: Floats = values.var(axis=(0, 1)) if order == "variance" else values.mean(axis=(0, 1))
    return figures


def _per_channel(given: ArrayLike, shape: tuple[int, ...], name: str) -> NDArray[np.float64]:
    figures = np.asarray(given, np.float64)
    if figures.shape != shape:
        raise FcnLabError(f"The tiles' {name} have shape {list(figures.shape)}.", f"They must have {list(shape)}.")
    return figures


def _usable(low: float, high: float, palette: Palette) -> Range:
    """A range that colours can be given to: ends in order, and zero in the middle of a diverging palette."""
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise FcnLabError(
            f"The tiles' range goes from {low:g} to {high:g}.", "Its low end must not exceed its high one."
        )
    if palette == DIVERGING:
        reach = max(abs(low), abs(high))
        return -reach, reach
    return low, high


def _square(count: int, tile: tuple[int, int]) -> int:
    return max(round(sqrt(count * tile[0] / tile[1])), 1)


def _levels(stored: NDArray[Any], coding: _Coding, channel: int, span: Range) -> Bytes:
    """One channel's colours, as numbers below `LEVELS`."""
    low, high = span
    slope = (LEVELS - 1) / (high - low) if high > low else 0.0
    zero, step = float(coding.zero[channel]), float(coding.step[channel])
    numbers = np.arange(256, dtype=np.float32) if stored.dtype == np.uint8 else stored
    scaled = numbers * np.float32(step * slope) + np.float32((zero - low) * slope + 0.5)
    levels: Bytes = np.clip(scaled, 0, LEVELS - 1).astype(np.uint8)
    return levels.take(stored) if stored.dtype == np.uint8 else levels


def _cross_out(tile: Bytes) -> None:
    """Grey with both diagonals: told from a dark map without colour."""
    height, width = tile.shape
    y, x = np.ogrid[0:height, 0:width]
    slope = x * height / width
    stroke = max(min(tile.shape) / 32, 1)
    tile[:] = np.where((np.abs(slope - y) < stroke) | (np.abs(height - 1 - slope - y) < stroke), _DEAD_STROKE, _DEAD)


def _write(tile: Bytes, channel: int) -> None:
    """The channel's number on a dark plate in the upper left corner, where it fits."""
    bitmap = number_bitmap(channel, max(tile.shape[1] // 48, 1))
    if bitmap.shape[0] <= tile.shape[0] and bitmap.shape[1] <= tile.shape[1]:
        tile[: bitmap.shape[0], : bitmap.shape[1]] = np.where(bitmap, _INK, _PLATE)


@cache
def _colors(palette: Palette, ground: Color) -> Bytes:
    """The sheet's colour table, uint8 [256, 3]: the palette in `LEVELS` steps, then what stands for no value."""
    steps = color_table(palette)[np.linspace(0, 255, LEVELS).round().astype(int)]
    table = np.concatenate([steps, np.array([rgb(ground), *_REST], np.uint8)])
    table.setflags(write=False)
    return table
