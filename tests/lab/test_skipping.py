"""Skips of a run in one picture: every set of them, turned and swapped, compared with what plain Keras computes."""

import keras
import numpy as np
import pytest
from looking_runs import PICTURE, SIDE, made, network, png, standardised

from fcnlab.errors import DataError, FcnLabError, RunError
from fcnlab.lab import Run
from fcnlab.lab.tasks import Sample, Upload, look, net_of, skip_sets, turn_skips
from fcnlab.net import build

OTHER = Sample("shapes:0.3", "validation", 7)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return made(tmp_path_factory.mktemp("skipping") / "run", network())


@pytest.fixture(scope="module")
def path(prepared):
    return str(prepared[0].path)


# Every set


def test_the_sets_of_a_picture(prepared, path):
    sets, whole = skip_sets(path, PICTURE), look(path, PICTURE)
    assert sets.names == ("decoder1", "decoder2")
    assert sets.sources == ("encoder1", "inputs")
    assert sets.labels.shape == (4, SIDE, SIDE)
    assert (sets.labels[-1] == whole.labels).all()
    assert sets.iou[-1] == whole.iou
    for number, strengths in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        turned = turn_skips(path, PICTURE, strengths)
        assert (sets.labels[number] == turned.labels).all()
        assert sets.iou[number] == turned.iou


def test_probability_is_taken_over_the_targets_true_pixels_and_shared_out(prepared, path):
    _, model = prepared
    sets, whole = skip_sets(path, PICTURE), look(path, PICTURE)
    probabilities = model(standardised(whole.image), training=False).numpy()[0]
    assert sets.target == 2
    assert (whole.truth == 2).any()
    assert sets.probability[-1] == pytest.approx(probabilities[whole.truth == 2, 2].mean(), abs=1e-5)
    assert sets.shares.sum() == pytest.approx(float(sets.probability[-1]) - float(sets.probability[0]), abs=1e-12)
    none, first, second, both = sets.probability.astype(float)
    assert sets.shares == pytest.approx([(first - none + both - second) / 2, (second - none + both - first) / 2])
    assert sets.iou_shares.sum() == pytest.approx(sets.iou[-1][2] - sets.iou[0][2], abs=1e-12)


def test_without_truth_the_probability_is_taken_over_the_whole_picture(prepared, path):
    pixels = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    sets = skip_sets(path, Upload(png(pixels), "mine.png"))
    assert (sets.iou, sets.iou_shares) == (None, None)
    probabilities = prepared[1](standardised(pixels), training=False).numpy()[0]
    assert sets.probability[-1] == pytest.approx(probabilities[..., 2].mean(), abs=1e-5)


@pytest.mark.parametrize("baseline", ["zero", "mean", "position", "resample"])
def test_every_baseline_leaves_the_whole_network_as_it_is(path, baseline):
    sets = skip_sets(path, PICTURE, baseline)
    assert (sets.labels[-1] == look(path, PICTURE).labels).all()
    if baseline != "zero":
        assert (sets.probability[0] != skip_sets(path, PICTURE).probability[0]).any()


# Turned, off, swapped


def test_all_skips_off_with_zero_is_the_network_without_the_weights_that_read_them(prepared, path):
    run, model = prepared
    image = look(path, PICTURE).image
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
    found = turn_skips(path, PICTURE, (0, 0), "zero")
    whole = model(standardised(image), training=False).numpy()[0]
    assert found.shares == pytest.approx(expected.mean(axis=(0, 1)), abs=1e-5)
    assert (found.labels == expected.argmax(axis=-1)).all()
    assert found.change == pytest.approx(np.abs(expected - whole).sum(axis=-1) / 2, abs=1e-5)
    assert found.change.max() > 0.01


def test_at_full_strength_nothing_changes(path):
    seen, found = look(path, PICTURE), turn_skips(path, PICTURE, (1, 1))
    assert (found.labels == seen.labels).all()
    assert found.iou == seen.iou
    assert not found.change.any()


