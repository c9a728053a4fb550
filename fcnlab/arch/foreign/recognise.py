"""Recognising an encoder–decoder: a foreign network as a spec, and where each of its weights comes from."""

import re
from typing import NamedTuple

from fcnlab.arch.check import check
from fcnlab.arch.foreign.blocks import Block, Ending, split
from fcnlab.arch.foreign.layers import ForeignNet, NotUnderstoodError
from fcnlab.arch.foreign.operations import Operations
from fcnlab.arch.foreign.path import find_way
from fcnlab.arch.foreign.stages import Stages, arrange
from fcnlab.arch.graph import expand
from fcnlab.arch.spec import NetSpec
from fcnlab.errors import SpecError

WEIGHTED = {"conv", "separable", "transposed", "norm"}
MOMENTUM = 0.99
"""For a network without batch norm."""

_TURNED = "it puts the skip before the upsampled tensor, and no convolution follows that could be turned round."


class Source(NamedTuple):
    """Where the weights of one of the lab's layers come from.

    Attributes:
        layer: The lab's layer.
        foreign: The foreign network's layer.
        skip_first: The foreign layer reads so many channels of the skip first; the lab's reads them last. 0: none.
        adds_class: The lab's layer has a class more, the background, which comes first and whose weights are zero.
    """

    layer: str
    foreign: str
    skip_first: int = 0
    adds_class: bool = False


class Recognised(NamedTuple):
    """A foreign network as the lab's.

    Attributes:
        spec: The network.
        sources: For each of the lab's layers with weights, in the order of `fcnlab.arch.expand`.
        notes: Sentences on what is written otherwise than in the file, with the same meaning.
        adds_softmax, adds_background: As in `fcnlab.arch.foreign.blocks.Ending`.
    """

    spec: NetSpec
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    adds_softmax: bool
    adds_background: bool


def recognise(net: ForeignNet) -> Recognised:
    """Read a network as an encoder–decoder with skips.

    Raises:
        NotUnderstoodError: It is none; `problems` says everything that the lab's networks cannot express.
    """
    taken = Operations(net)
    problems = taken.problems
    way = find_way(taken.all, problems)
    blocks, ending = split(way, problems)
    _require_one_epsilon(taken, problems)
    stages = arrange(blocks, problems)
    if not problems and stages is not None:
        try:
            return _finished(net, stages, ending, problems)
        except SpecError as problem:
            problems.append(str(problem))
    raise NotUnderstoodError(
        f"{net.name} is no encoder–decoder of the lab's kind.",
        list(dict.fromkeys(problems)),
        "Its layers can still be looked at one by one.",
    )


def _require_one_epsilon(taken: Operations, problems: list[str]) -> None:
    norms = [operation for operation in taken.all if operation.kind == "norm"]
    problems += [
        f"{norm.layer}: its epsilon is {norm.epsilon:g}, that of {norms[0].layer} is {norms[0].epsilon:g}; the lab's "
        "networks have one for all."
        for norm in norms[1:]
        if norm.epsilon != norms[0].epsilon
    ]


def _finished(net: ForeignNet, stages: Stages, ending: Ending, problems: list[str]) -> Recognised:
    height, width, channels = net.shapes[net.layers[0].name]
    norms = [layer.config for layer in net.layers if layer.kind == "BatchNormalization"]
    document = {
        "name": _spec_name(net.name),
        "input": {"height": height, "width": width, "channels": channels},
        "encoder": stages.encoder,
        "bottleneck": stages.bottleneck,
        "decoder": stages.decoder,
        "output": ending.settings,
        "norm_momentum": min(norms[0]["momentum"], 0.999) if norms else MOMENTUM,
        "norm_epsilon": norms[0]["epsilon"] if norms else 1e-3,
    }
    spec = NetSpec.parse(document, what="As a network of the lab's", error=SpecError)
    problems += [f"{problem.where}: {problem.message}" for problem in check(spec).errors]
    sources = _sources(spec, stages.blocks, ending, problems)
    if problems:
        raise NotUnderstoodError(f"{net.name} is no encoder–decoder of the lab's kind.", problems, "")
    return Recognised(spec, sources, _notes(net, ending), ending.adds_softmax, ending.adds_background)


def _sources(spec: NetSpec, blocks: list[Block], ending: Ending, problems: list[str]) -> tuple[Source, ...]:
    """The lab's layers with weights beside the foreign ones, both in the order of the way."""
    foreign: list[Source] = []
    skip_first, joined = 0, ""
    for block in blocks:
        if skip_first and (block.joint or not block.layers):
            problems.append(f"{joined}: {_TURNED}")
        for place, layer in enumerate(block.layers):
            foreign.append(Source("", layer, skip_first if place == 0 else 0))
        skip_first, joined = (block.joint.first, block.name) if block.joint else (0, "")
    if ending.layer:
        foreign.append(Source("", ending.layer, skip_first, ending.adds_background))
    elif skip_first:
        problems.append(f"{joined}: {_TURNED}")
    ours = [layer.name for layer in expand(spec).layers if layer.kind in WEIGHTED]
    if len(ours) != len(foreign):
        raise AssertionError(f"{len(ours)} layers with weights became of {len(foreign)}")
    return tuple(source._replace(layer=name) for name, source in zip(ours, foreign, strict=True))


def _notes(net: ForeignNet, ending: Ending) -> tuple[str, ...]:
    found = []
    if ending.adds_softmax:
        found.append("The network ends in class scores; the lab's ends in their softmax.")
    if ending.adds_background:
        found.append("One class with a sigmoid became two with a softmax: background and target, the same probability.")
    if any(layer.kind == "UpSampling2D" and layer.config["interpolation"] == "bilinear-tf1" for layer in net.layers):
        found.append("Its bilinear upsampling lies on TensorFlow 1's grid, without half-pixel centres.")
    return tuple(found)


def _spec_name(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9 _.\-]", "-", name)[:40].strip()
    return plain if re.match(r"[A-Za-z0-9]", plain) else "imported"
