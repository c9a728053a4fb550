"""How people look: the hero always the same, the others from a wardrobe or put together at random."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Generator = np.random.Generator
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """Colours (red, green, blue, 0 to 1) and build of one person.

    Attributes:
        skin: Head, hands and what clothes leave bare.
        hair: Hair.
        top: Chest.
        belly: Waist; skin where the top is short.
        sleeves: Upper arms.
        cuffs: Lower arms.
        hips: Pelvis, and the skirt where there is one.
        thighs: Upper legs.
        calves: Lower legs.
        shoes: Feet.
        long_hair: Hair down to the shoulder blades.
        bald: No hair at all.
        skirt: Length of a skirt or dress as a share of the thigh; 0 is none.
        woman: Narrower shoulders, wider hips.
    """

    skin: Colour
    hair: Colour
    top: Colour
    belly: Colour
    sleeves: Colour
    cuffs: Colour
    hips: Colour
    thighs: Colour
    calves: Colour
    shoes: Colour
    long_hair: bool = False
    bald: bool = False
    skirt: float = 0.0
    woman: bool = False


SKIN: Colour = (0.72, 0.52, 0.40)
PALE: Colour = (0.80, 0.64, 0.54)
BROWN: Colour = (0.42, 0.28, 0.20)
DARK: Colour = (0.07, 0.07, 0.08)

HERO = Look(
    skin=SKIN,
    hair=(0.40, 0.02, 0.02),
    top=(0.66, 0.05, 0.04),
    belly=(0.64, 0.05, 0.04),
    sleeves=(0.42, 0.06, 0.05),
    cuffs=(0.48, 0.32, 0.26),
    hips=(0.62, 0.05, 0.04),
    thighs=(0.22, 0.06, 0.045),
    calves=(0.22, 0.06, 0.045),
    shoes=(0.75, 0.08, 0.05),
    long_hair=True,
    skirt=0.22,
    woman=True,
)
"""The person to follow: long red hair, a short red dress, dark red trousers, red shoes."""


def dressed(
    top: Colour, legs: Colour, hair: Colour, *, skin: Colour = SKIN, shoes: Colour = DARK, sleeves: str = "long"
) -> Look:
    """A person in a top and trousers; `sleeves` is "long", "short" or "none"."""
    arm = top if sleeves != "none" else skin
    cuff = top if sleeves == "long" else skin
    return Look(skin, hair, top, top, arm, cuff, legs, legs, legs, shoes)


_JEANS: Colour = (0.16, 0.24, 0.40)
_SUIT: Colour = (0.36, 0.44, 0.56)

WARDROBE = (
    replace(dressed(_SUIT, _SUIT, (0.35, 0.25, 0.2)), bald=True),
    dressed((0.30, 0.38, 0.48), (0.26, 0.34, 0.44), (0.2, 0.16, 0.14)),
    replace(
        dressed((0.88, 0.92, 0.90), (0.40, 0.11, 0.07), (0.20, 0.10, 0.07), shoes=(0.45, 0.2, 0.15)),
        long_hair=True,
        woman=True,
    ),
    Look(
        SKIN, (0.75, 0.40, 0.22), DARK, SKIN, SKIN, SKIN, DARK, DARK, DARK, DARK, long_hair=True, skirt=0.3, woman=True
    ),
    dressed((0.10, 0.11, 0.14), _JEANS, (0.12, 0.09, 0.08), sleeves="short"),
    replace(dressed((0.10, 0.11, 0.14), _JEANS, (0.12, 0.08, 0.08), sleeves="short"), long_hair=True, woman=True),
    replace(dressed((0.12, 0.20, 0.26), (0.36, 0.34, 0.28), (0.78, 0.68, 0.44)), long_hair=True, woman=True),
    replace(
        dressed((0.86, 0.42, 0.08), (0.14, 0.38, 0.38), (0.80, 0.66, 0.40), sleeves="short"), long_hair=True, woman=True
    ),
    dressed((0.82, 0.40, 0.08), (0.16, 0.34, 0.42), (0.72, 0.58, 0.34), sleeves="short"),
    replace(
        dressed((0.36, 0.66, 0.50), SKIN, (0.70, 0.70, 0.74), shoes=(0.3, 0.6, 0.5)),
        woman=True,
        skirt=0.25,
        long_hair=True,
    ),
    dressed((0.10, 0.20, 0.46), (0.08, 0.09, 0.12), (0.15, 0.1, 0.08)),
    dressed((0.42, 0.44, 0.46), (0.14, 0.18, 0.30), (0.2, 0.16, 0.14)),
    dressed((0.34, 0.38, 0.14), (0.18, 0.28, 0.46), (0.14, 0.1, 0.08), skin=BROWN, sleeves="short"),
    dressed((0.82, 0.84, 0.84), (0.10, 0.10, 0.12), (0.14, 0.1, 0.08), sleeves="short"),
    dressed((0.08, 0.08, 0.09), (0.09, 0.09, 0.10), (0.1, 0.08, 0.07)),
    replace(
        dressed((0.46, 0.44, 0.48), (0.32, 0.24, 0.32), (0.30, 0.18, 0.13), sleeves="none"), long_hair=True, woman=True
    ),
    replace(dressed((0.58, 0.52, 0.46), (0.34, 0.30, 0.30), (0.40, 0.26, 0.18), sleeves="none"), woman=True),
    replace(
        dressed((0.72, 0.70, 0.66), (0.10, 0.62, 0.60), (0.22, 0.13, 0.1), sleeves="none"),
        woman=True,
        skirt=0.6,
        thighs=SKIN,
        calves=SKIN,
        long_hair=True,
    ),
)
"""Clothes as in the original's frames: suits, jeans, white shirts, orange and green tops, bare midriffs."""

