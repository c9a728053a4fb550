"""Checks: each rule with its place, its sentence, and fixes that mend it."""

import pytest

from fcnlab.arch import PRESETS, check, edit, flow, preset, require_valid, to_json
from fcnlab.arch.check import Report
from fcnlab.errors import SpecError

FOLLOW_ME = preset("follow-me")


def only_error(spec):
    """The one error of a network."""
    report = check(spec)
    assert [error.where for error in report.errors] == [report.errors[0].where]
    return report.errors[0]


def warning(spec, text):
    """The one warning whose sentence holds `text`."""
    return next(problem for problem in check(spec).warnings if text in problem.message)


def labels(problem):
    return [fix.label for fix in problem.fixes]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_no_errors(name):
    assert check(preset(name)).errors == ()


def test_a_report_is_ok_without_errors_even_with_warnings():
    report = check(FOLLOW_ME)
    assert report.ok
    assert report.warnings
    assert Report((), ()).to_json() == {"errors": [], "warnings": []}


# Sizes


def test_a_size_that_does_not_divide_names_the_power_and_both_neighbours():
    report = check(edit.resize(FOLLOW_ME, 150, 160))
    error = report.errors[0]
    assert len(report.errors) == 1
    assert (error.where, error.path) == ("inputs.height", ("input", "height"))
    assert error.message == "150 is not divisible by 2⁴ = 16: use 144 or 160."
    assert labels(error) == ["Use 144×160 pixels", "Use 160×160 pixels"]
    assert [fix.net.input.height for fix in error.fixes] == [144, 160]


def test_a_square_of_the_wrong_size_is_mended_on_both_sides_at_once():
    report = check(edit.resize(FOLLOW_ME, 150, 150))
    assert [error.where for error in report.errors] == ["inputs.height", "inputs.width"]
    for error in report.errors:
        assert labels(error) == ["Use 144×144 pixels", "Use 160×160 pixels"]
        assert all(check(fix.net).ok for fix in error.fixes)


def test_a_size_below_the_divisor_is_only_enlarged():
    error = only_error(edit.resize(FOLLOW_ME, 10, 160))
    assert error.message == "10 is not divisible by 2⁴ = 16: use 16."
    assert labels(error) == ["Use 16×160 pixels"]


def test_a_size_above_the_largest_multiple_is_only_reduced():
    error = only_error(edit.resize(FOLLOW_ME, 4095, 160))
    assert error.message == "4095 is not divisible by 2⁴ = 16: use 4080 or 4096."
    assert only_error(edit.resize(FOLLOW_ME, 4090, 4096)).fixes[1].net.input.height == 4096


def test_a_single_halving_is_not_written_as_a_power():
    spec = FOLLOW_ME
    for _ in range(3):
        spec = edit.remove_stage(spec, "encoder", 1)
        spec = edit.remove_stage(spec, "decoder", 0)
    error = only_error(edit.resize(spec, 161, 160))
    assert error.message == "161 is not divisible by 2: use 160 or 162."


def test_an_encoder_deeper_than_any_picture_is_cut_short():
    spec = FOLLOW_ME
    for _ in range(12):
        spec = edit.add_stage(spec, "encoder")
    error = next(error for error in check(spec).errors if "any picture" in error.message)
    assert error.message == "The encoder reduces by 65,536 in all, more than any picture's 4,096 pixels."
    assert error.where == "encoder2xx3.down"
    assert labels(error) == ["Keep the size from encoder2xx3 on"]
    assert flow(error.fixes[0].net).rows[16].shape[:2] == (5, 5)


# Down and up


def test_a_decoder_too_short_may_grow_or_enlarge_more():
    error = only_error(edit.remove_stage(FOLLOW_ME, "decoder", 3))
    assert (error.where, error.path) == ("decoder4.up", ("decoder", 2, "up", "factor"))
    assert error.message == (
        "The encoder reduces by 16, the decoder enlarges by 8: outputs would not have the inputs' size."
    )
    assert labels(error) == ["Add a decoder stage ×2", "Let decoder4 enlarge ×4 and reconnect the skips"]
    assert all(check(fix.net).ok for fix in error.fixes)


