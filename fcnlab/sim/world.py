"""A world from one seed: a park and the people in it, at any time, through any camera."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.sim.camera import Camera
from fcnlab.sim.gl import Studio
from fcnlab.sim.ground import add_ground
from fcnlab.sim.looks import HERO, draw_look
from fcnlab.sim.park import Park, draw_park
from fcnlab.sim.person import JOINTS, TALL, Walker, add_person
from fcnlab.sim.scenery import add_scenery
from fcnlab.sim.sheet import SCENERY
from fcnlab.sim.surfaces import add_light, add_materials, add_sky

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Generator = np.random.Generator

BACKGROUND, OTHER, TARGET = 0, 1, 2
"""Labels of a pixel."""

SPAN = 20.0
"""Seconds for which everybody walks on free ground."""

MIDDLE = 0.52
"""Share of a body's height at which its middle lies."""

_PEOPLE, _HERO, _HIDDEN = 1, 2, 5


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture and its truth.

    Attributes:
        image: uint8 [H, W, 3].
        labels: uint8 [H, W]; 0 background, 1 other people, 2 hero.
        hero_pixels: Pixels of the hero that can be seen.
        hero_full: Pixels that could be seen if nothing stood before the hero.
        distance: Metres from the camera to the hero's middle; None where the hero was left out.
        people: Other people of whom at least one pixel can be seen.
        height: Metres of the camera above the ground under it.
    """

    image: Bytes
    labels: Bytes
    hero_pixels: int
    hero_full: int
    distance: float | None
    people: int
    height: float

    @property
    def occlusion(self) -> float | None:
        """Share of the hero's pixels inside of the picture that something hides; None where there are none."""
        return 1 - self.hero_pixels / self.hero_full if self.hero_full else None


class World:
    """A park with one hero and 5 to 40 other people, drawn from a seed.

    Attributes:
        seed: Where all of it comes from.
        park: What stands still.
        walkers: Everybody; the hero is the first.
    """

    def __init__(self, seed: int) -> None:
        """Draw and compile the world, which takes some tenths of a second."""
        self.seed = seed
        rng = np.random.default_rng(seed)
        self.park = draw_park(rng)
        self.walkers = _people(rng, self.park)
        self._model = _compile(rng, self.park, self.walkers)
        self._prepare()

    def _prepare(self) -> None:
        import mujoco

        model = self._model
        self._data = mujoco.MjData(model)
        names = [f"person{number}" for number in range(len(self.walkers))]
        body = {model.body(name).id: number for number, name in enumerate(names)}
        root = [body.get(int(model.body_rootid[b]), -1) for b in range(model.nbody)]
        self._person = np.array([root[int(b)] for b in model.geom_bodyid])
        self._joints = np.array([[model.joint(f"{name}/{joint}").qposadr[0] for joint in JOINTS] for name in names])
        self._mocap = np.array([model.body(name).mocapid[0] for name in names])
        self._group = model.geom_group.copy()

    def middle(self, walker: int, seconds: float) -> Floats:
        """Where the middle of a walker's body is, [3] in metres."""
        x, y = self.walkers[walker].at(seconds)
        floor = float(self.park.floor(np.array(x), np.array(y)))
        return np.array([x, y, floor + MIDDLE * self.walkers[walker].height])

    def shoot(self, studio: Studio, camera: Camera, seconds: float, *, hero: bool = True) -> Shot:
        """Take a picture.

        Args:
            studio: Where it is drawn; its side is the picture's.
            camera: The camera.
            seconds: Time since the world began; for `SPAN` seconds nobody walks into a wall.
            hero: Whether the hero is in the world.
        """
        self._pose(seconds)
        self._place(camera, seconds)
        shown = (SCENERY, _PEOPLE, _HERO) if hero else (SCENERY, _PEOPLE)
        studio.aim(self._model, self._data, 0, shown)
        image = studio.colours()
        person = self._at(studio.geoms())
        labels = np.select([person == 0, person > 0], [TARGET, OTHER], BACKGROUND).astype(np.uint8)
        pixels = int((person == 0).sum())
        full = 0
        if hero and (self._group == _HERO).any():
            studio.aim(self._model, self._data, 0, (_HERO,))
            full = int((self._at(studio.geoms()) == 0).sum())
        x, y, z = camera.position
        return Shot(
            image=image,
            labels=labels,
            hero_pixels=pixels,
            hero_full=full,
            distance=camera.distance(self.middle(0, seconds)) if hero else None,
            people=len(np.unique(person[person > 0])),
            height=float(z - self.park.hills(np.array(x), np.array(y))),
        )

    def _at(self, geoms: NDArray[np.int32]) -> NDArray[np.int64]:
        """The walker at each pixel, −1 for none."""
        found: NDArray[np.int64] = np.append(self._person, -1)[geoms]
        return found

    def _pose(self, seconds: float) -> None:
        for number, walker in enumerate(self.walkers):
            gait = walker.gait(seconds)
            x, y = walker.at(seconds)
            floor = float(self.park.floor(np.array(x), np.array(y)))
            mocap = self._mocap[number]
            self._data.mocap_pos[mocap] = x, y, floor + gait.hips * walker.height / TALL
            self._data.mocap_quat[mocap] = np.cos(walker.heading / 2), 0, 0, np.sin(walker.heading / 2)
            self._data.qpos[self._joints[number]] = gait.angles

    def _place(self, camera: Camera, seconds: float) -> None:
        """Set the camera, leave out whom it cannot see, and compute all positions."""
        import mujoco

        model = self._model
        model.cam_pos[0], model.cam_quat[0], model.cam_fovy[0] = (
            camera.position,
            camera.quaternion(),
            camera.field_of_view,
        )
        middles = np.stack([self.middle(number, seconds) for number in range(len(self.walkers))])
        seen = np.append(_in_sight(camera, middles), True)[self._person]
        model.geom_group[:] = np.where(seen, self._group, _HIDDEN)
        mujoco.mj_kinematics(model, self._data)
        mujoco.mj_camlight(model, self._data)