def test_half_and_double_strength_differ_from_off_and_on(path):
    found = [turn_skips(path, PICTURE, (strength, 1)).shares for strength in (0, 0.5, 1, 2)]
    assert len({tuple(shares) for shares in found}) == 4


def test_a_swap_puts_the_other_pictures_skip_in(path):
    assert not turn_skips(path, PICTURE, (1, 1), other=PICTURE, swapped=(True, True)).change.any()
    swapped = turn_skips(path, PICTURE, (1, 1), other=OTHER, swapped=(False, True))
    assert swapped.change.max() > 0.01
    off = turn_skips(path, PICTURE, (1, 0))
    gone = turn_skips(path, PICTURE, (1, 0), other=OTHER, swapped=(False, True))
    assert (gone.labels == off.labels).all()


def test_with_the_mean_a_picture_that_is_the_mean_loses_nothing(tmp_path):
    from looking_runs import folder_of

    flat = np.full((SIDE, SIDE, 3), 90, np.uint8)
    spec = network()
    spec = spec.model_copy(update={"output": spec.output.model_copy(update={"classes": 2})})
    run, _ = made(tmp_path / "run", spec, folder_of(tmp_path / "plain", [flat] * 3))
    picture = Upload(png(flat), "flat.png")
    for baseline in ("mean", "position", "resample"):
        assert turn_skips(str(run.path), picture, (1, 0), baseline).change.max() < 1e-5
    assert turn_skips(str(run.path), picture, (1, 0), "zero").change.max() > 1e-3


# What is refused


def test_a_baseline_or_checkpoint_that_is_not_there(path):
    for ask in (lambda: skip_sets(path, PICTURE, "noise"), lambda: turn_skips(path, PICTURE, (1, 1), "noise")):
        with pytest.raises(
            FcnLabError, match=r"no baseline 'noise'\. Baselines are zero, mean, position and resample\."
        ):
            ask()
    with pytest.raises(RunError, match=r"no checkpoint of epoch 7\. It has 1, and 0 for the weights before training\."):
        skip_sets(path, PICTURE, epoch=7)
    with pytest.raises(DataError, match=r"notes\.txt is not a picture"):
        skip_sets(path, Upload(b"hello", "notes.txt"))


def test_a_network_without_skips(tmp_path):
    spec = network()
    bare = spec.model_copy(update={"decoder": tuple(s.model_copy(update={"skip": None}) for s in spec.decoder)})
    run, _ = made(tmp_path / "run", bare)
    with pytest.raises(FcnLabError, match="The network has no skip connections"):
        skip_sets(str(run.path), PICTURE)


def test_a_mean_without_the_dataset_that_it_is_taken_over(tmp_path):
    run, _ = made(tmp_path / "run", network(), dataset=str(tmp_path / "gone"))
    upload = Upload(png(np.zeros((SIDE, SIDE, 3), np.uint8)), "black.png")
    with pytest.raises(FcnLabError, match="The baseline mean needs reference pictures"):
        turn_skips(str(run.path), upload, (0, 1), "mean")
    assert skip_sets(str(run.path), upload).labels.shape == (4, SIDE, SIDE)


def test_a_network_that_diverged(tmp_path):
    run, model = made(tmp_path / "run", network())
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    model.save_weights(run.checkpoint_path(2))
    for ask in (skip_sets, lambda path, picture: turn_skips(path, picture, (1, 0))):
        with pytest.raises(RunError, match="values that are not numbers"):
            ask(str(run.path), PICTURE)


def test_the_weights_before_training(path, prepared):
    untrained = skip_sets(path, PICTURE, epoch=0)
    assert Run.open(path).record.plan.seed == 0
    expected = build(net_of(prepared[0]), seed=0)(standardised(look(path, PICTURE).image), training=False).numpy()[0]
    assert (untrained.labels[-1] == expected.argmax(axis=-1)).all()