def test_a_decoder_too_long_may_lose_its_last_stage_or_keep_a_size():
    error = only_error(edit.add_stage(FOLLOW_ME, "decoder"))
    assert error.message.startswith("The encoder reduces by 16, the decoder enlarges by 32:")
    assert labels(error) == ["Remove decoder6", "Let decoder6 keep its size"]
    assert all(check(fix.net).ok for fix in error.fixes)


def test_where_no_one_stage_can_mend_it_the_decoder_is_made_anew():
    spec = FOLLOW_ME
    for index in range(4):
        spec = edit.change(spec, ("decoder", index, "up", "factor"), 32)
    error = next(error for error in check(spec).errors if "inputs' size" in error.message)
    assert labels(error)[-1] == "Make 4 decoder stages to match"
    assert check(error.fixes[-1].net).ok


# Skips


def test_a_skip_of_another_size_names_both_sizes_and_what_would_fit():
    error = only_error(edit.set_skip(FOLLOW_ME, 1, "encoder1"))
    assert (error.where, error.path) == ("decoder4x.skip", ("decoder", 1, "skip"))
    assert error.message == "The skip does not fit: encoder1 is 80×80, but decoder4x works at 40×40."
    assert labels(error) == ["Take the skip from encoder2", "Remove the skip"]
    assert error.fixes[0].net == FOLLOW_ME


def test_a_skip_from_nowhere_is_told():
    error = only_error(edit.set_skip(FOLLOW_ME, 0, "encoder9"))
    assert error.message == "There is no encoder stage called 'encoder9' to take the skip from."
    assert labels(error) == ["Take the skip from encoder2x", "Remove the skip"]


def test_a_skip_where_nothing_fits_can_only_go():
    spec = edit.change(FOLLOW_ME, ("decoder", 0, "up", "factor"), 1)
    error = next(error for error in check(spec).errors if error.where == "decoder4xx.skip")
    assert labels(error) == ["Take the skip from encoder2xx", "Remove the skip"]
    pooled = edit.change(spec, ("encoder", 3, "down", "factor"), 8)
    far = next(error for error in check(pooled).errors if error.where == "decoder4x.skip")
    assert labels(far) == ["Remove the skip"]


def test_a_wrong_size_is_one_error_and_the_skips_are_judged_as_if_it_were_right():
    assert [error.where for error in check(edit.resize(FOLLOW_ME, 150, 150)).errors] == [
        "inputs.height",
        "inputs.width",
    ]


# Names, class scores


@pytest.mark.parametrize(
    ("section", "index", "name", "message", "free"),
    [
        ("encoder", 1, "encoder1", "'encoder1' is already taken by 'encoder1'", "encoder2"),
        ("decoder", 0, "encoder1", "'encoder1' is already taken by 'encoder1'", "encoder3"),
        ("decoder", 0, "1x1-conv", "'1x1-conv' is already taken by '1x1 conv'", "1x1-conv2"),
        ("encoder", 0, "inputs", "'inputs' is already taken by 'inputs'", "inputs2"),
        ("bottleneck", 0, "outputs", "'outputs' is already taken by 'outputs'", "outputs2"),
    ],
)
def test_a_name_that_is_taken_is_told_with_a_free_one(section, index, name, message, free):
    spec = edit.change(FOLLOW_ME, (section, index, "name"), name)
    error = next(error for error in check(spec).errors if error.path == (section, index, "name"))
    assert error.message == f"{message}: every stage needs a name of its own."
    assert error.where == f"{name}.name"
    assert labels(error) == [f"Call this one {free}"]
    assert getattr(error.fixes[0].net, section)[index].name == free


def test_class_scores_without_an_output_convolution_need_a_channel_a_class():
    error = only_error(edit.change(FOLLOW_ME, ("output", "kernel"), None))
    assert (error.where, error.path) == ("outputs.kernel", ("output", "kernel"))
    assert error.message == (
        "Without an output convolution the last stage must have 3 channels, one a class; it has 16."
    )
    assert labels(error) == ["Add a 1×1 output convolution"]
    assert error.fixes[0].net == FOLLOW_ME


