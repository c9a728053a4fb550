"""The network as a document: a frozen, versioned, validated description of an encoder–decoder network.

A spec says what a network is, never how a framework builds it. What is impossible in itself (a kernel of size 0)
is refused here; what does not fit together (a skip of another size) is allowed here and told by
`fcnlab.arch.check`, so that a network can be edited through states that are not yet right.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from fcnlab.model import Document

INPUTS = "inputs"
OUTPUTS = "outputs"
MAX_STAGES = 16
MAX_KERNEL = 31

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.\-]*$", max_length=40)]
Pixels = Annotated[int, Field(ge=1, le=4096)]
Channels = Annotated[int, Field(ge=1, le=4096)]
Kernel = Annotated[int, Field(ge=1, le=MAX_KERNEL)]


class ConvKind(StrEnum):
    """`standard` mixes space and channels at once; `separable` first in space (depthwise), then across channels."""

    STANDARD = "standard"
    SEPARABLE = "separable"


class Norm(StrEnum):
    """What normalises a convolution's output."""

    BATCH = "batch"
    NONE = "none"


class Activation(StrEnum):
    """The nonlinearity after a convolution."""

    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    GELU = "gelu"
    SILU = "silu"
    NONE = "none"


class Order(StrEnum):
    """What comes first after the convolution."""

    NORM_FIRST = "norm-activation"
    ACTIVATION_FIRST = "activation-norm"


class DownKind(StrEnum):
    """How an encoder stage halves its resolution."""

    STRIDE = "stride"
    MAX_POOL = "max"
    AVERAGE_POOL = "average"
    NONE = "none"


class Place(StrEnum):
    """Where a stage downsamples: before its first or after its last convolution (for strides: in it)."""

    BEFORE = "before"
    AFTER = "after"


class UpKind(StrEnum):
    """How a decoder stage raises its resolution.

    `bilinear` samples at half-pixel centres (Keras 3, Pillow); `bilinear-tf1` on TensorFlow 1's grid, whose
    samples lie at the pixels' corners (`align_corners=False`, `half_pixel_centers=False`).
    """

    TRANSPOSED = "transposed"
    BILINEAR = "bilinear"
    BILINEAR_TF1 = "bilinear-tf1"
    NEAREST = "nearest"


class Merge(StrEnum):
    """How a skip joins the upsampled tensor.

    `gate` is the additive attention gate of Oktay et al. 2018 (arXiv 1804.03999): the upsampled tensor decides,
    pixel by pixel, how much of the skip is let through before both are concatenated.
    """

    CONCAT = "concat"
    ADD = "add"
    GATE = "gate"


class Conv(Document):
    """One convolution and what follows it (padding `same`, stride 1 unless the stage's downsampling strides it)."""

    kind: ConvKind = ConvKind.STANDARD
    filters: Channels = 32
    kernel: Kernel = 3
    bias: bool = False
    norm: Norm = Norm.BATCH
    activation: Activation = Activation.RELU
    order: Order = Order.NORM_FIRST


class Down(Document):
    """The downsampling of an encoder stage; `factor` is ignored where `kind` is `none`."""

    kind: DownKind = DownKind.STRIDE
    factor: Literal[2, 4, 8] = 2
    place: Place = Place.AFTER


class Up(Document):
    """The upsampling of a decoder stage.

    `filters`, `kernel`, `bias`, `norm` and `activation` belong to the transposed convolution; the other kinds
    have no weights and keep their input's channels.
    """

    kind: UpKind = UpKind.TRANSPOSED
    factor: Literal[1, 2, 4, 8, 16, 32] = 2
    filters: Channels = 32
    kernel: Kernel = 3
    bias: bool = True
    norm: Norm = Norm.NONE
    activation: Activation = Activation.NONE


class Skip(Document):
    """A connection from `inputs` or an encoder stage's output to a decoder stage.

    With `add`, a skip whose channels differ from the upsampled tensor's is projected to them by a 1×1
    convolution; `project` asks for that projection even where the widths agree.
    """

    source: Name = INPUTS
    merge: Merge = Merge.CONCAT
    project: bool = False


class EncoderStage(Document):
    """One to four convolutions and at most one downsampling; its output is what skips tap."""

    name: Name
    convs: Annotated[tuple[Conv, ...], Field(min_length=1, max_length=4)]
    down: Down = Down()


class BottleneckLayer(Document):
    """One convolution at the lowest resolution."""

    name: Name = "1x1 conv"
    conv: Conv = Conv(kernel=1)


class DecoderStage(Document):
    """Upsampling, then the skip if there is one, then zero to four convolutions."""

    name: Name
    up: Up = Up()
    skip: Skip | None = None
    convs: Annotated[tuple[Conv, ...], Field(max_length=4)] = ()


class Input(Document):
    """The pictures a network takes: height and width in pixels, channels (3 for RGB, 1 for grey)."""

    height: Pixels = 160
    width: Pixels = 160
    channels: Annotated[int, Field(ge=1, le=64)] = 3


class Output(Document):
    """The last layer: a convolution to one channel a class, then softmax or a sigmoid for each class.

    `kernel` None leaves the convolution out: the last stage's channels are the class scores themselves, as in
    Long et al. 2015 (arXiv 1411.4038).
    """

    classes: Annotated[int, Field(ge=2, le=32)] = 3
    kernel: Kernel | None = 1
    activation: Literal["softmax", "sigmoid"] = "softmax"


class NetSpec(Document):
    """An encoder–decoder segmentation network on paper.

    Attributes:
        norm_momentum: Share of the old running statistics that batch norm keeps at each training step.
        norm_epsilon: Added to the variance in batch norm.
    """

    version: Literal[1] = 1
    name: Name = "network"
    input: Input = Input()
    encoder: Annotated[tuple[EncoderStage, ...], Field(min_length=1, max_length=MAX_STAGES)]
    bottleneck: Annotated[tuple[BottleneckLayer, ...], Field(min_length=1, max_length=8)]
    decoder: Annotated[tuple[DecoderStage, ...], Field(min_length=1, max_length=MAX_STAGES)]
    output: Output = Output()
    norm_momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    norm_epsilon: Annotated[float, Field(gt=0, le=1)] = 1e-3

    @property
    def stages(self) -> tuple[EncoderStage | BottleneckLayer | DecoderStage, ...]:
        """Every stage from the inputs to the outputs, in the order of the shape flow."""
        return (*self.encoder, *self.bottleneck, *self.decoder)

    @property
    def skips(self) -> tuple[tuple[str, Skip], ...]:
        """The decoder stages that have a skip, by name, from the bottom up."""
        return tuple((stage.name, stage.skip) for stage in self.decoder if stage.skip)


def slug(name: str) -> str:
    """A stage's name as the prefix of its layers' names: "1x1 conv" → "1x1_conv"."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)
