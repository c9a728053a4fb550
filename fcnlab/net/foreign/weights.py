"""Weights out of HDF5 as plain arrays: every shape is known before a byte of it is read.

Keras 1, 2 and the .h5 of Keras 3 keep a group a layer, whose attribute `weight_names` leads to the arrays; the
`.weights.h5` of Keras 3 keeps them as layers/<class>_<number>/vars/<position>. Links out of the file, virtual and
external datasets, unknown filters and types that are no plain numbers are refused.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt

from fcnlab.arch.foreign import ForeignLayer, ForeignNet
from fcnlab.arch.foreign.shapes import Shape, weight_shapes
from fcnlab.errors import SpecError

Array = npt.NDArray[np.float32]
Weights = dict[str, dict[str, Array]]
"""By layer and role."""

MAX_NAMES: Final = 100_000
_ROLES = {
    "W": "kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",  # Keras 1 called the variance so
    "depthwise_kernel": "depthwise_kernel",
    "pointwise_kernel": "pointwise_kernel",
    **{name: name for name in ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")},
}
_PLAIN_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
_SAVE_AGAIN = "Save the weights again with Keras (`model.save_weights`)."


def read_weights(net: ForeignNet, name: str, data: bytes) -> Weights:
    """Read the weights of every layer that has some.

    Args:
        net: The network.
        name: The file's, for errors.
        data: The file's bytes.

    Returns:
        float32 arrays of exactly the shapes that the network needs, all finite.

    Raises:
        SpecError: A weight is missing, of another shape, or kept in a way that is not read.
    """
    with opened(name, data) as root:
        inner = _child(root, "model_weights", name)
        groups = inner if isinstance(inner, h5py.Group) else root
        legacy = "layer_names" in groups.attrs or "layer_names0" in groups.attrs
        found: Weights = {}
        for layer in net.layers:
            shapes = weight_shapes(layer, net.shapes[layer.inputs[0]] if layer.inputs else ())
            if shapes:
                take = _by_name if legacy else _by_position
                found[layer.name] = take(groups, layer, shapes, name)
    return found


@contextmanager
def opened(name: str, data: bytes) -> Iterator[h5py.File]:
    """An HDF5 file in memory, read only; whatever HDF5 finds wrong becomes one sentence."""
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            yield file
    except SpecError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, OverflowError, MemoryError) as problem:
        reason = (str(problem).splitlines() or [type(problem).__name__])[0][:120]
        raise SpecError(f"{name} is damaged or no HDF5 file ({reason}).", _SAVE_AGAIN) from None


def text_attribute(group: h5py.Group, key: str, most: int, name: str) -> str:
    """An attribute as text; empty where there is none.

    Raises:
        SpecError: It is no text, or longer than `most`.
    """
    if key not in group.attrs:
        return ""
    identifier = group.attrs.get_id(key)
    if identifier.shape not in ((), (1,)) or identifier.dtype.kind not in "SO" or identifier.dtype.itemsize > most:
        raise SpecError(f"{name}: its attribute {key} is no text.", _SAVE_AGAIN)
    value: Any = group.attrs[key]
    value = value[0] if isinstance(value, np.ndarray) else value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if len(text) > most:
        raise SpecError(f"{name}: its attribute {key} is {len(text):,} characters long; at most {most:,} are read.")
    return text


def _by_name(root: h5py.Group, layer: ForeignLayer, shapes: dict[str, Shape], name: str) -> dict[str, Array]:
    group = _child(root, layer.origin, name)
    if not isinstance(group, h5py.Group):
        raise SpecError(f"{name} holds no weights of the layer {layer.origin}.", "Give the weights of this network.")
    found: dict[str, Array] = {}
    for path in _names(group, "weight_names", name):
        role = _role(path)
        if layer.kind == "DepthwiseConv2D" and role == "depthwise_kernel":
            role = "kernel"
        if role not in shapes:
            raise SpecError(
                f"{name}: {layer.origin} holds {path[:80]!r}, which is no weight of such a layer.", _SAVE_AGAIN
            )
        found[role] = _array(_child(group, path, name), shapes[role], f"{layer.origin}, {role}", name)
    return _complete(found, layer, shapes, name)


def _by_position(root: h5py.Group, layer: ForeignLayer, shapes: dict[str, Shape], name: str) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for position, (role, shape) in enumerate(shapes.items()):
        dataset = _child(root, f"layers/{layer.group}/vars/{position}", name)
        if dataset is None:
            dataset = _child(root, f"layers/{layer.origin}/vars/{position}", name)
        if dataset is not None:
            found[role] = _array(dataset, shape, f"{layer.origin}, {role}", name)
    return _complete(found, layer, shapes, name)


def _complete(found: dict[str, Array], layer: ForeignLayer, shapes: dict[str, Shape], name: str) -> dict[str, Array]:
    missing = [role for role in shapes if role not in found]
    if missing:
        raise SpecError(
            f"{name} holds no {missing[0]} of the layer {layer.origin}.", "Give the weights of exactly this network."
        )
    return found


def _role(path: str) -> str:
    """What a weight is, from its name: "conv2d/kernel:0", or "convolution2d_1_W:0" in Keras 1."""
    last = path.rpartition("/")[2].partition(":")[0]
    if last in _ROLES:
        return _ROLES[last]
    return next((role for ending, role in _ROLES.items() if last.endswith(f"_{ending}")), last)


def _names(group: h5py.Group, key: str, name: str) -> list[str]:
    """A list of names; long ones are kept in parts (`weight_names0`, …), because HDF5 limits an attribute's size."""
    keys = [key] if key in group.attrs else []
    while not keys or keys[-1] != key:
        following = f"{key}{len(keys)}"
        if following not in group.attrs:
            break
        keys.append(following)
    found: list[str] = []
    for part in keys:
        identifier = group.attrs.get_id(part)
        if len(identifier.shape) != 1 or identifier.shape[0] > MAX_NAMES:
            raise SpecError(f"{name}: its attribute {part} is no list of names.", _SAVE_AGAIN)
        if identifier.shape[0] and identifier.dtype.kind in "SO":  # empty ones are of numbers
            found += [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in group.attrs[part]]
    return found


