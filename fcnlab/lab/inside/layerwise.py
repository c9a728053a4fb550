"""Looking into an imported network that is no encoder–decoder: its layers, one by one."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fcnlab.errors import RunError
from fcnlab.lab.importing import input_of, layers_of
from fcnlab.lab.inside.maps import LayerMaps, Look
from fcnlab.lab.inside.pictures import Picture, read_sized
from fcnlab.lab.runs.run import Run
from fcnlab.net.inside.statistics import Planes

if TYPE_CHECKING:
    from fcnlab.arch.foreign import ForeignNet
    from fcnlab.net.foreign.probe import Probe

Floats = npt.NDArray[np.float32]

MOST_CLASSES = 32
"""Channels of an output that is taken for the probabilities of classes, pixel by pixel."""


def look_at_layers(path: str | Path, picture: Picture, only: str = "") -> Look:
    """What the layers of a run of kind "layers" make of a picture.

    Args:
        path: The run folder.
        picture: A dataset's image or an uploaded one.
        only: One layer's name; empty for all.

    Returns:
        A `Look` without truth. Where the output is no map of classes of the picture's size, `labels` are all 0 and
        `shares` the output's means.

    Raises:
        FcnLabError: There is no such checkpoint or layer, or the image cannot be read.
    """
    run = Run.open(path)
    given = input_of(run)
    image, _ = read_sized(picture, (given.height, given.width), given.channels)
    checkpoints = run.checkpoints()
    if not checkpoints:
        raise RunError(f"The run {run.name} has no checkpoint.", "Import the network again.")
    epoch, weights = checkpoints[-1]
    net, probe = _ready(str(run.path), weights.stat().st_mtime_ns)
    names = [layer.name for layer in net.layers]
    if only and only not in names:
        raise RunError(f"The network of run {run.name} has no layer {only!r}.", f"It has {', '.join(names[:8])} …")
    last = names[-1]
    maps = probe.maps(image, tuple(dict.fromkeys([only, last])) if only else ())
    kinds = {layer.name: layer.kind for layer in net.layers}
    shown = [name for name in maps if name == (only or name)]
    stages = tuple(_described(name, maps[name], kinds[name], _role(name, names)) for name in shown)
    labels, shares = _answer(maps[last], image.shape[:2])
    return Look(image, None, labels, shares, None, stages, epoch)


@lru_cache(maxsize=2)
def _ready(path: str, _written: int) -> "tuple[ForeignNet, Probe]":
    """The network, rebuilt from what the run folder holds; kept until its checkpoint is written anew."""
    from fcnlab.net import build  # noqa: F401 - its import starts the backend quietly
    from fcnlab.net.checkpoint import load_weights
    from fcnlab.net.foreign.probe import Probe
    from fcnlab.net.foreign.rebuild import rebuild

    run = Run.open(path)
    net = layers_of(run)
    model = rebuild(net)
    load_weights(model, run.checkpoints()[-1][1])
    return net, Probe(net, model)


def _role(name: str, names: list[str]) -> str:
    """The ends have the colours of ends; what is between them has no stages, and counts as encoding."""
    return {names[0]: "inputs", names[-1]: "outputs"}.get(name, "encoder")


def _described(name: str, values: Floats, kind: str, role: str) -> LayerMaps:
    planes = Planes(values)
    if not planes.finite:
        raise RunError(f"The values in {name} have overflowed: they are no numbers any more.")
    return LayerMaps(name, role, kind, name, planes.in_bytes(), planes.low, planes.high, planes.statistics())


def _answer(output: Floats, size: tuple[int, ...]) -> tuple[npt.NDArray[np.uint8], Floats]:
    shares: Floats = output.mean(axis=(0, 1))
    if output.shape[:2] == size and 2 <= output.shape[2] <= MOST_CLASSES:
        return output.argmax(axis=-1).astype(np.uint8), shares
    return np.zeros(size, np.uint8), shares
