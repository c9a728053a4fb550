"""Checkpoints: weights that plain Keras reads, and beside them what going on exactly needs."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

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


def save_optimizer(optimizer: keras.optimizers.Optimizer, step: int, path: Path) -> None:
    """Write the optimizer's variables, in their order, and the number of steps taken."""
    arrays: dict[str, Any] = {f"v{index}": np.asarray(value) for index, value in enumerate(optimizer.variables)}
    with path.open("wb") as file:
        np.savez(file, step=np.int64(step), **arrays)


def load_optimizer(optimizer: keras.optimizers.Optimizer, path: Path) -> int:
    """Read what `save_optimizer` wrote into a built optimizer; returns the number of steps taken.

    Raises:
        RunError: The file is missing, damaged or of another network.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            values = [arrays[f"v{index}"] for index in range(len(optimizer.variables))]
            step = int(arrays["step"])
        for variable, value in zip(optimizer.variables, values, strict=True):
            variable.assign(value)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise RunError(f"The optimizer's state {path} cannot be used ({_first_line(problem)}).") from None
    return step


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0][:200]
