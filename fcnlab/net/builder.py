"""From the network on paper to the network in Keras."""

import re
from typing import Any

import keras
from keras import layers

from fcnlab.arch import Layer, NetSpec, expand, require_valid
from fcnlab.net.layers import BatchNormalization, BilinearUpsamplingTF1


def build(spec: NetSpec, seed: int | None = None) -> keras.Model:
    """Build a network.

    Args:
        spec: The network on paper.
        seed: Of the initial weights; None draws them anew each time.

    Returns:
        A functional model from images float32 [N, H, W, C] in [-1, 1] to class probabilities float32
        [N, H, W, classes]. Every layer bears the name it has on paper.

    Raises:
        SpecError: The network has errors.
    """
    require_valid(spec)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    graph = expand(spec)
    tensors: dict[str, Any] = {}
    for layer in graph.layers:
        if layer.kind == "input":
            tensors[layer.name] = keras.Input(layer.shape, name=layer.name)
            continue
        sources = [tensors[name] for name in layer.inputs]
        tensors[layer.name] = _keras_layer(layer, spec)(sources if len(sources) > 1 else sources[0])
    first, last = graph.layers[0].name, graph.layers[-1].name
    name = re.sub(r"[^A-Za-z0-9_.\-]", "_", spec.name)
    return keras.Model(tensors[first], tensors[last], name=name)


def scores_model(model: keras.Model) -> keras.Model:
    """The same network, same weights, without its last activation: its outputs are class scores (logits)."""
    return keras.Model(model.input, model.layers[-1].input, name=f"{model.name}_scores")


def _keras_layer(layer: Layer, spec: NetSpec) -> keras.layers.Layer:
    window = {
        "filters": layer.shape[2],
        "kernel_size": layer.kernel,
        "strides": layer.stride,
        "padding": "same",
        "use_bias": layer.bias,
        "name": layer.name,
    }
    pool = {"pool_size": layer.stride, "padding": "same", "name": layer.name}
    match layer.kind:
        case "conv":
            return layers.Conv2D(**window)
        case "separable":
            return layers.SeparableConv2D(**window)
        case "transposed":
            return layers.Conv2DTranspose(**window)
        case "norm":
            return BatchNormalization(momentum=spec.norm_momentum, epsilon=spec.norm_epsilon, name=layer.name)
        case "activation":
            return layers.Activation(layer.function, name=layer.name)
        case "max_pool":
            return layers.MaxPooling2D(**pool)
        case "average_pool":
            return layers.AveragePooling2D(**pool)
        case "bilinear-tf1":
            return BilinearUpsamplingTF1(layer.stride, name=layer.name)
        case _:
            return _weightless(layer)


def _weightless(layer: Layer) -> keras.layers.Layer:
    match layer.kind:
        case "nearest" | "bilinear":
            return layers.UpSampling2D(layer.stride, interpolation=layer.kind, name=layer.name)
        case "concat":
            return layers.Concatenate(name=layer.name)
        case "add":
            return layers.Add(name=layer.name)
        case "multiply":
            return layers.Multiply(name=layer.name)
    raise AssertionError(f"no Keras layer for {layer.kind}")
