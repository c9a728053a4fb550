"""The shape flow: rows, costs, totals, and what is left of them in a network that does not fit."""

from pathlib import Path

import pytest

from fcnlab.arch import PRESETS, NetSpec, edit, expand, flow, layer_flow, preset
from fcnlab.arch.spec import BottleneckLayer, Conv, DecoderStage, Down, EncoderStage, Input, Skip, Up

GOLDEN = Path(__file__).parent / "golden"

FOLLOW_ME = [
    ("inputs", (160, 160, 3)),
    ("encoder1", (80, 80, 16)),
    ("encoder2", (40, 40, 64)),
    ("encoder2x", (20, 20, 128)),
    ("encoder2xx", (10, 10, 512)),
    ("1x1 conv", (10, 10, 256)),
    ("decoder4xx", (20, 20, 128)),
    ("decoder4x", (40, 40, 64)),
    ("decoder4", (80, 80, 32)),
    ("decoder5", (160, 160, 16)),
    ("outputs", (160, 160, 3)),
]


def table(result):
    """A flow as aligned text: name, what it does, shape, weights, multiply–adds, receptive field, jump."""
    lines = [f"{'name':<24} {'kind':<40} {'shape':<18} {'params':>9} {'macs':>12} {'field':>6} {'jump':>5}"]
    for row in result.rows:
        shape = f"(?, {row.shape[0]}, {row.shape[1]}, {row.shape[2]})"
        costs = f"{row.params:>9,} {row.macs:>12,} {row.receptive_field:>6} {row.jump:>5g}"
        lines.append(f"{row.name:<24} {row.kind:<40} {shape:<18} {costs}")
    lines.append(f"{result.params:,} parameters, {result.frozen:,} of them frozen; {result.macs:,} multiply–adds")
    return "\n".join(lines) + "\n"


def test_the_reference_network_has_the_eleven_rows_of_the_design():
    assert [(row.name, row.shape) for row in flow(preset("follow-me")).rows] == FOLLOW_ME


def test_the_reference_network_has_651_465_parameters_and_a_fifth_of_a_gigamac():
    result = flow(preset("follow-me"))
    assert result.params == 651_465
    assert round(result.macs / 1e9, 4) == 0.1986
    assert result.complete


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_keeps_its_table(name, golden):
    spec = preset(name)
    golden(GOLDEN / f"{name}.txt", table(flow(spec)) + "\n" + table(layer_flow(spec)))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_lesson_and_no_errors_and_is_small(name):
    entry = PRESETS[name]
    assert entry.name == name == entry.make().name
    assert entry.lesson.endswith((".", "?"))
    result = flow(preset(name))
    assert result.complete
    assert result.params < 2_000_000
    assert result.rows[-1].shape == (160, 160, 3)


def test_json_holds_the_rows_and_the_totals():
    document = flow(preset("follow-me")).to_json()
    assert document["params"] == 651_465
    assert document["trainable"] == 651_465 - flow(preset("follow-me")).frozen
    assert document["rows"][1] == {
        "name": "encoder1",
        "role": "encoder",
        "kind": "separable 3×3, stride 2",
        "shape": [80, 80, 16],
        "params": 139,
        "trainable": 107,
        "macs": 480_000,
        "receptive_field": 3,
        "jump": 2.0,
        "activations": 3 * 80 * 80 * 16,
    }


# Costs, each by hand: weights, then multiply–adds


def one(conv, *, down="none", size=8, channels=3):
    """The row of an encoder stage of one convolution on a picture of 8×8×3."""
    stage = EncoderStage(name="e", convs=(conv,), down=Down.model_validate({"kind": down}))
    return flow(small(encoder=(stage,), size=size, channels=channels)).rows[1]


def small(size=8, channels=3, encoder=None, decoder=None):
    bare = Conv.model_validate({"filters": 4, "kernel": 1, "norm": "none"})
    return NetSpec(
        input=Input(height=size, width=size, channels=channels),
        encoder=encoder or (EncoderStage(name="e", convs=(bare,), down=Down.model_validate({"kind": "none"})),),
        bottleneck=(BottleneckLayer(conv=bare),),
        decoder=decoder or (DecoderStage(name="d", up=Up(factor=1)),),
    )


def test_a_standard_convolution_costs_its_window_times_channels_in_and_out():
    row = one(Conv.model_validate({"filters": 5, "kernel": 3, "norm": "none"}))
    assert (row.params, row.macs) == (3 * 3 * 3 * 5, 8 * 8 * 3 * 3 * 3 * 5)


def test_a_separable_convolution_costs_a_window_a_channel_and_a_1x1():
    row = one(Conv.model_validate({"kind": "separable", "filters": 5, "kernel": 3, "norm": "none"}))
    assert (row.params, row.macs) == (3 * 3 * 3 + 3 * 5, 8 * 8 * (3 * 3 * 3 + 3 * 5))


def test_a_stride_divides_the_multiply_adds_and_pooling_does_not():
    conv = Conv.model_validate({"filters": 5, "kernel": 3, "norm": "none"})
    assert one(conv, down="stride").macs == one(conv).macs // 4
    assert one(conv, down="max").macs == one(conv).macs
    assert one(conv, down="max").shape == one(conv, down="stride").shape == (4, 4, 5)


def test_a_bias_adds_a_weight_a_filter_and_no_multiply_adds():
    bare = Conv.model_validate({"filters": 5, "norm": "none"})
    with_bias = bare.model_copy(update={"bias": True})
    assert one(with_bias).params == one(bare).params + 5
    assert one(with_bias).macs == one(bare).macs


