"""A foreign network in Keras, layer by layer, from what was understood of it."""

from typing import Any

import keras
from keras import layers

from fcnlab.arch.foreign import ForeignLayer, ForeignNet
from fcnlab.net.foreign.weights import Weights
from fcnlab.net.layers import BatchNormalization, BilinearUpsamplingTF1

_PLAIN: dict[str, Any] = {
    "Conv2D": layers.Conv2D,
    "SeparableConv2D": layers.SeparableConv2D,
    "DepthwiseConv2D": layers.DepthwiseConv2D,
    "Conv2DTranspose": layers.Conv2DTranspose,
    "BatchNormalization": layers.BatchNormalization,
    "Activation": layers.Activation,
    "ReLU": layers.ReLU,
    "LeakyReLU": layers.LeakyReLU,
    "ELU": layers.ELU,
    "Softmax": layers.Softmax,
    "MaxPooling2D": layers.MaxPooling2D,
    "AveragePooling2D": layers.AveragePooling2D,
    "GlobalAveragePooling2D": layers.GlobalAveragePooling2D,
    "GlobalMaxPooling2D": layers.GlobalMaxPooling2D,
    "ZeroPadding2D": layers.ZeroPadding2D,
    "Cropping2D": layers.Cropping2D,
    "Concatenate": layers.Concatenate,
    "Add": layers.Add,
    "Multiply": layers.Multiply,
    "Average": layers.Average,
    "Maximum": layers.Maximum,
    "Minimum": layers.Minimum,
    "Subtract": layers.Subtract,
    "Identity": layers.Identity,
    "Flatten": layers.Flatten,
    "Dense": layers.Dense,
    "Reshape": layers.Reshape,
    "Rescaling": layers.Rescaling,
}
"""The only classes that are ever made for a foreign network; the settings are those of its vocabulary."""


def rebuild(net: ForeignNet) -> keras.Model:
    """Build a foreign network as it is, with weights drawn at random.

    Returns:
        A functional model from images float32 [N, H, W, C] in [-1, 1] to the network's output; every layer bears
        the name it has in `net`.
    """
    tensors: dict[str, Any] = {}
    for layer in net.layers:
        if layer.kind == "InputLayer":
            tensors[layer.name] = keras.Input(net.shapes[layer.name], name=layer.name)
            continue
        sources = [tensors[name] for name in layer.inputs]
        tensors[layer.name] = _keras_layer(layer)(sources if len(sources) > 1 else sources[0])
    return keras.Model(tensors[net.layers[0].name], tensors[net.layers[-1].name])


def put_weights(net: ForeignNet, model: keras.Model, weights: Weights) -> None:
    """Set the weights of a rebuilt network."""
    for layer in net.layers:
        if layer.name in weights:
            # Roles are kept in the order of Keras 3: `fcnlab.arch.foreign.shapes.weight_shapes`.
            model.get_layer(layer.name).set_weights(list(_in_order(layer, weights[layer.name])))


def _in_order(layer: ForeignLayer, weights: dict[str, Any]) -> list[Any]:
    order = (
        "depthwise_kernel",
        "pointwise_kernel",
        "kernel",
        "bias",
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
    )
    return [weights[role] for role in order if role in weights]


def _keras_layer(layer: ForeignLayer) -> keras.layers.Layer:
    config = layer.config
    if layer.kind == "BatchNormalization" and config["scale"] and config["center"]:
        return BatchNormalization(**_arguments(config), name=layer.name)  # the same, and faster
    if layer.kind != "UpSampling2D":
        return _PLAIN[layer.kind](**_arguments(config), name=layer.name)
    if config["interpolation"] == "bilinear-tf1":
        return BilinearUpsamplingTF1(config["size"][0], name=layer.name)
    return layers.UpSampling2D(tuple(config["size"]), interpolation=config["interpolation"], name=layer.name)


def _arguments(config: dict[str, Any]) -> dict[str, Any]:
    """The settings as Keras takes them: tuples for lists."""

    def tuples(value: Any) -> Any:
        return tuple(tuples(part) for part in value) if isinstance(value, list) else value

    return {key: tuples(value) for key, value in config.items()}
