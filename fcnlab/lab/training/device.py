"""What a worker trains on: its devices, and the precisions that they compute in."""

from typing import NamedTuple

from fcnlab.plan import Precision


class Device(NamedTuple):
    """What trainings run on.

    Attributes:
        precisions: In which it trains well.
        names: Of the devices that a batch can be shared among.
    """

    precisions: tuple[Precision, ...]
    names: tuple[str, ...]


def device_here() -> Device:
    """This process's devices; to be called in a worker, since it imports `net`."""
    from fcnlab.net.backend import current

    backend = current()
    return Device(tuple(backend.precisions()), tuple(backend.devices()))