def test_batch_norm_has_four_weights_a_channel_two_of_them_frozen():
    row = one(Conv(filters=5))
    bare = one(Conv.model_validate({"filters": 5, "norm": "none"}))
    assert (row.params - bare.params, row.frozen, row.macs) == (20, 10, bare.macs)
    assert row.trainable == row.params - 10


def test_a_transposed_convolution_paints_its_window_from_every_input_pixel():
    stage = DecoderStage(name="d", up=Up(factor=4, filters=6, kernel=5))
    row = flow(small(decoder=(stage,))).rows[3]
    assert row.shape == (32, 32, 6)
    assert (row.params, row.macs) == (5 * 5 * 4 * 6 + 6, 8 * 8 * 5 * 5 * 4 * 6)


@pytest.mark.parametrize("kind", ["bilinear", "bilinear-tf1", "nearest"])
def test_an_interpolation_is_free_and_keeps_the_channels(kind):
    stage = DecoderStage(name="d", up=Up.model_validate({"kind": kind, "factor": 4, "filters": 6}))
    row = flow(small(decoder=(stage,))).rows[3]
    assert (row.shape, row.params, row.macs) == ((32, 32, 4), 0, 0)


def merged(merge, source="inputs", **skip):
    entry = {"source": source, "merge": merge, **skip}
    return flow(small(decoder=(DecoderStage(name="d", up=Up(factor=1), skip=Skip.model_validate(entry)),))).rows[3]


def test_concatenation_is_free_and_adds_the_channels():
    row = merged("concat")
    assert (row.shape, row.params, row.macs) == ((8, 8, 4 + 3), 0, 0)


def test_addition_projects_only_where_channels_differ_or_where_asked():
    assert (merged("add").shape, merged("add").params) == ((8, 8, 4), 3 * 4 + 4)
    assert merged("add", source="e").params == 0
    assert merged("add", source="e", project=True).params == 4 * 4 + 4


def test_a_gate_has_three_projections_and_then_concatenates():
    row = merged("gate", source="e")  # width 4 // 2 = 2: W_g 4·2 + 2, W_x 4·2, ψ 2·1 + 1
    assert (row.shape, row.params) == ((8, 8, 8), (4 * 2 + 2) + 4 * 2 + (2 + 1))
    assert row.macs == 8 * 8 * (4 * 2 + 4 * 2 + 2)


def test_the_output_convolution_has_a_bias_and_one_channel_a_class():
    row = flow(small()).rows[-1]
    assert (row.shape, row.params, row.macs) == ((8, 8, 3), 4 * 3 + 3, 8 * 8 * 4 * 3)


def test_a_decoder_stage_that_does_nothing_keeps_its_row():
    row = flow(small()).rows[3]
    assert (row.name, row.kind, row.shape, row.params, row.macs) == ("d", "", (8, 8, 4), 0, 0)


# Layers


def test_layers_are_named_after_their_stage_and_spelled_out_in_order():
    names = [row.name for row in layer_flow(preset("follow-me")).rows]
    assert names[:4] == ["inputs", "encoder1_conv1", "encoder1_norm1", "encoder1_relu1"]
    decoder = [name for name in names if name.startswith("decoder5_")]
    assert decoder == ["decoder5_up", "decoder5_concat", "decoder5_conv1", "decoder5_norm1", "decoder5_relu1"]
    assert names[-2:] == ["outputs_conv", "outputs"]


def test_a_block_may_put_the_activation_before_the_norm():
    names = [row.name for row in layer_flow(preset("student-3")).rows]
    assert names[1:5] == ["encoder1_conv1", "encoder1_relu1", "encoder1_norm1", "encoder1_pool"]


def test_skips_of_pooled_stages_come_from_the_pooled_tensor():
    layers = {layer.name: layer for layer in expand(preset("student-3")).layers}
    assert layers["decoder1_concat"].inputs == ("decoder1_up", "encoder2_pool")


def test_two_layers_of_one_name_get_a_number():
    twice = edit.change(preset("follow-me"), ("encoder", 1, "name"), "encoder1")
    names = [layer.name for layer in expand(twice).layers]
    assert "encoder1_conv1_2" in names
    assert len(set(names)) == len(names)


# What does not fit


def test_a_skip_that_does_not_fit_leaves_its_row_unknown_and_every_other_row_as_it_was():
    whole, broken = preset("follow-me"), edit.set_skip(preset("follow-me"), 1, "encoder2x")
    before, after = flow(whole), flow(broken)
    unlike = [
        old.name
        for old, new in zip(before.rows, after.rows, strict=True)
        if (old.shape, old.params, old.frozen, old.macs) != (new.shape, new.params, new.frozen, new.macs)
    ]
    assert unlike == ["decoder4x"]
    row = after.rows[7]
    assert (row.shape, row.params, row.frozen, row.trainable, row.macs) == ((40, 40, 64), None, None, None, None)
    assert not after.complete
    assert after.params == before.params - before.rows[7].params


def test_an_output_without_the_right_channels_is_unknown():
    bare = edit.change(preset("follow-me"), ("output", "kernel"), None)
    assert not flow(bare).complete
    assert flow(bare).rows[-1].params is None


def test_a_size_that_does_not_divide_rounds_up_as_same_padding_does():
    shapes = [row.shape[:2] for row in flow(edit.resize(preset("follow-me"), 150, 75)).rows[:5]]
    assert shapes == [(150, 75), (75, 38), (38, 19), (19, 10), (10, 5)]
