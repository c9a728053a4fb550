"""The layers of others that can be read: every class with the settings that matter, under one vocabulary.

A setting that is not in the table must have a value that says nothing (none, false, zero), or be one of those that
do not change what the network computes; else the layer is not understood. So nothing that matters is passed over.
"""

import re
from typing import Any

from fcnlab.arch.foreign.fields import (
    REQUIRED,
    Field,
    LayerError,
    activation,
    choice,
    edges,
    flag,
    maybe,
    only,
    pair,
    real,
    shown,
    sides,
    whole,
)

_PADDING = Field(choice("same", "valid"), "valid", ("border_mode",))
_CHANNELS_LAST = Field(only("channels_last", "tf", None), "channels_last", ("dim_ordering",))
_WINDOW = {
    "kernel_size": Field(pair(high=64), REQUIRED),
    "strides": Field(pair(high=64), [1, 1], ("subsample",)),
    "padding": _PADDING,
    "activation": Field(activation, "linear"),
    "use_bias": Field(flag, True, ("bias",)),
    "data_format": _CHANNELS_LAST,
}
_DILATED = {**_WINDOW, "dilation_rate": Field(pair(high=64), [1, 1], ("atrous_rate",))}
_FILTERS = {"filters": Field(whole(), REQUIRED, ("nb_filter",))}
_MULTIPLIER = {"depth_multiplier": Field(whole(high=64), 1)}
_POOL = {
    "pool_size": Field(pair(high=64), [2, 2]),
    "strides": Field(maybe(pair(high=64)), None),
    "padding": _PADDING,
    "data_format": _CHANNELS_LAST,
}
_GLOBAL_POOL = {"keepdims": Field(flag, False), "data_format": _CHANNELS_LAST}
_LAST_AXIS = Field(only(-1, 3, [3], [-1]), -1, ("concat_axis",))

