"""The numbers that are known of the real images."""

import os
from pathlib import Path

import numpy as np
import pytest

from fcnlab.data import open_dataset, statistics

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
