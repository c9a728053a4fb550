"""Feature maps, skips switched off, and what each skip contributes."""

import json

import keras
import numpy as np
import pytest
from net_helpers import noise, shapes, small, tiny

from fcnlab.arch import PRESETS, flow, layer_flow
from fcnlab.arch.edit import change
from fcnlab.data import open_dataset
from fcnlab.errors import DataError, FcnLabError
from fcnlab.net import Features, Predictor, SkipSwitch, build, contributions, score
from fcnlab.net.contribution import shapley

SKIPPED = ("follow-me", "student-3", "unet-small", "fcn-8s", "linknet-small")


def test_one_pass_gives_every_stage_and_every_layer():
    spec = tiny()
    model = build(spec, seed=0)
    features = Features(spec, model)
    image = noise(32, 1)[0]
    stages, layers = features.stages(image), features.layers(image)
    assert [(name, maps.shape) for name, maps in stages.items()] == [(row.name, row.shape) for row in flow(spec).rows]
    assert [(name, maps.shape) for name, maps in layers.items()] == [
        (row.name, row.shape) for row in layer_flow(spec).rows
    ]
    np.testing.assert_allclose(stages["inputs"], image / 127.5 - 1, atol=1e-6)
    for layer in model.layers[1:]:
        alone = keras.Model(model.input, layer.output)(image[None] / 127.5 - 1, training=False)
        np.testing.assert_allclose(layers[layer.name], np.asarray(alone)[0], atol=1e-4)
    np.testing.assert_allclose(stages["encoder2"], layers["encoder2_relu1"], atol=1e-6)
    np.testing.assert_allclose(stages["outputs"], Predictor(model)(image[None])[0], atol=1e-6)


@pytest.mark.parametrize("name", SKIPPED)
def test_with_every_skip_on_nothing_changes(name):
    spec = small(name)
    model = build(spec, seed=0)
    images = noise(64, 2)
    switch = SkipSwitch(spec, model, images)
    assert switch.names == tuple(name for name, _ in spec.skips)
    np.testing.assert_allclose(switch.predict(images), Predictor(model)(images), atol=1e-5)


@pytest.mark.parametrize("merge", ["concat", "add", "gate"])
@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_a_skip_that_is_off_carries_the_baseline(merge, baseline):
    """The same by hand: the tap's tensor is replaced, and the rest of the network is run from there."""
    spec = change(tiny(), ("decoder", 0, "skip", "merge"), merge)
    model = build(spec, seed=0)
    images, reference = noise(32, 2), noise(32, 8, seed=9)
    off = SkipSwitch(spec, model, reference).predict(images, ("decoder2",), baseline)

    tap = model.get_layer("encoder1_relu1").output
    if baseline == "zero":
        carried = np.zeros(8, np.float32)
    else:
        carried = np.asarray(keras.Model(model.input, tap)(reference / 127.5 - 1)).mean(axis=(0, 1, 2))
    expected = run_with(model, spec, images / 127.5 - 1, "encoder1_relu1", carried, stage="decoder2")
    np.testing.assert_allclose(off, expected, atol=1e-5)
    assert np.abs(off - Predictor(model)(images)).max() > 1e-4


def run_with(model, spec, x, tap, carried, stage):
    tensors = {}
    for layer, row in zip(model.layers, layer_flow(spec).rows, strict=True):
        config = next(node.arguments.keras_tensors for node in layer._inbound_nodes)
        if not config:
            tensors[layer.name] = keras.ops.convert_to_tensor(x, "float32")
            continue
        sources = []
        for source in config:
            name = source._keras_history.operation.name
            value = tensors[name]
            if name == tap and row.name.startswith(stage):
                value = keras.ops.zeros_like(value) + carried
            sources.append(value)
        tensors[layer.name] = layer(sources if len(sources) > 1 else sources[0])
    return np.asarray(tensors[model.layers[-1].name])


