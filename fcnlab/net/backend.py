"""What differs between Keras' backends, behind one small interface.

Everything else in `net` is written in `keras.ops` and runs on either. The backend is Keras' own choice
(`KERAS_BACKEND`, TensorFlow unless it says otherwise).
"""

import importlib
from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np
import numpy.typing as npt

from fcnlab.errors import FcnLabError
from fcnlab.plan import Precision

Loss = Callable[[Any, Any], Any]
"""(labels uint8 [N, H, W], scores float32 [N, H, W, K]) → mean loss, a scalar."""

Traced = Callable[..., tuple[Any, Any]]
"""(points: a list of arrays, *arrays) → a value, a scalar, and extra tensors to give back with its gradient."""


class Step(Protocol):
    """One training step: labels and images in, the loss before the step out."""

    def __call__(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> float:
        """Images [N, H, W, C] and labels [N, H, W] → loss."""


class Backend(Protocol):
    """What a backend module provides."""

    def training_step(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss: Loss,
        precision: Precision = "float32",
    ) -> Step:
        """Compile forward pass, gradient and update of `model` (images float32 in [-1, 1] → scores).

        In "bfloat16" convolutions, and what is kept between layers, have 8 significant bits; weights, their
        moments, batch norm's statistics and the loss are float32 in either precision.

        Raises:
            PlanError: The device does not compute in this precision.
        """

    def precisions(self) -> tuple[Precision, ...]:
        """In which the device trains faster than, or as fast as, in float32."""

    def compiled(self, model: keras.Model, function: Callable[..., Any]) -> Callable[..., Any]:
        """Compile `function`, which calls layers of `model` for inference; arrays in, NumPy arrays out."""

    def gradients(self, model: keras.Model, function: Traced) -> Callable[..., Any]:
        """Compile the gradient of `function`, which calls layers of `model` for inference.

        The compiled function takes (points, *arrays) and gives (gradients, extra), all as NumPy arrays: the gradient
        of `function`'s value with respect to each of the points, zeros where the value does not depend on it.
        """

    def normalise(
        self, x: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float, training: bool
    ) -> tuple[Any, Any, Any] | None:
        """Batch norm in one fused operation: output, batch mean and (biased) variance; None where there is none."""

    def devices(self) -> list[str]:
        """The accelerators in use, or ["CPU"]."""

    def use_memory_as_needed(self) -> None:
        """Share an accelerator's memory with other processes instead of taking all of it."""


_MODULES = {"tensorflow": "fcnlab.net.backend_tensorflow", "jax": "fcnlab.net.backend_jax"}


def current() -> Backend:
    """The module of the backend that Keras runs on.

    Raises:
        FcnLabError: Keras runs on a backend that the lab does not train with.
    """
    name = keras.backend.backend()
    if name not in _MODULES:
        raise FcnLabError(f"Keras runs on {name!r}.", "Set KERAS_BACKEND to tensorflow or jax.")
    module: Any = importlib.import_module(_MODULES[name])
    backend: Backend = module
    return backend


def standardise(images: Any) -> Any:
    """Images uint8 → float32 in [-1, 1], as every network of the lab takes them: (x/255 − 0.5)·2."""
    return keras.ops.cast(images, "float32") * (1 / 127.5) - 1.0
