"""What comes with the lab in `assets`: the simulated pictures and the trained examples."""

import numpy as np
import pytest

from fcnlab.data import open_dataset, read_image
from fcnlab.data.catalogue import assets_root
from fcnlab.lab.examples import example_names
from fcnlab.lab.tasks import score_run

HERO = 2


@pytest.fixture(scope="module")
def pictures():
    return open_dataset("followme-sim")


def test_the_simulated_set_is_of_the_size_that_was_promised(pictures):
    assert pictures.splits == {
        "train": 1000,
        "validation": 200,
        "following_images": 100,
        "patrol_non_targ": 100,
        "patrol_with_targ": 100,
    }
    files = [path for path in (assets_root() / "followme-sim").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 15_000_000
    assert not pictures.problems


def test_its_pictures_are_160_pixels_wide_and_high(pictures):
    image = next((assets_root() / "followme-sim" / "train" / "images").iterdir())
    pairs = pictures.load("train", (160, 160), 3, [pictures.file_names("train").index(image.name)])
    assert (pairs.images[0] == read_image(image, (160, 160))).all()
    assert pictures.mask("train", 0).shape[-2:] == (160, 160)


@pytest.mark.parametrize("split", ["train", "following_images", "patrol_non_targ", "patrol_with_targ"])
def test_every_picture_has_a_record_that_its_mask_bears_out(pictures, split):
    records = pictures.records(split)
    assert [record.image for record in records] == list(pictures.file_names(split))
    counts = pictures.count_pixels(split)
    assert [record.hero_pixels for record in records] == counts[:, HERO].tolist()
    if split == "patrol_non_targ":
        assert not counts[:, HERO].any()
    elif split != "train":
        assert (counts[:, HERO] > 3).all()


def test_no_world_is_in_two_splits(pictures):
    worlds = [{record.world for record in pictures.records(split)} for split in pictures.splits]
    assert sum(map(len, worlds)) == len(set.union(*worlds))


def test_the_examples_are_there():
    assert example_names() == ["example-follow-me", "example-follow-me-no-skips", "example-unet-small"]


def test_the_trained_example_finds_the_hero_and_without_skips_clearly_less():
    runs = assets_root() / "runs"
    scores = [score_run(runs / name, "followme-sim")["final"] for name in example_names()[:2]]
    assert scores[0] == pytest.approx(0.558, abs=0.005)
    assert scores[1] < scores[0] - 0.05
    assert np.isfinite(scores).all()