def _child(group: h5py.Group, path: str, name: str) -> Any:
    """What lies at a path within the file, step by step over plain (hard) links; None where there is nothing."""
    for step in [part for part in path.split("/") if part not in ("", ".")]:
        if not isinstance(group, h5py.Group):
            return None
        link = group.get(step, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise SpecError(f"{name}: {step[:80]!r} is a link to somewhere else, which is never followed.", _SAVE_AGAIN)
        group = group[step]
    return group


def _array(dataset: Any, shape: Shape, what: str, name: str) -> Array:
    """A dataset as float32, if it is what it should be."""
    if not isinstance(dataset, h5py.Dataset):
        raise SpecError(f"{name} holds no {what}.", "Give the weights of exactly this network.")
    if dataset.shape != shape:
        raise SpecError(
            f"{name}: {what} has the shape {dataset.shape}; the network needs {shape}.",
            "Give the weights of exactly this network.",
        )
    made = dataset.id.get_create_plist()
    filters = {made.get_filter(number)[0] for number in range(made.get_nfilters())}
    if dataset.is_virtual or dataset.external or not filters <= _PLAIN_FILTERS:
        raise SpecError(f"{name}: {what} is kept outside of the file or by an unknown filter.", _SAVE_AGAIN)
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize > 8:
        raise SpecError(f"{name}: {what} is of the type {str(dataset.dtype)[:40]}, not of floating point.", _SAVE_AGAIN)
    values = np.asarray(dataset[()]).astype(np.float32)
    if not np.isfinite(values).all():
        raise SpecError(f"{name}: {what} holds values that are not finite.", "Give a network whose training went well.")
    return values
