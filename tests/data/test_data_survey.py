"""What the masks of a split show: counts, centres, where in the frame, and the records beside them."""

import numpy as np
import pytest

from fcnlab.data import PictureFilter, open_dataset
from fcnlab.data.contents.survey import CELLS, STRATA, survey
from fcnlab.data.records import PictureRecord, write_records
from fcnlab.errors import DataError

CAMERA = {"height": 3, "heading": 0, "tilt": 10, "roll": 0, "field_of_view": 60}


def labelled(height, width, **boxes):
    """Labels with boxes: name of the class number → (top, left, bottom, right)."""
    labels = np.zeros((height, width), dtype=np.uint8)
    for number, (top, left, bottom, right) in boxes.items():
        labels[top:bottom, left:right] = int(number[1:])
    return labels


@pytest.fixture
def small(pairs):
    """Three pictures of 64 × 64: class 2 with 16 and 64 pixels, and not at all; class 1 in the first."""
    first = labelled(64, 64, c1=(0, 0, 32, 64), c2=(40, 8, 44, 12))
    second = labelled(64, 64, c2=(0, 0, 8, 8))
    pairs({"a": first, "b": second, "c": labelled(64, 64)}, "train")
    return open_dataset(pairs({"v": second}, "validation"))


def with_records(dataset, folder):
    records = [
        PictureRecord(image="a.png", kind="patrol-target", world=0, distance=45, occlusion=0.5, **CAMERA),
        PictureRecord(image="b.png", kind="following", world=0, distance=8, occlusion=0, **CAMERA),
        PictureRecord(image="c.png", kind="patrol", world=0, **CAMERA),
    ]
    write_records(folder / "train", records)
    return open_dataset(folder)


def test_counts_and_pixels_are_those_of_the_masks(small):
    found = survey(small, "train")
    assert found.names == ("a.png", "b.png", "c.png")
    assert found.counts.tolist() == [[2032, 2048, 16], [4032, 0, 64], [4096, 0, 0]]
    assert found.pixels.tolist() == [4096] * 3
    assert np.array_equal(found.counts, small.count_pixels("train"))


def test_centres_are_shares_of_height_and_width(small):
    centres = survey(small, "train").centres
    assert centres[0, 2].tolist() == [42 / 64, 10 / 64]
    assert centres[0, 1].tolist() == [0.25, 0.5]
    assert np.isnan(centres[1, 1]).all()


def test_coverage_is_the_mean_share_of_each_cell(small):
    coverage = survey(small, "train").coverage
    assert coverage.shape == (3, CELLS, CELLS)
    assert coverage[2, 0, 0] == pytest.approx(1 / 3)
    assert coverage[2, 20, 4] == pytest.approx(1 / 3)
    assert coverage[2, 22, 4] == 0
    assert coverage.sum(axis=0) == pytest.approx(np.ones((CELLS, CELLS)))


