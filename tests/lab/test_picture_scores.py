"""A checkpoint's scores picture by picture: what they say, that they are kept, and that they are not when stale."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from looking_runs import SIDE, folder_of, made, network, randomise, save

from fcnlab.arch.edit import set_classes
from fcnlab.data import open_dataset
from fcnlab.errors import DataError, FcnLabError, RunError
from fcnlab.lab.inside.loaded import load
from fcnlab.lab.tasks import (
    PictureScores,
    augment_pictures,
    picture_scores,
    predict_pictures,
    saved_picture_scores,
    score_run,
)
from fcnlab.plan import Augmentation

DATA = "shapes:0.3"


@pytest.fixture
def run(tmp_path):
    return made(tmp_path / "run", network(), DATA)[0]


@pytest.fixture
def pictures(tmp_path):
    """A folder of five pictures with two classes, and a run for it."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for _ in range(5)]
    folder = folder_of(tmp_path / "own", images)
    return folder, str(made(tmp_path / "two", set_classes(network(), 2), folder)[0].path)


def scores(**changes):
    """Scores of four pictures, by hand."""
    fields = {
        "size": np.array([10, 0, 0, 10]),
        "found": np.array([True, True, False, False]),
        "iou": np.array([0.5, 0.0, 0.0, 0.0]),
        "missed": np.array([5, 0, 0, 10]),
        "false": np.array([0, 6, 0, 0]),
        "distance": np.array([5.0, np.nan, np.nan, 50.0]),
        "occlusion": np.array([0.0, np.nan, np.nan, 0.5]),
    }
    return PictureScores(dataset="d", split="s", epoch=1, names=tuple("abcd"), target=2, **{**fields, **changes})


def test_they_are_those_of_the_score(run):
    found, whole = picture_scores(str(run.path), DATA, "test"), score_run(run.path, DATA)
    assert (found.dataset, found.split, found.epoch, found.target) == (open_dataset(DATA).name, "test", 1, 2)
    there, count = found.size > 3, open_dataset(DATA).splits["test"]
    assert found.names == open_dataset(DATA).file_names("test")
    official = whole["sets"]["test"]
    assert len(found.iou) == official["images"] == count
    assert found.iou.mean() == pytest.approx(official["iou"])
    assert (there & found.found).sum() == official["tp"]
    assert (~there & found.found).sum() == official["fp"]
    assert (there & ~found.found).sum() == official["fn"]
    assert [band.to_json() for band in found.by_size()] == whole["by_size"]
    assert found.by_distance() == found.by_occlusion() == ()
    union = np.maximum(found.size + found.false, 1)
    np.testing.assert_allclose(found.iou, (found.size - found.missed) / union)


def test_they_are_kept_and_read_without_the_network(run, monkeypatch):
    path = str(run.path)
    assert saved_picture_scores(path, DATA, "test") is None
    told = []
    found = picture_scores(path, DATA, "test", progress=lambda *done: told.append(done))
    assert told[-1] == (len(found.iou), len(found.iou))
    monkeypatch.setattr("fcnlab.lab.inside.picture_scores.load", lambda *_: pytest.fail("the network was loaded"))
    for again in (picture_scores(path, DATA, "test"), saved_picture_scores(path, DATA, "test", 1)):
        assert again.names == found.names
        for field in ("size", "found", "iou", "missed", "false", "distance", "occlusion"):
            np.testing.assert_array_equal(getattr(again, field), getattr(found, field))
    assert saved_picture_scores(path, DATA, "validation") is None
    assert saved_picture_scores(path, "shapes:0.4", "test") is None
    assert saved_picture_scores(path, DATA, "nowhere") is None
    assert saved_picture_scores(path, DATA, "test", 7) is None


def test_they_do_not_outlive_their_checkpoint(run):
    path = str(run.path)
    picture_scores(path, DATA, "test")
    os.utime(run.checkpoint_path(1), ns=(1, 1))
    assert saved_picture_scores(path, DATA, "test") is None


def test_they_do_not_outlive_their_pictures(pictures):
    folder, path = pictures
    before = picture_scores(path, folder, "train")
    os.utime(Path(folder) / "masks" / "0.png", ns=(1, 1))
    assert saved_picture_scores(path, folder, "train") is None
    assert len(picture_scores(path, folder, "train").iou) == len(before.iou)


@pytest.mark.parametrize("spoilt", [b"", b"PK\x03\x04 cut off", b"no zip at all"])
def test_a_spoilt_file_is_made_again(run, spoilt):
    found = picture_scores(str(run.path), DATA, "test")
    (file,) = (run.path / "scores").iterdir()
    file.write_bytes(spoilt)
    assert saved_picture_scores(str(run.path), DATA, "test") is None
    np.testing.assert_array_equal(picture_scores(str(run.path), DATA, "test").iou, found.iou)


