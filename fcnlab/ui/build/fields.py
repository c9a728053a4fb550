"""One field of the spec as one widget: what it is called, what it may hold, and its tooltip.

A widget's key is its field's path, and before it is drawn its value is set from the network: the network is the
truth, so that undo, fixes and refused values show at once, and a widget keeps the keyboard's focus. The limits
given here only steer the browser; `fcnlab.arch.edit.change` decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fcnlab.arch.edit import Path
from fcnlab.ui.words import tooltip
from fcnlab.ui.workbench import Workbench

NARROW = 150
WIDE = 210
"""Widths in pixels; in a horizontal container fields wrap to the next line where there is no room."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A field with a few values, each with the words that are shown for it."""

    name: str
    label: str
    options: Mapping[Any, str]
    help: str
    width: int = WIDE


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    name: str
    label: str
    low: int
    high: int
    help: str
    step: int = 1
    width: int = NARROW


@dataclass(frozen=True, slots=True)
class Switch:
    """A field that is on or off."""

    name: str
    label: str
    help: str


Field = Choice | Number | Switch

_ACTIVATIONS = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "none": "none",
}

KIND = Choice(
    "kind",
    "Convolution",
    {"separable": "separable", "standard": "standard"},
    tooltip("convolution", f"Separable: {tooltip('separable convolution')}"),
    width=NARROW,
)
FILTERS = Number("filters", "Filters", 1, 4096, tooltip("filters"), step=8)
KERNEL = Number("kernel", "Kernel", 1, 31, tooltip("kernel"))
NORM = Choice("norm", "Normalisation", {"batch": "batch norm", "none": "none"}, tooltip("batch norm"), width=NARROW)
ACTIVATION = Choice("activation", "Activation", _ACTIVATIONS, tooltip("activation"), width=NARROW)
ORDER = Choice(
    "order",
    "Order",
    {"norm-activation": "norm, then activation", "activation-norm": "activation, then norm"},
    "What comes first after the convolution.",
)
BIAS = Switch("bias", "Bias", tooltip("bias"))

DOWN_KIND = Choice(
    "kind",
    "Downsampling",
    {"stride": "stride", "max": "max pooling", "average": "average pooling", "none": "none"},
    tooltip("downsampling", f"Stride: {tooltip('stride')}"),
    width=150,
)
DOWN_FACTOR = Choice("factor", "Factor", {2: "÷ 2", 4: "÷ 4", 8: "÷ 8"}, "How many times smaller.", width=90)
DOWN_PLACE = Choice(
    "place",
    "Place",
    {"before": "first", "after": "last"},
    "Whether the stage gets smaller at its start or at its end; a stride sits in the first or the last convolution.",
    width=100,
)

UP_KIND = Choice(
    "kind",
    "Upsampling",
    {
        "transposed": "transposed convolution",
        "bilinear": "bilinear",
        "bilinear-tf1": "bilinear (TensorFlow 1)",
        "nearest": "nearest",
    },
    tooltip("upsampling", f"Transposed convolution: {tooltip('transposed convolution')}"),
    width=220,
)
UP_FACTOR = Choice("factor", "Factor", {n: f"× {n}" for n in (1, 2, 4, 8, 16, 32)}, "How many times larger.", width=90)

MERGE = Choice(
    "merge",
    "Merge",
    {"concat": "concatenate", "add": "add", "gate": "gate"},
    f"Concatenate: {tooltip('concatenation')} Add: {tooltip('addition')} Gate: {tooltip('attention gate')}",
    width=NARROW,
)
PROJECT = Switch(
    "project", "Project", f"Give the skip a convolution of its own before merging. {tooltip('1×1 convolution')}"
)

CONV: tuple[Field, ...] = (KIND, FILTERS, KERNEL, NORM, ACTIVATION, BIAS, ORDER)
UP_WEIGHTS: tuple[Field, ...] = (FILTERS, KERNEL, NORM, ACTIVATION, BIAS)

INPUT: tuple[Field, ...] = (
    Number("height", "Height", 1, 4096, f"Of the pictures, in pixels. {tooltip('resolution')}", step=16),
    Number("width", "Width", 1, 4096, f"Of the pictures, in pixels. {tooltip('resolution')}", step=16),
    Number("channels", "Channels", 1, 64, "Of the pictures: 3 for colour, 1 for grey."),
)
CLASSES = Number("classes", "Classes", 2, 32, tooltip("class"))
OUTPUT_ACTIVATION = Choice(
    "activation",
    "Activation",
    {"softmax": "softmax", "sigmoid": "sigmoid"},
    f"Softmax: {tooltip('softmax')} Sigmoid: {tooltip('sigmoid')}",
    width=NARROW,
)


def key_of(path: Path) -> str:
    """The key of the widget for the field at `path`."""
    return "net." + ".".join(map(str, path))


def show(bench: Workbench, holder: Path, field: Field, value: Any, *, disabled: bool = False) -> None:
    """Draw the widget of one field.

    Args:
        bench: What a change is applied to.
        holder: Path of the part that has the field, e.g. ("encoder", 0, "convs", 1).
        field: The field.
        value: Its value in the network.
        disabled: Whether it has no effect as things are.
    """
    path = (*holder, field.name)
    key = synced(path, value)
    match field:
        case Choice(label=label, options=options, help=text, width=width):
            st.selectbox(
                label,
                list(options),
                format_func=options.__getitem__,
                key=key,
                help=text,
                width=width,
                disabled=disabled,
                on_change=bench.set,
                args=(path, key),
            )
        case Number(label=label, low=low, high=high, step=step, help=text, width=width):
            st.number_input(
                label,
                low,
                high,
                None,  # what lies outside the limits becomes None, which is refused
                required=True,
                step=step,
                key=key,
                help=text,
                width=width,
                disabled=disabled,
                on_change=bench.set,
                args=(path, key, f"{label} takes a whole number from {low} to {high:,}"),
            )
        case Switch(label=label, help=text):
            st.toggle(label, key=key, help=text, disabled=disabled, on_change=bench.set, args=(path, key))


def synced(path: Path, value: Any) -> str:
    """Set the widget of the field at `path` to its value in the network; gives the widget's key."""
    key = key_of(path)
    plain = getattr(value, "value", value)
    if st.session_state.get(key) != plain or key not in st.session_state:
        st.session_state[key] = plain
    return key
