"""The plan of a park: hills, a plaza, paths, a road, buildings, walls, flower beds, trees, lamp posts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator
Floats = NDArray[np.float64]
REACH = 70.0
"""Metres from the middle to the park's edge."""

ROAD, MARKING, PATH, PLAZA, PAVEMENT = 0.03, 0.045, 0.08, 0.10, 0.13
"""Metres above the ground."""


@dataclass(frozen=True)
class Hills:
    """Waves of the ground, which fade towards the park's edge.

    Attributes:
        waves: [k, 4] of amplitude in metres, wave numbers in radians a metre along x and y, phase.
    """

    waves: Floats

    def __call__(self, x: Floats, y: Floats) -> Floats:
        """Metres above the plain, never below it."""
        amplitude, along_x, along_y, phase = self.waves.T
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        waves = amplitude * (1 + np.sin(x[..., None] * along_x + y[..., None] * along_y + phase))
        fade = np.clip((REACH + 10 - np.hypot(x, y)) / 25, 0, 1)
        total: Floats = waves.sum(-1) * fade * fade * (3 - 2 * fade)
        return total


@dataclass(frozen=True)
class Way:
    """A path or a road.

    Attributes:
        line: [n, 2] metres.
        width: Metres.
        pavement: Metres of pavement on each side.
    """

    line: Floats
    width: float
    pavement: float = 0.0


@dataclass(frozen=True)
class Block:
    """A building or a wall: centre, half width and half depth in metres, turn in radians, height, kind of wall."""

    centre: tuple[float, float]
    half: tuple[float, float]
    turn: float
    height: float
    walls: int

    def distance(self, x: Floats, y: Floats) -> Floats:
        """Metres from points to the block, 0 inside."""
        dx, dy = x - self.centre[0], y - self.centre[1]
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        outside = np.stack([np.abs(dx * cos + dy * sin) - self.half[0], np.abs(dy * cos - dx * sin) - self.half[1]])
        away: Floats = np.hypot(*np.clip(outside, 0, None))
        return away


@dataclass(frozen=True)
class Round:
    """A tree, a flower bed or a post: centre, radius on the ground in metres, height, kind."""

    centre: tuple[float, float]
    radius: float
    height: float
    kind: int


@dataclass(frozen=True)
class Park:
    """Where everything that stands still is.

    Attributes:
        hills: Ground height.
        plaza: [n, 2] outline around the middle; empty where there is none.
        paths: Paved paths.
        road: The road, if there is one.
        blocks: Buildings and walls.
        beds: Round flower beds with a kerb and shrubs.
        trees: Trees.
        posts: Lamp posts and signs.
    """

    hills: Hills
    plaza: Floats
    paths: tuple[Way, ...]
    road: Way | None
    blocks: tuple[Block, ...]
    beds: tuple[Round, ...]
    trees: tuple[Round, ...]
    posts: tuple[Round, ...]

    def floor(self, x: Floats, y: Floats) -> Floats:
        """Metres of what one stands on: the ground, or the pavement upon it."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        lift = np.zeros(np.broadcast(x, y).shape)
        if self.road is not None:
            away = distance_to_line(self.road.line, x, y)
            half = self.road.width / 2
            lift = np.where(away < half, ROAD, np.where(away < half + self.road.pavement, PAVEMENT, lift))
        for path in self.paths:
            lift = np.where(distance_to_line(path.line, x, y) < path.width / 2, np.maximum(lift, PATH), lift)
        if len(self.plaza):
            inside = np.hypot(x, y) < radius_at(self.plaza, np.arctan2(y, x))
            lift = np.where(inside, np.maximum(lift, PLAZA), lift)
        return self.hills(x, y) + lift

    def clear(self, x: Floats, y: Floats, margin: float) -> NDArray[np.bool_]:
        """Whether nothing stands within `margin` metres of points."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        free = np.ones(np.broadcast(x, y).shape, dtype=bool)
        for block in self.blocks:
            free &= block.distance(x, y) > margin
        for thing in (*self.beds, *self.trees, *self.posts):
            free &= np.hypot(x - thing.centre[0], y - thing.centre[1]) > thing.radius + margin
        return free


def radius_at(outline: Floats, angle: Floats) -> Floats:
    """Distance from the middle to an outline [n, 2] in a direction; the outline's points are evenly turned."""
    radius = np.hypot(*outline.T)
    around = np.mod(angle, 2 * np.pi) / (2 * np.pi) * (len(radius) - 1)
    found: Floats = np.interp(around, np.arange(len(radius)), radius)
    return found


def distance_to_line(line: Floats, x: Floats, y: Floats) -> Floats:
    """Metres from points to the nearest point of a line [n, 2], which is finely divided."""
    away: Floats = np.hypot(np.asarray(x)[..., None] - line[:, 0], np.asarray(y)[..., None] - line[:, 1]).min(-1)
    return away


def draw_park(rng: Generator) -> Park:
    """A park of its own for every state of the generator."""
    hills = _hills(rng)
    plaza = _plaza(rng) if rng.random() < 0.8 else np.empty((0, 2))
    inner = float(np.hypot(*plaza.T).max()) if len(plaza) else 4.0
    road = _road(rng, inner) if rng.random() < 0.75 else None
    paths = tuple(_path(rng) for _ in range(rng.integers(1, 4)))
    park = Park(hills, plaza, paths, road, (), (), (), ())
    beds = _beds(rng, inner) if len(plaza) else ()
    park = Park(hills, plaza, paths, road, (), beds, (), ())
    blocks = _blocks(rng, park, inner)
    park = Park(hills, plaza, paths, road, blocks, beds, (), ())
    trees = _scatter(rng, park, int(rng.integers(3, 14)), (0.25, 0.45), (4.0, 9.0), kinds=4, margin=1.5)
    posts = _scatter(rng, park, int(rng.integers(2, 8)), (0.07, 0.1), (3.0, 6.0), kinds=2, margin=1.0)
    return Park(hills, plaza, paths, road, blocks, beds, trees, posts)