_REDS: tuple[Colour, ...] = ((0.80, 0.08, 0.06), (0.55, 0.05, 0.06), (0.72, 0.16, 0.10))
_HAIRS: tuple[Colour, ...] = (
    (0.10, 0.07, 0.06),
    (0.24, 0.14, 0.09),
    (0.42, 0.26, 0.14),
    (0.78, 0.66, 0.42),
    (0.70, 0.34, 0.16),
    (0.66, 0.66, 0.68),
)


def draw_look(rng: Generator) -> Look:
    """Someone other than the hero: mostly of the wardrobe, else random clothes, one in eight with a red piece."""
    chance = rng.random()
    look = WARDROBE[rng.integers(len(WARDROBE))] if chance < 0.6 else _random(rng)
    if chance > 0.88:
        look = _with_red(rng, look)
    strayed: dict[str, Any] = {name: _strayed(rng, getattr(look, name)) for name in _COLOURED}
    return replace(look, **strayed)


_COLOURED = ("skin", "hair", "top", "belly", "sleeves", "cuffs", "hips", "thighs", "calves", "shoes")


def _random(rng: Generator) -> Look:
    def cloth() -> Colour:
        grey = rng.uniform(0.05, 0.75)
        red, green, blue = np.clip(grey + rng.normal(0, 0.14, 3), 0.03, 0.95)
        if red > max(green, blue) + 0.15:  # red stays rare: `_with_red` gives it on purpose
            red, blue = blue, red
        return float(red), float(green), float(blue)

    skin = (SKIN, PALE, BROWN)[rng.integers(3)]
    woman = bool(rng.random() < 0.5)
    sleeves = ("long", "short", "none")[rng.integers(3)]
    hair = _HAIRS[rng.integers(len(_HAIRS))]
    look = dressed(cloth(), cloth(), hair, skin=skin, shoes=cloth(), sleeves=sleeves)
    skirt = float(rng.uniform(0.3, 0.9)) if woman and rng.random() < 0.25 else 0.0
    if skirt:
        look = replace(look, thighs=skin, calves=skin)
    long_hair = woman and bool(rng.random() < 0.75)
    return replace(look, woman=woman, skirt=skirt, long_hair=long_hair, bald=not woman and bool(rng.random() < 0.2))


def _with_red(rng: Generator, look: Look) -> Look:
    """The same person with one red piece, so that a little red alone does not make a hero."""
    red = _REDS[rng.integers(len(_REDS))]
    pieces = (
        replace(look, top=red, belly=red, sleeves=red),
        replace(look, hips=red, thighs=red, calves=red),
        replace(look, hair=(0.50, 0.10, 0.06)),
        replace(look, shoes=red),
    )
    return pieces[rng.integers(len(pieces))]


def _strayed(rng: Generator, colour: Colour) -> Colour:
    """The colour, a little lighter or darker and a little off."""
    red, green, blue = np.clip(np.array(colour) * rng.uniform(0.8, 1.2) + rng.normal(0, 0.015, 3), 0, 1)
    return float(red), float(green), float(blue)
