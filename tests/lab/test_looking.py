"""Looking inside: compared with what plain Keras computes from the same weights."""

import io
import json
import os

import keras
import numpy as np
import pytest
from PIL import Image

from fcnlab.arch import NetSpec, expand, plain
from fcnlab.errors import DataError, FcnLabError, RunError
from fcnlab.lab import Run
from fcnlab.lab.looking import StageMaps, _quantised
from fcnlab.lab.tasks import Sample, Upload, look, net_of, switch_skips, write_features
from fcnlab.net import build
from fcnlab.plan import Plan

SIDE = 16
PICTURE = Sample("shapes:0.3", "validation", 3)


def network(channels=3):
    """Two stages down, two up, with skips from `inputs` and `encoder1`; standard convolutions after the merge."""
    conv = {"kind": "standard", "filters": 6}
    return NetSpec.model_validate(
        {
            "name": "small",
            "input": {"height": SIDE, "width": SIDE, "channels": channels},
            "encoder": [
                {"name": "encoder1", "convs": [{"kind": "separable", "filters": 8}]},
                {"name": "encoder2", "convs": [{"kind": "separable", "filters": 12}]},
            ],
            "bottleneck": [{"conv": {"filters": 5, "kernel": 1}}],
            "decoder": [
                {"name": "decoder1", "up": {"filters": 7}, "skip": {"source": "encoder1"}, "convs": [conv]},
                {"name": "decoder2", "up": {"filters": 4}, "skip": {"source": "inputs"}, "convs": [conv]},
            ],
        }
    )


