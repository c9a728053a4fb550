"""Shapes, weights and cost of a foreign network, before anything of it is built."""

from math import prod
from typing import Any, Final

from fcnlab.arch.foreign.fields import LayerError
from fcnlab.arch.foreign.layers import ForeignLayer, ForeignNet
from fcnlab.errors import SpecError

MAX_WEIGHTS: Final = 60_000_000
MAX_VALUES: Final = 400_000_000
"""Values of all layers' outputs for one picture: 1.6 GB."""

MAX_MACS: Final = 400_000_000_000

Shape = tuple[int, ...]
_MERGES = {"Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"}


def output_shape(layer: ForeignLayer, sources: list[Shape]) -> Shape:
    """The shape of a layer's output without the batch: [H, W, C], or [C] for vectors.

    Raises:
        LayerError: Its inputs do not go with it.
    """
    kind, config = layer.kind, layer.config
    if kind == "InputLayer":
        return tuple(config["shape"])
    if kind in _MERGES or kind == "Concatenate":
        return _merged(kind, sources)
    if len(sources) != 1:
        raise LayerError(f"it reads {len(sources)} layers")
    source = sources[0]
    if kind == "Flatten":
        return (prod(source),)
    if kind == "Dense":
        return (*source[:-1], config["units"])
    if kind == "Reshape":
        return _reshaped(config["target_shape"], source)
    if kind in ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "BatchNormalization", "Identity", "Rescaling"):
        return source
    if len(source) != 3:
        raise LayerError(f"it needs height, width and channels, and is given {list(source)}")
    if kind.startswith("Global"):
        return (1, 1, source[2]) if config["keepdims"] else (source[2],)
    return (*_sides(kind, config, source), _channels(kind, config, source[2]))


def weight_shapes(layer: ForeignLayer, source: Shape) -> dict[str, Shape]:
    """The shapes of a layer's weights by role, in the order in which Keras 3 keeps them."""
    kind, config = layer.kind, layer.config
    channels = source[-1] if source else 0
    bias = {"bias": (config.get("filters", config.get("units", 0)),)} if config.get("use_bias") else {}
    match kind:
        case "Conv2D":
            kernel = (*config["kernel_size"], channels // config["groups"], config["filters"])
            return {"kernel": kernel, **bias}
        case "Conv2DTranspose":
            return {"kernel": (*config["kernel_size"], config["filters"], channels), **bias}
        case "Dense":
            return {"kernel": (channels, config["units"]), **bias}
        case "SeparableConv2D":
            deep = channels * config["depth_multiplier"]
            depthwise = (*config["kernel_size"], channels, config["depth_multiplier"])
            return {"depthwise_kernel": depthwise, "pointwise_kernel": (1, 1, deep, config["filters"]), **bias}
        case "DepthwiseConv2D":
            multiplier = config["depth_multiplier"]
            bias = {"bias": (channels * multiplier,)} if config["use_bias"] else {}
            return {"kernel": (*config["kernel_size"], channels, multiplier), **bias}
        case "BatchNormalization":
            roles = ["gamma"] * config["scale"] + ["beta"] * config["center"] + ["moving_mean", "moving_variance"]
            return dict.fromkeys(roles, (channels,))
    return {}


def require_modest(net: ForeignNet, what: str) -> None:
    """Refuse a network that would take more memory or time than any that is inspected here.

    Raises:
        SpecError: With the number and the limit.
    """
    values = sum(prod(shape) for shape in net.shapes.values())
    weights = macs = 0
    for layer in net.layers:
        source = net.shapes[layer.inputs[0]] if layer.inputs else ()
        shapes = weight_shapes(layer, source)
        weights += sum(prod(shape) for shape in shapes.values())
        positions = source if layer.kind == "Conv2DTranspose" else net.shapes[layer.name]
        kernels = sum(prod(shape) for role, shape in shapes.items() if role.endswith("kernel"))
        macs += prod(positions[:-1]) * kernels
    for found, most, of in (
        (weights, MAX_WEIGHTS, "weights"),
        (values, MAX_VALUES, "values in its layers' outputs for one picture"),
        (macs, MAX_MACS, "multiply–adds for one picture"),
    ):
        if found > most:
            raise SpecError(
                f"{what} is too large to be looked into: {found:,} {of}, at most {most:,}.",
                "Use smaller pictures or fewer filters.",
            )


def _merged(kind: str, sources: list[Shape]) -> Shape:
    if len(sources) < 2:
        raise LayerError("it joins fewer than two layers")
    told = f"it joins tensors that do not fit: {' and '.join(str(list(source)) for source in sources)}"
    if len({len(source) for source in sources}) != 1:
        raise LayerError(told)
    if kind == "Concatenate":
        if len({source[:-1] for source in sources}) != 1:
            raise LayerError(told)
        return (*sources[0][:-1], sum(source[-1] for source in sources))
    if kind == "Subtract" and len(sources) != 2:
        raise LayerError("it subtracts more than two layers")
    largest = tuple(max(sides) for sides in zip(*sources, strict=True))
    if any(side not in (1, most) for source in sources for side, most in zip(source, largest, strict=True)):
        raise LayerError(told)  # a side of 1 is repeated: a map of one channel weighs all channels
    return largest


def _reshaped(target: list[int], source: Shape) -> Shape:
    known = prod(side for side in target if side != -1)
    open_sides = target.count(-1)
    if open_sides > 1 or (open_sides and prod(source) % known) or (not open_sides and known != prod(source)):
        raise LayerError(f"{list(source)} cannot be brought into the shape {target}")
    return tuple(prod(source) // known if side == -1 else side for side in target)


def _sides(kind: str, config: dict[str, Any], source: Shape) -> tuple[int, int]:
    """Height and width behind a layer with windows, an upsampling or a change of the edges."""
    found = []
    for axis in (0, 1):
        size = source[axis]
        if kind == "ZeroPadding2D":
            size += sum(config["padding"][axis])
        elif kind == "Cropping2D":
            size -= sum(config["cropping"][axis])
        elif kind == "UpSampling2D":
            size *= config["size"][axis]
        elif kind == "Conv2DTranspose":
            size = _enlarged(size, config["kernel_size"][axis], config["strides"][axis], config["padding"])
        else:
            window = config.get("kernel_size") or config["pool_size"]
            strides = config["strides"] or window
            reach = (window[axis] - 1) * config.get("dilation_rate", [1, 1])[axis] + 1
            size = reduced(size, reach, strides[axis], config["padding"])
        if not 1 <= size <= 65_536:
            raise LayerError(f"its output would be {size:,} pixels across")
        found.append(size)
    return found[0], found[1]


def reduced(size: int, window: int, stride: int, padding: str) -> int:
    """The side behind a window that moves by `stride` (TensorFlow's `same` and `valid`)."""
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def _enlarged(size: int, kernel: int, stride: int, padding: str) -> int:
    return size * stride if padding == "same" else size * stride + max(kernel - stride, 0)


def _channels(kind: str, config: dict[str, Any], channels: int) -> int:
    if kind == "Conv2D" and (channels % config["groups"] or config["filters"] % config["groups"]):
        raise LayerError(f"{channels} channels cannot be divided into {config['groups']} groups")
    made: int = config.get("filters", channels)
    return made * config["depth_multiplier"] if kind == "DepthwiseConv2D" else made
