"""The arithmetic of one value in the layers that look at no neighbours: batch norm and activations. NumPy alone."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fcnlab.arch import Layer
from fcnlab.net.inside.steps import Floats, PixelStep, Place, number


def normalised(layer: Layer, weights: Sequence[npt.NDArray[Any]], epsilon: float, x: float, place: Place) -> PixelStep:
    """Batch norm with the running statistics; `weights` are γ, β, mean and variance."""
    gamma, beta, mean, variance = [float(values[place[2]]) for values in weights]
    scaled = (x - mean) / math.sqrt(variance + epsilon) * gamma
    value = scaled + beta
    sentence = (
        f"Batch norm: ({number(x)} − {_bracketed(mean)}) ÷ √({number(variance)} + {number(epsilon)}) × "
        f"{_bracketed(gamma)} = {number(scaled)}; with β {number(beta)} that is {number(value)}."
    )
    terms = (("(x − mean) ÷ √(variance + ε) × γ", scaled), ("β", beta))
    return _of_one_value(layer, sentence, value, terms, place)


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


FUNCTIONS: dict[str, tuple[str, str, Callable[[float], float]]] = {
    "relu": ("ReLU", "keeps what is above 0 and makes the rest 0", lambda x: max(x, 0.0)),
    "leaky_relu": ("Leaky ReLU", "keeps what is above 0 and a fifth of the rest", lambda x: x if x > 0 else 0.2 * x),
    "elu": ("ELU", "keeps what is above 0 and makes the rest e^x − 1", lambda x: x if x > 0 else math.expm1(x)),
    "gelu": ("GELU", "is x times the normal distribution's Φ(x)", lambda x: x * math.erfc(-x / math.sqrt(2)) / 2),
    "silu": ("SiLU", "is x ÷ (1 + e^−x)", lambda x: x * _sigmoid(x)),
    "sigmoid": ("Sigmoid", "is 1 ÷ (1 + e^−x)", lambda x: _sigmoid(x)),
}
"""An activation's name, what it does in words, and the same as Keras computes it."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def activated(layer: Layer, x: float, place: Place) -> PixelStep:
    """An activation that looks at one value, `x`."""
    title, words, function = FUNCTIONS[layer.function]
    value = function(x)
    sentence = f"{title} {words}: {number(x)} becomes {number(value)}."
    return _of_one_value(layer, sentence, value, ((title, value),), place)


def _of_one_value(
    layer: Layer, sentence: str, value: float, terms: tuple[tuple[str, float], ...], place: Place
) -> PixelStep:
    source, where, channel = layer.inputs[0], place[:2], place[2]
    return PixelStep(layer.name, layer.kind, sentence, value, terms, origin=where, source=source, channel=channel)


def softmax(layer: Layer, maps: Mapping[str, Floats], place: Place) -> PixelStep:
    """A softmax over the class scores [H, W, K] of the layer before."""
    y, x, channel = place
    scores = maps[layer.inputs[0]][y, x].astype(np.float64)
    powers = np.exp(scores - scores.max())
    value = float(powers[channel] / powers.sum())
    told = " + ".join(f"e^{_bracketed(float(score))}" for score in scores)
    sentence = f"Softmax: e^{_bracketed(float(scores[channel]))} ÷ ({told}) = {number(value)}."
    patch = scores[None, None].astype(np.float32)
    inside = np.ones((1, 1), np.bool_)
    terms = (("softmax", value),)
    return PixelStep(layer.name, layer.kind, sentence, value, terms, patch, None, (y, x), layer.inputs[0], inside)