def randomise(model, seed=0):
    """Weights of which no two are alike, so that mixed-up channels show."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        low, high = (0.5, 1.5) if "variance" in weight.path or "gamma" in weight.path else (-0.5, 0.5)
        weight.assign(random.uniform(low, high, weight.shape))


def save(run, epoch, model):
    path = run.checkpoint_path(epoch)
    path.parent.mkdir(exist_ok=True)
    model.save_weights(path)


def made(path, spec, dataset="shapes:0.3", seed=0):
    run = Run.create(path, net=plain(spec), plan=Plan(), dataset=dataset)
    model = build(spec)
    randomise(model, seed)
    save(run, 1, model)
    return run, model


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return made(tmp_path_factory.mktemp("looking") / "run", network())


def standardised(image):
    return image[None].astype(np.float32) / 127.5 - 1


def png(pixels):
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "PNG")
    return memory.getvalue()


# One look


def test_feature_maps_are_those_of_a_sub_model_for_each_stage(prepared):
    run, model = prepared
    seen = look(str(run.path), PICTURE)
    graph = expand(net_of(run))
    assert len(seen.stages) == len(graph.ends)
    for end, stage in zip(graph.ends, seen.stages, strict=True):
        sub_model = keras.Model(model.input, model.get_layer(graph.layers[end].name).output)
        expected = sub_model(standardised(seen.image), training=False).numpy()[0]
        half_a_step = (stage.high - stage.low) / 510
        assert stage.maps.shape == expected.shape
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


# Quantisation


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_a_map_in_bytes_is_off_by_at_most_half_a_step(scale):
    values = (np.random.default_rng(0).normal(size=(9, 7, 5)) * scale).astype(np.float32)
    maps = _quantised("layer", "encoder", values)
    error = np.abs(maps.values().astype(np.float64) - values)
    assert (error <= (maps.high - maps.low).astype(np.float64) / 510 * 1.0001).all()
    assert (maps.maps.min(axis=(0, 1)) == 0).all()
    assert (maps.maps.max(axis=(0, 1)) == 255).all()


def test_a_constant_channel_keeps_its_value():
    maps = _quantised("layer", "encoder", np.full((4, 4, 2), -3.25, np.float32))
    assert isinstance(maps, StageMaps)
    assert (maps.values() == -3.25).all()


# Skips


def test_all_skips_off_with_zero_is_the_network_without_the_weights_that_read_them(prepared):
    run, model = prepared
    image = look(str(run.path), PICTURE).image
    blind = build(net_of(run))
    blind.set_weights(model.get_weights())
    for stage, upsampled in (("decoder1", 7), ("decoder2", 4)):
        after_merge = next(
            layer for layer in blind.layers if layer.name.startswith(stage) and type(layer) is keras.layers.Conv2D
        )
        kernel, *rest = after_merge.get_weights()
        assert kernel.shape[2] > upsampled
        assert isinstance(after_merge.input._keras_history.operation, keras.layers.Concatenate)
        kernel[:, :, upsampled:] = 0  # the upsampled channels come first
        after_merge.set_weights([kernel, *rest])
    expected = blind(standardised(image), training=False).numpy()[0]
    found = switch_skips(str(run.path), PICTURE, ("decoder1", "decoder2"), "zero")
    whole = model(standardised(image), training=False).numpy()[0]
    assert found.shares == pytest.approx(expected.mean(axis=(0, 1)), abs=1e-5)
    assert (found.labels == expected.argmax(axis=-1)).all()
    assert found.change == pytest.approx(np.abs(expected - whole).sum(axis=-1) / 2, abs=1e-5)
    assert found.change.max() > 0.01


def test_no_skip_off_changes_nothing(prepared):
    run, _ = prepared
    seen, found = look(str(run.path), PICTURE), switch_skips(str(run.path), PICTURE, ())
    assert (found.labels == seen.labels).all()
    assert found.iou == seen.iou
    assert not found.change.any()


def test_with_the_mean_a_picture_that_is_the_mean_loses_nothing(tmp_path):
    for number in range(3):
        for folder, value in (("images", 90), ("masks", 0)):
            path = tmp_path / "plain" / folder / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.full((SIDE, SIDE, 3) if folder == "images" else (SIDE, SIDE), value, np.uint8)
            if folder == "masks":
                pixels[:4] = 255
            Image.fromarray(pixels).save(path)
    spec = network()
    spec = spec.model_copy(update={"output": spec.output.model_copy(update={"classes": 2})})
    run, _ = made(tmp_path / "run", spec, str(tmp_path / "plain"))
    flat = Upload(png(np.full((SIDE, SIDE, 3), 90, np.uint8)), "flat.png")
    assert switch_skips(str(run.path), flat, ("decoder2",), "mean").change.max() < 1e-5
    assert switch_skips(str(run.path), flat, ("decoder2",), "zero").change.max() > 1e-3


# What is refused


def test_a_run_without_checkpoint(tmp_path):
    run = Run.create(tmp_path / "new", net=plain(network()), plan=Plan(), dataset="shapes:0.3")
    with pytest.raises(RunError, match="new has no checkpoint yet"):
        look(str(run.path), PICTURE)


def test_an_epoch_without_checkpoint(prepared):
    with pytest.raises(RunError, match=r"no checkpoint of epoch 7\. It has 1\."):
        look(str(prepared[0].path), PICTURE, 7)


def test_an_upload_that_is_no_picture_is_named(prepared):
    with pytest.raises(DataError, match=r"notes\.txt is not a picture"):
        look(str(prepared[0].path), Upload(b"hello", "notes.txt"))


def test_a_skip_that_is_not_there(prepared):
    with pytest.raises(FcnLabError, match=r"no skip called 'decoder9'\. It has decoder1, decoder2\."):
        switch_skips(str(prepared[0].path), PICTURE, ("decoder9",))


def test_a_baseline_that_is_not_there(prepared):
    with pytest.raises(FcnLabError, match="no baseline 'noise'"):
        switch_skips(str(prepared[0].path), PICTURE, ("decoder1",), "noise")


def test_the_mean_needs_the_dataset(tmp_path):
    run, _ = made(tmp_path / "run", network(), str(tmp_path / "gone"))
    upload = Upload(png(np.zeros((SIDE, SIDE, 3), np.uint8)), "black.png")
    with pytest.raises(FcnLabError, match=r"mean needs reference pictures\. Use the baseline zero"):
        switch_skips(str(run.path), upload, ("decoder1",), "mean")


def test_weights_that_have_overflowed_are_told(tmp_path):
    run, model = made(tmp_path / "run", network())
    model.weights[-1].assign(np.full(model.weights[-1].shape, np.nan))
    save(run, 2, model)
    with pytest.raises(RunError, match=r"outputs have overflowed.*earlier checkpoint"):
        look(str(run.path), PICTURE)


# Files


def test_features_as_files_with_an_index(prepared, tmp_path):
    source = tmp_path / "mine.png"
    source.write_bytes(png(np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8)))
    index = write_features(prepared[0].path, source, tmp_path / "out")
    assert index == json.loads((tmp_path / "out" / "index.json").read_text())
    assert [entry["file"] for entry in index["maps"]] == [
        "00-inputs.png",
        "01-encoder1.png",
        "02-encoder2.png",
        "03-1x1_conv.png",
        "04-decoder1.png",
        "05-decoder2.png",
        "06-outputs.png",
    ]
    assert [entry["shape"] for entry in index["maps"]][1] == [8, 8, 8]
    assert index["maps"][1]["channels"] == list(range(8))
    assert sum(index["prediction"]["class_share"]) == pytest.approx(1)
    for file in ("prediction.png", *(entry["file"] for entry in index["maps"])):
        with Image.open(tmp_path / "out" / file) as picture:
            assert picture.mode == "RGB"


def test_features_of_every_layer(prepared, tmp_path):
    source = tmp_path / "mine.png"
    source.write_bytes(png(np.zeros((SIDE, SIDE, 3), np.uint8)))
    index = write_features(prepared[0].path, source, tmp_path / "out", layers=True)
    assert [entry["name"] for entry in index["maps"]] == [layer.name for layer in expand(network()).layers]


def test_features_cannot_be_written_into_a_file(prepared, tmp_path):
    source = tmp_path / "mine.png"
    source.write_bytes(png(np.zeros((SIDE, SIDE, 3), np.uint8)))
    with pytest.raises(RunError, match=r"mine\.png cannot be written .*Choose a folder"):
        write_features(prepared[0].path, source, source)
