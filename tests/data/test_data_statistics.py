"""A dataset in numbers."""

import json

import numpy as np
import pytest

from fcnlab.data import open_dataset, statistics
from fcnlab.data.records import PictureRecord, write_records
from fcnlab.errors import DataError


@pytest.fixture
def dataset(pairs, labels):
    pairs({"a": labels, "b": np.zeros_like(labels)}, "train")
    return open_dataset(pairs({"c": labels}, "validation"))


def test_all_splits_together(dataset):
    found = statistics(dataset)
    assert found.splits == {"train": 2, "validation": 1}
    assert found.counted_split is None
    assert found.images == 3
    assert found.class_share == {"class 0": 608 / 720, "class 1": 48 / 720, "class 2": 64 / 720}
    assert found.images_with == {"class 0": 3, "class 1": 2, "class 2": 2}


def test_one_split(dataset):
    found = statistics(dataset, "train")
    assert found.splits == {"train": 2, "validation": 1}
    assert found.images == 2
    assert found.class_share["class 1"] == 24 / 480


def test_sizes_count_only_images_that_show_the_class(dataset):
    size = statistics(dataset).target_size["class 2"]
    assert (size.smallest, size.median, size.largest) == (32, 32, 32)


def test_a_class_that_no_image_shows(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "classes.txt").write_text("a\nb\nc\nd", encoding="utf-8")
    found = statistics(open_dataset(folder))
    assert found.target_size["d"] is None
    assert found.class_share["d"] == 0


def test_sizes_by_distance_of_rendered_pictures(dataset, tmp_path):
    assert statistics(dataset).by_distance == ()
    camera = {"height": 3, "heading": 0, "tilt": 10, "roll": 0, "field_of_view": 60}
    records = [PictureRecord(image="a.png", kind="patrol-target", world=0, distance=40, occlusion=0, **camera)]
    write_records(tmp_path / "train", records)
    bands = statistics(open_dataset(tmp_path)).by_distance
    assert [(band.low, band.high, band.images) for band in bands if band.images] == [(40, 60, 1)]
    assert bands[-1].high is None
    assert bands[4].target_size.median == 32


def test_files_that_are_left_out_are_told(dataset, tmp_path):
    assert statistics(dataset).problems == ()
    (tmp_path / "train" / "masks" / "b.png").unlink()
    (problem,) = statistics(open_dataset(tmp_path)).problems
    assert "b.png" in problem.file


def test_it_is_plain_json(dataset):
    document = json.loads(statistics(dataset).model_dump_json())
    assert {"splits", "classes", "class_share"} <= set(document)
    assert sum(document["class_share"].values()) == pytest.approx(1)


def test_progress_runs_over_all_splits(dataset):
    told = []
    statistics(dataset, progress=lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_unknown_split(dataset):
    with pytest.raises(DataError, match="has no split 'test'"):
        statistics(dataset, "test")


def test_the_built_in_set_is_counted_as_it_is_loaded():
    shapes = open_dataset("shapes:0.5")
    labels = shapes.load("test", (160, 160)).labels
    counted = shapes.count_pixels("test")
    assert np.array_equal(counted, [[(one == label).sum() for label in range(3)] for one in labels])


def test_resized_and_counted_masks_agree(dataset):
    labels = dataset.load("train", (12, 20)).labels
    assert np.array_equal(dataset.count_pixels("train")[:, 1], (labels == 1).sum(axis=(1, 2)))
