"""Checkpoints: weights that plain Keras reads, and beside them what going on exactly needs."""

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from fcnlab.errors import RunError


def load_weights(model: keras.Model, path: Path) -> None:
    """Load a `.weights.h5` into a network.

    Raises:
        RunError: The file is missing, damaged or of another network.
    """
    try:
        with warnings.catch_warnings():
            # Keras only warns of weights that it does not find, and leaves random ones in their place.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except FileNotFoundError:
        raise RunError(f"The weights {path} are not there.", "Choose another checkpoint.") from None
    except (OSError, RuntimeError) as problem:
        raise RunError(
            f"The weights {path} are damaged or cut short ({_first_line(problem)}).", "Choose another checkpoint."
        ) from None
    except (ValueError, KeyError, UserWarning):
        raise RunError(
            f"The weights {path} do not fit this network: they are of another one, with other layers or widths.",
            "Choose the network that they were trained with.",
        ) from None


def load_present(model: keras.Model, path: Path) -> None:
    """Load a `.weights.h5` that holds some of a network's layers, found by their names; the others stay as they are.

    Raises:
        RunError: The file is missing or damaged, or holds a layer that the network has not, or has otherwise.
    """
    layers = {layer.name: layer for layer in model.layers}
    try:
        with h5py.File(path, "r") as file:
            for name, values in _groups(file):
                weights = [values[str(index)] for index in range(len(values))]
                shapes = [tuple(weight.shape) for weight in weights]
                if name not in layers or shapes != [tuple(weight.shape) for weight in layers[name].weights]:
                    raise RunError(
                        f"The weights {path} to begin with do not fit: the network has no layer {name!r} of theirs.",
                        "Branch the run again.",
                    )
                layers[name].load_own_variables(values)
    except (OSError, KeyError, ValueError) as problem:
        raise RunError(f"The weights {path} to begin with cannot be read ({_first_line(problem)}).") from None


def _groups(file: Any) -> list[tuple[str, Any]]:
    """Name and values of each layer in a file that has any; Keras writes the name beside the values."""
    found: list[tuple[str, Any]] = []

    def look(_: str, group: Any) -> None:
        if isinstance(group, h5py.Group) and len(group) and "name" in group.attrs:
            found.append((str(group.attrs["name"]), group))

    file.visititems(look)
    return found


def save_optimizer(optimizer: keras.optimizers.Optimizer, memory: Mapping[str, Any], path: Path) -> None:
    """Write the optimizer's variables, in their order, and what else going on needs, by name."""
    arrays: dict[str, Any] = {f"v{index}": np.asarray(value) for index, value in enumerate(optimizer.variables)}
    with path.open("wb") as file:
        np.savez(file, **arrays, **memory)


def load_optimizer(optimizer: keras.optimizers.Optimizer, path: Path) -> dict[str, Any]:
    """Read what `save_optimizer` wrote into a built optimizer; returns the rest, which holds at least "step".

    Raises:
        RunError: The file is missing, damaged or of another network.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            memory = dict(arrays)
        values = [memory.pop(f"v{index}") for index in range(len(optimizer.variables))]
        int(memory["step"])
        for variable, value in zip(optimizer.variables, values, strict=True):
            variable.assign(value)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise RunError(f"The optimizer's state {path} cannot be used ({_first_line(problem)}).") from None
    return memory


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0][:200]
