"""A training step as a list of operations: forward pass, loss, backward pass.

Sizes are those of one image, for every tensor of a step grows with the batch alike.
"""

from typing import NamedTuple

from fcnlab.arch.graph import Graph, Layer
from fcnlab.arch.memory.liveness import Op
from fcnlab.arch.memory.rules import rule_of, values
from fcnlab.arch.memory.trace import FLOAT32, Parts, Pull, Tensor, Trace, useful

IMAGE = "image"
"""The tensor of the images as they come, in bytes."""


class Program(NamedTuple):
    """What a step does with one image.

    Attributes:
        ops: In order.
        forward: How many of them, from the first, are the forward pass.
        stages: Tensor of the forward pass → its row in the shape flow.
    """

    ops: tuple[Op, ...]
    forward: int
    stages: dict[str, int]

    @property
    def kept(self) -> dict[str, int]:
        """Tensors of the forward pass that are read after it, with their bytes."""
        read = {name for op in self.ops[self.forward :] for name in op.reads}
        return {op.writes: op.size for op in self.ops[: self.forward] if op.writes in read}


def training_program(graph: Graph, value: int = FLOAT32) -> Program:
    """The operations of a training step.

    Args:
        graph: Of a network without errors.
        value: Bytes of one value of what is kept between layers; the loss is computed in float32.
    """
    *layers, activation = graph.layers
    trace = Trace(value)
    outputs, trail, stages = _forward(layers, trace)
    scores = trace.whole("scores", outputs[layers[-1].name])
    forward = {op.writes for op in trace.ops}
    stages |= dict.fromkeys(forward - stages.keys(), len(graph.ends) - 1)
    towards: dict[str, list[Parts]] = {layers[-1].name: [(_loss(scores, activation, trace),)]}
    for layer, pull in reversed(trail):
        gradient = trace.add_up(layer.name, towards.pop(layer.name))
        for source, found in zip(layer.inputs, pull(gradient), strict=True):
            towards.setdefault(source, []).append(found)
    ops = useful(trace.ops)
    return Program(tuple(ops), sum([op.writes in forward for op in ops]), stages)


def inference_program(graph: Graph) -> tuple[Op, ...]:
    """The operations of a forward pass that nothing is learned from, in float32.

    Batch norm squares its input on the side, as when its statistics are estimated anew.
    """
    trace = Trace(FLOAT32)
    outputs, _, _ = _forward(list(graph.layers), trace)
    ops = useful(trace.ops, [part.name for part in outputs[graph.layers[-1].name]])
    norms = {layer.name for layer in graph.layers if layer.kind == "norm"}
    return tuple([op._replace(scratch=op.size) if op.writes in norms else op for op in ops])


def _forward(layers: list[Layer], trace: Trace) -> tuple[dict[str, Parts], list[tuple[Layer, Pull]], dict[str, int]]:
    """Each layer's output, the ways back in the layers' order, and each tensor's stage."""
    outputs: dict[str, Parts] = {}
    trail: list[tuple[Layer, Pull]] = []
    stages: dict[str, int] = {}
    for layer in layers:
        before = len(trace.ops)
        if layer.kind == "input":
            image = trace.make(IMAGE, values(layer))
            size = values(layer) * trace.value
            outputs[layer.name] = (trace.make(layer.name, size, (image,), channels=layer.shape[2]),)
        else:
            outputs[layer.name], pull = rule_of(layer)(layer, [outputs[name] for name in layer.inputs], trace)
            trail.append((layer, pull))
        stages |= {op.writes: layer.stage for op in trace.ops[before:]}
    return outputs, trail, stages


def _loss(scores: Tensor, activation: Layer, trace: Trace) -> Tensor:
    """Cross-entropy plus Dice on planes of float32, the largest of the losses; returns the scores' gradient."""
    height, width, classes = activation.shape
    pixels = height * width
    planes = pixels * classes * FLOAT32
    labels = trace.make("loss/labels", pixels)
    truth = trace.make("loss/truth", planes, (labels,), scratch=pixels)
    turned = trace.make("loss/scores", planes, (scores,))
    powers = trace.make("loss/powers", planes, (turned,), in_place=True)
    found = trace.make("loss/probabilities", planes, (powers,), scratch=pixels * FLOAT32)
    seen = trace.make("loss/seen", planes, (found, truth))
    dice = trace.make("loss/dice", planes, (seen, truth), scratch=2 * planes)
    slopes = trace.make("loss/slopes", planes, (found, truth), scratch=planes)
    whole = trace.make("loss/sum", planes, (slopes, dice, found), in_place=True, scratch=2 * planes)
    size = planes // FLOAT32 * trace.value
    return trace.make("loss/gradient", size, (whole,))
