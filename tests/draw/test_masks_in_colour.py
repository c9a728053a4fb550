"""Masks in colour, over pictures, and compared."""

import numpy as np
import pytest

from fcnlab.draw.colors import BACKGROUND, CLASS_COLORS, MISSED, rgb
from fcnlab.draw.masks import CHANGED, IGNORED, LOST, WON, difference, hits, mask_image, overlay
from fcnlab.errors import FcnLabError

LABELS = np.array([[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1]])


def test_every_class_has_its_colour() -> None:
    image = mask_image(np.arange(32).reshape(4, 8), 32)
    assert image.dtype == np.uint8
    assert [tuple(color) for color in image.reshape(-1, 3)] == [rgb(color) for color in CLASS_COLORS]
    assert tuple(image[0, 0]) == rgb(BACKGROUND)


@pytest.mark.parametrize("labels", [np.array([[3]]), np.array([[-1]])])
def test_a_number_that_is_no_class_is_refused(labels: np.ndarray) -> None:
    with pytest.raises(FcnLabError, match=r"there are 3 classes\. Use the numbers 0 to 2"):
        mask_image(labels, 3)


def test_an_overlay_leaves_the_background_and_tints_the_rest() -> None:
    picture = np.full((4, 4, 3), 100, np.uint8)
    shown = overlay(picture, LABELS, 3, opacity=0.5, outline=False)
    assert (shown[LABELS == 0] == 100).all()
    expected = np.array([(100 + part) / 2 for part in rgb(CLASS_COLORS[1])])
    assert np.abs(shown[LABELS == 1].astype(float) - expected).max() <= 0.5


def test_the_outline_is_opaque_and_lies_inside_the_region() -> None:
    picture = np.full((4, 4, 3), 100, np.uint8)
    shown = overlay(picture, LABELS, 3, opacity=0, outline=True)
    full = (shown == rgb(CLASS_COLORS[1])).all(axis=2)
    assert full.tolist() == [
        [False] * 4,
        [False, True, True, True],
        [False, True, False, False],
        [False, True, False, False],
    ]


def test_picture_and_mask_must_have_the_same_size() -> None:
    with pytest.raises(FcnLabError, match=r"picture has shape \[2, 2, 3\], the mask \[4, 4\]"):
        overlay(np.zeros((2, 2, 3), np.uint8), LABELS, 3)


def test_a_difference_counts_what_was_won_lost_and_changed() -> None:
    truth = np.array([[0, 1, 2, 2, 0]])
    before = np.array([[0, 0, 2, 0, 1]])
    after = np.array([[0, 1, 0, 1, 1]])
    found = difference(before, after, truth)
    assert (found.changed, found.won, found.lost, found.pixels) == (3, 1, 1, 5)
    assert [tuple(color) for color in found.image[0, 1:4]] == [rgb(WON), rgb(LOST), rgb(CHANGED)]
    assert found.image[0, 0].max() < found.image[0, 4].max()
    assert found.caption() == "3 of 5 pixels changed (60.0%): 1 became right and 1 wrong."


def test_without_the_truth_only_changes_are_known() -> None:
    found = difference(np.array([[0, 1]]), np.array([[1, 1]]))
    assert (found.changed, found.won, found.lost) == (1, None, None)
    assert tuple(found.image[0, 0]) == rgb(CHANGED)


def test_masks_of_different_size_are_not_compared() -> None:
    with pytest.raises(FcnLabError, match=r"shapes \[4, 4\], \[1, 2\]"):
        difference(LABELS, np.array([[0, 1]]))


def test_a_dataset_may_bring_colours_of_its_own() -> None:
    assert mask_image(np.array([[1]]), 2, ["#000000", "#102030"]).tolist() == [[[16, 32, 48]]]
    picture = np.zeros((3, 3, 3), np.uint8)
    assert (
        overlay(picture, np.ones((3, 3), int), 2, 1.0, colors=["#000000", "#102030"]).reshape(-1, 3).tolist()
        == [[16, 32, 48]] * 9
    )


def test_pixels_without_a_class_are_striped_in_a_mask_and_left_out_over_a_picture() -> None:
    labels = np.full((12, 12), IGNORED)
    assert len(np.unique(mask_image(labels, 3).reshape(-1, 3), axis=0)) == 2
    picture = np.full((12, 12, 3), 100, np.uint8)
    assert (overlay(picture, labels, 3, 1.0) == picture).all()


def test_hits_show_what_is_found_missed_and_false() -> None:
    picture = np.full((1, 5, 3), 100, np.uint8)
    truth, labels = np.array([[2, 2, 0, 0, IGNORED]]), np.array([[2, 0, 2, 0, 2]])
    assert [tuple(color) for color in hits(picture, labels, truth, 2)[0]] == [
        rgb(WON),
        rgb(MISSED),
        rgb(CHANGED),
        (70, 70, 70),
        (70, 70, 70),
    ]


def test_missed_pixels_have_the_colour_of_no_class() -> None:
    assert MISSED not in CLASS_COLORS


def test_hits_of_other_sizes_are_refused() -> None:
    with pytest.raises(FcnLabError, match="must have the same size"):
        hits(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3)), np.zeros((2, 2)), 1)