def test_another_checkpoint_has_scores_of_its_own(run):
    other = load(run.path).model
    randomise(other, 9)
    save(run, 2, other)
    first, last = (picture_scores(str(run.path), DATA, "test", epoch) for epoch in (1, None))
    assert (first.epoch, last.epoch) == (1, 2)
    assert picture_scores(str(run.path), DATA, "test", 0).epoch == 0
    assert len(list((run.path / "scores").iterdir())) == 3


def test_the_worst_come_first():
    """The lowest IoU, of equals most wrong pixels; where nothing was to be found and nothing was, all is well."""
    assert scores().worst().tolist() == [3, 1, 0, 2]


def test_bands_by_distance_and_occlusion():
    found = scores()
    assert [(band.low, band.images, band.detected) for band in found.by_distance() if band.images] == [
        (0, 1, 1), (40, 1, 0),
    ]  # fmt: skip
    assert [(band.low, band.recall) for band in found.by_occlusion() if band.images] == [(0.0, 1.0), (0.3, 0.0)]


def test_what_cannot_be_scored_is_told(run, pictures, tmp_path):
    path = str(run.path)
    with pytest.raises(DataError, match=r"has no pictures in a split 'nowhere'\. It has train, validation, test\."):
        picture_scores(path, DATA, "nowhere")
    with pytest.raises(RunError, match=r"has no checkpoint of epoch 7"):
        picture_scores(path, DATA, "test", 7)
    with pytest.raises(DataError, match=r"has 2 classes, the network tells 3 apart"):
        picture_scores(path, pictures[0], "train")


def test_predictions_are_the_most_probable_classes(run):
    found = predict_pictures(str(run.path), DATA, "test", [3, 1])
    images = open_dataset(DATA).load("test", (SIDE, SIDE), 3, [3, 1]).images
    np.testing.assert_array_equal(found, load(run.path).predict(images).argmax(-1))
    assert found.dtype == np.uint8
    assert predict_pictures(str(run.path), DATA, "test", []).shape == (0, SIDE, SIDE)
    assert not np.array_equal(found, predict_pictures(str(run.path), DATA, "test", [3, 1], epoch=0))


def test_variants_of_a_picture_are_made_as_in_training():
    changes = Augmentation(shift=0.2, brightness=0.3)
    images, labels = augment_pictures(DATA, "train", 2, (24, 32), True, changes, 5, seed=4)
    assert (images.shape, labels.shape) == ((5, 24, 32, 3), (5, 24, 32))
    again = augment_pictures(DATA, "train", 2, (24, 32), True, changes, 5, seed=4)
    np.testing.assert_array_equal(images, again[0])
    assert not np.array_equal(images, augment_pictures(DATA, "train", 2, (24, 32), True, changes, 5, seed=5)[0])
    assert (labels == 255).any()


def test_objects_of_other_pictures_are_pasted_without_keras(monkeypatch):
    monkeypatch.setitem(sys.modules, "fcnlab.net.augment", None)
    pair = open_dataset(DATA).load("train", (24, 32), 3, [2])
    images, labels = augment_pictures(DATA, "train", 2, (24, 32), False, Augmentation(paste=1.0), 8, seed=0)
    assert all((label != pair.labels[0]).any() for label in labels)
    untouched = labels == pair.labels
    assert 0.5 < untouched.mean() < 1
    assert (images == pair.images).all(-1)[untouched].mean() > 0.9


def test_without_changes_there_are_copies_and_mirror_images():
    pair = open_dataset(DATA).load("train", (24, 32), 3, [2])
    same, labels = augment_pictures(DATA, "train", 2, (24, 32), False, Augmentation(), 3, seed=0)
    assert (same == pair.images).all()
    assert (labels == pair.labels).all()
    flipped, labels = augment_pictures(DATA, "train", 2, (24, 32), True, Augmentation(), 8, seed=0)
    turned = [np.array_equal(image, pair.images[0][:, ::-1]) for image in flipped]
    assert 0 < sum(turned) < 8
    assert (labels[turned] == pair.labels[0][:, ::-1]).all()


@pytest.mark.parametrize("count", [-1, 65])
def test_too_many_variants_are_refused(count):
    with pytest.raises(FcnLabError, match=rf"{count} variants were asked for\. Ask for 0 to 64\."):
        augment_pictures(DATA, "train", 0, (8, 8), False, Augmentation(), count, 0)
