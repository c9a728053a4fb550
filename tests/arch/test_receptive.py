"""The receptive field, against a brute force that knows nothing of intervals.

Along one axis, `sees[o, i]` says whether output o depends on input i. It is carried through each layer by the
definition of that layer with `same` padding, on a picture large enough for a middle that no edge reaches.
"""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fcnlab.arch import PRESETS, NetSpec, edit, expand, flow, layer_flow, preset, receptive
from fcnlab.arch.receptive import MAX_ENTRIES, reaches
from fcnlab.arch.spec import (
    BottleneckLayer,
    Conv,
    DecoderStage,
    Down,
    DownKind,
    EncoderStage,
    Input,
    Skip,
    Up,
    UpKind,
)

MARGIN = 16
"""Input pixels at each edge: an interval that ends within one step (at most 16 pixels here) may have been cut."""


def brute_force(layers, size):
    """Each layer's `sees`: bool [its positions, size]."""
    found = {}
    for layer in layers:
        sources = [found[name] for name in layer.inputs]
        found[layer.name] = after(layer, sources) if sources else np.eye(size, dtype=bool)
    return found


def after(layer, sources):
    source = sources[0]
    match layer.kind:
        case "conv" | "separable" | "max_pool" | "average_pool":
            return window(source, layer.kernel, layer.stride)
        case "transposed":
            return paint(source, layer.kernel, layer.stride)
        case "nearest":
            return np.repeat(source, layer.stride, axis=0)
        case "bilinear":
            return sample(source, layer.stride, lambda o: (Fraction(2 * o + 1, 2) / layer.stride) - Fraction(1, 2))
        case "bilinear-tf1":
            return sample(source, layer.stride, lambda o: Fraction(o, layer.stride))
        case _:
            return np.logical_or.reduce(sources)


