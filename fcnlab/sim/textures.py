"""The pictures on the world's surfaces, made from noise and rectangles: no file is needed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator
Field = NDArray[np.float32]
Picture = NDArray[np.uint8]
SIDE = 256


def noise(rng: Generator, side: int, cells: int) -> Field:
    """Soft noise [side, side] that repeats without a seam, mean 0, standard deviation 1; `cells` spots a side."""
    spectrum = np.fft.rfft2(rng.standard_normal((side, side)))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]) * side
    soft = np.fft.irfft2(spectrum * np.exp(-((frequency / cells) ** 2)), s=(side, side))
    return np.asarray((soft - soft.mean()) / (soft.std() + 1e-9), dtype=np.float32)


def rgb(colour: tuple[float, float, float]) -> Field:
    """A colour as [3], to be multiplied with fields."""
    return np.array(colour, dtype=np.float32)


def as_bytes(picture: NDArray[Any]) -> Picture:
    """Brightness from 0 to 255 as bytes."""
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def _dimmed(where: NDArray[np.bool_], share: float) -> Field:
    """`share` where it holds, 1 elsewhere."""
    return np.where(where, np.float32(share), np.float32(1))


def _coloured(shade: Field, colour: tuple[float, float, float]) -> Picture:
    """A grey field (1 is the colour itself) as an RGB picture."""
    return as_bytes(shade[..., None] * rgb(colour))


def grass(rng: Generator) -> Picture:
    """Bright saturated green with darker tufts."""
    fine, tufts, broad = (noise(rng, SIDE, cells) for cells in (90, 24, 5))
    picture = rgb((64, 117, 2)) + (7 * fine + 5 * tufts + 3 * broad)[..., None] * rgb((1.1, 1.2, 0.3))
    return as_bytes(picture)


def paving(rng: Generator) -> Picture:
    """Irregular rectangular stones, light to middle grey, with darker joints."""
    side = 2 * SIDE
    cells = 16
    step = side // cells
    stones = _stones(rng, cells)
    count = int(stones.max()) + 1
    shade = rng.choice([0.8, 0.9, 0.98, 1.08, 1.26], count, p=[0.14, 0.3, 0.26, 0.18, 0.12])
    shade = shade + rng.normal(0, 0.04, count)
    warm = rng.normal(2, 3, count)
    number = np.kron(stones, np.ones((step, step), dtype=np.int64))
    edge = np.zeros((side, side), dtype=bool)
    for axis in (0, 1):
        differs = number != np.roll(number, 1, axis)
        edge |= differs | np.roll(differs, -1, axis)
    grain = 1 + 0.05 * noise(rng, side, 120) + 0.05 * noise(rng, side, 20)
    grey = shade[number].astype(np.float32) * grain * _dimmed(edge, 0.7)
    picture = 186 * grey[..., None] + (warm[number].astype(np.float32))[..., None] * rgb((1, 0.6, -0.6))
    return as_bytes(picture)


def _stones(rng: Generator, cells: int) -> NDArray[np.int64]:
    """Number of the stone at each cell [cells, cells]; stones of 1 × 1 to 2 × 3 cells, across the seams too."""
    stones = np.full((cells, cells), -1, dtype=np.int64)
    shapes = ((2, 3), (3, 2), (2, 2), (1, 2), (2, 1), (1, 1))
    number = 0
    for y, x in rng.permutation(np.argwhere(stones < 0)).tolist():
        if stones[y, x] >= 0:
            continue
        first = int(rng.integers(0, 3))
        for height, width in shapes[first:]:
            place = np.ix_([(y + i) % cells for i in range(height)], [(x + i) % cells for i in range(width)])
            if (stones[place] < 0).all():
                stones[place] = number
                number += 1
                break
    return stones


def pavement(rng: Generator) -> Picture:
    """Large regular slabs in rows, grey."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    row = y // (SIDE // 4)
    shifted = x + (row % 2) * (SIDE // 8)
    joint = (y % (SIDE // 4) < 4) | (shifted % (SIDE // 4) < 4)
    shade = rng.normal(1, 0.06, (4, 8))[row, (shifted // (SIDE // 4)) % 8].astype(np.float32)
    shade *= 1 + 0.05 * noise(rng, SIDE, 60)
    return _coloured(shade * _dimmed(joint, 0.7), (150, 146, 138))


def asphalt(rng: Generator) -> Picture:
    """Dark grey with fine grain and some stains."""
    shade = 1 + 0.07 * noise(rng, SIDE, 110) + 0.06 * noise(rng, SIDE, 6)
    return _coloured(shade, (78, 77, 73))


def stone(rng: Generator) -> Picture:
    """A wall of dark blocks."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    row = y // 64
    shifted = (x + (row % 2) * 48) % SIDE
    joint = (y % 64 < 3) | (shifted % 96 < 3)
    shade = 1 + 0.12 * noise(rng, SIDE, 40) + 0.1 * noise(rng, SIDE, 8)
    return _coloured(shade * _dimmed(joint, 0.6), (66, 68, 74))


def kerb_stripes(rng: Generator) -> Picture:
    """Red, white and grey blocks, as around the flower beds."""
    colours = np.array([(150, 34, 40), (196, 192, 186), (120, 118, 114), (196, 192, 186)], dtype=np.float32)
    picture = np.repeat(colours[None], SIDE, 0).repeat(SIDE // 4, 1)
    picture = picture * (1 + 0.1 * noise(rng, SIDE, 50))[..., None]
    return as_bytes(picture)


def leaves(rng: Generator, colours: tuple[tuple[int, int, int], ...]) -> Picture:
    """Patches of leaf colours; every leaf shows a piece of one patch."""
    patches = np.array(colours, dtype=np.float32)[rng.integers(0, len(colours), (16, 16))]
    patches = patches * rng.uniform(0.45, 1.3, (16, 16, 1)).astype(np.float32)
    return as_bytes(patches.repeat(4, 0).repeat(4, 1))


def bark(rng: Generator, colour: tuple[float, float, float]) -> Picture:
    """A trunk with stripes along it."""
    side = 64
    shade = 1 + 0.16 * noise(rng, side, 12) + 0.12 * noise(rng, side, 4)
    return _coloured(shade, colour)


def facade(rng: Generator, colour: tuple[float, float, float], bricks: bool, base: bool) -> Picture:
    """Walls with a grid of windows, two storeys high; the texture repeats every two windows.

    Args:
        rng: The world's.
        colour: Of the wall.
        bricks: Whether thin joints cross the wall.
        base: Whether dark stone runs along its foot.
    """
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    shade = 1 + 0.04 * noise(rng, SIDE, 70) + 0.05 * noise(rng, SIDE, 6)
    if bricks:
        shade = shade * _dimmed((y % 8 < 1) | ((x + (y // 8 % 2) * 8) % 16 < 1), 0.8)
    picture = shade[..., None] * rgb(colour)
    trim = np.float32(rng.choice([205, 225, 120, 150])) * rgb((1, 0.98, 0.93))
    width, height = int(rng.integers(24, 44)), int(rng.integers(40, 62))
    for cx in (64, 192):
        for cy in (64, 180):
            _window(picture, cx, cy, width, height, trim)
    picture[(y < 10) | ((y > 118) & (y < 126))] = trim * 0.9
    if base:
        foot = y > 224
        picture[foot] = (rgb((62, 66, 80)) * (1 + 0.2 * noise(rng, SIDE, 30))[..., None])[foot]
    return as_bytes(picture)


def _window(picture: Field, cx: int, cy: int, width: int, height: int, trim: Field) -> None:
    left, right, top, bottom = cx - width // 2, cx + width // 2, cy - height // 2, cy + height // 2
    picture[top - 6 : bottom + 8, left - 5 : right + 5] = trim
    picture[top:bottom, left:right] = (44, 48, 56)
    picture[top:bottom, cx - 1 : cx + 2] = trim * 0.8
    picture[cy - 8 : cy - 5, left:right] = trim * 0.8


def plain(rng: Generator, colour: tuple[float, float, float]) -> Picture:
    """Plaster without windows."""
    return _coloured(1 + 0.025 * noise(rng, 64, 20) + 0.02 * noise(rng, 64, 3), colour)


def sky(rng: Generator, zenith: tuple[float, float, float], clouds: float) -> Picture:
    """Six faces of a sky, one above the other: right, left, up, down, front, back.

    Args:
        rng: The world's.
        zenith: The colour above; towards the horizon it becomes paler.
        clouds: Share of the sky that they cover, 0 to 1.
    """
    side = 128
    centre = (np.arange(side) + 0.5) / side * 2 - 1
    v, u = np.meshgrid(-centre, centre, indexing="ij")
    one = np.ones_like(u)
    faces = [(one, v, -u), (-one, v, u), (u, one, -v), (u, -one, v), (u, v, one), (-u, v, -one)]
    ways = np.stack([np.stack(face, -1) for face in faces]).astype(np.float32)
    ways /= np.linalg.norm(ways, axis=-1, keepdims=True)
    up = np.clip(ways[..., 1:2], 0, 1)
    pale = rgb((206, 218, 232))
    clear = pale + (rgb(zenith) - pale) * up**0.5
    pattern = noise(rng, SIDE, 9) + 0.5 * noise(rng, SIDE, 28)
    reach = ways[..., [0, 2]] / (up + 0.25)
    place = np.mod((reach * 34).astype(np.int64), SIDE)
    cover = np.clip(0.5 + 0.6 * pattern[place[..., 0], place[..., 1]] + 1.6 * (clouds - 0.5), 0, 1)[..., None]
    white = rgb((236, 238, 242)) * (0.8 + 0.2 * up)
    picture = clear + (white - clear) * cover
    picture[ways[..., 1] < -0.02] = (150, 160, 150)
    return as_bytes(picture).reshape(6 * side, side, 3)