def _in_sight(camera: Camera, middles: Floats) -> NDArray[np.bool_]:
    """Whether a body around each of the points [n, 3], or its shadow, may be in the picture."""
    right, up, back = ((middles - np.array(camera.position)) @ camera.axes().T).T
    half = np.tan(np.radians(camera.field_of_view / 2)) * np.maximum(-back, 0) + _BODY
    seen: NDArray[np.bool_] = (np.abs(right) < half) & (np.abs(up) < half) & (back < _BODY)
    return seen


_BODY = 3.0
"""Metres around a body's middle within which all of it and most of its shadow lie."""


def _people(rng: Generator, park: Park) -> tuple[Walker, ...]:
    count = int(rng.integers(5, 41))
    hero = _walker(rng, park, 9.0, HERO, height=1.72, girth=1.0, speed=1.6)
    others = []
    for _ in range(count):
        look = draw_look(rng)
        height = rng.normal(1.68 if look.woman else 1.79, 0.06)
        speed = 0.0 if rng.random() < 0.06 else rng.uniform(0.8, 2.2)
        others.append(_walker(rng, park, 14.0, look, float(height), float(rng.uniform(0.88, 1.18)), float(speed)))
    return (hero, *others)


def _walker(rng: Generator, park: Park, spread: float, look: Any, height: float, girth: float, speed: float) -> Walker:
    """Somebody whose way stays clear of all that stands; after many vain tries, one who stands."""
    for attempt in range(30):
        x, y = rng.normal(0, spread, 2)
        heading = rng.uniform(0, 2 * np.pi)
        pace = speed if attempt < 24 else 0.0
        way = np.linspace(0, SPAN * pace, 14)
        if park.clear(x + way * np.cos(heading), y + way * np.sin(heading), 0.4).all():
            break
    swing = 0.0 if pace == 0 else float(np.clip(pace / 1.5, 0.65, 1.35))
    phase = float(rng.uniform(0, 2 * np.pi))
    return Walker(look, height, girth, (float(x), float(y)), float(heading), pace, swing, phase)


def _compile(rng: Generator, park: Park, walkers: tuple[Walker, ...]) -> Any:
    import mujoco

    spec = mujoco.MjSpec()
    spec.visual.global_.offwidth = spec.visual.global_.offheight = 1024
    spec.visual.quality.offsamples = 4
    spec.visual.quality.shadowsize = 1024
    spec.visual.quality.numslices, spec.visual.quality.numstacks, spec.visual.quality.numquads = 10, 8, 1
    spec.visual.map.znear, spec.visual.map.zfar = 0.1, 500
    spec.visual.map.shadowclip = 40
    spec.stat.extent, spec.stat.center = 1.0, [0, 0, 0]
    add_materials(spec, rng)
    add_sky(spec, rng)
    add_light(spec, rng)
    add_ground(spec, park, rng)
    add_scenery(spec, park, rng)
    spec.worldbody.add_camera(name="drone")
    for number, walker in enumerate(walkers):
        add_person(spec, f"person{number}", walker, _PEOPLE if number else _HERO)
    return spec.compile()