FIELDS: dict[str, dict[str, Field]] = {
    "InputLayer": {},
    "Conv2D": {**_FILTERS, **_DILATED, "groups": Field(whole(), 1)},
    "SeparableConv2D": {**_FILTERS, **_DILATED, **_MULTIPLIER},
    "DepthwiseConv2D": {**_DILATED, **_MULTIPLIER},
    "Conv2DTranspose": {**_FILTERS, **_WINDOW, "dilation_rate": Field(only([1, 1], 1), [1, 1])},
    "BatchNormalization": {
        "axis": _LAST_AXIS,
        "momentum": Field(real(0, 1), 0.99),
        "epsilon": Field(real(1e-12, 1), 1e-3),
        "center": Field(flag, True),
        "scale": Field(flag, True),
        "mode": Field(only(0, 2), 0),
    },
    "Activation": {"activation": Field(activation, REQUIRED)},
    "ReLU": {
        "max_value": Field(maybe(real(0, 1e6)), None),
        "negative_slope": Field(real(0, 1e6), 0.0),
        "threshold": Field(real(-1e6, 1e6), 0.0),
    },
    "LeakyReLU": {"negative_slope": Field(real(0, 1e6), 0.3, ("alpha",))},
    "ELU": {"alpha": Field(real(0, 1e6), 1.0)},
    "Softmax": {"axis": Field(only(-1, 3), -1)},
    "MaxPooling2D": _POOL,
    "AveragePooling2D": _POOL,
    "GlobalAveragePooling2D": _GLOBAL_POOL,
    "GlobalMaxPooling2D": _GLOBAL_POOL,
    "UpSampling2D": {
        "size": Field(pair(high=64), [2, 2]),
        "interpolation": Field(choice("nearest", "bilinear", "bilinear-tf1"), "nearest"),
        "data_format": _CHANNELS_LAST,
    },
    "ZeroPadding2D": {"padding": Field(edges, [[1, 1], [1, 1]]), "data_format": _CHANNELS_LAST},
    "Cropping2D": {"cropping": Field(edges, [[0, 0], [0, 0]]), "data_format": _CHANNELS_LAST},
    "Concatenate": {"axis": _LAST_AXIS},
    **{name: {} for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")},
    "Identity": {},
    "Flatten": {"data_format": _CHANNELS_LAST},
    "Dense": {
        "units": Field(whole(), REQUIRED, ("output_dim",)),
        "activation": Field(activation, "linear"),
        "use_bias": Field(flag, True, ("bias",)),
    },
    "Reshape": {"target_shape": Field(sides, REQUIRED)},
    "Rescaling": {"scale": Field(real(-1e6, 1e6), REQUIRED), "offset": Field(real(-1e6, 1e6), 0.0)},
}
"""Settings by class; the classes' names are those of Keras 3."""

_NAMES = {
    "Convolution2D": "Conv2D",
    "AtrousConvolution2D": "Conv2D",
    "AtrousConv2D": "Conv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "SeparableConv2DKeras": "SeparableConv2D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconv2D": "Conv2DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "BilinearUpSampling2D": "UpSampling2D",
    "BilinearUpsamplingTF1": "UpSampling2D",
}
_IDENTITIES = {"Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"}
_IDENTITIES |= {"ActivityRegularization", "Identity"}
"""They change nothing but during training."""

_TF1_GRID = {"BilinearUpSampling2D", "BilinearUpsamplingTF1"}
_MODES = {"concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}

_SAY_NOTHING = {"name", "trainable", "dtype", "batch_input_shape", "batch_shape", "input_dtype", "autocast", "seed"}
_SAY_NOTHING |= {
    "init",
    "beta_init",
    "gamma_init",
    "W_learning_rate_multiplier",
    "fused",
    "synchronized",
    "output_shape",
}
_SAY_NOTHING |= {"renorm_momentum", "input_shape", "input_dim", "mode_type", "dot_axes", "output_shape_type"}
_SAY_NOTHING |= {
    "concat_axis",
    "node_indices",
    "tensor_indices",
    "output_mask_type",
    "supports_masking",
    "nb_row",
    "nb_col",
    "mode",
}


def clean(class_name: Any, config: Any, version: str) -> tuple[str, dict[str, Any]]:
    """A layer's class and settings under the names of Keras 3.

    Args:
        class_name: As the file has it, e.g. "Convolution2D".
        config: As the file has it.
        version: Of the Keras that wrote it, "" where the file does not say.

    Returns:
        The class's name and all of its settings.

    Raises:
        LayerError: It is not understood; the text goes on after the layer's name.
    """
    if not isinstance(class_name, str) or not isinstance(config, dict):
        raise LayerError("is described in no way that Keras uses")
    name = re.sub(r"^(fcnlab|Custom|Addons|keras)>", "", class_name)
    if "lambda" in name.lower():
        raise LayerError(f"a {shown(class_name)[1:-1]} layer holds code, which is never run")
    if name in _IDENTITIES:
        return "Identity", {}
    if name == "Merge":
        name = _merge(config)
    kind = _NAMES.get(name, name)
    if kind not in FIELDS:
        raise LayerError(f"a layer of the class {shown(class_name)} is not known here")
    settings = dict(config)
    if "kernel_size" in FIELDS[kind] and "nb_row" in settings:  # Keras 1
        settings["kernel_size"] = [settings["nb_row"], settings.get("nb_col")]
    if name in _TF1_GRID:
        settings.setdefault("size", settings.pop("factor", [2, 2]))
        settings["interpolation"] = "bilinear-tf1"
    elif kind == "UpSampling2D" and settings.get("interpolation") == "bilinear" and _on_old_grid(version):
        settings["interpolation"] = "bilinear-tf1"
    found = _settings(kind, settings)
    if found.get("interpolation") == "bilinear-tf1" and found["size"][0] != found["size"][1]:
        raise LayerError(f"its size is {shown(found['size'])}; on TensorFlow 1's grid both sides grow alike")
    return kind, found


def _settings(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    table = FIELDS[kind]
    found: dict[str, Any] = {}
    known = set(_SAY_NOTHING)
    for key, field in table.items():
        names = [name for name in (key, *field.older) if name in given]
        known.update((key, *field.older))
        value = given[names[0]] if names else field.default
        if value is REQUIRED:
            raise LayerError(f"its {key} is missing")
        try:
            found[key] = value if not names else field.read(value)
        except LayerError as problem:
            raise LayerError(f"its {key} {problem}") from None
    for key, value in given.items():
        if key not in known and not re.search(r"(initializer|regularizer|constraint)$", key) and value:
            raise LayerError(f"its setting {shown(key)} ({shown(value)}) is not known here")
    return {key: value for key, value in found.items() if key not in ("data_format", "mode")}


def _merge(config: dict[str, Any]) -> str:
    """The class of Keras 2 that a Merge of Keras 1 is."""
    mode = config.get("mode")
    if config.get("mode_type", "raw") != "raw":
        raise LayerError("a Merge with a lambda holds code, which is never run")
    if not isinstance(mode, str) or mode not in _MODES:
        raise LayerError(f"a Merge with the mode {shown(mode)} is not known here")
    return _MODES[mode]


def _on_old_grid(version: str) -> bool:
    """Whether that Keras interpolated on TensorFlow 1's grid: alone up to 2.3, within TensorFlow up to 2.2.3."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    if not numbers:
        return False
    return numbers < (2, 2, 4) if "tf" in version else numbers < (2, 4)
