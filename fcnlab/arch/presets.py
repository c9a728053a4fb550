"""Networks to start from, each with a sentence on what it teaches."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from fcnlab.arch.spec import (
    Activation,
    BottleneckLayer,
    Conv,
    ConvKind,
    DecoderStage,
    Down,
    DownKind,
    EncoderStage,
    Merge,
    NetSpec,
    Norm,
    Order,
    Output,
    Place,
    Skip,
    Up,
    UpKind,
)
from fcnlab.errors import SpecError


@dataclass(frozen=True, slots=True)
class Preset:
    """A named network and what it teaches."""

    name: str
    lesson: str
    make: Callable[[], NetSpec]


def preset(name: str) -> NetSpec:
    """The preset's network.

    Raises:
        SpecError: No preset has that name.
    """
    if name in PRESETS:
        return PRESETS[name].make()
    close = get_close_matches(name.lower(), PRESETS, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}?" if close else f"Presets are {', '.join(PRESETS)}."
    shown = name if len(name) <= 60 else f"{name[:57]}…"
    raise SpecError(f"There is no preset called {shown!r}.", hint)


def _separable(filters: int) -> Conv:
    return Conv(kind=ConvKind.SEPARABLE, filters=filters)


def _follow_me() -> NetSpec:
    encoders = {"encoder1": 16, "encoder2": 64, "encoder2x": 128, "encoder2xx": 512}
    decoders = {"decoder4xx": (128, "encoder2x"), "decoder4x": (64, "encoder2")}
    decoders |= {"decoder4": (32, "encoder1"), "decoder5": (16, "inputs")}
    return NetSpec(
        name="follow-me",
        encoder=tuple(EncoderStage(name=name, convs=(_separable(width),)) for name, width in encoders.items()),
        bottleneck=(BottleneckLayer(conv=Conv(filters=256, kernel=1)),),
        decoder=tuple(
            DecoderStage(name=name, up=Up(filters=width), skip=Skip(source=source), convs=(_separable(width),))
            for name, (width, source) in decoders.items()
        ),
    )


def _follow_me_no_skips() -> NetSpec:
    whole = _follow_me()
    bare = tuple(stage.model_copy(update={"skip": None}) for stage in whole.decoder)
    return whole.model_copy(update={"name": "follow-me-no-skips", "decoder": bare})


def _student_3() -> NetSpec:
    def block(kind: ConvKind, filters: int, kernel: int = 3) -> Conv:
        return Conv(kind=kind, filters=filters, kernel=kernel, bias=True, order=Order.ACTIVATION_FIRST)

    pool = Down(kind=DownKind.MAX_POOL)
    sources = {"decoder1": (128, "encoder2"), "decoder2": (64, "encoder1"), "decoder3": (32, "inputs")}
    return NetSpec(
        name="student-3",
        encoder=tuple(
            EncoderStage(name=f"encoder{number}", convs=(block(ConvKind.SEPARABLE, filters),), down=pool)
            for number, filters in enumerate((32, 64, 128), 1)
        ),
        bottleneck=(BottleneckLayer(conv=block(ConvKind.STANDARD, 64, 1)),),
        decoder=tuple(
            DecoderStage(
                name=name,
                up=Up(kind=UpKind.BILINEAR),
                skip=Skip(source=source),
                convs=(block(ConvKind.SEPARABLE, width),),
            )
            for name, (width, source) in sources.items()
        ),
    )


def _unet_small() -> NetSpec:
    widths = (16, 32, 64, 128)
    pool = Down(kind=DownKind.MAX_POOL, place=Place.BEFORE)
    encoder = [
        EncoderStage(
            name=f"encoder{number}",
            convs=(Conv(filters=width), Conv(filters=width)),
            down=pool if number > 1 else Down(kind=DownKind.NONE),
        )
        for number, width in enumerate(widths, 1)
    ]
    return NetSpec(
        name="unet-small",
        encoder=(*encoder, EncoderStage(name="encoder5", convs=(Conv(filters=256),), down=pool)),
        bottleneck=(BottleneckLayer(name="bottleneck", conv=Conv(filters=256)),),
        decoder=tuple(
            DecoderStage(
                name=f"decoder{number}",
                up=Up(filters=width, kernel=2),
                skip=Skip(source=f"encoder{number}"),
                convs=(Conv(filters=width), Conv(filters=width)),
            )
            for number, width in reversed(list(enumerate(widths, 1)))
        ),
    )


def _fcn(finest: int) -> NetSpec:
    """Long et al. 2015 in small: class scores at 1/32, added to those of finer stages, then one upsampling."""
    classes = Output().classes
    scores = Conv(filters=classes, kernel=1, bias=True, norm=Norm.NONE, activation=Activation.NONE)
    pool = Down(kind=DownKind.MAX_POOL)
    widths = (16, 32, 64, 128, 256)

    def up(factor: int) -> Up:
        return Up.model_validate({"factor": factor, "filters": classes, "kernel": 2 * factor, "bias": False})

    def smooth(factor: int) -> Up:
        return Up.model_validate({"kind": UpKind.BILINEAR, "factor": factor})

    decoder = []
    factor = 32
    for source, stride in (("encoder4", 16), ("encoder3", 8)):
        if finest <= stride:
            skip = Skip(source=source, merge=Merge.ADD, project=True)
            decoder.append(DecoderStage(name=f"scores{stride}", up=up(2), skip=skip))
            factor = stride
    decoder.append(DecoderStage(name="upsample", up=smooth(factor)))
    return NetSpec(
        name=f"fcn-{finest}s",
        encoder=tuple(
            EncoderStage(name=f"encoder{number}", convs=(Conv(filters=width),), down=pool)
            for number, width in enumerate(widths, 1)
        ),
        bottleneck=(
            BottleneckLayer(name="fc6", conv=Conv(filters=256, kernel=3)),
            BottleneckLayer(name="fc7", conv=Conv(filters=256, kernel=1)),
            BottleneckLayer(name="scores32", conv=scores),
        ),
        decoder=tuple(decoder),
        output=Output(kernel=None),
    )


def _linknet_small() -> NetSpec:
    widths = (32, 64, 128, 256)
    encoder = tuple(
        EncoderStage(name=f"encoder{number}", convs=(Conv(filters=width), Conv(filters=width)), down=down)
        for number, width in enumerate(widths, 1)
        for down in [Down(place=Place.BEFORE)]
    )

    def up(width: int) -> Up:
        return Up(filters=width, bias=False, norm=Norm.BATCH, activation=Activation.RELU, kernel=4)

    def reduce(width: int) -> tuple[Conv, ...]:
        return (Conv(filters=max(width // 4, 8), kernel=1),)

    inner = [
        DecoderStage(
            name=f"decoder{number}",
            up=up(widths[number - 2]),
            skip=Skip(source=f"encoder{number - 1}", merge=Merge.ADD),
            convs=reduce(widths[number - 2]),
        )
        for number in (4, 3, 2)
    ]
    return NetSpec(
        name="linknet-small",
        encoder=encoder,
        bottleneck=(BottleneckLayer(conv=Conv(filters=64, kernel=1)),),
        decoder=(*inner, DecoderStage(name="decoder1", up=up(32), convs=(Conv(filters=32),))),
    )


def _segnet_like() -> NetSpec:
    widths = (32, 64, 128, 128)
    return NetSpec(
        name="segnet-like",
        encoder=tuple(
            EncoderStage(
                name=f"encoder{number}",
                convs=(Conv(filters=width), Conv(filters=width)),
                down=Down(kind=DownKind.MAX_POOL),
            )
            for number, width in enumerate(widths, 1)
        ),
        bottleneck=(BottleneckLayer(name="bottleneck", conv=Conv(filters=128)),),
        decoder=tuple(
            DecoderStage(
                name=f"decoder{number}",
                up=Up(kind=UpKind.NEAREST),
                convs=(Conv(filters=width), Conv(filters=widths[max(number - 2, 0)])),
            )
            for number, width in reversed(list(enumerate(widths, 1)))
        ),
    )


PRESETS: dict[str, Preset] = {
    entry.name: entry
    for entry in (
        Preset(
            "follow-me",
            "The Follow-Me drone's network: four strided separable stages, a 1×1 convolution that keeps location, "
            "and four decoder stages that each get detail back through a skip.",
            _follow_me,
        ),
        Preset(
            "follow-me-no-skips",
            "The same network with every skip removed: what detail is lost when all must pass the bottleneck?",
            _follow_me_no_skips,
        ),
        Preset(
            "student-3",
            "A typical student's answer to Follow-Me: three max-pooled stages and bilinear upsampling, so that the "
            "decoder's only weights are in its convolutions.",
            _student_3,
        ),
        Preset(
            "unet-small",
            "U-Net in small: two convolutions a stage and concatenating skips from before each pooling, so that "
            "fine boundaries survive.",
            _unet_small,
        ),
        Preset(
            "fcn-32s",
            "The first fully convolutional network in small: class scores at 1/32 of the resolution, enlarged in "
            "one leap; outlines come out as soft blobs.",
            lambda: _fcn(32),
        ),
        Preset(
            "fcn-16s",
            "FCN with one skip: class scores from a stage twice as fine are added before the leap.",
            lambda: _fcn(16),
        ),
        Preset(
            "fcn-8s",
            "FCN with two skips: adding the scores of two finer stages sharpens the outline for a few hundred weights.",
            lambda: _fcn(8),
        ),
        Preset(
            "linknet-small",
            "LinkNet in small: skips are added instead of concatenated, which keeps the decoder narrow and fast.",
            _linknet_small,
        ),
        Preset(
            "segnet-like",
            "A symmetric encoder and decoder without skips, as in SegNet (which hands pooling positions over "
            "instead; here upsampling is nearest-neighbour): depth alone must keep the outline.",
            _segnet_like,
        ),
    )
}
