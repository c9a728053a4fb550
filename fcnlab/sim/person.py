"""Bodies that walk: capsules and ellipsoids on hinges, and the joint angles of a stride."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fcnlab.sim.looks import Colour, Look

JOINTS = ("hip_l", "hip_r", "knee_l", "knee_r", "shoulder_l", "shoulder_r", "elbow_l", "elbow_r")
TALL = 1.75
"""Metres: the height that the body's measures below are given for."""

_THIGH, _CALF, _ANKLE = 0.44, 0.43, 0.075
_HIP_HEIGHT = _THIGH + _CALF + _ANKLE


@dataclass(frozen=True)
class Walker:
    """Who walks, where and how.

    Attributes:
        look: Clothes and hair.
        height: Metres.
        girth: Thickness of body and limbs, 1 is usual.
        start: x, y in metres at time 0.
        heading: Radians, the direction of the walk.
        speed: Metres a second.
        stride: Swing of the legs, 1 is usual.
        phase: Radians of the gait at time 0.
    """

    look: Look
    height: float
    girth: float
    start: tuple[float, float]
    heading: float
    speed: float
    stride: float
    phase: float

    def at(self, seconds: float) -> tuple[float, float]:
        """Where the walker is, x and y in metres."""
        way = self.speed * seconds
        return self.start[0] + way * float(np.cos(self.heading)), self.start[1] + way * float(np.sin(self.heading))

    def gait(self, seconds: float) -> "Gait":
        """The joints at a time; a stride of two steps is 0.8 to 0.9 body heights long."""
        return stride(self.phase + 2 * np.pi * self.speed * seconds / (0.85 * self.height), self.stride)


@dataclass(frozen=True)
class Gait:
    """Joint angles in radians, in the order of `JOINTS`, and the height of the hips in metres of a body `TALL`."""

    angles: tuple[float, ...]
    hips: float


def stride(phase: float, swing: float = 1.0) -> Gait:
    """The joints of a stride; legs swing against each other, arms against legs, a leg that swings forward bends.

    The hips are as high as the lower foot allows, so that nobody floats or sinks.

    Args:
        phase: Radians, 2π is a stride of two steps.
        swing: 0 stands still, 1 walks, 1.5 runs.
    """
    legs = (phase, phase + np.pi)
    hips = [0.48 * swing * np.sin(p) + 0.06 * swing for p in legs]
    knees = [0.08 + swing * (0.12 + 0.62 * max(0.0, np.cos(p - 0.2)) ** 2) for p in legs]
    arms = [0.45 * swing * np.sin(p + np.pi) for p in legs]
    elbows = [0.25 + swing * (0.25 + 0.2 * np.sin(p + np.pi)) for p in legs]
    reach = max(_THIGH * np.cos(h) + _CALF * np.cos(h - k) for h, k in zip(hips, knees, strict=True))
    angles = (*(-h for h in hips), *knees, *(-a for a in arms), *(-e for e in elbows))
    return Gait(tuple(float(angle) for angle in angles), float(reach) + _ANKLE)


class _Body:
    """Adds scaled geoms and joints to MuJoCo bodies."""

    def __init__(self, height: float, girth: float, group: int) -> None:
        self.scale = height / TALL
        self.girth = girth
        self.group = group

    def part(self, parent: Any, name: str, place: tuple[float, float, float], joint: bool = True) -> Any:
        import mujoco

        body = parent.add_body(name=name, pos=[self.scale * value for value in place])
        if joint:
            body.add_joint(name=name, type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0, 1, 0])
        return body

    def limb(self, body: Any, start: tuple[float, ...], end: tuple[float, ...], radius: float, colour: Colour) -> None:
        import mujoco

        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CAPSULE,
            fromto=[self.scale * value for value in (*start, *end)],
            size=[self.scale * self.girth * radius, 0, 0],
            **self._shared(colour),
        )

    def blob(self, body: Any, centre: tuple[float, ...], radii: tuple[float, ...], colour: Colour) -> None:
        import mujoco

        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
            pos=[self.scale * value for value in centre],
            size=[self.scale * value for value in radii],
            **self._shared(colour),
        )

    def _shared(self, colour: Colour) -> dict[str, Any]:
        return {"rgba": [*colour, 1], "contype": 0, "conaffinity": 0, "group": self.group}


