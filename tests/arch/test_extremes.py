"""The ends of what a document allows: nothing but SpecError is raised, and nothing takes long."""

import pytest

from fcnlab.arch import NetSpec, check, flow, from_code, layer_flow, to_code, to_script
from fcnlab.arch.spec import BottleneckLayer, Conv, DecoderStage, Down, EncoderStage, Input, Output, Skip, Up
from fcnlab.errors import SpecError


def extreme(height, width, *, down, up, stages=16, kernel=31, filters=4096, merge=None, kind="transposed"):
    """As many stages of as many convolutions as a document holds."""
    convs = (Conv(kernel=kernel, filters=filters, bias=True),) * 4
    skip = Skip.model_validate({"source": "inputs", "merge": merge}) if merge else None
    return NetSpec(
        input=Input(height=height, width=width, channels=64),
        encoder=tuple(
            EncoderStage(name=f"e{n}", convs=convs, down=Down.model_validate({"factor": down})) for n in range(stages)
        ),
        bottleneck=tuple(BottleneckLayer(name=f"b{n}", conv=convs[0]) for n in range(8)),
        decoder=tuple(
            DecoderStage(
                name=f"d{n}",
                up=Up.model_validate({"kind": kind, "factor": up, "kernel": kernel, "filters": filters}),
                skip=skip,
                convs=convs,
            )
            for n in range(stages)
        ),
        output=Output(classes=32, kernel=31),
    )


@pytest.mark.parametrize(("kind", "merge"), [("transposed", None), ("bilinear", "add"), ("nearest", "gate")])
@pytest.mark.parametrize(("down", "up"), [(8, 32), (2, 32), (8, 1)])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (4096, 4095)])
def test_sixteen_stages_of_everything(height, width, down, up, merge, kind):
    spec = extreme(height, width, down=down, up=up, merge=merge, kind=kind)
    report = check(spec)
    assert not report.ok
    assert len(layer_flow(spec).rows) > len(flow(spec).rows) == 16 + 8 + 16 + 2
    assert from_code(to_code(spec)) == spec
    with pytest.raises(SpecError, match=r"Fix: "):
        to_script(spec)


def test_a_picture_of_one_pixel_can_be_a_valid_network():
    stage = EncoderStage(name="e", convs=(Conv(),), down=Down.model_validate({"kind": "none"}))
    spec = NetSpec(
        input=Input(height=1, width=1),
        encoder=(stage,),
        bottleneck=(BottleneckLayer(),),
        decoder=(DecoderStage(name="d", up=Up(factor=1), skip=Skip()),),
    )
    assert check(spec).ok
    assert flow(spec).rows[-1].shape == (1, 1, 3)


def test_the_deepest_valid_network_brings_one_pixel_back_to_4096():
    spec = extreme(4096, 4096, down=2, up=2, stages=12, kernel=2, filters=1)
    assert check(spec).ok
    assert flow(spec).complete
    assert flow(spec).rows[12].shape == (1, 1, 1)
    assert flow(spec).rows[-1].shape == (4096, 4096, 32)
    assert "build" in to_script(spec)
