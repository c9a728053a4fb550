"""Which tensors a layer makes, and which of them its gradient reads: `fcnlab.net.fast` without the arithmetic.

What is kept for the backward pass is

- of a convolution its input (of a separable one also what lies between its two halves), of batch norm its input;
- of ReLU, ELU and the sigmoid the output, of leaky ReLU and SiLU the input, of GELU three factors of its own;
- of max pooling both, of a bilinear enlargement its input, of a product both factors;
- of average pooling, repetition, concatenation and addition nothing.
"""

from collections.abc import Callable

from fcnlab.arch.graph import Layer
from fcnlab.arch.memory.trace import FLOAT32, Parts, Pull, Tensor, Trace

Rule = Callable[[Layer, list[Parts], Trace], tuple[Parts, Pull]]

FEW = 16
"""A separable convolution of fewer channels is computed as a full one, with nothing between its halves."""

_OF_OUTPUT = frozenset({"elu", "sigmoid"})
_GELU_FACTORS = 3


def values(layer: Layer) -> int:
    """Values of a layer's output for one image."""
    height, width, channels = layer.shape
    return height * width * channels


def rule_of(layer: Layer) -> Rule:
    """The rule for a layer."""
    if layer.kind == "activation" and layer.function == "relu":
        return _relu
    return _RULES.get(layer.kind, _as_it_is)


def _convolution(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    (parts,) = inputs
    x = trace.whole(layer.name, parts)
    y = _output(layer, (x,), trace)

    def pull(gradient: Parts) -> list[Parts]:
        trace.learn(layer.name, (x, *gradient))
        return [tuple([trace.make(f"{layer.name}/input", part.size, gradient) for part in parts])]

    return _biased(layer, y, trace), pull


def _separable(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    """By part, and what comes of the parts is added."""
    (parts,) = inputs
    pixels = layer.shape[0] * layer.shape[1]
    spreads = [
        part
        if part.channels < FEW
        else trace.make(f"{layer.name}/depthwise", pixels * part.channels * trace.value, (part,))
        for part in parts
    ]
    found = [_output(layer, (spread,), trace) for spread in spreads]
    y = found[0] if len(found) == 1 else _output(layer, found, trace, in_place=True)

    def pull_part(part: Tensor, spread: Tensor, gradient: Parts) -> Tensor:
        trace.learn(layer.name, (spread, *gradient))
        if spread is part:
            return trace.make(f"{layer.name}/input", part.size, gradient)
        between = trace.make(f"{layer.name}/between", spread.size, gradient)
        trace.learn(layer.name, (part, between))
        return trace.make(f"{layer.name}/input", part.size, (between,))

    def pull(gradient: Parts) -> list[Parts]:
        pairs = zip(parts, spreads, strict=True)
        return [tuple([pull_part(part, spread, gradient) for part, spread in pairs])]

    return _biased(layer, y, trace), pull


def _transposed(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    (parts,) = inputs
    x = trace.whole(layer.name, parts)
    y = _output(layer, (x,), trace)

    def pull(gradient: Parts) -> list[Parts]:
        trace.learn(layer.name, (x, *gradient))
        towards = trace.make(f"{layer.name}/input", x.size, gradient)
        return [trace.cut(layer.name, towards, parts)]

    return _biased(layer, y, trace), pull


def _norm(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    (parts,) = inputs
    x = trace.whole(layer.name, parts)

    def pull(gradient: Parts) -> list[Parts]:
        towards = trace.make(f"{layer.name}/input", x.size, (x, *gradient))
        trace.learn(layer.name, (towards,))
        return [trace.cut(layer.name, towards, parts)]

    return (_output(layer, (x,), trace),), pull


def _relu(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    """Part by part, in the buffer of what it reads where nobody else needs that."""
    (parts,) = inputs
    y = tuple([trace.make(layer.name, part.size, (part,), in_place=True, channels=part.channels) for part in parts])

    def pull(gradient: Parts) -> list[Parts]:
        pairs = zip(gradient, y, strict=True)
        return [tuple([trace.make(f"{layer.name}/input", out.size, (dy, out), in_place=True) for dy, out in pairs])]

    return y, pull


def _max_pool(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    (parts,) = inputs
    pixels = layer.shape[0] * layer.shape[1]
    y = tuple(
        [
            trace.make(layer.name, pixels * part.channels * trace.value, (part,), channels=part.channels)
            for part in parts
        ]
    )

    def pull(gradient: Parts) -> list[Parts]:
        each = zip(parts, y, gradient, strict=True)
        return [tuple([trace.make(f"{layer.name}/input", part.size, (part, out, dy)) for part, out, dy in each])]

    return y, pull


def _concatenation(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    """Nothing is copied: the parts stand side by side."""

    def pull(gradient: Parts) -> list[Parts]:
        towards, first = [], 0
        for parts in inputs:
            towards.append(gradient[first : first + len(parts)])
            first += len(parts)
        return towards

    return tuple([part for parts in inputs for part in parts]), pull


def _addition(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    """The gradient towards each summand is the sum's."""
    y = _output(layer, [trace.whole(layer.name, parts) for parts in inputs], trace, in_place=True)
    return (y,), lambda gradient: [trace.cut(layer.name, gradient[0], parts) for parts in inputs]


def _as_it_is(layer: Layer, inputs: list[Parts], trace: Trace) -> tuple[Parts, Pull]:
    """Any other layer, in float32."""
    xs = [_float32(trace.whole(layer.name, parts), trace) for parts in inputs]
    size = values(layer) * FLOAT32
    kept: list[Tensor] = []
    if layer.function == "gelu":
        kept = [trace.make(f"{layer.name}/factor", size, xs) for _ in range(_GELU_FACTORS)]
    y = trace.make(layer.name, size, kept or xs, channels=layer.shape[2])
    if layer.function in _OF_OUTPUT:
        kept = [y]
    elif layer.function in ("leaky_relu", "silu") or layer.kind in ("multiply", "bilinear"):
        kept = xs

    def pull(gradient: Parts) -> list[Parts]:
        dy = _float32(gradient[0], trace)
        towards = [trace.make(f"{layer.name}/input", x.size, (dy, *kept)) for x in xs]
        return [
            trace.cut(layer.name, _narrow(found, trace), parts) for found, parts in zip(towards, inputs, strict=True)
        ]

    return (_narrow(y, trace),), pull


_RULES: dict[str, Rule] = {
    "conv": _convolution,
    "separable": _separable,
    "transposed": _transposed,
    "norm": _norm,
    "max_pool": _max_pool,
    "concat": _concatenation,
    "add": _addition,
}


def _output(layer: Layer, reads: Parts | list[Tensor], trace: Trace, *, in_place: bool = False) -> Tensor:
    return trace.make(layer.name, values(layer) * trace.value, reads, in_place=in_place, channels=layer.shape[2])


def _biased(layer: Layer, y: Tensor, trace: Trace) -> Parts:
    """A bias is added by an operation that writes a tensor of its own."""
    return (_output(layer, (y,), trace) if layer.bias else y,)


def _float32(tensor: Tensor, trace: Trace) -> Tensor:
    if trace.value == FLOAT32:
        return tensor
    size = tensor.size // trace.value * FLOAT32
    return trace.make(f"{tensor.name}/float32", size, (tensor,), channels=tensor.channels)


def _narrow(tensor: Tensor, trace: Trace) -> Tensor:
    if trace.value == FLOAT32:
        return tensor
    size = tensor.size // FLOAT32 * trace.value
    return trace.make(f"{tensor.name}/narrow", size, (tensor,), channels=tensor.channels)
