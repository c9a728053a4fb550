"""Surfaces made of quadrilaterals, with texture coordinates: grounds, paths, walls, leaves."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Height = Callable[[Floats, Floats], Floats]
"""Ground height in metres at x, y (arrays of one shape)."""


class Sheet:
    """Grids of quadrilaterals that share a material and become one mesh, so that a picture needs few draw calls."""

    def __init__(self) -> None:
        self._points: list[Floats] = []
        self._coordinates: list[Floats] = []
        self._faces: list[NDArray[np.int64]] = []
        self._count = 0

    def add(self, points: Floats, texture: Floats, two_sided: bool = False) -> None:
        """Add a grid.

        Args:
            points: [n, m, 3] in metres. Seen from its front, the second index runs counter-clockwise after the first.
            texture: [n, m, 2], in widths of the texture's picture.
            two_sided: Show its back, too.
        """
        rows, columns = points.shape[:2]
        index = np.arange(rows * columns).reshape(rows, columns)
        a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
        faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
        if two_sided:
            faces = np.concatenate([faces, faces[:, ::-1]])
        self._points.append(points.reshape(-1, 3))
        self._coordinates.append(texture.reshape(-1, 2))
        self._faces.append(faces + self._count)
        self._count += rows * columns

    def quads(self, corners: Floats, texture: Floats, two_sided: bool = False) -> None:
        """Add many separate quadrilaterals.

        Args:
            corners: [k, 4, 3] counter-clockwise.
            texture: [k, 4, 2].
            two_sided: Show their backs, too.
        """
        first = 4 * np.arange(len(corners))[:, None]
        faces = np.concatenate([first + np.array(half) for half in ([[0, 1, 2]], [[0, 2, 3]])])
        if two_sided:
            faces = np.concatenate([faces, faces[:, ::-1]])
        self._points.append(corners.reshape(-1, 3))
        self._coordinates.append(texture.reshape(-1, 2))
        self._faces.append(faces + self._count)
        self._count += 4 * len(corners)

    def build(self, spec: Any, name: str, material: str) -> None:
        """Add the mesh and a geom that shows it to a MuJoCo spec's world; nothing if the sheet is empty."""
        import mujoco

        if not self._count:
            return
        spec.add_mesh(
            name=name,
            uservert=np.concatenate(self._points).ravel(),
            usertexcoord=np.concatenate(self._coordinates).ravel(),
            userface=np.concatenate(self._faces).ravel(),
            inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
        )
        spec.worldbody.add_geom(
            name=name,
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=name,
            material=material,
            contype=0,
            conaffinity=0,
            group=SCENERY,
        )


SCENERY = 0
"""The geom group of all that stands still."""


def ribbon(line: Floats, left: float, right: float, lift: float, height: Height, across: int = 3) -> Floats:
    """A strip along a line over the ground, as a grid whose front looks up.

    Args:
        line: [n, 2] points x, y in metres.
        left: Metres from the line to the strip's left edge, seen along the line; negative lies to the right.
        right: The same for its right edge, with `left` > `right`.
        lift: Metres above the ground.
        height: The ground.
        across: Points across.

    Returns:
        [n, across, 3].
    """
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    aside = np.stack([-along[:, 1], along[:, 0]], 1)
    offsets = np.linspace(right, left, across)
    flat = line[:, None] + aside[:, None] * offsets[None, :, None]
    return on_ground(flat, lift, height)


def disc(centre: Floats, radius: Floats, lift: float, height: Height, rings: int = 4) -> Floats:
    """A filled outline over the ground, as a grid whose front looks up.

    Args:
        centre: x, y in metres.
        radius: [n] metres at n directions, counter-clockwise from the x axis, the last equal to the first.
        lift: Metres above the ground.
        height: The ground.
        rings: Points from the centre to the edge.

    Returns:
        [rings, n, 3].
    """
    angle = np.linspace(0, 2 * np.pi, len(radius))
    share = np.linspace(0, 1, rings)[:, None]
    flat = np.stack([share * radius * np.cos(angle), share * radius * np.sin(angle)], -1) + centre
    return on_ground(flat, lift, height)


def on_ground(flat: Floats, lift: float, height: Height) -> Floats:
    """Points [..., 2] as points [..., 3], lifted over the ground."""
    z = height(flat[..., 0], flat[..., 1]) + lift
    return np.concatenate([flat, z[..., None]], -1)


def wall(line: Floats, bottom: Floats, top: Floats, scale: tuple[float, float]) -> tuple[Floats, Floats]:
    """An upright face along a line, whose front is to the line's right.

    Args:
        line: [n, 2] metres.
        bottom: [n] metres.
        top: [n] metres.
        scale: Width and height in metres of one repetition of the texture.

    Returns:
        Points [2, n, 3] and texture coordinates [2, n, 2], for `Sheet.add`.
    """
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    low = np.concatenate([line, bottom[:, None]], 1)
    high = np.concatenate([line, top[:, None]], 1)
    u = way / scale[0]
    texture = np.stack([np.stack([u, top / scale[1]], 1), np.stack([u, bottom / scale[1]], 1)])
    return np.stack([high, low]), texture


def planar(points: Floats, scale: float) -> Floats:
    """Texture coordinates of a surface seen from above: `scale` metres are one width of the texture."""
    return points[..., :2] / scale
