"""A new run that begins with the weights of another one, into the same network or a changed one.

All of it is arithmetic on names and shapes: no Keras is needed, so that a page answers at once.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import numpy.typing as npt

from fcnlab.arch import Layer, NetSpec, expand, plain, require_valid
from fcnlab.data import open_dataset
from fcnlab.errors import RunError
from fcnlab.lab.runs.names import check_name
from fcnlab.lab.runs.run import Run, free_path
from fcnlab.lab.training.fit import require_fit
from fcnlab.lab.training.task import net_of
from fcnlab.plan import Plan, require_plan

Array = npt.NDArray[np.float32]
Shape = tuple[int, ...]


class LeftOut(NamedTuple):
    """A layer that begins at random, and why."""

    name: str
    reason: str


class Carried(NamedTuple):
    """The layers with weights, in the new network's order: those that were carried over and those that were not."""

    taken: tuple[str, ...]
    left: tuple[LeftOut, ...]


def branch_run(
    run: Run,
    epoch: int,
    *,
    out: Path | None = None,
    name: str = "",
    net: NetSpec | None = None,
    plan: Plan | None = None,
    dataset: str = "",
    note: str = "",
    person: str = "",
    force: bool = False,
) -> tuple[Run, Carried]:
    """Make a new run that begins with the weights of another one.

    Layers whose names and shapes agree take them over; the others begin at random, and the optimizer anew.

    Args:
        run: The other run.
        epoch: Its checkpoint.
        out: The new run's folder; None makes one beside the other run.
        name: The new run's name where `out` is None; empty for one made of the network's name and the time.
        net: The new run's network; None takes the other's.
        plan: How to train it; None takes the other's.
        dataset: A built-in set's name or a folder; empty takes the other's.
        note: The person's own words.
        person: Who asks for it.
        force: Whether to train it also where its memory seems too small.

    Returns:
        The new run, queued, and which layers were carried over.

    Raises:
        FcnLabError: There is no such checkpoint or it cannot be read; no layer agrees; or as `create_run`.
    """
    net = net_of(run) if net is None else net
    require_valid(net)
    opened = open_dataset(dataset or run.record.dataset)
    require_fit(net, opened)
    require_plan(plan or run.record.plan, net.output.classes, opened.splits.get("validation", 0))
    found = read_layers(run, epoch)
    carried = compare(found, net)
    if not carried.taken:
        raise RunError(
            f"No layer of {net.name} agrees in name and shape with one of the run {run.name}.",
            "Start a new run, or branch into a network that is more like it.",
        )
    if out is None:
        root = run.path.parent
        out = root / check_name(name) if name else free_path(root, net.name)
    new = Run.create(
        out,
        net=plain(net),
        plan=plan or run.record.plan,
        dataset=opened.name,
        note=note,
        parent=run.name,
        parent_epoch=epoch,
        person=person,
        force=force,
    )
    try:
        with new.writing(new.start_path) as path:
            _write(path, {name: found[name] for name in carried.taken})
    except OSError as problem:
        shutil.rmtree(new.path, ignore_errors=True)
        raise RunError(f"The weights cannot be written to {new.path} ({problem}).", "Make room there.") from None
    return new, carried


def read_layers(run: Run, epoch: int) -> dict[str, list[Array]]:
    """The weights of each layer after an epoch, by the layer's name.

    Raises:
        RunError: There is no such checkpoint, or it cannot be read.
    """
    known = dict(run.checkpoints())
    if epoch not in known:
        told = f"It has {', '.join(map(str, known))}." if known else "It has none yet."
        raise RunError(f"The run {run.name} has no checkpoint of epoch {epoch}.", told)
    try:
        with h5py.File(known[epoch]) as file:
            return dict(_layer(group["vars"]) for group in file["layers"].values() if len(group["vars"]))
    except (OSError, RuntimeError, KeyError, AttributeError, TypeError) as problem:
        raise RunError(
            f"The weights {known[epoch]} are damaged ({str(problem)[:100]}).", "Choose another epoch."
        ) from None


def compare(found: dict[str, list[Array]], net: NetSpec) -> Carried:
    """Which layers of a network can take over weights that were found."""
    taken, left = [], []
    for name, shapes in weight_shapes(net).items():
        there = [array.shape for array in found.get(name, ())]
        if not there:
            left.append(LeftOut(name, "the other run has no such layer"))
        elif there != shapes:
            wanted, has = next(
                ((one, other) for one, other in zip(shapes, there, strict=False) if one != other), (shapes, there)
            )
            left.append(LeftOut(name, f"its shape is {_shape(wanted)}, in the other run it is {_shape(has)}"))
        else:
            taken.append(name)
    return Carried(tuple(taken), tuple(left))


def weight_shapes(net: NetSpec) -> dict[str, list[Shape]]:
    """The shapes of the weights of each layer that has any, as Keras orders them, by the layer's name.

    Convolutions: kernel [side, side, in, out], bias [out]. Transposed: kernel [side, side, out, in]. Separable:
    depthwise [side, side, in, 1], pointwise [1, 1, in, out]. Batch norm: scale, shift, mean and variance.
    """
    layers = expand(net).layers
    channels = {layer.name: layer.shape[2] for layer in layers}
    shapes = {layer.name: _shapes(layer, channels[layer.inputs[0]] if layer.inputs else 0) for layer in layers}
    return {name: found for name, found in shapes.items() if found}


def _shapes(layer: Layer, channels: int) -> list[Shape]:
    side, out = layer.kernel, layer.shape[2]
    bias: list[Shape] = [(out,)] if layer.bias else []
    match layer.kind:
        case "conv":
            return [(side, side, channels, out), *bias]
        case "transposed":
            return [(side, side, out, channels), *bias]
        case "separable":
            return [(side, side, channels, 1), (1, 1, channels, out), *bias]
        case "norm":
            return [(out,)] * 4
    return []


def _layer(group: h5py.Group) -> tuple[str, list[Array]]:
    name = group.attrs["name"]
    text = name.decode() if isinstance(name, bytes) else str(name)
    return text, [np.asarray(group[str(index)]) for index in range(len(group))]


def _write(path: Path, layers: dict[str, list[Array]]) -> None:
    """Keras' own layout, with the layers' names as groups; layers that are not in it begin at random."""
    with h5py.File(path, "w") as file:
        for name, arrays in layers.items():
            group = file.create_group(f"layers/{name}/vars")
            group.attrs["name"] = name
            for index, array in enumerate(arrays):
                group.create_dataset(str(index), data=array)


def _shape(shapes: Shape | list[Shape]) -> str:
    return str(shapes).strip("[]")


def parse_branch(text: str) -> tuple[Run, int]:
    """The run and epoch of "RUN" or "RUN@EPOCH"; without an epoch the run's best or last one.

    Raises:
        RunError: There is no such run, it has no checkpoint, or the epoch is no number.
    """
    path, at, number = text.rpartition("@")
    if not at or Path(text).is_dir():
        path, number = text, ""
    run = Run.open(path)
    if number and not number.isdecimal():
        raise RunError(f"The epoch in {text!r} is no whole number.", "Write it as RUN@EPOCH, such as runs/mine@12.")
    epoch = int(number) if number else run.default_epoch()
    if epoch is None:
        raise RunError(f"The run {run.name} has no checkpoint yet.", "Wait for the end of its first epoch.")
    return run, epoch