def add_person(spec: Any, name: str, walker: Walker, group: int) -> None:
    """Add a person to a MuJoCo spec: a mocap body `name` at the hips, looking along its x axis.

    Args:
        spec: The `MjSpec`.
        name: Prefix of its bodies and joints: `name`, `name/hip_l`, …
        walker: Whose body it is.
        group: Geom group, by which a picture can leave people out.
    """
    body = _Body(walker.height, walker.girth, group)
    root = spec.worldbody.add_body(name=name, mocap=True, pos=[0, 0, _HIP_HEIGHT * body.scale])
    look = walker.look
    broad = 0.165 if look.woman else 0.195
    _trunk(body, root, look, broad)
    _head(body, root, look)
    for side, sign in (("l", 1), ("r", -1)):
        _leg(body, root, look, f"{name}/", side, sign)
        _arm(body, root, look, f"{name}/", side, sign * broad)


def _trunk(body: _Body, root: Any, look: Look, broad: float) -> None:
    g = body.girth
    hips = 0.165 if look.woman else 0.155
    body.blob(root, (0, 0, 0.02), (0.115 * g, hips * g, 0.13), look.hips)
    body.blob(root, (0, 0, 0.17), (0.10 * g, (0.125 if look.woman else 0.15) * g, 0.15), look.belly)
    body.blob(root, (0, 0, 0.37), (0.115 * g, broad * 0.95 * g, 0.19), look.top)
    body.limb(root, (0, -broad * 0.75, 0.47), (0, broad * 0.75, 0.47), 0.062, look.top)
    if look.woman:
        body.blob(root, (0.08, 0, 0.36), (0.07, 0.13, 0.08), look.top)
    if look.skirt:
        drop = _THIGH * look.skirt
        body.blob(root, (0, 0, 0.04 - 0.5 * drop), (0.15 * g, 0.19 * g, 0.10 + 0.62 * drop), look.hips)


def _head(body: _Body, root: Any, look: Look) -> None:
    body.limb(root, (0, 0, 0.52), (0.01, 0, 0.58), 0.05, look.skin)
    body.blob(root, (0.02, 0, 0.68), (0.095, 0.078, 0.115), look.skin)
    if not look.bald:
        body.blob(root, (-0.012, 0, 0.705), (0.103, 0.092, 0.108), look.hair)
    if look.long_hair:
        body.blob(root, (-0.065, 0, 0.58), (0.068, 0.105, 0.19), look.hair)


def _leg(body: _Body, root: Any, look: Look, prefix: str, side: str, sign: int) -> None:
    thigh = body.part(root, f"{prefix}hip_{side}", (0, sign * 0.085, 0))
    body.limb(thigh, (0, 0, -0.03), (0, 0, -_THIGH + 0.02), 0.074, look.thighs)
    calf = body.part(thigh, f"{prefix}knee_{side}", (0, 0, -_THIGH))
    body.limb(calf, (0, 0, 0), (0, 0, -_CALF), 0.052, look.calves)
    body.blob(calf, (0.055, 0, -_CALF - 0.03), (0.125, 0.048, 0.05), look.shoes)


def _arm(body: _Body, root: Any, look: Look, prefix: str, side: str, out: float) -> None:
    upper = body.part(root, f"{prefix}shoulder_{side}", (0, out, 0.475))
    body.limb(upper, (0, out * 0.12, -0.01), (0, out * 0.25, -0.26), 0.045, look.sleeves)
    lower = body.part(upper, f"{prefix}elbow_{side}", (0, out * 0.25, -0.28))
    body.limb(lower, (0, 0, 0), (0, 0, -0.22), 0.036, look.cuffs)
    body.blob(lower, (0, 0, -0.29), (0.04, 0.03, 0.06), look.skin)