# Warnings


def test_an_uneven_transposed_kernel_paints_a_checkerboard():
    problem = warning(FOLLOW_ME, "checkerboard")
    assert problem.where == "decoder4xx.up"
    assert problem.message == (
        "decoder4xx and 3 more: a transposed convolution of kernel 3 and stride 2 paints some pixels more often than "
        "others (checkerboard); a kernel that is a multiple of the stride does not."
    )
    assert labels(problem) == ["Use kernel 4"]
    assert [stage.up.kernel for stage in problem.fixes[0].net.decoder] == [4, 4, 4, 4]


def test_a_transposed_kernel_below_its_stride_leaves_gaps():
    spec = edit.change(FOLLOW_ME, ("decoder", 0, "up", "kernel"), 1)
    assert "kernel 1 and stride 2 leaves gaps between them" in warning(spec, "gaps").message


def test_a_factor_above_every_kernel_is_mended_by_interpolation():
    spec = edit.change(FOLLOW_ME, ("decoder", 0, "up", "factor"), 32)
    problem = warning(spec, "gaps")
    assert labels(problem) == ["Upsample bilinearly instead"]
    assert problem.fixes[0].net.decoder[0].up.kind == "bilinear"


def test_a_bias_before_batch_norm_is_idle():
    spec = edit.change(FOLLOW_ME, ("encoder", 0, "convs", 0, "bias"), True)
    spec = edit.change(spec, ("bottleneck", 0, "conv", "bias"), True)
    problem = warning(spec, "bias")
    assert problem.message == "encoder1 and 1 more: batch norm right after the convolution cancels its bias."
    assert labels(problem) == ["Leave these biases out"]
    assert problem.fixes[0].net == FOLLOW_ME
    relu_first = edit.change(FOLLOW_ME, ("encoder", 0, "convs", 0, "order"), "activation-norm")
    assert not any("bias" in problem.message for problem in check(relu_first).warnings)


def test_a_bottleneck_one_pixel_across_loses_location():
    problem = warning(edit.resize(FOLLOW_ME, 16, 32), "one pixel across")
    assert problem.where == "encoder2xx.down"
    assert problem.message == "At the bottleneck the picture is 1×2: one pixel across, so location is lost there."
    assert labels(problem) == ["Use 64×128 pixels"]


def test_a_bottleneck_one_pixel_across_of_a_very_wide_picture_has_no_larger_one():
    assert warning(edit.resize(FOLLOW_ME, 16, 4096), "one pixel across").fixes == ()


def test_a_network_of_more_than_a_hundred_million_weights_is_told():
    spec = edit.change(FOLLOW_ME, ("encoder", 3, "convs", 0, "kind"), "standard")
    for path in (("encoder", 2, "convs", 0, "filters"), ("encoder", 3, "convs", 0, "filters")):
        spec = edit.change(spec, path, 4096)
    problem = warning(spec, "weights")
    total = f"{flow(spec).params:,}"
    assert problem.message == (
        f"The network has {total} weights, most of them in encoder2xx_conv1; training needs 16 bytes for each."
    )


# As JSON, and as one sentence


def test_json_has_place_sentence_and_fixes_that_load_again():
    document = check(edit.resize(FOLLOW_ME, 150, 160)).to_json()
    error = document["errors"][0]
    assert sorted(error) == ["fixes", "message", "path", "where"]
    assert error["fixes"][1]["label"] == "Use 160×160 pixels"
    assert type(FOLLOW_ME).parse(error["fixes"][1]["net"], what="the fix") == FOLLOW_ME
    assert to_json(FOLLOW_ME)


def test_a_network_with_errors_is_refused_with_the_first_and_its_fix():
    with pytest.raises(
        SpecError, match=r"^inputs.height: 150 is not divisible .* \(and 1 more: .*\) Fix: Use 144×144 pixels\.$"
    ):
        require_valid(edit.resize(FOLLOW_ME, 150, 150))
    require_valid(FOLLOW_ME)
