"""The fields of augmentation, on the Train page and on the Data page."""

from typing import Any, NamedTuple

import streamlit as st

from fcnlab.plan import Augmentation
from fcnlab.ui.words import tooltip


class AugmentKeys(NamedTuple):
    """Keys of the widgets, and their names in the address bar."""

    flip: str
    shift: str
    zoom: str
    rotate: str
    brightness: str
    contrast: str
    color: str
    paste: str


ON_TRAIN = AugmentKeys(*(f"train.{name}" for name in AugmentKeys._fields))
ON_DATA = AugmentKeys(*(f"data.{name}" for name in AugmentKeys._fields))

FLIP_HELP = "Mirror each image and its mask left to right half of the time, so that there is more to learn from."

_SHARES = {
    "shift": ("Shift", 0.5, "Up or down, left or right, at most by this share of height and width."),
    "zoom": ("Zoom", 0.5, "Larger or smaller, at most by this share."),
    "brightness": ("Brightness", 1.0, "Brighter or darker, at most by this share of the range from black to white."),
    "contrast": ("Contrast", 1.0, "More or less contrast, at most by this factor."),
    "color": ("Colour", 1.0, "Saturation and hue; 100 % is the strongest."),
    "paste": (
        "Pasted objects",
        1.0,
        "This share of the images gets objects of others, each at a random place and in a random size.",
    ),
}
_TURN = "Turned to the left or right, at most by so many degrees."


def augmentation_fields(keys: AugmentKeys, *, flip: bool) -> dict[str, Any]:
    """Draw the fields; their values by key.

    Args:
        keys: Of the widgets.
        flip: What the first field begins with.
    """
    values: dict[str, Any] = {
        keys.flip: st.toggle("Flips", flip, key=keys.flip, bind="query-params", help=FLIP_HELP),
    }
    for name in ("shift", "zoom"):
        values[getattr(keys, name)] = _share(keys, name)
    values[keys.rotate] = st.slider(
        "Rotation", 0.0, 180.0, 0.0, 5.0, format="%g°", key=keys.rotate, bind="query-params", help=_TURN
    )
    for name in ("brightness", "contrast", "color", "paste"):
        values[getattr(keys, name)] = _share(keys, name)
    return values


def augmentation_document(keys: AugmentKeys, values: dict[str, Any]) -> dict[str, Any]:
    """The fields' values as a plan's `augment` takes them."""
    return {name: values.get(getattr(keys, name), 0) for name in Augmentation.model_fields}


def augmentation_values(keys: AugmentKeys, flip: bool, augmentation: Augmentation) -> dict[str, Any]:
    """What the widgets hold for an augmentation, by key."""
    shares = {getattr(keys, name): getattr(augmentation, name) for name in _SHARES}
    return {keys.flip: flip, keys.rotate: augmentation.rotate, **shares}


def describe_augmentation(flip: bool, augmentation: Augmentation) -> str:
    """What is changed, in a few words: "flips, shift 10 %, rotation 15°"."""
    parts = ["flips"] if flip else []
    for name in Augmentation.model_fields:
        value = getattr(augmentation, name)
        if value and name == "rotate":
            parts.append(f"rotation {value:g}°")
        elif value:
            parts.append(f"{_SHARES[name][0].lower()} {value * 100:g} %")
    return ", ".join(parts) or "no augmentation"


def _share(keys: AugmentKeys, name: str) -> float:
    label, most, text = _SHARES[name]
    step = 0.05 if most <= 0.5 else 0.1
    key = getattr(keys, name)
    value: float = st.slider(
        label, 0.0, most, 0.0, step, format="percent", key=key, bind="query-params", help=f"{text}"
    )
    return value


def augmentation_help() -> str:
    """What augmentation is, and how the lab does it."""
    return tooltip("augmentation", "Image and mask are moved together; what comes in from outside counts nowhere.")
