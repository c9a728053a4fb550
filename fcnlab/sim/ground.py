"""The park's ground as surfaces: grass, paths, plaza, road with its pavement and markings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.sim.markings import add_markings
from fcnlab.sim.park import PATH, PAVEMENT, PLAZA, REACH, ROAD, Park, Way
from fcnlab.sim.sheet import SCENERY, Sheet, disc, on_ground, planar, ribbon, wall

Floats = NDArray[np.float64]
Generator = np.random.Generator

_GRASS_SCALE, _PAVING_SCALE, _ASPHALT_SCALE, _PAVEMENT_SCALE = 5.0, 5.6, 7.0, 3.0
_FAR = 400.0


def add_ground(spec: Any, park: Park, rng: Generator) -> None:
    """Add all that one walks on to a MuJoCo spec, on the materials of `surfaces`."""
    _add_grass(spec, park)
    paving, kerbs = Sheet(), Sheet()
    scale = _PAVING_SCALE * rng.uniform(0.8, 1.25)
    for path in park.paths:
        strip = ribbon(path.line, path.width / 2, -path.width / 2, PATH, park.hills, across=5)
        paving.add(strip, _turned(planar(strip, scale), 0.4))
        _edges(kerbs, path, path.width / 2, PATH, park)
    if len(park.plaza):
        radius = np.hypot(*park.plaza.T)
        surface = disc(np.zeros(2), radius, PLAZA, park.hills, rings=9)
        paving.add(surface, _turned(planar(surface, scale), rng.uniform(0, 1.5)))
        ground = park.hills(*park.plaza.T)
        kerbs.add(*wall(park.plaza, ground - 0.3, ground + PLAZA, (1, 1)))
    paving.build(spec, "paving", "paving")
    if park.road is not None:
        _add_road(spec, park, park.road, kerbs, rng)
    kerbs.build(spec, "kerbs", "kerb")


def _add_grass(spec: Any, park: Park) -> None:
    import mujoco

    flat = not park.hills.waves[:, 0].any()
    spec.worldbody.add_geom(
        name="plain",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[_FAR, _FAR, 10],
        pos=[0, 0, 0 if flat else -0.02],
        material="plain",
        contype=0,
        conaffinity=0,
        group=SCENERY,
    )
    if flat:
        return
    across = np.linspace(-REACH - 12, REACH + 12, 83)
    x, y = np.meshgrid(across, across, indexing="ij")
    grid = on_ground(np.stack([x, y], -1), 0.0, park.hills)
    grass = Sheet()
    grass.add(grid, planar(grid, _GRASS_SCALE))
    grass.build(spec, "hills", "grass")


def _turned(texture: Floats, angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    turned: Floats = texture @ np.array([[cos, sin], [-sin, cos]])
    return turned


def _edges(kerbs: Sheet, way: Way, half: float, lift: float, park: Park) -> None:
    """The upright faces on both sides of a raised strip."""
    for aside, line in ((-half, way.line), (half, way.line[::-1])):
        offset = abs(aside)
        edge = ribbon(line, -offset + 1e-3, -offset, 0.0, park.hills, across=2)[:, 0]
        kerbs.add(*wall(edge[:, :2], edge[:, 2] - 0.2, edge[:, 2] + lift, (1, 1)))


def _add_road(spec: Any, park: Park, road: Way, kerbs: Sheet, rng: Generator) -> None:
    asphalt, pavement, white, yellow = Sheet(), Sheet(), Sheet(), Sheet()
    half = road.width / 2
    strip = ribbon(road.line, half, -half, ROAD, park.hills, across=5)
    asphalt.add(strip, planar(strip, _ASPHALT_SCALE))
    for left, right in ((half + road.pavement, half), (-half, -half - road.pavement)):
        strip = ribbon(road.line, left, right, PAVEMENT, park.hills, across=4)
        pavement.add(strip, _along(strip))
    _edges(kerbs, road, half + road.pavement, PAVEMENT, park)
    for line, aside in ((road.line, half), (road.line[::-1], half)):
        edge = ribbon(line, aside + 1e-3, aside, 0.0, park.hills, across=2)[:, 0]
        kerbs.add(*wall(edge[:, :2], edge[:, 2] - 0.1, edge[:, 2] + PAVEMENT, (1, 1)))
    add_markings(white, yellow, road, park, rng)
    asphalt.build(spec, "asphalt", "asphalt")
    pavement.build(spec, "pavement", "pavement")
    white.build(spec, "white", "white")
    yellow.build(spec, "yellow", "yellow")


def _along(strip: Floats) -> Floats:
    """Texture coordinates that follow a strip, so that slabs lie square to the road."""
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(strip[:, 0, :2], axis=0), axis=1))])
    across = np.linalg.norm(strip[0, :, :2] - strip[0, :1, :2], axis=1)
    return np.stack(np.broadcast_arrays(way[:, None], across[None, :]), -1) / _PAVEMENT_SCALE
