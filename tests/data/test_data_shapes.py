"""The built-in set: reproducible, in three classes, and as hard as alpha says."""

import numpy as np
import pytest
from scipy import ndimage

from fcnlab.data import builtin_names, open_dataset
from fcnlab.errors import DataError

SIZE = (160, 160)


def load(alpha, split="test", count=24, size=SIZE):
    return open_dataset(f"shapes:{alpha}").load(split, size, indices=range(count))


def colour_iou(alpha):
    """IoU by class and accuracy of the nearest mean colour, fitted on train and tested on test."""
    train, test = load(alpha, "train", 40), load(alpha)
    means = np.stack([train.images[train.labels == label].mean(axis=0) for label in range(3)])
    distance = ((test.images[..., np.newaxis, :] - means) ** 2).sum(axis=-1)
    predicted = distance.argmin(axis=-1)
    same = [(predicted == label) & (test.labels == label) for label in range(3)]
    either = [(predicted == label) | (test.labels == label) for label in range(3)]
    return [a.sum() / b.sum() for a, b in zip(same, either, strict=True)], (predicted == test.labels).mean()


def test_what_the_pages_say_of_it():
    assert list(builtin_names()) == ["shapes", "followme-sim"]
    assert "nothing to download" in builtin_names()["shapes"]


def test_the_dataset():
    dataset = open_dataset("shapes:0.3:7")
    assert dataset.classes == ("background", "blob", "polygon")
    assert dataset.splits == {"train": 400, "validation": 100, "test": 100}
    assert dataset.evaluation_sets == ()
    assert dataset.title == "Shapes, difficulty 0.3"
    assert open_dataset(dataset.name).name == dataset.name == "shapes:0.3:7"


def test_default_difficulty_and_seed():
    assert open_dataset("shapes").name == open_dataset("shapes:0.5").name == "shapes:0.5:0"


def test_a_picture_does_not_depend_on_what_else_is_asked_for():
    dataset = open_dataset("shapes:0.7:3")
    some, one = dataset.load("train", SIZE, indices=range(5)), dataset.load("train", SIZE, indices=[4])
    assert np.array_equal(some.images[4], one.images[0])
    assert np.array_equal(some.labels[4], one.labels[0])
    assert one.names == ("train 4",)


def test_seeds_splits_and_indices_differ():
    pictures = [
        open_dataset(f"shapes:0.5:{seed}").load(split, (64, 64), indices=[index]).images.tobytes()
        for seed in (0, 1)
        for split in ("train", "validation", "test")
        for index in (0, 1)
    ]
    assert len(set(pictures)) == 12


def test_the_same_scene_at_every_difficulty():
    assert np.array_equal(load(0.1, count=3).labels, load(0.9, count=3).labels)
    assert not np.array_equal(load(0.1, count=3).images, load(0.9, count=3).images)


def test_shapes_scale_with_the_picture():
    small, large = load(0.5, size=(80, 80), count=6).labels, load(0.5, size=(240, 240), count=6).labels
    assert (small == large[:, 1::3, 1::3]).mean() > 0.995


@pytest.mark.parametrize("size", [(16, 16), (33, 70), (70, 33), (1, 1), (256, 256)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size(size, channels):
    loaded = open_dataset("shapes:0.9").load("train", size, channels, indices=[0, 1])
    assert loaded.images.shape == (2, *size, channels)
    assert np.array_equal(loaded.planes(), np.eye(3, dtype=np.uint8)[loaded.labels])


def test_every_class_is_common_and_the_ground_is_most():
    labels = load(0.5, count=60).labels
    share = np.bincount(labels.reshape(-1), minlength=3) / labels.size
    assert 0.7 < share[0] < 0.9
    assert share[1:].min() > 0.05


def test_at_the_easy_end_colour_alone_tells_the_classes():
    iou, accuracy = colour_iou(0.1)
    assert accuracy > 0.95
    assert min(iou) > 0.9


def test_at_the_hard_end_colour_tells_nothing():
    assert max(colour_iou(0.9)[0][1:]) < 0.15  # the shapes cover 0.08 of the picture each


def test_difficulty_grows_with_alpha():
    shape_iou = [np.mean(colour_iou(alpha)[0][1:]) for alpha in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert shape_iou == sorted(shape_iou, reverse=True)


def test_at_the_hard_end_interiors_look_like_the_ground():
    loaded = load(0.9)
    inside = np.stack([ndimage.binary_erosion(labels > 0, iterations=10, border_value=1) for labels in loaded.labels])
    ground = np.stack([ndimage.binary_erosion(labels == 0, iterations=4, border_value=1) for labels in loaded.labels])
    a, b = loaded.images[inside].astype(float), loaded.images[ground].astype(float)
    assert np.abs(a.mean(axis=0) - b.mean(axis=0)).max() < 5
    assert np.abs(a.std(axis=0) / b.std(axis=0) - 1).max() < 0.1


def test_at_the_hard_end_fine_texture_still_marks_the_outlines():
    loaded = load(0.9)
    grey = loaded.images.mean(axis=-1)
    fine = grey - ndimage.gaussian_filter(grey, (0, 1.5, 1.5))
    energy = ndimage.gaussian_filter(fine**2, (0, 1.5, 1.5))
    shape = loaded.labels > 0
    inside = np.stack([ndimage.binary_erosion(one, iterations=5, border_value=1) for one in shape])
    band = energy[shape & ~inside]
    assert np.quantile(band, 0.1) > np.quantile(energy[~shape], 0.9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shapes:0.05", "a number from 0.1 to 0.9; received 0.05"),
        ("shapes:1", "a number from 0.1 to 0.9; received 1"),
        ("shapes:nan", "a number from 0.1 to 0.9; received nan"),
        ("shapes:easy", "The difficulty alpha of shapes is a number; received 'easy'"),
        ("shapes:", "The difficulty alpha of shapes is a number; received ''"),
        ("shapes:0.5:1.5", "The seed of shapes is a whole number; received '1.5'"),
        ("shapes:0.5:-1", "a whole number from 0 to 2147483647; received -1"),
        ("shapes:0.5:1:2", "'shapes:0.5:1:2' has too many parts. Write shapes, shapes:ALPHA or"),
    ],
)
def test_bad_names(name, expected):
    with pytest.raises(DataError) as caught:
        open_dataset(name)
    assert expected in str(caught.value)
    assert "for instance shapes:0.3" in str(caught.value)