def window(source, kernel, stride):
    """Output o is the sum over a kernel laid at o·stride, shifted by half of what `same` pads."""
    size = len(source)
    outputs = -(-size // stride)
    left = max((outputs - 1) * stride + kernel - size, 0) // 2
    result = np.zeros((outputs, source.shape[1]), dtype=bool)
    for tap in range(kernel):
        reads = np.arange(outputs) * stride - left + tap
        inside = (reads >= 0) & (reads < size)
        result[inside] |= source[reads[inside]]
    return result


def paint(source, kernel, stride):
    """Input i adds a kernel to the outputs from i·stride on; `same` cuts the result to size·stride."""
    size = len(source)
    left = max(kernel - stride, 0) // 2
    result = np.zeros((size * stride, source.shape[1]), dtype=bool)
    for tap in range(kernel):
        writes = np.arange(size) * stride + tap - left
        inside = (writes >= 0) & (writes < len(result))
        result[writes[inside]] |= source[inside]
    return result


def sample(source, factor, place):
    """Output o lies at a place between two inputs and reads those with a weight above zero."""
    result = np.zeros((len(source) * factor, source.shape[1]), dtype=bool)
    for o in range(len(result)):
        for i in {floor(place(o)), -floor(-place(o))}:
            result[o] |= source[min(max(i, 0), len(source) - 1)]
    return result


def extents(sees):
    """Positions that see an input, and the first and last input of each."""
    seeing = np.flatnonzero(sees.any(axis=1))
    first = sees[seeing].argmax(axis=1)
    last = sees.shape[1] - 1 - sees[seeing, ::-1].argmax(axis=1)
    return seeing, first, last


def has_middle(found, size):
    """Whether the picture is so large that every layer has positions far from both edges."""
    return all((last - first + 1).max() <= size // 3 for _, first, last in map(extents, found.values()))


def assert_agrees(spec, found=None):
    """Every layer's size is the brute force's, and every interval too where no kernel leaves gaps."""
    layers, size = expand(spec).layers, spec.input.height
    found = found or brute_force(layers, size)
    assert has_middle(found, size)
    gaps = any(layer.kind == "transposed" and layer.kernel < layer.stride for layer in layers)
    sizes = {row.name: row.receptive_field for row in layer_flow(spec).rows}
    for layer, reach in zip(layers, reaches(layers, 0), strict=True):
        positions, first, last = extents(found[layer.name])
        whole = (first >= MARGIN) & (last < size - MARGIN)
        assert sizes[layer.name] == (last - first + 1)[whole].max(), layer.name
        if not gaps:
            assert [reach.first(int(position)) for position in positions[whole]] == first[whole].tolist(), layer.name
            assert [reach.last(int(position)) for position in positions[whole]] == last[whole].tolist(), layer.name


def chain(size, *, encoder=(), decoder=()):
    """A square network of plain stages; a stage without a change stands where none is given."""
    plain = Conv(filters=2, kernel=1)
    return NetSpec(
        input=Input(height=size, width=size, channels=1),
        encoder=encoder or (EncoderStage(name="e", convs=(plain,), down=Down(kind=DownKind.NONE)),),
        bottleneck=(BottleneckLayer(conv=plain),),
        decoder=decoder or (DecoderStage(name="d", up=Up(factor=1)),),
    )


@pytest.mark.parametrize("size", [256, 255, 250])
@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("place", ["before", "after"])
def test_strided_convolutions_of_every_kernel(size, factor, place):
    for kernel in range(1, 32):
        down = Down.model_validate({"factor": factor, "place": place})
        convs = (Conv(filters=2, kernel=kernel), Conv(filters=2, kernel=2))
        assert_agrees(chain(size, encoder=(EncoderStage(name="e", convs=convs, down=down),)))


@pytest.mark.parametrize("size", [128, 127, 122])
@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("place", ["before", "after"])
def test_pooling(size, kind, factor, place):
    down = Down.model_validate({"kind": kind, "factor": factor, "place": place})
    for kernel in (1, 2, 3):
        stage = EncoderStage(name="e", convs=(Conv(filters=2, kernel=kernel),), down=down)
        assert_agrees(chain(size, encoder=(stage,)))


@pytest.mark.parametrize("factor", [2, 4, 8, 16, 32])
def test_transposed_convolutions_of_every_kernel(factor):
    for kernel in range(1, 32):
        up = Up.model_validate({"factor": factor, "filters": 2, "kernel": kernel})
        convs = (Conv(filters=2, kernel=4), Conv(filters=2, kernel=3))
        assert_agrees(chain(160, decoder=(DecoderStage(name="d", up=up, convs=convs),)))


@pytest.mark.parametrize("kind", ["bilinear", "bilinear-tf1", "nearest"])
@pytest.mark.parametrize("factor", [2, 4, 8, 16, 32])
def test_interpolations(kind, factor):
    up = Up.model_validate({"kind": kind, "factor": factor})
    for kernel in (1, 2, 3, 5, 31):
        convs = (Conv(filters=2, kernel=kernel), Conv(filters=2, kernel=2))
        assert_agrees(chain(96, decoder=(DecoderStage(name="d", up=up, convs=convs),)))


KERNELS = st.sampled_from([1, 2, 3, 4, 5, 7])


@st.composite
def pyramids(draw):
    """Down and up again by at most 16, with every kind of layer, and skips wherever one fits."""
    downs = draw(st.sampled_from([(2,), (4,), (8,), (2, 2), (2, 4), (4, 2), (2, 2, 2), (4, 4), (2, 8)]))
    ups = draw(st.permutations(downs))
    spec = chain(
        draw(st.sampled_from([1024, 1024, 1024, 1021, 1000])),
        encoder=tuple(
            EncoderStage(
                name=f"e{number}",
                convs=tuple(Conv(filters=2, kernel=draw(KERNELS)) for _ in range(draw(st.integers(1, 2)))),
                down=Down.model_validate(
                    {
                        "factor": factor,
                        "kind": draw(st.sampled_from(["stride", "max", "average"])),
                        "place": draw(st.sampled_from(["before", "after"])),
                    }
                ),
            )
            for number, factor in enumerate(downs)
        ),
        decoder=tuple(
            DecoderStage(
                name=f"d{number}",
                up=Up.model_validate(
                    {"factor": factor, "filters": 2, "kernel": draw(KERNELS), "kind": draw(st.sampled_from(UpKind))}
                ),
                skip=Skip.model_validate({"source": "e0", "merge": draw(st.sampled_from(["concat", "add", "gate"]))}),
                convs=tuple(Conv(filters=2, kernel=draw(KERNELS)) for _ in range(draw(st.integers(0, 2)))),
            )
            for number, factor in enumerate(ups)
        ),
    )
    spec = edit.reconnect(spec)
    drop = draw(st.integers(0, 2 * len(ups)))
    return edit.clear_skip(spec, drop) if drop < len(ups) else spec


@given(pyramids())
@settings(max_examples=40)  # the brute force takes its time
def test_whole_networks_over_all_paths(spec):
    found = brute_force(expand(spec).layers, spec.input.height)
    assume(has_middle(found, spec.input.height))
    assert_agrees(spec, found)


@given(pyramids())
def test_jump_is_the_input_pixels_per_value_where_sizes_divide(spec):
    if spec.input.height == 1024:
        for row in layer_flow(spec).rows:
            assert row.jump * row.shape[0] == 1024


def test_the_reference_network_sees_this_far():
    fields = {row.name: (row.receptive_field, row.jump) for row in flow(preset("follow-me")).rows}
    assert fields["encoder1"] == (3, 2)
    assert fields["encoder2"] == (7, 4)
    assert fields["encoder2x"] == (15, 8)
    assert fields["encoder2xx"] == (31, 16)
    assert fields["1x1 conv"] == (31, 16)
    assert fields["outputs"][1] == 1


def test_an_oblong_picture_shows_the_larger_field_of_its_two_axes():
    # 31 rows are padded unlike 32 columns, which shifts what a stride of 2 sees.
    oblong = edit.resize(preset("unet-small"), 160, 155)
    layers = expand(oblong).layers
    rows, columns = reaches(layers, 0), reaches(layers, 1)
    sizes = [max(row.size, column.size) for row, column in zip(rows, columns, strict=True)]
    assert [row.receptive_field for row in layer_flow(oblong).rows] == sizes


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_needs_more_intervals_than_are_kept(name):
    assert all(reach.grain == 1 for reach in reaches(expand(preset(name)).layers, 0))


def test_beyond_the_kept_intervals_each_holds_those_of_all_its_positions(monkeypatch):
    ups = [Up(factor=32, kernel=3, filters=2), Up.model_validate({"factor": 32, "kind": "bilinear"})]
    ups += [Up(factor=8, kernel=8, filters=2)]
    stages = [DecoderStage(name=f"d{n}", up=up, convs=(Conv(filters=2, kernel=3),)) for n, up in enumerate(ups)]
    layers = expand(chain(64, decoder=tuple(stages))).layers
    coarse = reaches(layers, 0)[-1]
    monkeypatch.setattr(receptive, "MAX_ENTRIES", 32 * 32 * 8)
    fine = reaches(layers, 0)[-1]
    assert (fine.grain, coarse.grain, len(coarse.lo)) == (1, 2, MAX_ENTRIES)
    assert fine.period == coarse.period == 32 * 32 * 8
    assert fine.jump == coarse.jump == 1 / (32 * 32 * 8)
    for position in range(-fine.period, fine.period):
        assert coarse.first(position) <= fine.first(position)
        assert coarse.last(position) >= fine.last(position)
    assert fine.size <= coarse.size <= fine.size + 1


def test_a_period_of_astronomic_length_is_kept_short():
    ups = tuple(DecoderStage(name=f"d{n}", up=Up(factor=32), convs=(Conv(),)) for n in range(16))
    reach = reaches(expand(chain(64, decoder=ups)).layers, 0)[-1]
    assert len(reach.lo) == MAX_ENTRIES
    assert reach.period == 32**16
