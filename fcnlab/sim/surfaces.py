"""Materials and light of a world: which texture lies on what, and where the sun stands."""

from typing import Any

import numpy as np

from fcnlab.sim import textures
from fcnlab.sim.textures import Picture

Generator = np.random.Generator

_WALLS = (
    (128, 84, 68),
    (112, 74, 70),
    (150, 108, 86),
    (168, 170, 168),
    (204, 206, 198),
    (182, 172, 150),
)
_PLASTER = ((168, 190, 190), (92, 70, 92), (196, 120, 130), (206, 204, 190), (150, 160, 168))
_LEAVES = (
    ((30, 110, 24), (44, 140, 30), (20, 80, 18), (70, 150, 40)),
    ((34, 100, 26), (60, 130, 30), (140, 60, 24), (30, 80, 20)),
    ((196, 120, 200), (170, 90, 180), (214, 160, 214), (150, 60, 140)),
    ((150, 24, 30), (180, 50, 40), (40, 90, 30), (110, 20, 40)),
)
_BARK = ((176, 174, 190), (110, 92, 76), (150, 150, 158))


def add_materials(spec: Any, rng: Generator) -> None:
    """Draw the world's textures and add a material for each kind of surface."""
    colours: dict[str, Picture] = {
        "grass": _tinted(textures.grass(rng), rng),
        "paving": _tinted(textures.paving(rng), rng),
        "pavement": textures.pavement(rng),
        "asphalt": _tinted(textures.asphalt(rng), rng),
        "bed": textures.kerb_stripes(rng),
        "bark": textures.bark(rng, _BARK[rng.integers(len(_BARK))]),
        "wall3": textures.plain(rng, _PLASTER[rng.integers(len(_PLASTER))]),
        "wall4": textures.stone(rng),
    }
    for number, choice in enumerate(rng.permutation(len(_WALLS))[:3]):
        bricks = bool(choice < 3)
        colours[f"wall{number}"] = textures.facade(rng, _WALLS[choice], bricks, base=bool(rng.random() < 0.6))
    for number, leaf in enumerate(_LEAVES):
        colours[f"leaf{number}"] = textures.leaves(rng, leaf)
    for name, picture in colours.items():
        _add_texture(spec, name, picture)
        _add_material(spec, name, texture=name)
    _add_material(spec, "plain", texture="grass", repeat=160)
    plain = {
        "kerb": (0.16, 0.16, 0.16),
        "white": (0.88, 0.88, 0.84),
        "yellow": (0.76, 0.58, 0.12),
        "roof": (0.36, 0.37, 0.42),
        "earth": (0.20, 0.22, 0.06),
        "post": (0.12, 0.13, 0.13),
        "sign": (0.10, 0.20, 0.55),
    }
    for name, colour in plain.items():
        _add_material(spec, name, colour=colour)


def add_sky(spec: Any, rng: Generator) -> None:
    """A sky from blue to overcast."""
    import mujoco

    clouds = float(rng.uniform(0.1, 1.0))
    blue = np.array([88, 134, 200]) * rng.uniform(0.75, 1.15)
    picture = textures.sky(rng, tuple(blue), clouds)
    texture = spec.add_texture(name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX)
    texture.width, texture.height, texture.nchannel = picture.shape[1], picture.shape[0], 3
    texture.data = picture.tobytes()


def add_light(spec: Any, rng: Generator) -> None:
    """One sun by the time of day, and what the sky gives from everywhere; every fifth world has hard shadows."""
    import mujoco

    hour = rng.uniform(-1, 1)  # 0 is noon
    turn = rng.uniform(0, 2 * np.pi)
    high = np.radians(78 - 45 * abs(hour))
    way = -np.array([np.cos(turn) * np.cos(high), np.sin(turn) * np.cos(high), np.sin(high)])
    warm = abs(hour) ** 3
    sun = rng.uniform(0.5, 0.8) * np.array([1, 1 - 0.12 * warm, 1 - 0.3 * warm])
    ambient, fill = rng.uniform(0.28, 0.5), rng.uniform(0.05, 0.2)
    # The level ground gets the same brightness at every hour, as an eye or a camera would set it.
    gain = rng.uniform(0.92, 1.12) / (ambient + (sun.mean() + 0.5 * fill) * np.sin(high))
    # What comes from everywhere belongs to the headlight: a light that casts shadows gives nothing inside of them.
    spec.visual.headlight.active = 1
    spec.visual.headlight.ambient = [gain * ambient] * 3
    spec.visual.headlight.diffuse = spec.visual.headlight.specular = [0, 0, 0]
    shadows = bool(rng.random() < 0.2)
    lights = (("sun", way, gain * sun, shadows), ("fill", way * [-1, -1, 1], gain * fill * np.ones(3), False))
    for name, direction, colour, cast in lights:
        spec.worldbody.add_light(
            name=name,
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            pos=(-60 * direction).tolist(),
            dir=direction.tolist(),
            diffuse=colour.tolist(),
            ambient=[0, 0, 0],
            specular=[0, 0, 0],
            castshadow=cast,
        )


def _tinted(picture: Picture, rng: Generator) -> Picture:
    """The picture, a little lighter or darker and a little off in colour."""
    tint = rng.uniform(0.92, 1.08) * rng.normal(1, 0.015, 3)
    return np.clip(picture * tint, 0, 255).astype(np.uint8)


def _add_texture(spec: Any, name: str, picture: Picture) -> None:
    import mujoco

    texture = spec.add_texture(name=name, type=mujoco.mjtTexture.mjTEXTURE_2D)
    texture.height, texture.width, texture.nchannel = picture.shape
    texture.data = picture.tobytes()


def _add_material(
    spec: Any, name: str, texture: str = "", colour: tuple[float, float, float] = (1, 1, 1), repeat: float = 1
) -> None:
    import mujoco

    material = spec.add_material(name=name, rgba=[*colour, 1], specular=0, shininess=0, texrepeat=[repeat, repeat])
    if texture:
        slots = material.textures
        slots[mujoco.mjtTextureRole.mjTEXROLE_RGB] = texture
        material.textures = slots
