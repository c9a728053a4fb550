"""The network as a graph of single layers: what a spec means, layer by layer.

This is the one place that turns stages into layers. The shape flow adds these layers up, `fcnlab.net` builds them
in Keras and the exported script spells them out, so that all three speak of the same network.
"""

from typing import Literal, NamedTuple

from fcnlab.arch import cost
from fcnlab.arch.spec import (
    INPUTS,
    OUTPUTS,
    Activation,
    Conv,
    ConvKind,
    DecoderStage,
    DownKind,
    EncoderStage,
    Merge,
    NetSpec,
    Norm,
    Order,
    Place,
    Skip,
    UpKind,
    slug,
)

Shape = tuple[int, int, int]
"""Height, width (pixels) and channels of one tensor."""

LayerKind = Literal[
    "input",
    "conv",
    "separable",
    "transposed",
    "norm",
    "activation",
    "max_pool",
    "average_pool",
    "nearest",
    "bilinear",
    "bilinear-tf1",
    "concat",
    "add",
    "multiply",
]


class Layer(NamedTuple):
    """One layer.

    Attributes:
        name: Unique in the network; begins with its stage's name.
        kind: What it computes; every windowed kind pads `same`.
        stage: Position in the shape flow: 0 is `inputs`, then the stages, then `outputs`.
        inputs: Names of the layers it reads.
        shape: Of its output.
        kernel: Side of the window; 0 for layers without one.
        stride: Step of the window, or the factor of an upsampling.
        bias: Whether a bias is added.
        function: The activation's name.
        params: Weights, trained or not.
        frozen: Those among them that no gradient trains (batch norm's running mean and variance).
        macs: Multiply–adds for one image.
    """

    name: str
    kind: LayerKind
    stage: int
    inputs: tuple[str, ...]
    shape: Shape
    kernel: int = 0
    stride: int = 1
    bias: bool = False
    function: str = ""
    params: int = 0
    frozen: int = 0
    macs: int = 0


class Graph(NamedTuple):
    """The layers in order, and what could not be connected.

    Attributes:
        layers: From the inputs to the outputs; each reads only layers before it.
        ends: For each row of the shape flow the index of its last layer.
        broken: Rows whose skip or output does not fit: their tensors keep the shape they would have without the
            skip, and their costs are not known.
    """

    layers: tuple[Layer, ...]
    ends: tuple[int, ...]
    broken: frozenset[int]


def expand(spec: NetSpec) -> Graph:
    """Turn a spec, valid or not, into single layers."""
    walk = _Walk()
    walk.add("input", INPUTS, (), (spec.input.height, spec.input.width, spec.input.channels))
    walk.end()
    taps = {INPUTS: walk.last}
    for encoder in spec.encoder:
        walk.encoder(encoder)
        taps.setdefault(encoder.name, walk.last)
        walk.end()
    for bottleneck in spec.bottleneck:
        walk.conv(slug(bottleneck.name), bottleneck.conv, 1, 1)
        walk.end()
    for decoder in spec.decoder:
        walk.decoder(decoder, taps)
        walk.end()
    walk.output(spec)
    walk.end()
    return Graph(tuple(walk.layers), tuple(walk.ends), frozenset(walk.broken))


_INTERPOLATIONS: dict[UpKind, LayerKind] = {
    UpKind.BILINEAR: "bilinear",
    UpKind.BILINEAR_TF1: "bilinear-tf1",
    UpKind.NEAREST: "nearest",
}


