"""Near-duplicates within a split, and leakage from training into validation."""

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import ALIKE, leakage, near_duplicates, open_dataset
from fcnlab.data.contents.likeness import fingerprints
from fcnlab.data.contents.thumbprint import closest, distances
from fcnlab.errors import DataError

MASK = np.array([[0, 1]] * 2, dtype=np.uint8).repeat(40, axis=0).repeat(40, axis=1)


def place(seed, shift=0):
    """A picture of 80 × 80 of a place of its own, seen `shift` pixels from the left."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 10, 3), dtype=np.uint8)
    wide = Image.fromarray(coarse).resize((160, 80), Image.Resampling.BICUBIC)
    return np.asarray(wide)[:, shift : shift + 80]


@pytest.fixture
def pictures(save, tmp_path):
    """Write splits of pictures as a dataset: split → {stem: picture}."""

    def write(**splits):
        for split, images in splits.items():
            for stem, picture in images.items():
                save(f"{split}/images/{stem}.png", picture)
                save(f"{split}/masks/{stem}.png", MASK)
        return open_dataset(tmp_path)

    return write


def test_neighbouring_frames_are_near_duplicates_and_other_places_are_not(pictures):
    film = {"a": place(1), "b": place(1, shift=1), "c": place(2), "d": place(3), "e": place(1, shift=2)}
    found = near_duplicates(pictures(train=film), "train")
    assert [(group.first, [twin.index for twin in group.twins]) for group in found.groups] == [(0, [1, 4])]
    assert found.kept.tolist() == [0, 2, 3]
    assert (found.pictures, found.repeated, found.identical, found.share) == (5, 2, 0, 0.4)
    near, far = found.closest()
    assert 0 < near.distance < far.distance < ALIKE


def test_a_group_is_not_chained_from_frame_to_frame(pictures):
    film = {f"{shift:02}": place(1, shift=shift) for shift in range(0, 60, 2)}
    dataset = pictures(train=film)
    found = near_duplicates(dataset, "train")
    views = fingerprints(dataset, "train").views
    assert len(found.groups) > 1
    for twin in found.closest():
        assert float(np.linalg.norm(views[twin.index] - views[twin.other_index])) < ALIKE
    kept = distances(views[found.kept], views[found.kept]) + 9 * np.eye(len(found.kept), dtype=np.float32)
    assert kept.min() >= ALIKE


def test_the_same_picture_is_told_from_a_similar_one(pictures, save):
    dataset = pictures(train={"a": place(1), "b": place(1), "c": place(1, shift=1)})
    found = near_duplicates(dataset, "train")
    assert [(twin.index, twin.identical, twin.distance > 0) for twin in found.closest()] == [
        (1, True, False),
        (2, False, True),
    ]
    assert found.identical == 1


def test_brightness_and_contrast_do_not_hide_a_twin(pictures):
    darker = (place(1) * 0.5 + 20).astype(np.uint8)
    found = near_duplicates(pictures(train={"a": place(1), "b": darker}), "train")
    assert found.repeated == 1
    assert found.identical == 0


def test_leakage_names_the_closest_picture_of_the_other_split(pictures):
    dataset = pictures(
        train={"a": place(1, shift=6), "b": place(1), "c": place(2)},
        validation={"v": place(3), "w": place(1, shift=1), "x": place(2)},
    )
    found = leakage(dataset)
    assert [(twin.index, twin.other_index, twin.identical) for twin in found.twins] == [(2, 2, True), (1, 1, False)]
    assert {(twin.split, twin.other_split) for twin in found.twins} == {("validation", "train")}
    assert found.share == pytest.approx(2 / 3)
    assert found.fresh.tolist() == [0]
    assert found.nearest[0] > ALIKE
    assert found.nearest[2] == pytest.approx(0, abs=1e-3)


def test_a_smaller_threshold_finds_fewer(pictures):
    dataset = pictures(train={"a": place(1)}, validation={"v": place(1, shift=1), "w": place(1, shift=6)})
    middle = float(leakage(dataset, threshold=1).nearest.mean())
    assert [twin.index for twin in leakage(dataset, threshold=middle).twins] == [0]


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01])
def test_a_threshold_out_of_its_range(pictures, threshold):
    dataset = pictures(train={"a": place(1)})
    with pytest.raises(DataError, match="above 0 and at most 1; received"):
        near_duplicates(dataset, "train", threshold)


def test_an_unknown_split(pictures):
    with pytest.raises(DataError, match="has no split 'validation'"):
        leakage(pictures(train={"a": place(1)}))


def test_the_built_in_set_has_neither():
    shapes = open_dataset("shapes")
    assert near_duplicates(shapes, "test").groups == ()
    assert leakage(shapes, "validation", "test").twins == ()


def test_what_was_read_is_kept_and_told(pictures, monkeypatch):
    dataset = pictures(train={"a": place(1), "b": place(2)}, validation={"v": place(1)})
    told = []
    found = leakage(dataset, progress=lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]
    monkeypatch.setattr(type(dataset), "_image", lambda *_: pytest.fail("a picture was read again"))
    assert leakage(dataset).twins == found.twins


def test_plain_data_of_both(pictures):
    dataset = pictures(train={"a": place(1), "b": place(1)}, validation={"v": place(1)})
    names = dataset.file_names("train")
    assert near_duplicates(dataset, "train").to_json(names)["groups"] == [
        {"image": "a.png", "twins": [{"image": "b.png", "distance": 0.0, "identical": True}]}
    ]
    document = leakage(dataset).to_json(dataset.file_names("validation"), names)
    assert (document["images"], document["with_twin"], document["share"], document["of"]) == (1, 1, 1.0, "train")
    assert document["pairs"] == [{"image": "v.png", "other": "a.png", "distance": 0.0, "identical": True}]


def test_distances_are_those_of_the_definition_whatever_the_chunks(monkeypatch):
    views = np.random.default_rng(0).normal(size=(40, 256)).astype(np.float32)
    monkeypatch.setattr("fcnlab.data.contents.thumbprint._CHUNK_BYTES", 4 * 40 * 7)
    which, nearest = closest(views[:30], views[30:])
    full = np.linalg.norm(views[:30, None] - views[None, 30:], axis=2)
    assert np.array_equal(which, full.argmin(axis=1))
    assert nearest == pytest.approx(full.min(axis=1), rel=1e-4)


def test_groups_do_not_depend_on_the_chunks(pictures, monkeypatch):
    film = {f"{seed}{shift}": place(seed, shift=shift) for shift in (0, 1, 2, 3) for seed in (1, 2, 3)}
    dataset = pictures(train=film)
    whole = near_duplicates(dataset, "train")
    monkeypatch.setattr("fcnlab.data.contents.thumbprint._CHUNK_BYTES", 4 * 12 * 2)
    assert near_duplicates(dataset, "train").groups == whole.groups
