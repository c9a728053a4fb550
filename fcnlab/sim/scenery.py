"""What stands in the park: buildings, walls, flower beds, trees, posts; each kind is one mesh."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.sim.park import Block, Park, Round
from fcnlab.sim.sheet import Sheet, on_ground, wall

Floats = NDArray[np.float64]
Generator = np.random.Generator
WALLS = 5
"""Kinds of wall: three with windows, one plain, one of dark blocks."""
LEAVES = 4
_STOREYS = (5.0, 6.4)
"""Metres of one repetition of a wall's texture: two windows, two storeys."""


def add_scenery(spec: Any, park: Park, rng: Generator) -> None:
    """Add all that stands still to a MuJoCo spec, with the materials wall0 …, roof, bed, bark, leaf0 …, post, sign."""
    _add_blocks(spec, park, rng)
    leaves = [Sheet() for _ in range(LEAVES)]
    bark, beds, earth = Sheet(), Sheet(), Sheet()
    for bed in park.beds:
        _add_bed(bed, park, rng, beds, earth, leaves[int(rng.integers(0, 2))])
    for tree in park.trees:
        _add_tree(tree, park, rng, bark, leaves[tree.kind])
    for name, sheet in (("bark", bark), ("bed", beds), ("earth", earth)):
        sheet.build(spec, name, name)
    for number, sheet in enumerate(leaves):
        sheet.build(spec, f"leaf{number}", f"leaf{number}")
    _add_posts(spec, park, rng)


def _add_blocks(spec: Any, park: Park, rng: Generator) -> None:
    walls, roofs = [Sheet() for _ in range(WALLS)], Sheet()
    for block in park.blocks:
        corners = _corners(block)
        ground = float(park.hills(corners[:, 0], corners[:, 1]).min())
        bottom, top = np.full(2, ground - 0.5), np.full(2, ground + block.height)
        for first, second in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            points, texture = wall(np.stack([first, second]), bottom, top, _STOREYS)
            texture[..., 1] -= texture[1, 0, 1] + 0.5 / _STOREYS[1]
            walls[block.walls].add(points, texture * [1, -1])
        overhang = 1 + 0.3 / max(block.half)
        edge = (corners - block.centre) * overhang + block.centre
        roof = np.concatenate([edge, np.full((4, 1), top[0])], 1)
        ridge = np.append(np.array(block.centre), top[0] + (rng.uniform(0, 3) if block.walls < 3 else 0))
        for first, second in zip(roof, np.roll(roof, -1, axis=0), strict=True):
            roofs.quads(
                np.stack([first, second, ridge, ridge + np.array([0, 0, 1e-3])])[None],
                np.zeros((1, 4, 2)),
                two_sided=True,
            )
    for number, sheet in enumerate(walls):
        sheet.build(spec, f"wall{number}", f"wall{number}")
    roofs.build(spec, "roof", "roof")


def _corners(block: Block) -> Floats:
    """[4, 2] counter-clockwise."""
    local = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * block.half
    cos, sin = np.cos(block.turn), np.sin(block.turn)
    corners: Floats = local @ np.array([[cos, sin], [-sin, cos]]) + block.centre
    return corners


def _circle(centre: tuple[float, float], radius: float, points: int = 25) -> Floats:
    """[points, 2] around a centre counter-clockwise, the last equal to the first."""
    angle = np.linspace(0, 2 * np.pi, points)
    return np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], 1)


def _add_bed(bed: Round, park: Park, rng: Generator, kerbs: Sheet, earth: Sheet, leaves: Sheet) -> None:
    base = float(park.floor(np.array(bed.centre[0]), np.array(bed.centre[1])))
    ring = _circle(bed.centre, bed.radius)
    top = base + 0.45
    kerbs.add(*wall(ring, np.full(25, base - 0.5), np.full(25, top), (3.2, 1)))
    inner = _circle(bed.centre, bed.radius - 0.3)
    flat = np.stack([np.column_stack([inner, np.full(25, top)]), np.column_stack([ring, np.full(25, top)])])
    around = np.linspace(0, 2 * np.pi * bed.radius / 3.2, 25)
    kerbs.add(flat, np.stack([np.stack([around, np.zeros(25)], 1)] * 2))
    middle = np.broadcast_to(np.array(bed.centre), inner.shape)
    earth.add(np.stack([np.column_stack([middle, np.full(25, top + 0.1)]), flat[0]]), np.zeros((2, 25, 2)))
    size = np.array([bed.radius * 0.85, bed.radius * 0.85, bed.height / 2])
    _add_leaves(leaves, np.array([*bed.centre, top + bed.height / 2 - 0.2]), size, 330, 0.30, rng)


