"""The numbers that are known of the real images."""

import os
from pathlib import Path

import numpy as np
import pytest

from fcnlab.data import PictureFilter, Selection, leakage, near_duplicates, open_dataset, select, statistics
from fcnlab.data.contents.survey import survey

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("FCNLAB_SHARED_DATA" not in os.environ, reason="FCNLAB_SHARED_DATA names no folder"),
]


@pytest.fixture(scope="module")
def follow_me():
    return open_dataset(Path(os.environ["FCNLAB_SHARED_DATA"]) / "followme")


@pytest.fixture(scope="module")
def nuclei():
    return open_dataset(Path(os.environ["FCNLAB_SHARED_DATA"]) / "nuclei")


def test_follow_me_counts(follow_me):
    assert follow_me.splits == {
        "train": 4131,
        "validation": 1184,
        "following_images": 181,
        "patrol_non_targ": 90,
        "patrol_with_targ": 108,
    }
    assert follow_me.classes == ("background", "other people", "hero")
    assert follow_me.evaluation_sets == ("following_images", "patrol_non_targ", "patrol_with_targ")


def test_follow_me_class_balance(follow_me):
    share = statistics(follow_me, "train").class_share
    assert share["background"] == pytest.approx(0.982, abs=5e-4)
    assert share["other people"] == pytest.approx(0.015, abs=5e-4)
    assert share["hero"] == pytest.approx(0.0026, abs=1e-4)


def test_follow_me_hero_with_more_than_three_pixels(follow_me):
    hero = follow_me.count_pixels("train")[:, 2]
    assert (hero > 3).sum() == 1535
    assert np.median(hero[hero > 3]) == 58


@pytest.mark.parametrize(
    ("split", "count"), [("following_images", 179), ("patrol_non_targ", 0), ("patrol_with_targ", 104)]
)
def test_follow_me_evaluation_frames_with_a_hero_at_network_size(follow_me, split, count):
    hero = follow_me.load(split, (160, 160)).planes()[..., 2]
    assert (hero.sum(axis=(1, 2)) > 3).sum() == count


def test_follow_me_pairs_show_the_same_frame(follow_me):
    for split in follow_me.splits:
        for image, mask in follow_me._files[split]:
            digits = [part for part in mask.stem.split("_") if len(part) == 5]
            assert digits[0] in image.stem


def test_nuclei(nuclei):
    assert nuclei.splits == {"train": 201, "validation": 67, "test": 66}
    assert nuclei.classes == ("background", "foreground")
    assert statistics(nuclei).class_share["foreground"] == pytest.approx(0.0769, abs=1e-4)
    loaded = nuclei.load("test", (96, 128), indices=range(8))
    assert loaded.images.shape == (8, 96, 128, 3)
    assert set(np.unique(loaded.labels)) == {0, 1}


def test_follow_me_survey(follow_me):
    found = survey(follow_me, "train")
    assert np.array_equal(found.counts, follow_me.count_pixels("train"))
    assert (found.pixels == 256 * 256).all()
    seen = found.coverage[2].sum(axis=1)
    assert seen.argmax() in range(8, 24)  # the hero stands neither at the top nor at the bottom
    far = select(found, Selection(filter=PictureFilter(target="hero", smaller_than=60), number=100, seed=1))
    assert len(far) == 100
    assert found.sizes("hero")[far].max() < 60


def test_follow_me_validation_repeats_training_and_the_evaluation_sets_hardly_do(follow_me):
    assert leakage(follow_me).share == pytest.approx(0.17, abs=0.02)
    for split, most in {"following_images": 0.07, "patrol_non_targ": 0.01, "patrol_with_targ": 0.02}.items():
        assert leakage(follow_me, "train", split).share <= most


def test_follow_me_twins_are_of_one_recording_but_for_one(follow_me):
    def recording(split, index):
        return follow_me.file_names(split)[index].split("_")[:2]

    twins = leakage(follow_me).twins
    same = [recording(t.split, t.index) == recording(t.other_split, t.other_index) for t in twins]
    assert sum(same) >= len(twins) - 1
    assert near_duplicates(follow_me, "train").share == pytest.approx(0.22, abs=0.02)


def test_nuclei_have_no_twins(nuclei):
    assert leakage(nuclei, "train", "test").twins == ()
    assert near_duplicates(nuclei, "train").repeated == 0
