"""Networks as other people's Keras writes them: .keras and .h5 files, and the JSON and HDF5 of Keras 1 and 2."""

import io
import json
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np

from fcnlab.arch.foreign import NetworkFile


def scramble(model: keras.Model, seed: int = 0) -> keras.Model:
    """Weights as a training might leave them: no two alike, variances positive."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        shape = variable.shape
        summed = shape[:2] if variable.name == "depthwise_kernel" else shape[:-1]
        fan_in = np.prod(summed) if variable.name.endswith("kernel") else 4
        spread = random.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)
        variable.assign(0.5 + np.abs(spread) if variable.name in ("gamma", "moving_variance") else spread)
    return model


def saved(model: keras.Model, ending: str) -> NetworkFile:
    """What `model.save` writes, or `model.save_weights` for ".weights.h5"."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"network{ending}"
        model.save_weights(path) if ending == ".weights.h5" else model.save(path)
        return NetworkFile(path.name, path.read_bytes())


def keras2_json(model: keras.Model, version: str = "2.15.0", twice: bool = False) -> NetworkFile:
    """The configuration as Keras 2 writes it."""
    layers = []
    for layer in model.layers:
        inputs = [tensor._keras_history.operation.name for tensor in _tensors(layer)]
        nodes = [[[name, 0, 0, {}] for name in inputs]] if inputs else []
        class_name = type(layer).__name__
        config = {key: value for key, value in layer.get_config().items() if _is_plain(value)}
        if class_name == "InputLayer":
            config = {"batch_input_shape": list(layer.batch_shape), "dtype": "float32", "sparse": False}
        if class_name == "BilinearUpsamplingTF1":
            class_name, config = "BilinearUpSampling2D", {"size": [layer.factor] * 2, "data_format": "channels_last"}
        if class_name == "SeparableConv2D":
            class_name = "SeparableConv2DKeras"
        config |= {"name": layer.name, "kernel_initializer": {"class_name": "VarianceScaling", "config": {}}}
        layers.append({"class_name": class_name, "name": layer.name, "config": config, "inbound_nodes": nodes})
    ends = {"input_layers": [[layers[0]["name"], 0, 0]], "output_layers": [[layers[-1]["name"], 0, 0]]}
    document = {
        "class_name": "Model",
        "keras_version": version,
        "config": {"name": "model_1", "layers": layers, **ends},
    }
    text = json.dumps(document)
    return NetworkFile("config.json", (json.dumps(text) if twice else text).encode())


def _tensors(layer):
    nodes = layer._inbound_nodes
    return nodes[0].input_tensors if nodes else []


def _is_plain(value):
    return isinstance(value, bool | int | float | str | list | tuple) or value is None


def keras2_weights(model: keras.Model, names: dict[str, str] | None = None) -> NetworkFile:
    """The weights as Keras 1 and 2 write them: a group a layer, in TensorFlow's order of names.

    Args:
        names: What weights are called instead, e.g. {"kernel": "W"} for Keras 1.
    """
    names = names or {}
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            paths = []
            for variable in sorted(layer.weights, key=lambda weight: weight.name):
                path = f"{layer.name}/{names.get(variable.name, variable.name)}:0"
                group.create_dataset(path, data=np.asarray(variable))
                paths.append(path.encode())
            group.attrs["weight_names"] = paths
    return NetworkFile("weights.h5", memory.getvalue())


def archive(**members: bytes) -> NetworkFile:
    """A .keras archive with members of any names; "__" stands for "." in a name."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "."), data)
    return NetworkFile("network.keras", memory.getvalue())
