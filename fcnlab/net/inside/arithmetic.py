"""The arithmetic of one value: what a layer reads, what it multiplies it with, and the sum. NumPy alone."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from fcnlab.arch import Layer
from fcnlab.net.inside import reading
from fcnlab.net.inside.pointwise import activated, normalised, softmax
from fcnlab.net.inside.steps import Doubles, Floats, Patch, PixelStep, Place, number

Given = Sequence[npt.NDArray[Any]]
Maps = Mapping[str, Floats]
Weights = Callable[[str], Given]
"""Layer's name → its weights, in Keras' order and layout."""


def explain(
    layers: Mapping[str, Layer],
    weights: Weights,
    maps: Mapping[str, Floats],
    epsilon: float,
    layer: str,
    place: tuple[int, int, int],
) -> tuple[PixelStep, ...]:
    """The steps that made one value, from the last layer that reads neighbours or channels.

    Computed in double precision from the layers' own weights and inputs.

    Args:
        layers: The network's layers by name.
        weights: Gives a layer's weights.
        maps: Every layer's output [H, W, C].
        epsilon: Of batch norm.
        layer: Whose value is explained.
        place: Its row, column and channel.

    Returns:
        A convolution, its norm and its activation, for instance; the last one's `value` is the value.
    """
    chain = [layers[layer]]
    while chain[0].kind in ("norm", "activation"):
        chain.insert(0, layers[chain[0].inputs[0]])
    steps = list(_READERS[chain[0].kind](chain[0], weights(chain[0].name), maps, place))
    for one in chain[1:]:
        if one.kind == "norm":
            steps.append(normalised(one, weights(one.name), epsilon, steps[-1].value, place))
        elif one.function == "softmax":
            steps.append(softmax(one, maps, place))
        else:
            steps.append(activated(one, steps[-1].value, place))
    return tuple(steps)


def _input(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    value = float(maps[layer.name][place])
    byte = round((value + 1) * 127.5)
    sentence = f"The picture's byte {byte}, brought to −1 … 1: ({byte} ÷ 255 − 0.5) × 2 = {number(value)}."
    return [PixelStep(layer.name, layer.kind, sentence, value, (("picture", value),))]


def _covered(layer: Layer, source: Floats, place: Place) -> Patch:
    """What the window of a convolution or a pooling covers of its source."""
    kernel = layer.kernel
    top, left = [reading.window_start(place[axis], source.shape[axis], kernel, layer.stride) for axis in (0, 1)]
    rows, columns = np.arange(top, top + kernel), np.arange(left, left + kernel)
    height, width = source.shape[:2]
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    values = source[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)].astype(np.float64)
    return Patch(values * inside[:, :, None], inside, (top, left))


def _summed(
    layer: Layer, kind: str, patch: Patch, kernel: npt.NDArray[Any], bias: float | None, sentence: str
) -> PixelStep:
    """A patch times a kernel of the same shape, plus a bias; `sentence` begins what is told."""
    product = float((patch.values * kernel).sum())
    label = "dot product" if patch.inside.size == 1 else "patch × kernel"
    terms: tuple[tuple[str, float], ...] = ((label, product),)
    told = f"{sentence} gives {number(product)}"
    if bias is not None:
        terms += (("bias", bias),)
        told += f"; with the bias {number(bias)} that is {number(product + bias)}"
    return PixelStep(
        layer.name,
        kind,
        f"{told}.{patch.beyond}",
        product + (bias or 0.0),
        terms,
        patch.values.astype(np.float32),
        kernel.astype(np.float32),
        patch.origin,
        layer.inputs[0],
        patch.inside,
    )


def _convolved(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    source, channel = layer.inputs[0], place[2]
    patch = _covered(layer, maps[source], place)
    kernel, bias = weights[0][:, :, :, channel], float(weights[1][channel]) if layer.bias else None
    side, channels = layer.kernel, kernel.shape[2]
    if side == 1:
        sentence = f"1×1 convolution: the dot product of the {channels} channels of {source} here with the kernel"
    else:
        sentence = f"{side}×{side} convolution over {channels} channels of {source}: patch times kernel, summed,"
    return [_summed(layer, layer.kind, patch, kernel, bias, sentence)]


def _separable(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    depthwise, pointwise = weights[0][:, :, :, 0], weights[1][:, :, :, place[2]]
    source = layer.inputs[0]
    patch = _covered(layer, maps[source], place)
    each = (patch.values * depthwise).sum(axis=(0, 1))
    strongest = int(np.abs(each * pointwise[0, 0]).argmax())
    own = slice(strongest, strongest + 1)
    side, channels = layer.kernel, len(each)
    first = _summed(
        layer,
        "depthwise",
        Patch(patch.values[:, :, own], patch.inside, patch.origin),
        depthwise[:, :, own],
        None,
        f"Depthwise half: each of the {channels} channels of {source} by itself. Channel {strongest}, which weighs "
        f"most in the sum that follows: its {side}×{side} patch times its kernel, summed,",
    )
    mixed = Patch(each[None, None], np.ones((1, 1), np.bool_), place[:2])
    bias = float(weights[2][place[2]]) if layer.bias else None
    sentence = f"Pointwise half: the dot product of the {channels} depthwise values with the kernel"
    return [
        PixelStep(**{**vars(first), "channel": strongest}),
        _summed(layer, "pointwise", mixed, pointwise, bias, sentence),
    ]


def _transposed(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    source, channel = layer.inputs[0], place[2]
    bias = float(weights[1][channel]) if layer.bias else None
    rows, columns = [
        reading.painters(place[axis], maps[source].shape[axis], layer.kernel, layer.stride) for axis in (0, 1)
    ]
    if not rows or not columns:
        value = bias or 0.0
        sentence = f"No position of {source} paints this value: it is the bias alone, {number(value)}."
        return [PixelStep(layer.name, layer.kind, sentence, value, (("bias", value),), source=source)]
    (y, ky), (x, kx) = [tuple(np.array(axis).T) for axis in (rows, columns)]
    kernel = weights[0][ky[:, None], kx, channel]
    values = maps[source][y[:, None], x].astype(np.float64)
    patch = Patch(values, np.ones(values.shape[:2], np.bool_), (int(y[0]), int(x[0])))
    painting = "1 position" if patch.inside.size == 1 else f"{patch.inside.size} positions"
    verb = "paints" if patch.inside.size == 1 else "paint"
    sentence = (
        f"Transposed {layer.kernel}×{layer.kernel} convolution, ×{layer.stride}: {painting} of {source} {verb} this "
        f"value; all {values.shape[2]} channels there times the kernel's weights for it, summed,"
    )
    return [_summed(layer, layer.kind, patch, kernel, bias, sentence)]


def _pooled(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    source, channel = layer.inputs[0], place[2]
    patch = _covered(layer, maps[source][:, :, channel : channel + 1], place)
    values, inside = patch.values[:, :, 0], patch.inside
    shares = np.zeros(inside.shape)
    side = f"{layer.kernel}×{layer.kernel}"
    if layer.kind == "max_pool":
        shares.flat[np.where(inside, values, -np.inf).argmax()] = 1
        told, label = f"The largest value of the {side} window in {source}", "maximum"
    else:
        shares[inside] = 1 / inside.sum()
        told, label = f"The mean of the {inside.sum()} values of the {side} window in {source}", "mean"
    return [_shared(layer, patch, shares, channel, told, label)]


def _interpolated(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    source, channel = layer.inputs[0], place[2]
    size, factor = maps[source].shape, layer.stride
    spans = [_SPANS[layer.kind](place[axis], size[axis], factor) for axis in (0, 1)]
    (top, rows), (left, columns) = spans
    own = maps[source][top : top + len(rows), left : left + len(columns), channel : channel + 1].astype(np.float64)
    patch = Patch(own, np.ones(own.shape[:2], np.bool_), (top, left))
    count = own.size
    told = f"The value of {source} that is repeated here" if count == 1 else f"{count} values of {source}, by nearness"
    return [_shared(layer, patch, np.outer(rows, columns), channel, told, "interpolation")]


_SPANS: dict[str, Callable[[int, int, int], reading.Span]] = {
    "nearest": lambda position, _, factor: reading.nearest(position, factor),
    "bilinear": reading.bilinear,
    "bilinear-tf1": reading.bilinear_tf1,
}


def _shared(layer: Layer, patch: Patch, shares: Doubles, channel: int, told: str, label: str) -> PixelStep:
    """A step that takes a share of every position of one channel."""
    value = float((patch.values[:, :, 0] * shares).sum())
    return PixelStep(
        layer.name,
        layer.kind,
        f"{told}: {number(value)}.{patch.beyond}",
        value,
        ((label, value),),
        patch.values.astype(np.float32),
        shares[:, :, None].astype(np.float32),
        patch.origin,
        layer.inputs[0],
        patch.inside,
        channel,
    )


def _joined(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    ends = list(accumulate(maps[name].shape[2] for name in layer.inputs))
    which = next(i for i, end in enumerate(ends) if place[2] < end)
    source, channel = layer.inputs[which], place[2] - (ends[which - 1] if which else 0)
    value = float(maps[source][(*place[:2], channel)])
    side = "upsampled half" if which == 0 else "skip's half"
    sentence = f"From the {side}: channel {channel} of {source}, unchanged, {number(value)}."
    terms = ((f"channel {channel} of {source}", value),)
    where = place[:2]
    return [PixelStep(layer.name, layer.kind, sentence, value, terms, origin=where, source=source, channel=channel)]


def _added(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    terms = tuple((name, float(maps[name][place])) for name in layer.inputs)
    value = sum(term for _, term in terms)
    sum_of = " + ".join(f"{number(term)} ({name})" for name, term in terms)
    sentence = f"Sum: {sum_of} = {number(value)}."
    where, source, channel = place[:2], layer.inputs[0], place[2]
    return [PixelStep(layer.name, layer.kind, sentence, value, terms, origin=where, source=source, channel=channel)]


def _gated(layer: Layer, weights: Given, maps: Maps, place: Place) -> list[PixelStep]:
    skip, gate = layer.inputs
    value, share = float(maps[skip][place]), float(maps[gate][(*place[:2], 0)])
    sentence = (
        f"The gate lets {number(share)} of the skip through here: {number(value)} ({skip}) × {number(share)} = "
        f"{number(value * share)}."
    )
    terms = ((f"{skip} × {gate}", value * share),)
    where, channel = place[:2], place[2]
    return [
        PixelStep(layer.name, layer.kind, sentence, value * share, terms, origin=where, source=skip, channel=channel)
    ]


_READERS: dict[str, Callable[[Layer, Given, Maps, Place], list[PixelStep]]] = {
    "input": _input,
    "conv": _convolved,
    "separable": _separable,
    "transposed": _transposed,
    "max_pool": _pooled,
    "average_pool": _pooled,
    "nearest": _interpolated,
    "bilinear": _interpolated,
    "bilinear-tf1": _interpolated,
    "concat": _joined,
    "add": _added,
    "multiply": _gated,
}
