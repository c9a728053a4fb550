"""Where the drone may be for each kind of picture."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.records import Kind
from fcnlab.sim.camera import Camera

if TYPE_CHECKING:
    from fcnlab.sim.world import World

Floats = NDArray[np.float64]
Generator = np.random.Generator

DISTANCES: dict[Kind, tuple[float, float]] = {"following": (2.5, 12.0), "patrol-target": (6.0, 45.0)}
"""Metres from the camera to the hero where nothing else is asked for."""

_USUAL: dict[Kind, tuple[float, float]] = {"following": (3.9, 0.18), "patrol-target": (17.5, 0.55)}
"""The median distance, and how far its logarithm strays."""

_TRIES = 60
_HIGHEST = 7.0


def draw_camera(
    rng: Generator, world: "World", kind: Kind, distance: tuple[float, float] | None, seconds: float
) -> Camera:
    """A camera for a picture of a kind.

    Args:
        rng: Where it comes from.
        world: The world; the camera stays off its walls and trees.
        kind: What the picture shows.
        distance: Least and largest metres to the hero's middle; None takes the kind's own.
        seconds: When the picture is taken.
    """
    if kind == "patrol":
        return _patrol(rng, world, seconds)
    metres = _metres(rng, kind, distance)
    return (_following if kind == "following" else _searching)(rng, world, metres, seconds)


def _metres(rng: Generator, kind: Kind, asked: tuple[float, float] | None) -> float:
    """The distance to the hero: even where a range was asked for, else as in the original's frames."""
    low, high = asked or DISTANCES[kind]
    if asked is not None:
        return float(rng.uniform(low, high))
    usual, spread = _USUAL[kind]
    return float(np.clip(usual * np.exp(rng.normal(0, spread)), low, high))


def _following(rng: Generator, world: "World", metres: float, seconds: float) -> Camera:
    """Behind and above the hero, who is near the picture's middle; at times from another side."""
    middle = world.middle(0, seconds)
    behind = np.degrees(world.walkers[0].heading) + (
        rng.normal(0, 12) if rng.random() < 0.85 else rng.uniform(-180, 180)
    )
    field = _field(rng)
    for _ in range(_TRIES):
        rise = rng.normal(29, 4) if metres > 3 else rng.normal(38, 5)
        if metres * np.sin(np.radians(rise)) > _HIGHEST:
            rise = np.degrees(np.arcsin(_HIGHEST / metres))
        position = _seen_from(middle, behind, metres, rise)
        if _free(world, position):
            break
        behind = behind + rng.normal(0, 40)
    return Camera(position, behind + rng.normal(0, 2.0), rise + rng.normal(0, 1.5), rng.normal(0, 1.0), field)


def _searching(rng: Generator, world: "World", metres: float, seconds: float) -> Camera:
    """Somewhere at this distance, with the hero anywhere in the picture."""
    middle = world.middle(0, seconds)
    field = _field(rng)
    for _ in range(_TRIES):
        heading, rise = rng.uniform(-180, 180), _height(rng) - middle[2]
        rise = np.degrees(np.arcsin(np.clip((rise + _ground(world, middle, heading, metres)) / metres, -0.2, 0.8)))
        position = _seen_from(middle, heading, metres, rise)
        camera = Camera(position, heading + rng.uniform(-0.46, 0.46) * field, _tilt(rng), rng.normal(0, 1.2), field)
        x, y, depth = camera.project(middle)
        if _free(world, position) and depth > 0 and 0.02 < x < 0.98 and 0.02 < y < 0.98:
            break
    return camera


def _patrol(rng: Generator, world: "World", seconds: float) -> Camera:
    """Somewhere in the park; mostly with somebody rather near."""
    for _ in range(_TRIES):
        walker = int(rng.integers(1, len(world.walkers)))
        near = np.exp(rng.uniform(np.log(2.2), np.log(16)))
        middle = world.middle(walker, seconds)
        heading = rng.uniform(-180, 180)
        away = np.radians(heading)
        x, y = middle[0] - near * np.cos(away), middle[1] - near * np.sin(away)
        position = (x, y, float(world.park.hills(np.array(x), np.array(y))) + _height(rng))
        if _free(world, position):
            break
    field = _field(rng)
    return Camera(position, heading + rng.uniform(-0.5, 0.5) * field, _tilt(rng), rng.normal(0, 1.2), field)


def _field(rng: Generator) -> float:
    return float(np.clip(rng.normal(62, 2), 60, 70))


def _height(rng: Generator) -> float:
    """Metres above the ground: mostly about three."""
    return float(np.clip(rng.normal(3.0, 0.5), 1.8, 5) if rng.random() < 0.7 else rng.uniform(1.6, _HIGHEST))


def _tilt(rng: Generator) -> float:
    """Degrees downwards: mostly so that the horizon lies near the picture's upper edge."""
    return float(rng.normal(28.5, 2.5) if rng.random() < 0.8 else rng.uniform(2, 32))


def _ground(world: "World", middle: Floats, heading: float, metres: float) -> float:
    """Metres of the ground under a camera that looks at a point from `metres` away."""
    x, y = middle[:2] - metres * np.array([np.cos(np.radians(heading)), np.sin(np.radians(heading))])
    return float(world.park.hills(np.array(x), np.array(y)))


def _seen_from(middle: Floats, heading: float, metres: float, rise: float) -> tuple[float, float, float]:
    """The place `metres` from a point from where it is seen along a heading, `rise` degrees below."""
    turn, rise = np.radians(heading), np.radians(rise)
    way = np.array([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), -np.sin(rise)])
    x, y, z = middle - metres * way
    return float(x), float(y), float(z)


def _free(world: "World", position: tuple[float, float, float]) -> bool:
    """Whether a drone may hover there: off walls and trunks, above the ground."""
    x, y, z = (np.array(value) for value in position)
    return bool(world.park.clear(x, y, 1.0)) and float(z - world.park.hills(x, y)) > 0.8