def _hills(rng: Generator) -> Hills:
    """Flat ground two times of three."""
    if rng.random() < 0.65:
        return Hills(np.zeros((1, 4)))
    lengths, turns = rng.uniform(35, 90, 4), rng.uniform(0, 2 * np.pi, 4)
    number = 2 * np.pi / lengths
    amplitude = rng.uniform(0.2, 1.0, 4) * lengths / 60
    return Hills(np.stack([amplitude, number * np.cos(turns), number * np.sin(turns), rng.uniform(0, 6.3, 4)], 1))


def _plaza(rng: Generator) -> Floats:
    corners = int(rng.integers(5, 11))
    radius = rng.uniform(10, 32) * rng.uniform(0.6, 1.25, corners)
    fine = np.linspace(0, corners, 97)
    angle = fine / corners * 2 * np.pi
    radius = np.interp(fine, np.arange(corners + 1), np.append(radius, radius[0]))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def _curve(rng: Generator, offset: float, bend: float) -> Floats:
    """A line across the park that passes the middle at `offset` metres and bends by about `bend` metres."""
    along = np.linspace(-REACH - 10, REACH + 10, 121)
    aside = offset + bend * (along / REACH) ** 2 + 0.3 * bend * np.sin(along / 17)
    turn = rng.uniform(0, 2 * np.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([along * cos - aside * sin, along * sin + aside * cos], 1)


def _path(rng: Generator) -> Way:
    return Way(_curve(rng, rng.uniform(-10, 10), rng.normal(0, 6)), rng.uniform(3, 11))


def _road(rng: Generator, inner: float) -> Way:
    width = rng.uniform(7, 12)
    pavement = rng.uniform(1.5, 3.5)
    offset = inner * rng.uniform(0.7, 1.0) + width / 2 + pavement + 1
    return Way(_curve(rng, offset, abs(rng.normal(0, 8))), width, pavement)


def _beds(rng: Generator, inner: float) -> tuple[Round, ...]:
    count = int(rng.integers(1, 3))
    turns, away = rng.uniform(0, 2 * np.pi, count), rng.uniform(0, 0.7 * inner, count)
    return tuple(
        Round((float(a * np.cos(t)), float(a * np.sin(t))), float(rng.uniform(1.5, 3.2)), float(rng.uniform(1.5, 4)), 0)
        for t, a in zip(turns, away, strict=True)
    )


def _blocks(rng: Generator, park: Park, inner: float) -> tuple[Block, ...]:
    """Buildings around the middle, a skyline behind them, and some low dark walls."""
    found: list[Block] = []
    wanted = (
        [(14.0, 45.0, False)] * int(rng.integers(3, 8))
        + [(28.0, 60.0, False)] * 7
        + [(60.0, 110.0, False)] * 10
        + [(12.0, 35.0, True)] * 2
    )
    for near, far, low in wanted:
        for _ in range(8):
            away, turn = rng.uniform(max(near, 0.8 * inner), far), rng.uniform(0, 2 * np.pi)
            centre = (float(away * np.cos(turn)), float(away * np.sin(turn)))
            half = (rng.uniform(4, 12), 0.25) if low else (rng.uniform(6, 20), rng.uniform(4, 10))
            facing = turn + np.pi / 2 + rng.normal(0, 0.25)
            height = rng.uniform(1.2, 4) if low else rng.uniform(5, 14)
            block = Block(
                centre, half, float(facing), float(height), 4 if low else int(rng.choice(4, p=(0.28, 0.27, 0.25, 0.2)))
            )
            if _fits(block, park, found):
                found.append(block)
                break
    return tuple(found)


def _fits(block: Block, park: Park, others: list[Block]) -> bool:
    """Whether a block stands beside road, plaza, beds and the other blocks."""
    across = np.linspace(-1, 1, 9)
    u, v = (part.ravel() for part in np.meshgrid(across * block.half[0], across * block.half[1]))
    x = block.centre[0] + u * np.cos(block.turn) - v * np.sin(block.turn)
    y = block.centre[1] + u * np.sin(block.turn) + v * np.cos(block.turn)
    if park.road is not None and distance_to_line(park.road.line, x, y).min() < park.road.width / 2 + 3:
        return False
    if len(park.plaza) and (np.hypot(x, y) < radius_at(park.plaza, np.arctan2(y, x)) + 1).any():
        return False
    if not park.clear(x, y, 0.5).all() or np.hypot(x, y).min() < 6:
        return False
    return all((other.distance(x, y) > 1).all() for other in others)


def _scatter(
    rng: Generator,
    park: Park,
    count: int,
    radius: tuple[float, float],
    height: tuple[float, float],
    kinds: int,
    margin: float,
) -> tuple[Round, ...]:
    """Upright things on free ground, off the road and off the middle of the paths."""
    places = rng.uniform(-REACH * 0.6, REACH * 0.6, (4 * count, 2))
    free = park.clear(places[:, 0], places[:, 1], margin)
    if park.road is not None:
        free &= distance_to_line(park.road.line, places[:, 0], places[:, 1]) > park.road.width / 2 + 0.5
    for path in park.paths:
        free &= distance_to_line(path.line, places[:, 0], places[:, 1]) > path.width / 3
    return tuple(
        Round((float(x), float(y)), float(rng.uniform(*radius)), float(rng.uniform(*height)), int(rng.integers(kinds)))
        for x, y in places[free][:count]
    )
