"""The exported script: standalone Python in which every layer stands once (tests/net runs it in Keras)."""

import ast
import re

import pytest

from fcnlab.arch import PRESETS, edit, expand, from_code, preset, to_script
from fcnlab.errors import SpecError


def calls(script):
    """The arguments `name=` of all calls in `build`, in order."""
    build = next(node for node in ast.parse(script).body if isinstance(node, ast.FunctionDef))
    return [
        keyword.value.value
        for node in ast.walk(build)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "name"
    ]


def wiring(script):
    """What each layer of `build` reads, by following its variables: {layer: [layers]}."""
    build = next(node for node in ast.parse(script).body if isinstance(node, ast.FunctionDef))
    held, found = {}, {}
    for line in (node for node in build.body if isinstance(node, ast.Assign)):
        read = [held[node.id] for node in ast.walk(line.value) if isinstance(node, ast.Name) and node.id in held]
        name = next(
            k.value.value
            for n in ast.walk(line.value)
            if isinstance(n, ast.Call)
            for k in n.keywords
            if k.arg == "name"
        )
        found[name] = read
        held[line.targets[0].id] = name
    return found


@pytest.mark.parametrize("name", PRESETS)
def test_every_layer_stands_once_and_reads_what_it_should(name):
    spec = preset(name)
    script = to_script(spec)
    compile(script, name, "exec")
    layers = expand(spec).layers
    assert sorted(calls(script)) == sorted([*(layer.name for layer in layers), spec.name])
    assert wiring(script) == {layer.name: list(layer.inputs) for layer in layers}


@pytest.mark.parametrize("merge", ["concat", "add", "gate"])
@pytest.mark.parametrize("kind", ["bilinear-tf1", "bilinear", "nearest", "transposed"])
def test_every_kind_of_upsampling_and_merge(merge, kind):
    spec = preset("student-3")
    for index in range(3):
        spec = edit.set_skip(spec, index, spec.decoder[index].skip.source, merge)
        spec = edit.change(spec, ("decoder", index, "up", "kind"), kind)
    script = to_script(spec)
    assert wiring(script) == {layer.name: list(layer.inputs) for layer in expand(spec).layers}
    assert ("class BilinearUpsamplingTF1" in script) == (kind == "bilinear-tf1")


def test_names_that_begin_with_a_digit_become_variables_of_their_own():
    spec = edit.rename_stage(preset("follow-me"), "encoder", 0, "1")
    spec = edit.rename_stage(spec, "encoder", 1, "t_1")
    assert wiring(to_script(spec)) == {layer.name: list(layer.inputs) for layer in expand(spec).layers}


@pytest.mark.parametrize("name", ["class", "keras", "layers", "x", "build", "inputs1", "model"])
def test_names_that_mean_something_in_python_do_no_harm(name):
    spec = edit.rename_stage(preset("follow-me"), "encoder", 0, name)
    script = to_script(spec)
    compile(script, name, "exec")
    assert wiring(script) == {layer.name: list(layer.inputs) for layer in expand(spec).layers}


def test_the_script_names_its_parameters_and_carries_its_share_code():
    script = to_script(preset("follow-me"))
    assert "651,465 parameters" in script
    assert from_code(re.search(r"fcn1\.\S+", script)[0]) == preset("follow-me")


def test_nothing_of_the_lab_is_imported():
    imports = [node for node in ast.walk(ast.parse(to_script(preset("unet-small")))) if isinstance(node, ast.Import)]
    assert [alias.name for node in imports for alias in node.names] == ["keras"]
    assert "import fcnlab" not in to_script(preset("unet-small"))


def test_sigmoid_outputs_get_a_loss_of_their_own():
    assert "SparseCategoricalCrossentropy" in to_script(preset("follow-me"))
    sigmoid = edit.change(preset("follow-me"), ("output", "activation"), "sigmoid")
    assert "BinaryCrossentropy" in to_script(sigmoid)


def test_a_network_with_errors_is_refused():
    with pytest.raises(
        SpecError, match=r"decoder4x\.skip: The skip does not fit: .* Fix: Take the skip from encoder2\."
    ):
        to_script(edit.set_skip(preset("follow-me"), 1, "encoder1"))
