"""The way through a network in blocks: convolutions with their norm and activation, poolings, upsamplings, skips."""

from typing import Any, NamedTuple

from fcnlab.arch.foreign.operations import ENDS, Operation
from fcnlab.arch.foreign.path import Joint, Way

UPSAMPLINGS = {"nearest", "bilinear", "bilinear-tf1"}

_ONE_EACH = "the lab's networks have one norm and one activation behind each."


class Block(NamedTuple):
    """One step of the shape flow's stages.

    Attributes:
        kind: "conv", "pool", "up" or "merge".
        name: The foreign layer's that it begins with, for sentences.
        settings: Of `fcnlab.arch.spec`'s Conv, Down, Up or Skip (that without its source).
        layers: The foreign layers that hold its weights, in the order of `fcnlab.arch.graph`.
        stride: Of a convolution or pooling, or the factor of an upsampling.
        end: Position on the way of its last operation, which a skip may tap.
        joint: Of a merge.
    """

    kind: str
    name: str
    settings: dict[str, Any]
    layers: tuple[str, ...]
    stride: int
    end: int
    joint: Joint | None = None


class Ending(NamedTuple):
    """The network's last layer.

    Attributes:
        settings: Of `fcnlab.arch.spec.Output`.
        layer: The foreign layer of its convolution; empty where it has none.
        adds_softmax: The foreign network ends in class scores; the lab's ends in probabilities.
        adds_background: One class with a sigmoid becomes two with a softmax: σ(z) is softmax(0, z)'s second.
    """

    settings: dict[str, Any]
    layer: str
    adds_softmax: bool
    adds_background: bool


def split(way: Way, problems: list[str]) -> tuple[list[Block], Ending]:
    """The way in blocks, without the input and the ending; what fits in none is added to `problems`."""
    operations = list(way.operations)
    taps = {joint.tap for joint in way.joints.values()}
    ending, stop = _ending(operations, taps, problems)
    blocks: list[Block] = []
    position = 1
    while position < stop:
        block = _block(operations, position, stop, taps, way.joints, problems)
        if block is not None:
            blocks.append(block)
        position = block.end + 1 if block is not None else position + 1
    return blocks, ending


def _ending(operations: list[Operation], taps: set[int], problems: list[str]) -> tuple[Ending, int]:
    """The ending, and the position on the way where it begins."""
    stop = len(operations)
    last = operations[-1]
    function = last.function if last.kind == "activation" and last.function in ENDS else ""
    stop -= bool(function)
    scores = operations[stop - 1]
    plain = scores.kind == "conv" and scores.stride == 1 and stop - 1 not in taps
    stop -= plain
    single = scores.channels == 1 and function == "sigmoid"
    if scores.channels == 1 and not (single and plain):
        problems.append(
            f"{scores.layer}: the network ends in one channel without a sigmoid right behind a convolution."
        )
    settings = {
        "classes": 2 if single else scores.channels,
        "kernel": scores.kernel if plain else None,
        "activation": "softmax" if single else function or "softmax",
    }
    return Ending(settings, scores.layer if plain else "", not function, single), stop


def _block(
    operations: list[Operation],
    position: int,
    stop: int,
    taps: set[int],
    joints: dict[int, Joint],
    problems: list[str],
) -> Block | None:
    operation = operations[position]
    if position in joints:
        joint = joints[position]
        settings = {"merge": joint.merge, "project": joint.project}
        return Block("merge", operation.layer, settings, joint.layers, 1, position, joint)
    match operation.kind:
        case "conv" | "separable":
            return _convolution(operations, position, stop, taps)
        case "transposed":
            return _transposed(operations, position, stop, taps, problems)
        case "max_pool" | "average_pool":
            settings = {"kind": operation.kind.removesuffix("_pool"), "factor": operation.stride}
            return Block("pool", operation.layer, settings, (), operation.stride, position)
        case kind if kind in UPSAMPLINGS:
            settings = {"kind": kind, "factor": operation.stride}
            return Block("up", operation.layer, settings, (), operation.stride, position)
        case "norm" | "activation":
            if operations[position - 1].kind != "unknown":  # else it is only what that layer leaves behind
                what = "a batch norm" if operation.kind == "norm" else f"an activation ({operation.function})"
                problems.append(f"{operation.layer}: {what} that does not follow a convolution directly; {_ONE_EACH}")
    return None  # a layer that was told already


def _followers(operations: list[Operation], position: int, stop: int, taps: set[int]) -> list[Operation]:
    """The norm and the activation behind a convolution; nothing beyond a tensor that a skip taps."""
    found: list[Operation] = []
    for place in range(position + 1, stop):
        follower = operations[place]
        fits = follower.kind in ("norm", "activation") and all(follower.kind != other.kind for other in found)
        if not fits or place - 1 in taps or follower.function in ENDS:
            break
        found.append(follower)
    return found


def _convolution(operations: list[Operation], position: int, stop: int, taps: set[int]) -> Block:
    operation = operations[position]
    followers = _followers(operations, position, stop, taps)
    kinds = [follower.kind for follower in followers]
    settings = {
        "kind": "separable" if operation.kind == "separable" else "standard",
        "filters": operation.channels,
        "kernel": operation.kernel,
        "bias": operation.bias,
        "norm": "batch" if "norm" in kinds else "none",
        "activation": next((follower.function for follower in followers if follower.kind == "activation"), "none"),
        "order": "activation-norm" if kinds == ["activation", "norm"] else "norm-activation",
    }
    layers = (operation.layer, *(follower.layer for follower in followers if follower.kind == "norm"))
    return Block("conv", operation.layer, settings, layers, operation.stride, position + len(followers))


def _transposed(operations: list[Operation], position: int, stop: int, taps: set[int], problems: list[str]) -> Block:
    block = _convolution(operations, position, stop, taps)
    operation, settings = operations[position], block.settings
    if settings["order"] == "activation-norm":
        problems.append(f"{operation.layer}: a transposed convolution whose activation comes before its batch norm.")
    kept = {key: settings[key] for key in ("filters", "kernel", "bias", "norm", "activation")}
    return block._replace(kind="up", settings={"kind": "transposed", "factor": operation.stride, **kept})
