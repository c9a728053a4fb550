"""One training on several devices of a machine: every device holds the whole network and a share of each batch.

Keras' data-parallel distribution lays out the variables, and JAX's compiler does the rest: a step is one program over
the whole batch, so that gradients and batch norm's statistics are those of the whole batch, as on one device.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from fcnlab.errors import PlanError
from fcnlab.plan import Plan


@contextmanager
def spread(devices: int) -> Iterator[None]:
    """Lay out the networks built inside for so many devices; for 1 nothing changes.

    Raises:
        PlanError: Keras' backend cannot do it, or the machine has fewer devices.
    """
    if devices == 1:
        yield
        return
    name = keras.backend.backend()
    if name != "jax":
        raise PlanError(
            f"The plan spreads each batch over {devices} devices, which needs Keras on JAX; here it runs on {name}.",
            "Start the lab or its workers with KERAS_BACKEND=jax, or take 1 device.",
        )
    found = keras.distribution.list_devices()
    if len(found) < devices:
        raise PlanError(
            f"The plan spreads each batch over {devices} devices, and this worker sees {len(found)}.",
            f"Take {len(found)}, or start the worker with --gpus-per-slot {devices}.",
        )
    layout = keras.distribution.DataParallel(devices=found[:devices], auto_shard_dataset=False)
    with layout.scope():
        yield


def require_shares(plan: Plan, images: int) -> None:
    """Refuse batches that cannot be shared out evenly.

    Args:
        plan: With how many devices and which batch sizes.
        images: Training images; a batch never holds more.

    Raises:
        PlanError: A batch size that the number of devices does not divide.
    """
    for phase in plan.phases:
        require_share(min(phase.batch_size, images), plan.devices)


def require_share(batch: int, devices: int) -> None:
    """As `require_shares`, for one batch size.

    Raises:
        PlanError: The number of devices does not divide it.
    """
    if batch % devices:
        near = -(-batch // devices) * devices
        raise PlanError(
            f"A batch of {batch} images cannot be shared out evenly to {devices} devices.",
            f"Take a batch size that {devices} divides, such as {near}.",
        )
