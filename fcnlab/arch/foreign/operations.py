"""A foreign network in single operations, as the lab counts them: what a layer does besides is taken apart.

An activation inside a convolution becomes an operation of its own, what does nothing at inference goes, and zero
padding before a `valid` convolution becomes the `same` padding that it is.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from fcnlab.arch.foreign.fields import LayerError
from fcnlab.arch.foreign.layers import ForeignLayer, ForeignNet
from fcnlab.arch.foreign.shapes import reduced
from fcnlab.arch.spec import Activation

ACTIVATIONS = {function.value for function in Activation} - {"none"}
ENDS = {"softmax", "sigmoid"}


class Operation(NamedTuple):
    """One operation.

    Attributes:
        kind: As in `fcnlab.arch.graph.Layer`.
        layer: The foreign layer that it is, or is a part of.
        inputs: The operations that it reads, by their number.
        channels: Of its output.
        kernel, stride, bias, function: As in `fcnlab.arch.graph.Layer`.
        epsilon: Of a batch norm.
    """

    kind: str
    layer: str
    inputs: tuple[int, ...]
    channels: int
    kernel: int = 0
    stride: int = 1
    bias: bool = False
    function: str = ""
    epsilon: float = 0.0


class Operations:
    """The operations of a network, each reading only those before it.

    Attributes:
        all: The operations.
        problems: A sentence for every layer that the lab's networks cannot express.
    """

    def __init__(self, net: ForeignNet) -> None:
        self.all: list[Operation] = []
        self.problems: list[str] = []
        self._net = net
        self._ends: dict[str, int] = {}  # the last operation of each layer
        self._padded: dict[str, tuple[ForeignLayer, bool]] = {}  # layers whose output is zero padding; was it used?
        for layer in net.layers:
            try:
                self._take(layer)
            except LayerError as problem:
                self.problems.append(f"{layer.name}: {problem}.")
                self._add(layer, "unknown")
        for layer, used in self._padded.values():
            if not used:
                self.problems.append(f"{layer.name}: zero padding that belongs to no convolution.")

    def _add(self, layer: ForeignLayer, kind: str, after: int | None = None, **options: Any) -> int:
        sources = (after,) if after is not None else tuple(self._ends[name] for name in layer.inputs)
        shape = self._net.shapes[layer.name]
        self.all.append(Operation(kind, layer.name, sources, shape[-1], **options))
        self._ends[layer.name] = len(self.all) - 1
        return len(self.all) - 1

    def _take(self, layer: ForeignLayer) -> None:
        for source in layer.inputs:
            if source in self._padded and layer.kind != "Conv2D":
                raise LayerError("zero padding before it is read only before a convolution")
        take = self._takers.get(layer.kind)
        if take is None:
            raise LayerError(f"the lab's networks have no {layer.kind} layer")
        take(layer)

    @property
    def _takers(self) -> dict[str, Callable[[ForeignLayer], Any]]:
        """What is done with each kind of layer."""
        return {
            "InputLayer": lambda layer: self._add(layer, "input"),
            "Identity": self._pass,
            **dict.fromkeys(("Conv2D", "SeparableConv2D"), self._convolution),
            "Conv2DTranspose": self._transposed,
            "BatchNormalization": lambda layer: self._add(layer, "norm", epsilon=layer.config["epsilon"]),
            **dict.fromkeys(("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax"), self._activation_layer),
            **dict.fromkeys(("MaxPooling2D", "AveragePooling2D"), self._pool),
            "UpSampling2D": self._upsampling,
            **dict.fromkeys(("Concatenate", "Add", "Multiply"), self._merge),
            "ZeroPadding2D": self._padding,
            "Rescaling": self._rescaling,
        }

    def _pass(self, layer: ForeignLayer) -> None:
        """The layer changes nothing: whoever reads it reads what it reads."""
        self._ends[layer.name] = self._ends[layer.inputs[0]]

    def _padding(self, layer: ForeignLayer) -> None:
        self._pass(layer)
        self._padded[layer.name] = (layer, False)

    def _upsampling(self, layer: ForeignLayer) -> None:
        self._add(layer, layer.config["interpolation"], stride=_square("factor", layer.config["size"]))

    def _activation_layer(self, layer: ForeignLayer) -> None:
        self._activation(layer, _function(layer))

    def _merge(self, layer: ForeignLayer) -> None:
        if len(layer.inputs) != 2:
            raise LayerError(f"it joins {len(layer.inputs)} tensors; a decoder stage joins two")
        if len({self._net.shapes[name] for name in layer.inputs}) > 1 and layer.kind == "Add":
            raise LayerError("it adds tensors of different shapes")
        self._add(layer, {"Concatenate": "concat", "Add": "add", "Multiply": "multiply"}[layer.kind])

    def _convolution(self, layer: ForeignLayer) -> None:
        config = layer.config
        if config["dilation_rate"] != [1, 1]:
            raise LayerError("a dilated convolution")
        if config.get("groups", 1) != 1 or config.get("depth_multiplier", 1) != 1:
            raise LayerError("a convolution in groups or with a depth multiplier")
        kernel, stride = _square("kernel", config["kernel_size"]), _square("stride", config["strides"])
        self._require_same_padding(layer, kernel, stride)
        kind = "conv" if layer.kind == "Conv2D" else "separable"
        self._add(layer, kind, kernel=kernel, stride=stride, bias=config["use_bias"])
        self._activation(layer, config["activation"], inside=True)

    def _require_same_padding(self, layer: ForeignLayer, kernel: int, stride: int) -> None:
        """Refuse a padding that is not exactly TensorFlow's `same`: (out − 1)·stride + kernel − in, the half before."""
        source = layer.inputs[0]
        padded = self._padded.get(source)
        same = layer.config["padding"] == "same"
        if padded is None and same:
            return
        if padded is not None:
            self._padded[source] = (padded[0], True)
            if same:
                raise LayerError("zero padding before a padding of its own")
        edges = padded[0].config["padding"] if padded else [[0, 0], [0, 0]]
        for axis in (0, 1):
            whole = self._net.shapes[source][axis]
            size = whole - sum(edges[axis])
            before = max((-(-size // stride) - 1) * stride + kernel - size, 0) // 2
            fits = edges[axis][0] == before and reduced(whole, kernel, stride, "valid") == -(-size // stride)
            if not fits:
                raise LayerError(
                    f"a {kernel}×{kernel} convolution without `same` padding, which cuts the picture's edge off"
                )

    def _transposed(self, layer: ForeignLayer) -> None:
        config = layer.config
        kernel, stride = _square("kernel", config["kernel_size"]), _square("stride", config["strides"])
        if config["padding"] == "valid" and kernel != stride:
            raise LayerError(
                "a transposed convolution without `same` padding, whose output is larger than its stride says"
            )
        self._add(layer, "transposed", kernel=kernel, stride=stride, bias=config["use_bias"])
        self._activation(layer, config["activation"], inside=True)

    def _pool(self, layer: ForeignLayer) -> None:
        config = layer.config
        window = _square("window", config["pool_size"])
        stride = _square("stride", config["strides"] or config["pool_size"])
        if window != stride:
            raise LayerError(
                f"pooling over {window}×{window} pixels with a stride of {stride}; the lab's windows touch"
            )
        if config["padding"] == "valid" and any(side % stride for side in self._net.shapes[layer.inputs[0]][:2]):
            raise LayerError("pooling that cuts the picture's edge off")
        self._add(layer, "max_pool" if layer.kind == "MaxPooling2D" else "average_pool", kernel=window, stride=stride)

    def _activation(self, layer: ForeignLayer, function: str, *, inside: bool = False) -> None:
        after = self._ends[layer.name] if inside else None
        if function == "linear":
            if not inside:
                self._pass(layer)
            return
        if function not in ACTIVATIONS | ENDS:
            raise LayerError(f"the lab's networks have no activation {function!r}")
        self._add(layer, "activation", after, function=function)

    def _rescaling(self, layer: ForeignLayer) -> None:
        """The lab gives a network pictures from −1 to 1; one that asks for 0 to 255 first brings them there itself."""
        scale, offset = layer.config["scale"], layer.config["offset"]
        first = self._net.layers[0].name
        if layer.inputs != (first,) or abs(scale - 1) > 1e-6 or abs(offset) > 1e-6:
            raise LayerError(
                "it does not bring pictures to the range from −1 to 1, in which the lab's networks take them"
            )
        self._ends[layer.name] = self._ends[first]


def _square(what: str, sides: list[int]) -> int:
    if sides[0] != sides[1]:
        raise LayerError(f"its {what} is {sides[0]}×{sides[1]}, not square")
    return sides[0]


def _function(layer: ForeignLayer) -> str:
    """The activation that a layer is, where the lab has exactly that one."""
    config = layer.config
    match layer.kind:
        case "Activation":
            function: str = config["activation"]
            return function
        case "Softmax":
            return "softmax"
        case "ReLU":
            plain = config["max_value"] is None and config["negative_slope"] == 0 and config["threshold"] == 0
            return "relu" if plain else "ReLU with a limit, slope or threshold"
        case "LeakyReLU":
            slope = config["negative_slope"]
            return "leaky_relu" if abs(slope - 0.2) < 1e-9 else f"LeakyReLU of slope {slope:g} (0.2 is known)"
        case _:
            return "elu" if config["alpha"] == 1 else f"ELU of alpha {config['alpha']:g} (1 is known)"
