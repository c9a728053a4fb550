"""Looking inside: compared with what plain Keras computes from the same weights."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from looking_runs import PICTURE, SIDE, made, network, png, randomise, save, standardised

from fcnlab.arch import expand, plain
from fcnlab.errors import DataError, FcnLabError, RunError
from fcnlab.lab import Run
from fcnlab.lab.tasks import Sample, Upload, class_contributions, look, net_of
from fcnlab.net import build
from fcnlab.net.inside.statistics import describe
from fcnlab.plan import Plan


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return made(tmp_path_factory.mktemp("looking") / "run", network())


# One look


@pytest.mark.parametrize("layers", [False, True])
def test_feature_maps_are_those_of_a_sub_model_for_each_stage_or_layer(prepared, layers):
    run, model = prepared
    seen = look(str(run.path), PICTURE, layers=layers)
    graph = expand(net_of(run))
    expected_layers = graph.layers if layers else [graph.layers[end] for end in graph.ends]
    for layer, stage in zip(expected_layers, seen.stages, strict=True):
        sub_model = keras.Model(model.input, model.get_layer(layer.name).output)
        expected = sub_model(standardised(seen.image), training=False).numpy()[0]
        half_a_step = (stage.high - stage.low) / 510
        assert (stage.layer, stage.kind, stage.maps.shape) == (layer.name, layer.kind, expected.shape)
        assert (np.abs(stage.values() - expected) <= half_a_step + 1e-5).all(), stage.name


def test_stages_come_in_the_order_of_the_shape_flow_with_their_roles(prepared):
    seen = look(str(prepared[0].path), PICTURE)
    assert [(stage.name, stage.role) for stage in seen.stages] == [
        ("inputs", "inputs"),
        ("encoder1", "encoder"),
        ("encoder2", "encoder"),
        ("1x1 conv", "bottleneck"),
        ("decoder1", "decoder"),
        ("decoder2", "decoder"),
        ("outputs", "outputs"),
    ]


def test_layers_bear_the_role_of_their_stage(prepared):
    roles = {maps.name: maps.role for maps in look(str(prepared[0].path), PICTURE, layers=True).stages}
    assert roles["encoder1_norm1"] == "encoder"
    assert roles["1x1_conv_conv1"] == "bottleneck"
    assert roles["decoder2_concat"] == "decoder"
    assert roles["outputs_conv"] == "outputs"


def test_statistics_are_those_of_the_values(prepared):
    for stage in look(str(prepared[0].path), PICTURE).stages:
        expected = describe(stage.values())
        step = float((stage.high - stage.low).max()) / 255
        np.testing.assert_allclose(stage.statistics.mean, expected.mean, atol=step)
        np.testing.assert_allclose(stage.statistics.variance, expected.variance, atol=step, rtol=0.05)
        assert stage.statistics.dead == expected.dead
        assert stage.statistics.effective_rank == pytest.approx(expected.effective_rank, rel=0.05)
        assert stage.statistics.counts.sum() == stage.maps.size


def test_prediction_and_shares_are_read_from_the_probabilities(prepared):
    run, model = prepared
    seen = look(str(run.path), PICTURE)
    probabilities = model(standardised(seen.image), training=False).numpy()[0]
    assert (seen.labels == probabilities.argmax(axis=-1)).all()
    assert seen.shares == pytest.approx(probabilities.mean(axis=(0, 1)), abs=1e-5)
    assert seen.epoch == 1


def test_iou_of_the_image_by_class(prepared):
    seen = look(str(prepared[0].path), PICTURE)
    for label, value in enumerate(seen.iou):
        hit = ((seen.truth == label) & (seen.labels == label)).sum()
        union = ((seen.truth == label) | (seen.labels == label)).sum()
        assert value == (pytest.approx(hit / union) if union else None)


def test_an_upload_has_no_truth(prepared):
    pixels = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    seen = look(str(prepared[0].path), Upload(png(pixels), "mine.png"))
    assert (seen.image == pixels).all()
    assert seen.truth is None
    assert seen.iou is None


def test_a_grey_network_sees_grey(tmp_path):
    run, _ = made(tmp_path / "grey", network(channels=1))
    assert look(str(run.path), PICTURE).image.shape == (SIDE, SIDE, 1)


# Which weights


def test_a_checkpoint_that_was_replaced_is_loaded_anew(tmp_path):
    run, model = made(tmp_path / "run", network())
    before = look(str(run.path), PICTURE).stages[1].values()
    randomise(model, seed=1)
    save(run, 1, model)
    os.utime(run.checkpoint_path(1), (0, 0))  # however coarse the file system's clock
    assert not np.allclose(look(str(run.path), PICTURE).stages[1].values(), before)


def test_an_earlier_checkpoint_on_request(tmp_path):
    run, model = made(tmp_path / "run", network())
    first = look(str(run.path), PICTURE)
    randomise(model, seed=1)
    save(run, 2, model)
    assert look(str(run.path), PICTURE).epoch == 2
    assert (look(str(run.path), PICTURE, 1).stages[1].maps == first.stages[1].maps).all()


def test_epoch_0_is_the_network_as_its_training_begins(prepared):
    run, _ = prepared
    seen = look(str(run.path), PICTURE, 0)
    untrained = build(net_of(run), seed=run.record.plan.seed)
    expected = untrained(standardised(seen.image), training=False).numpy()[0]
    assert seen.epoch == 0
    assert seen.shares == pytest.approx(expected.mean(axis=(0, 1)), abs=1e-5)


def test_a_run_without_checkpoint_can_be_seen_untrained(tmp_path):
    run = Run.create(tmp_path / "new", net=plain(network()), plan=Plan(), dataset="shapes:0.3")
    assert look(str(run.path), PICTURE, 0).epoch == 0
    with pytest.raises(RunError, match="new has no checkpoint yet"):
        look(str(run.path), PICTURE)


# For and against a class


def test_contributions_are_given_for_every_channel_of_every_layer(prepared):
    run, _ = prepared
    found = class_contributions(str(run.path), PICTURE, 1)
    assert {name: values.shape for name, values in found.items()} == {
        layer.name: (layer.shape[2],) for layer in expand(net_of(run)).layers
    }
    assert np.abs(found["decoder1_concat"]).max() > 0


def test_a_class_that_is_not_there(prepared):
    with pytest.raises(FcnLabError, match=r"There is no class 3\. The network's classes are 0 to 2\."):
        class_contributions(str(prepared[0].path), PICTURE, 3)


# What is refused


def test_an_epoch_without_checkpoint(prepared):
    with pytest.raises(RunError, match=r"no checkpoint of epoch 7\. It has 1, and 0 for the weights before training\."):
        look(str(prepared[0].path), PICTURE, 7)


def test_an_upload_that_is_no_picture_is_named(prepared):
    with pytest.raises(DataError, match=r"notes\.txt is not a picture"):
        look(str(prepared[0].path), Upload(b"hello", "notes.txt"))


def test_a_picture_that_cannot_be_read_is_told_before_keras_is_loaded(prepared):
    code = (
        "import sys\n"
        "from fcnlab.errors import DataError\n"
        "from fcnlab.lab.tasks import Sample, look\n"
        "try:\n"
        f"    look({str(prepared[0].path)!r}, Sample('shapes:0.3', 'validation', 100000))\n"
        "except DataError as problem:\n"
        "    print(problem, *({'keras', 'tensorflow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert "there is no image number 100000" in done.stdout
    assert "keras" not in done.stdout
    assert "tensorflow" not in done.stdout


def test_a_split_that_is_not_there(prepared):
    with pytest.raises(DataError, match="has no split 'exam'"):
        look(str(prepared[0].path), Sample("shapes:0.3", "exam", 0))


def test_weights_that_have_overflowed_are_told(tmp_path):
    run, model = made(tmp_path / "run", network())
    model.weights[-1].assign(np.full(model.weights[-1].shape, np.nan))
    save(run, 2, model)
    with pytest.raises(RunError, match=r"outputs have overflowed.*earlier checkpoint"):
        look(str(run.path), PICTURE)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:999]), r"are damaged or cut short \("),
        (
            lambda path: build(network(channels=1)).save_weights(path),
            "do not fit this network: they are of another one, with other layers or widths",
        ),
    ],
)
def test_weights_that_cannot_be_used_are_told_in_plain_words(tmp_path, spoil, sentence):
    run, _ = made(tmp_path / "run", network())
    spoil(run.checkpoint_path(1))
    with pytest.raises(RunError, match=sentence) as told:
        look(str(run.path), PICTURE)
    assert "container" not in str(told.value)