class _Walk:
    """The layers so far; `last` is the tensor that the next layer reads."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.ends: list[int] = []
        self.broken: set[int] = set()
        self._names: set[str] = set()
        self.last: Layer

    def end(self) -> None:
        self.ends.append(len(self.layers) - 1)

    def add(
        self,
        kind: LayerKind,
        name: str,
        inputs: tuple[Layer, ...],
        shape: Shape,
        kernel: int = 0,
        stride: int = 1,
        bias: bool = False,
        function: str = "",
        costs: cost.Cost = cost.FREE,
    ) -> Layer:
        unique, count = name, 2
        while unique in self._names:  # two stages of one name are an error that `check` tells; both keep their rows
            unique, count = f"{name}_{count}", count + 1
        self._names.add(unique)
        sources = tuple([layer.name for layer in inputs])
        layer = Layer(unique, kind, len(self.ends), sources, shape, kernel, stride, bias, function, *costs)
        self.layers.append(layer)
        self.last = layer
        return layer

    def encoder(self, stage: EncoderStage) -> None:
        prefix, down = slug(stage.name), stage.down
        strides = [1] * len(stage.convs)
        if down.kind is DownKind.STRIDE:
            strides[0 if down.place is Place.BEFORE else -1] = down.factor
        pools = down.kind in (DownKind.MAX_POOL, DownKind.AVERAGE_POOL)
        if pools and down.place is Place.BEFORE:
            self.pool(prefix, down.kind, down.factor)
        for number, (conv, stride) in enumerate(zip(stage.convs, strides, strict=True), 1):
            self.conv(prefix, conv, number, stride)
        if pools and down.place is Place.AFTER:
            self.pool(prefix, down.kind, down.factor)

    def pool(self, prefix: str, kind: DownKind, factor: int) -> None:
        height, width, channels = self.last.shape
        shape = (-(-height // factor), -(-width // factor), channels)
        layer_kind: LayerKind = "max_pool" if kind is DownKind.MAX_POOL else "average_pool"
        self.add(layer_kind, f"{prefix}_pool", (self.last,), shape, factor, factor)

    def conv(self, prefix: str, conv: Conv, number: int, stride: int) -> None:
        source = self.last
        height, width, channels = source.shape
        shape = (-(-height // stride), -(-width // stride), conv.filters)
        if conv.kind is ConvKind.SEPARABLE:
            costs = cost.separable(shape, channels, conv.kernel, conv.bias)
            kind: LayerKind = "separable"
        else:
            costs = cost.standard(shape, channels, conv.kernel, conv.bias)
            kind = "conv"
        self.add(kind, f"{prefix}_conv{number}", (source,), shape, conv.kernel, stride, conv.bias, costs=costs)
        after: list[tuple[str, Norm | Activation]] = [
            (f"{prefix}_norm{number}", conv.norm),
            (f"{prefix}_{conv.activation.value}{number}", conv.activation),
        ]
        if conv.order is Order.ACTIVATION_FIRST:
            after.reverse()
        for name, what in after:
            self.pointwise(name, what)

    def pointwise(self, name: str, what: Norm | Activation) -> None:
        """A normalisation or an activation: nothing where it is `none`."""
        if what is Norm.BATCH:
            self.add("norm", name, (self.last,), self.last.shape, costs=cost.norm(self.last.shape))
        elif isinstance(what, Activation) and what is not Activation.NONE:
            self.add("activation", name, (self.last,), self.last.shape, function=what.value)

    def decoder(self, stage: DecoderStage, taps: dict[str, Layer]) -> None:
        prefix = slug(stage.name)
        self.upsample(prefix, stage)
        if stage.skip:
            tap = taps.get(stage.skip.source)
            if tap is None or tap.shape[:2] != self.last.shape[:2]:
                self.broken.add(len(self.ends))
            else:
                self.merge(prefix, stage.skip, tap)
        for number, conv in enumerate(stage.convs, 1):
            self.conv(prefix, conv, number, 1)

    def upsample(self, prefix: str, stage: DecoderStage) -> None:
        up, source = stage.up, self.last
        if up.factor == 1:
            return
        height, width, channels = source.shape
        name = f"{prefix}_up"
        if up.kind is not UpKind.TRANSPOSED:
            shape = (height * up.factor, width * up.factor, channels)
            self.add(_INTERPOLATIONS[up.kind], name, (source,), shape, stride=up.factor)
            return
        shape = (height * up.factor, width * up.factor, up.filters)
        costs = cost.transposed(source.shape, up.filters, up.kernel, up.bias)
        self.add("transposed", name, (source,), shape, up.kernel, up.factor, up.bias, costs=costs)
        self.pointwise(f"{name}_norm", up.norm)
        self.pointwise(f"{name}_{up.activation.value}", up.activation)

    def merge(self, prefix: str, skip: Skip, tap: Layer) -> None:
        upsampled = self.last
        height, width, channels = upsampled.shape
        if skip.merge is Merge.ADD:
            if skip.project or tap.shape[2] != channels:
                tap = self.project(f"{prefix}_project", tap, channels)
            self.add("add", f"{prefix}_add", (upsampled, tap), upsampled.shape)
            return
        if skip.merge is Merge.GATE:
            tap = self.gate(f"{prefix}_gate", upsampled, tap)
        shape = (height, width, channels + tap.shape[2])
        self.add("concat", f"{prefix}_concat", (upsampled, tap), shape)

    def project(self, name: str, source: Layer, channels: int, bias: bool = True) -> Layer:
        """A 1×1 convolution and nothing after it."""
        shape = (*source.shape[:2], channels)
        costs = cost.standard(shape, source.shape[2], 1, bias)
        return self.add("conv", name, (source,), shape, 1, 1, bias, costs=costs)

    def gate(self, name: str, upsampled: Layer, tap: Layer) -> Layer:
        """Oktay et al. 2018, equation 1: α = σ(ψ(relu(W_g·g + W_x·x))), and the gated skip α·x."""
        width = max(tap.shape[2] // 2, 1)
        signal = self.project(f"{name}_signal", upsampled, width)
        key = self.project(f"{name}_key", tap, width, bias=False)
        self.add("add", f"{name}_add", (signal, key), signal.shape)
        self.add("activation", f"{name}_relu", (self.last,), signal.shape, function="relu")
        self.project(f"{name}_score", self.last, 1)
        alpha = self.add("activation", f"{name}_alpha", (self.last,), self.last.shape, function="sigmoid")
        return self.add("multiply", name, (tap, alpha), tap.shape)

    def output(self, spec: NetSpec) -> None:
        output = spec.output
        height, width, channels = self.last.shape
        shape = (height, width, output.classes)
        if output.kernel is not None:
            costs = cost.standard(shape, channels, output.kernel, bias=True)
            self.add("conv", f"{OUTPUTS}_conv", (self.last,), shape, output.kernel, 1, bias=True, costs=costs)
        elif channels != output.classes:
            self.broken.add(len(self.ends))
        self.add("activation", OUTPUTS, (self.last,), shape, function=output.activation)
