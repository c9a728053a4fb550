"""Pairs as arrays: sizes, planes, indices, subsets and flips."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fcnlab.data import choose, flip, open_dataset
from fcnlab.data.folders.folder import FolderDataset
from fcnlab.data.pictures.images import measure
from fcnlab.errors import DataError


def test_shapes_and_types(pairs, labels):
    loaded = open_dataset(pairs({"a": labels, "b": labels}, "train")).load("train", (7, 9))
    assert loaded.images.shape == (2, 7, 9, 3)
    assert loaded.labels.shape == (2, 7, 9)
    assert loaded.planes().shape == (2, 7, 9, 3)
    assert loaded.images.dtype == loaded.labels.dtype == loaded.planes().dtype == np.uint8
    assert loaded.names == ("a.png", "b.png")
    assert len(loaded) == 2


def test_grey_images_are_read_with_three_channels_and_with_one(save, tmp_path, labels):
    save("train/images/a.png", labels * 50)
    save("train/masks/a.png", labels)
    dataset = open_dataset(tmp_path)
    assert np.array_equal(dataset.load("train", (12, 20)).images[0], np.dstack([labels * 50] * 3))
    assert np.array_equal(dataset.load("train", (12, 20), channels=1).images[0, ..., 0], labels * 50)


@pytest.mark.parametrize("size", [(12, 20), (5, 7), (31, 17), (1, 1), (64, 64)])
def test_planes_are_the_0_1_masks_resized_by_pillow(pairs, labels, one_hot, size):
    planes = open_dataset(pairs({"a": one_hot}, "train")).load("train", size).planes()[0]
    whole = Image.fromarray(one_hot // 255).resize(size[::-1], Image.Resampling.BILINEAR)
    assert np.array_equal(planes, np.asarray(whole))


def test_the_first_picture_of_a_size_is_read_as_the_later_ones_are(pairs):
    mask = np.zeros((97, 89, 3), np.uint8)
    mask[..., 0] = 255
    mask[4:9, 70:75] = (0, 0, 255)
    dataset = open_dataset(pairs({"a": mask}, "train"))
    expected = np.asarray(Image.fromarray(mask // 255).resize((51, 53), Image.Resampling.BILINEAR))
    for _ in range(3):
        assert np.array_equal(dataset.load("train", (53, 51)).planes()[0], expected)


@pytest.mark.parametrize("size", [(12, 20), (5, 7), (31, 17), (64, 64)])
def test_labels_are_the_class_with_the_largest_share(pairs, one_hot, size):
    labels = open_dataset(pairs({"a": one_hot}, "train")).load("train", size).labels[0]
    shares = np.asarray(Image.fromarray(one_hot).resize(size[::-1], Image.Resampling.BILINEAR))
    assert np.array_equal(labels, shares.argmax(axis=2))


@given(classes=st.integers(2, 32), seed=st.integers(0, 1000))
@settings(max_examples=12, deadline=None)
def test_at_their_own_size_labels_and_planes_are_the_mask(tmp_path_factory, classes, seed):
    folder = tmp_path_factory.mktemp("set")
    mask = np.random.default_rng(seed).integers(0, classes, (19, 23), dtype=np.uint8)
    mask[0, 0] = classes - 1
    for name in ("images", "masks"):
        (folder / name).mkdir()
        Image.fromarray(mask).save(folder / name / "a.png")
    loaded = open_dataset(folder).load("train", (19, 23))
    assert np.array_equal(loaded.labels[0], mask)
    assert np.array_equal(loaded.planes()[0], np.eye(classes, dtype=np.uint8)[mask])


def test_indices_choose_and_order(pairs, labels):
    dataset = open_dataset(pairs(dict.fromkeys("abcd", labels), "train"))
    assert dataset.load("train", (4, 4), indices=[2, 0]).names == ("c.png", "a.png")
    assert dataset.load("train", (4, 4), indices=np.array([3])).names == ("d.png",)
    assert len(dataset.load("train", (4, 4), indices=[])) == 0


def test_progress_counts_to_the_end(pairs, labels):
    told = []
    open_dataset(pairs(dict.fromkeys("abc", labels), "train")).load(
        "train", (4, 4), progress=lambda *at: told.append(at)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_unknown_split(pairs, labels):
    with pytest.raises(DataError, match=r"has no split 'test'. It has train"):
        open_dataset(pairs({"a": labels}, "train")).load("test", (4, 4))


@pytest.mark.parametrize("index", [-1, 1])
def test_an_index_that_does_not_exist(pairs, labels, index):
    with pytest.raises(DataError, match=f"there is no image number {index}. Numbers: 0 to 0"):
        open_dataset(pairs({"a": labels}, "train")).load("train", (4, 4), indices=[index])


def test_image_and_mask_of_different_proportions(save, pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    save("train/images/a.png", np.zeros((12, 21, 3), np.uint8))
    dataset = open_dataset(folder)
    assert dataset.file_names("train") == ("b.png",)
    (problem,) = dataset.problems
    assert (problem.file, problem.reason) == ("train/images/a.png", "other proportions")
    assert "images/a.png has 21 × 12 pixels and its mask train/masks/a.png has 20 × 12" in problem.message


@pytest.mark.parametrize("size", [(24, 40), (36, 60), (7, 11), (120, 199)])
def test_image_and_mask_of_the_same_proportions(save, tmp_path, labels, size):
    save("train/images/a.png", np.zeros((*size, 3), np.uint8))
    save("train/masks/a.png", labels)
    assert np.array_equal(open_dataset(tmp_path).load("train", (12, 20)).labels[0], labels)


def test_a_broken_image_is_named_and_left_out(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    (folder / "train/images/b.png").write_text("no picture", encoding="utf-8")
    dataset = open_dataset(folder)
    assert dataset.load("train", (4, 4)).names == ("a.png",)
    (problem,) = dataset.problems
    assert (problem.file, problem.reason) == ("train/images/b.png", "not readable")
    assert "The image train/images/b.png is not a picture" in problem.message


def test_a_subset_is_sorted_seeded_and_without_repeats():
    chosen = choose(100, 30, seed=4)
    assert len(set(chosen.tolist())) == 30
    assert (np.diff(chosen) > 0).all()
    assert np.array_equal(chosen, choose(100, 30, seed=4))
    assert not np.array_equal(chosen, choose(100, 30, seed=5))


@pytest.mark.parametrize("subset", [None, 10, 11])
def test_a_subset_of_everything(subset):
    assert choose(10, subset, seed=1).tolist() == list(range(10))


def test_an_empty_subset():
    with pytest.raises(DataError, match="A subset has at least 1 image; received 0"):
        choose(10, 0, seed=1)


def test_flip_mirrors_image_and_mask_together():
    images = np.arange(2 * 2 * 3 * 1, dtype=np.uint8).reshape(2, 2, 3, 1)
    labels = images[..., 0]
    new_images, new_labels = flip(images, labels, np.array([True, False]))
    assert new_labels[0].tolist() == [[2, 1, 0], [5, 4, 3]]
    assert np.array_equal(new_images[..., 0], new_labels)
    assert np.array_equal(new_labels[1], labels[1])
    assert labels[0, 0].tolist() == [0, 1, 2]


def test_headers_are_read_once_and_again_where_a_file_changed(tmp_path, monkeypatch):
    monkeypatch.setattr("fcnlab.data.folders.headers.KEPT_FROM", 1)
    looked = []

    def counted(path, what):
        looked.append(path.name)
        return measure(path, what)

    monkeypatch.setattr("fcnlab.data.folders.headers.measure", counted)
    image = Image.new("RGB", (8, 6), (9, 9, 9))
    for name in ("a", "b"):
        for part in ("images", "masks"):
            (tmp_path / part).mkdir(exist_ok=True)
            (image if part == "images" else Image.new("L", (8, 6), 255 * (name == "a"))).save(
                tmp_path / part / f"{name}.png"
            )
    first = FolderDataset(tmp_path).found
    assert sorted(looked) == ["a.png", "a.png", "b.png", "b.png"]
    looked.clear()
    assert FolderDataset(tmp_path).found.sizes == first.sizes
    assert looked == []
    image.resize((16, 12)).save(tmp_path / "images" / "b.png")
    assert FolderDataset(tmp_path).found.sizes == {(6, 8): 1, (12, 16): 1}
    assert looked == ["b.png"]