@pytest.mark.parametrize(("height", "width"), [(10, 20), (31, 33), (50, 200)])
def test_coverage_of_sides_that_no_32_divides(pairs, height, width):
    whole = labelled(height, width, c1=(0, 0, height, width // 2))
    coverage = survey(open_dataset(pairs({"a": whole}, "train")), "train").coverage
    assert coverage.sum(axis=0) == pytest.approx(np.ones((CELLS, CELLS)), abs=1e-5)
    assert coverage[1].mean() == pytest.approx(0.5, abs=0.05)
    assert (coverage[1, :, 0] == 1).all()
    assert (coverage[1, :, -1] == 0).all()


def test_pictures_of_mixed_sizes(pairs):
    masks = {"a": labelled(20, 30, c1=(0, 0, 20, 30)), "b": labelled(64, 48), "c": labelled(7, 5)}
    found = survey(open_dataset(pairs(masks, "train")), "train")
    assert found.pixels.tolist() == [600, 3072, 35]
    assert found.coverage[1] == pytest.approx(np.full((CELLS, CELLS), 1 / 3))


def test_distance_and_occlusion_come_from_the_records(small, tmp_path):
    assert np.isnan(survey(small, "train").distance).all()
    found = survey(with_records(small, tmp_path), "train")
    assert found.distance[:2].tolist() == [45, 8]
    assert found.occlusion[:2].tolist() == [0.5, 0]
    assert np.isnan(found.distance[2])


def test_it_is_kept_until_a_mask_changes(small, save, monkeypatch):
    first = survey(small, "train")
    monkeypatch.setattr(type(small), "_mask", lambda *_: pytest.fail("a mask was read again"))
    assert np.array_equal(survey(small, "train").counts, first.counts)
    monkeypatch.undo()
    path = save("train/masks/c.png", labelled(64, 64, c2=(0, 0, 64, 32)))
    again = survey(open_dataset(path.parents[2]), "train")
    assert again.counts[2].tolist() == [2048, 0, 2048]


def test_progress_and_an_unknown_split(small):
    told = []
    survey(small, "validation", lambda *at: told.append(at))
    assert told == [(1, 1)]
    with pytest.raises(DataError, match="has no split 'test'"):
        survey(small, "test")


def test_the_built_in_set():
    found = survey(open_dataset("shapes"), "test")
    assert (found.counts.sum(axis=1) == found.pixels).all()
    assert found.names[3] == "test 3"


# Filters


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"present": "with"}, [0, 1]),
        ({"present": "without"}, [2]),
        ({"smaller_than": 64}, [0]),
        ({"smaller_than": 65}, [0, 1]),
        ({"larger_than": 16}, [1]),
        ({"larger_than": 0, "smaller_than": 17}, [0]),
        ({"target": "class 1", "present": "without"}, [1, 2]),
        ({"target": "class 1", "larger_than": 2000}, [0]),
        ({"nearer_than": 45}, [1]),
        ({"farther_than": 40}, [0]),
        ({"hidden_more_than": 0.49}, [0]),
        ({"hidden_more_than": 0, "nearer_than": 10}, []),
        ({"present": "without", "smaller_than": 60}, []),
    ],
)
def test_a_filter_keeps_pictures_that_meet_every_condition(small, tmp_path, conditions, expected):
    found = survey(with_records(small, tmp_path), "train")
    assert found.where(PictureFilter(**conditions)).tolist() == expected


def test_without_records_no_picture_is_near_or_far(small):
    assert survey(small, "train").where(PictureFilter(farther_than=0)).tolist() == []


def test_a_filter_of_an_unknown_class(small):
    with pytest.raises(DataError, match=r"no class 'cow'\. It has class 0, class 1, class 2"):
        survey(small, "train").where(PictureFilter(target="cow"))


# Strata


def test_strata_are_no_target_and_the_quartiles_of_its_size():
    found = survey(open_dataset("shapes"), "train")
    strata, size = found.strata(), found.sizes()
    assert (strata == 0).tolist() == (size == 0).tolist()
    counts = np.bincount(strata[size > 0], minlength=len(STRATA))[1:]
    assert counts.max() - counts.min() <= 1
    assert all(size[strata == one].max() < size[strata == one + 1].min() for one in (1, 2, 3))


def test_strata_of_a_part_have_quartiles_of_their_own():
    found = survey(open_dataset("shapes"), "train")
    part = found.where(PictureFilter(larger_than=int(np.median(found.sizes()))))
    assert (np.bincount(found.strata(None, part), minlength=5)[1:] >= len(part) // 4 - 1).all()


def test_strata_where_no_picture_shows_the_target(pairs):
    (folder := pairs({"a": labelled(8, 8, c1=(0, 0, 2, 2))}, "train")).joinpath("classes.txt").write_text("a\nb\nc")
    assert survey(open_dataset(folder), "train").strata("c").tolist() == [0]