def _add_tree(tree: Round, park: Park, rng: Generator, bark: Sheet, leaves: Sheet) -> None:
    """A trunk that becomes wider at its foot, and a crown of leaves."""
    base = float(park.hills(np.array(tree.centre[0]), np.array(tree.centre[1])))
    heights = np.array([0.5, 0.35, 0.2, 0.06, -0.05]) * tree.height
    widths = np.array([0.6, 0.75, 0.85, 1.15, 1.9]) * tree.radius
    lean = rng.normal(0, 0.12, 2)
    rings = []
    for height, width in zip(heights, widths, strict=True):
        centre = (tree.centre[0] + lean[0] * height, tree.centre[1] + lean[1] * height)
        rings.append(np.column_stack([_circle(centre, width, 9), np.full(9, base + height)]))
    points = np.stack(rings)
    u, v = np.meshgrid(np.linspace(0, 2, 9), heights / 2)
    bark.add(points, np.stack([u, v], -1))
    crown = np.array([*(np.array(tree.centre) + lean * tree.height * 0.6), base + tree.height * 0.72])
    size = np.array([0.3, 0.3, 0.32]) * tree.height * rng.uniform(0.7, 1.2)
    _add_leaves(leaves, crown, size, 260, 0.07 * tree.height, rng)


def _add_leaves(sheet: Sheet, centre: Floats, size: Floats, count: int, length: float, rng: Generator) -> None:
    """Leaves as small turned quadrilaterals, mostly near the surface of an ellipsoid."""
    ways = rng.standard_normal((count, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    middles = centre + ways * size * rng.uniform(0.5, 1.0, (count, 1))
    along = rng.standard_normal((count, 3))
    along *= length * rng.uniform(0.5, 1.2, (count, 1)) / np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along, rng.standard_normal((count, 3)))
    across *= 0.3 * length / np.linalg.norm(across, axis=1, keepdims=True)
    corners = np.stack([middles - along, middles + across, middles + along, middles - across], 1)
    texture = np.broadcast_to(rng.uniform(0, 1, (count, 1, 2)), (count, 4, 2))
    sheet.quads(corners, texture, two_sided=True)


def _add_posts(spec: Any, park: Park, rng: Generator) -> None:
    """Lamp posts (kind 0) and signs (kind 1)."""
    post, sign = Sheet(), Sheet()
    for thing in park.posts:
        base = on_ground(np.array(thing.centre), 0.0, park.hills)
        ring = _circle(thing.centre, thing.radius, 7)
        height = thing.height if thing.kind == 0 else 2.6
        post.add(*wall(ring, np.full(7, base[2] - 0.3), np.full(7, base[2] + height), (1, 1)))
        turn = rng.uniform(0, 2 * np.pi)
        aside = np.array([np.cos(turn), np.sin(turn), 0.0])
        if thing.kind == 0:
            top = base + np.array([0, 0, height])
            end, thick = top + 1.2 * aside, np.array([0, 0, 0.12])
            arm = np.stack([top, end, end + thick, top + thick])
            post.quads(arm[None], np.zeros((1, 4, 2)), two_sided=True)
        else:
            middle = base + np.array([0, 0, height - 0.35])
            up = np.array([0, 0, 0.35])
            plate = np.stack([middle - 0.3 * aside - up, middle + 0.3 * aside - up, middle + 0.3 * aside + up])
            plate = np.concatenate([plate, [middle - 0.3 * aside + up]])
            sign.quads(plate[None], np.zeros((1, 4, 2)), two_sided=True)
    post.build(spec, "post", "post")
    sign.build(spec, "sign", "sign")
