"""Draw one scene of the built-in set: where its shapes are, and how they look at a given difficulty."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.dataset import Bytes, Size

CLASSES = ("background", "blob", "polygon")
Field = NDArray[np.float32]

_COLOUR = np.array([[118, 124, 108], [214, 128, 48], [52, 108, 188]], dtype=np.float32)
_SPREAD = 12.0  # how far a scene's ground and shapes stray from these colours, in grey levels
_CLOUDS = ((5, 15.0), (14, 9.0))  # soft spots of the ground: cells a side, grey levels
_GRAIN = 8.0  # fine noise of every pixel, grey levels
_TEXTURE = 34.0  # swing of the shapes' fine texture, grey levels
_PERIOD = 1 / 44  # of the texture, in units of the shorter side; never below _SHORTEST_PERIOD pixels
_SHORTEST_PERIOD = 2.6
_BAND = 0.034  # width of the band along an outline, in units of the shorter side
_MOST_SHAPES = 5
_GAP = 0.03  # between two shapes, in units of the shorter side


@dataclass(frozen=True)
class Shape:
    """One shape, in units of the shorter side.

    Attributes:
        label: 1 for a blob, 2 for a polygon.
        centre: (y, x).
        radius: Its size, roughly.
        outline: Blob: amplitudes and phases of its waves; polygon: directions and distances of its sides.
        angle: Direction of its texture.
    """

    label: int
    centre: tuple[float, float]
    radius: float
    outline: NDArray[np.float64]
    angle: float

    @property
    def reach(self) -> float:
        """No point of the shape is further from its centre."""
        if self.label == 1:
            return float(self.radius * (1 + np.abs(self.outline[:, 0]).sum()))
        turn, distance = self.outline.T
        after = np.roll(distance, -1)
        gap = np.roll(turn, -1) - turn
        corner = np.sqrt(distance**2 + after**2 - 2 * distance * after * np.cos(gap)) / np.abs(np.sin(gap))
        return float(corner.max())

    def depth(self, y: Field, x: Field) -> Field:
        """How far inside a point lies (negative outside), to the first order.

        Args:
            y: [H, 1], in units of the shorter side.
            x: [1, W].
        """
        down, right = y - np.float32(self.centre[0]), x - np.float32(self.centre[1])
        if self.label == 2:
            sides = [
                np.float32(distance) - (np.float32(np.sin(turn)) * down + np.float32(np.cos(turn)) * right)
                for turn, distance in self.outline
            ]
            nearest: Field = np.minimum.reduce(sides)
            return nearest
        turn = np.arctan2(down, right)
        edge = np.full(turn.shape, self.radius, dtype=np.float32)
        for wave, (amplitude, phase) in enumerate(self.outline, start=2):
            edge += np.float32(self.radius * amplitude) * np.cos(np.float32(wave) * turn + np.float32(phase))
        inside: Field = edge - np.hypot(down, right)
        return inside

    def texture(self, y: Field, x: Field, period: float) -> Field:
        """From −1 to 1 with mean 0: dots on a blob, stripes on a polygon; [H, W]."""
        turns = np.float32(2 * np.pi / period)
        sine, cosine = np.float32(np.sin(self.angle)), np.float32(np.cos(self.angle))
        along: Field = np.sin(turns * (cosine * x + sine * y))
        if self.label == 2:
            return along
        return np.float32(1.4) * along * np.sin(turns * (cosine * y - sine * x))


def draw(generator: np.random.Generator, size: Size, hidden: float) -> tuple[Bytes, Bytes]:
    """Draw a scene.

    Args:
        generator: The scene's own; shapes, colours and soft spots do not depend on the size.
        size: (height, width) in pixels.
        hidden: 0 shows the shapes in full colour, 1 leaves only the texture along their outlines; in between
            both looks are mixed linearly.

    Returns:
        The image uint8 [height, width, 3] and its labels uint8 [height, width].
    """
    shapes = _place(generator, size)
    colour = _COLOUR + generator.normal(0, _SPREAD, (3, 3)).astype(np.float32)
    image = np.empty((*size, 3), dtype=np.float32)
    image[:] = colour[0]
    labels = np.zeros(size, dtype=np.uint8)
    unit = min(size)
    y, x = _grid(size)
    period = max(_PERIOD, _SHORTEST_PERIOD / unit)
    band = max(_BAND, 3 / unit)
    for shape in shapes:
        rows, columns = _window(shape, size)
        depth = shape.depth(y[rows], x[:, columns])
        labels[rows, columns][depth > 0] = shape.label
        cover = np.clip(depth * unit + np.float32(0.5), 0, 1)
        own = (cover * np.float32(1 - hidden))[..., np.newaxis]
        image[rows, columns] += own * (colour[shape.label] - colour[0])
        shown = cover * np.where(depth < band, np.float32(1), np.float32(1 - hidden))
        pattern = shape.texture(y[rows], x[:, columns], period) * shown * np.float32(_TEXTURE)
        image[rows, columns] += pattern[..., np.newaxis]
    image += _ground(generator, size)
    image += generator.standard_normal((*size, 1), dtype=np.float32) * np.float32(_GRAIN)
    return np.clip(image, 0, 255, out=image).astype(np.uint8), labels


def draw_labels(generator: np.random.Generator, size: Size) -> Bytes:
    """The labels of `draw` alone: uint8 [height, width]."""
    labels = np.zeros(size, dtype=np.uint8)
    y, x = _grid(size)
    for shape in _place(generator, size):
        rows, columns = _window(shape, size)
        labels[rows, columns][shape.depth(y[rows], x[:, columns]) > 0] = shape.label
    return labels


def _place(generator: np.random.Generator, size: Size) -> list[Shape]:
    """One to five shapes that do not touch, of both classes in equal measure."""
    height, width = size[0] / min(size), size[1] / min(size)
    shapes: list[Shape] = []
    wanted = int(generator.integers(2, _MOST_SHAPES + 1))
    for _ in range(8 * wanted):
        radius = float(generator.uniform(0.09, 0.24))
        centre = float(generator.uniform(0, height)), float(generator.uniform(0, width))
        shape = _shape(generator, centre, radius)
        if all(_apart(shape, other) for other in shapes):
            shapes.append(shape)
        if len(shapes) == wanted:
            break
    return shapes


def _shape(generator: np.random.Generator, centre: tuple[float, float], radius: float) -> Shape:
    label = int(generator.integers(1, 3))
    angle = float(generator.uniform(0, np.pi))
    if label == 1:
        waves = np.arange(2, 6)
        outline = np.stack([generator.uniform(-0.26, 0.26, 4) / waves**0.5, generator.uniform(0, 2 * np.pi, 4)], axis=1)
        return Shape(label, centre, radius * 0.85, outline, angle)
    sides = int(generator.integers(3, 7))
    # Sides of the polygon around a circle; with few of them its corners reach far, so that they start nearer.
    stray = generator.uniform(-0.1, 0.1, sides)
    turns = (np.arange(sides) + stray) * 2 * np.pi / sides + angle
    distance = radius * (0.62 if sides == 3 else 0.8) * generator.uniform(0.85, 1.05, sides)
    return Shape(label, centre, radius, np.stack([turns, distance], axis=1), angle)


def _apart(first: Shape, second: Shape) -> bool:
    distance = np.hypot(first.centre[0] - second.centre[0], first.centre[1] - second.centre[1])
    return bool(distance > first.reach + second.reach + _GAP)


def _grid(size: Size) -> tuple[Field, Field]:
    """Centres of the pixels in units of the shorter side: y [H, 1] and x [1, W]."""
    unit = min(size)
    y = (np.arange(size[0], dtype=np.float32) + np.float32(0.5)) / np.float32(unit)
    x = (np.arange(size[1], dtype=np.float32) + np.float32(0.5)) / np.float32(unit)
    return y[:, np.newaxis], x[np.newaxis]


def _window(shape: Shape, size: Size) -> tuple[slice, slice]:
    """Rows and columns outside of which the shape has no pixel."""
    unit, reach = min(size), shape.reach
    bounds = [
        slice(max(0, int((middle - reach) * unit) - 1), min(side, int((middle + reach) * unit) + 2))
        for middle, side in zip(shape.centre, size, strict=True)
    ]
    return bounds[0], bounds[1]


def _ground(generator: np.random.Generator, size: Size) -> Field:
    """Soft coloured spots of two sizes, mean about 0: [H, W, 3]."""
    spots = np.zeros((*size, 3), dtype=np.float32)
    for cells, levels in _CLOUDS:
        values = generator.standard_normal((cells, cells, 3), dtype=np.float32)
        # Mostly light and dark, a little colour.
        values = np.float32(0.75) * values.mean(axis=2, keepdims=True) * np.float32(3**0.5) + np.float32(0.45) * values
        rows = np.tensordot(_blend(size[0], cells), values, axes=1)
        spots += np.float32(levels) * np.einsum("wc,hck->hwk", _blend(size[1], cells), rows, optimize=True)
    return spots


@lru_cache(maxsize=64)
def _blend(length: int, cells: int) -> Field:
    """Weights [length, cells] that interpolate a row of cells smoothly (raised cosine)."""
    place = (np.arange(length) + 0.5) / length * (cells - 1)
    near = np.clip(1 - np.abs(place[:, np.newaxis] - np.arange(cells)), 0, 1)
    weights: Field = ((1 - np.cos(np.pi * near)) / 2).astype(np.float32)
    return weights
