"""What holds for every network, right or wrong."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import networks

from fcnlab.arch import (
    check,
    expand,
    flow,
    from_code,
    from_json,
    layer_flow,
    require_valid,
    to_code,
    to_json,
    to_script,
)
from fcnlab.errors import SpecError


@given(networks())
def test_the_flow_has_a_row_for_every_stage(spec):
    rows = flow(spec).rows
    assert [row.name for row in rows] == ["inputs", *(stage.name for stage in spec.stages), "outputs"]


@given(networks())
def test_rows_and_layers_add_up_to_the_same_totals(spec):
    stages, layers = flow(spec), layer_flow(spec)
    for total in (stages, layers):
        assert total.params == sum(row.params or 0 for row in total.rows)
        assert total.frozen == sum(row.frozen or 0 for row in total.rows)
        assert total.macs == sum(row.macs or 0 for row in total.rows)
        assert total.activations == sum(row.activations for row in total.rows)
    assert (stages.params, stages.frozen, stages.macs) == (layers.params, layers.frozen, layers.macs)
    assert stages.activations == layers.activations == sum(h * w * c for h, w, c in (row.shape for row in layers.rows))


@given(networks())
def test_layer_names_are_unique_and_each_layer_reads_only_layers_before_it(spec):
    before: set[str] = set()
    for layer in expand(spec).layers:
        assert layer.name not in before
        assert set(layer.inputs) <= before
        before.add(layer.name)


@given(networks())
def test_a_network_without_errors_gives_outputs_of_the_inputs_size(spec):
    if check(spec).ok:
        result = flow(spec)
        assert result.complete
        assert result.rows[-1].shape == (spec.input.height, spec.input.width, spec.output.classes)


@given(networks())
def test_an_incomplete_flow_always_comes_with_an_error(spec):
    if not flow(spec).complete:
        assert not check(spec).ok


@given(networks())
def test_every_error_has_a_place_a_sentence_and_a_fix(spec):
    for error in check(spec).errors:
        assert error.where
        assert error.message.endswith(".")
        assert error.fixes
        assert all(fix.label for fix in error.fixes)


@given(networks())
def test_every_fix_of_an_error_removes_that_error(spec):
    for error in check(spec).errors:
        for fix in error.fixes:
            left = check(fix.net).errors
            assert error.path not in [other.path for other in left], (error.message, fix.label)
            if "inputs' size" in error.message:
                assert not any("inputs' size" in other.message for other in left), fix.label


@given(networks(), st.data())
def test_clicking_through_the_fixes_ends_with_a_valid_network(spec, data):
    for _ in range(60):
        errors = check(spec).errors
        if not errors:
            return
        spec = data.draw(st.sampled_from(data.draw(st.sampled_from(errors)).fixes)).net
    pytest.fail(f"60 fixes were not enough: {[error.message for error in check(spec).errors]}")


@given(networks())
def test_every_fix_of_a_warning_removes_that_warning_and_makes_no_error(spec):
    report = check(spec)
    for warning in report.warnings:
        for fix in warning.fixes:
            after = check(fix.net)
            assert warning.message not in [other.message for other in after.warnings]
            assert len(after.errors) <= len(report.errors)


@given(networks())
def test_every_network_survives_json_and_its_share_code(spec):
    assert from_json(to_json(spec)) == spec
    assert from_code(to_code(spec)) == spec


@given(networks())
def test_a_valid_network_becomes_a_script_and_an_invalid_one_a_sentence(spec):
    if check(spec).ok:
        ast.parse(to_script(spec))
        require_valid(spec)
    else:
        for function in (to_script, require_valid):
            with pytest.raises(SpecError, match=r"Fix: .+\.$"):
                function(spec)
