"""JAX: the same interface by pure functions of the variables."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import keras
import numpy as np
import numpy.typing as npt
from jax.sharding import NamedSharding, PartitionSpec

from fcnlab.net.backend import Loss, Step, Traced, standardise
from fcnlab.net.precision import require_precision
from fcnlab.plan import Precision


def training_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Loss, precision: Precision = "float32"
) -> Step:
    """See `Backend.training_step`."""
    require_precision(precision, precisions())
    optimizer.build(model.trainable_variables)

    def objective(weights: Any, state: Any, images: Any, labels: Any) -> Any:
        scores, state = model.stateless_call(weights, state, standardise(images), training=True)
        return loss(labels, scores), state

    @jax.jit  # type: ignore[untyped-decorator]  # JAX is no dependency, so that its types are not known
    def step(weights: Any, state: Any, moments: Any, images: Any, labels: Any) -> Any:
        (value, state), gradients = jax.value_and_grad(objective, has_aux=True)(weights, state, images, labels)
        weights, moments = optimizer.stateless_apply(moments, gradients, weights)
        return value, weights, state, moments

    place = _shares(model)

    def call(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> float:
        images, labels = place(images), place(labels)
        groups = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
        values = [[variable.value for variable in group] for group in groups]
        loss_value, *updated = step(*values, images, labels)
        for group, new in zip(groups, updated, strict=True):
            for variable, value in zip(group, new, strict=True):
                variable.assign(value)
        return float(loss_value)

    return call


def _shares(model: keras.Model) -> Callable[[Any], Any]:
    """Put a batch where `model` lies: each of its devices gets its share; on one device JAX decides."""
    layout = model.variables[0].value.sharding
    if not isinstance(layout, NamedSharding):
        return lambda batch: batch
    return partial(jax.device_put, device=NamedSharding(layout.mesh, PartitionSpec(layout.mesh.axis_names[0])))


def compiled(model: keras.Model, function: Callable[..., Any]) -> Callable[..., Any]:
    """See `Backend.compiled`."""

    def pure(values: Any, *arrays: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(model.variables, values, strict=True))):
            return function(*arrays)

    graph = jax.jit(pure)

    def call(*arrays: Any) -> Any:
        found = graph([variable.value for variable in model.variables], *arrays)
        return jax.tree.map(np.asarray, found)

    return call


def gradients(model: keras.Model, function: Traced) -> Callable[..., Any]:
    """See `Backend.gradients`."""

    def pure(points: Any, values: Any, *arrays: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(model.variables, values, strict=True))):
            return function(points, *arrays)

    graph = jax.jit(jax.grad(pure, has_aux=True))

    def call(points: list[Any], *arrays: Any) -> Any:
        found = graph(points, [variable.value for variable in model.variables], *arrays)
        return jax.tree.map(np.asarray, found)

    return call


def normalise(
    x: Any, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float, training: bool
) -> tuple[Any, Any, Any] | None:
    """See `Backend.normalise`: JAX's compiler fuses Keras' operations itself."""
    return None


def precisions() -> tuple[Precision, ...]:
    """See `Backend.precisions`: on JAX the lab trains in float32 alone."""
    return ("float32",)


def devices() -> list[str]:
    """See `Backend.devices`."""
    return [device.device_kind for device in jax.devices() if device.platform != "cpu"] or ["CPU"]


def use_memory_as_needed() -> None:
    """See `Backend.use_memory_as_needed`: JAX reads XLA_PYTHON_CLIENT_PREALLOCATE, set before it starts."""