def test_a_skip_from_one_source_can_be_switched_for_each_decoder_stage_alone():
    spec = tiny(
        decoder=[
            {"name": "up", "up": {"filters": 8}, "skip": {"source": "encoder1"}, "convs": [{"filters": 4}]},
            {"name": "same", "up": {"factor": 1}, "skip": {"source": "encoder1"}, "convs": [{"filters": 4}]},
            {"name": "last", "up": {"filters": 8}},
        ]
    )
    model = build(spec, seed=0)
    images = noise(32, 1)
    switch = SkipSwitch(spec, model, images)
    assert switch.names == ("up", "same")
    results = [switch.predict(images, off) for off in ((), ("up",), ("same",), ("up", "same"))]
    for index, one in enumerate(results):
        for other in results[index + 1 :]:
            assert np.abs(one - other).max() > 1e-6


def test_unknown_skips_and_baselines_are_told():
    spec = tiny()
    switch = SkipSwitch(spec, build(spec, seed=0), noise(32, 0))
    with pytest.raises(FcnLabError, match=r"no skip called 'decoder9'\. It has decoder2, decoder1"):
        switch.predict(noise(32, 1), ("decoder9",))
    with pytest.raises(FcnLabError, match=r"no baseline 'median'\. Baselines are zero and mean"):
        switch.predict(noise(32, 1), (), "median")
    with pytest.raises(FcnLabError, match="baseline mean needs reference pictures"):
        switch.predict(noise(32, 1), ("decoder1",), "mean")


def test_a_skip_whose_weights_are_zero_contributes_nothing_and_shares_add_up():
    spec = tiny()
    model = build(spec, seed=0)
    kernel, *rest = model.get_layer("decoder2_conv1").get_weights()
    kernel[:, :, 8:] = 0  # the second half of the concatenation: the skip
    model.get_layer("decoder2_conv1").set_weights([kernel, *rest])
    pairs = shapes(32, 6)
    found = contributions(SkipSwitch(spec, model, pairs.images), pairs, "zero")
    by_name = {skip["name"]: skip for skip in found["skips"]}
    assert [by_name["decoder2"][key] for key in ("shapley", "necessity", "sufficiency")] == [0, 0, 0]
    assert by_name["decoder1"]["shapley"] == pytest.approx(found["all"] - found["none"], abs=1e-12)
    assert found["images"] == 6
    assert len(found["sets"]) == 4
    json.dumps(found)


def test_shapley_values_of_games_that_are_known():
    names = ("a", "b", "c")
    every = [frozenset(s) for s in ((), "a", "b", "c", "ab", "ac", "bc", "abc")]
    additive = shapley(names, {kept: sum({"a": 1, "b": 2, "c": 3}[name] for name in kept) for kept in every})
    assert additive == pytest.approx({"a": 1, "b": 2, "c": 3})
    # a and b are redundant, c does nothing: each of the two alone seems useless when left out
    redundant = shapley(names, {kept: float(bool(kept & {"a", "b"})) for kept in every})
    assert redundant == pytest.approx({"a": 0.5, "b": 0.5, "c": 0})


def test_a_network_without_skips_has_no_contributions():
    spec = small("follow-me-no-skips")
    pairs = shapes(64, 2)
    with pytest.raises(FcnLabError, match=r"has no skip connections\. Choose a network that has some"):
        contributions(SkipSwitch(spec, build(spec), pairs.images), pairs)


def test_score_of_a_dataset_without_evaluation_sets_has_no_final():
    spec = small("follow-me", 32)
    seen = []
    found = score(build(spec, seed=0), "shapes", lambda done, total: seen.append((done, total)))
    assert found["final"] is None
    assert list(found["sets"]) == ["test"]
    assert found["images"] == seen[-1][0] == seen[-1][1] == 100
    assert found["target"] == "polygon"
    json.dumps(found)


def test_score_refuses_other_classes():
    model = build(tiny(output={"classes": 4}), seed=0)
    with pytest.raises(DataError, match="has 3 classes, the network tells 4 apart"):
        score(model, open_dataset("shapes"))


def test_every_preset_is_known_to_have_skips_or_not():
    assert {name for name, entry in PRESETS.items() if entry.make().skips} == {*SKIPPED, "fcn-16s"}
