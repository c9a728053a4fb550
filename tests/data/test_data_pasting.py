"""Objects of one training image in another one: cut out along the mask, at a random place and in a random size."""

import numpy as np
import pytest

from fcnlab.data import IGNORE, Pairs
from fcnlab.data.pasting import FEWEST_PIXELS, LARGEST, MOST, SMALLEST, Pasting

SIDE = 48
BLOB = 12
"""Side of each object."""

COLORS = {1: (200, 40, 40), 2: (40, 200, 40)}


def scene(number, at=(20, 20)):
    image, label = np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    there = np.s_[at[0] : at[0] + BLOB, at[1] : at[1] + BLOB]
    image[there], label[there] = COLORS[number], number
    return image, label


def pairs_of(*scenes, classes=3):
    images, labels = (np.stack(part) for part in zip(*scenes, strict=True))
    return Pairs(images, labels, labels, tuple(str(number) for number in range(len(images))), classes)


@pytest.fixture
def pairs():
    return pairs_of(scene(1), scene(1), scene(1), scene(2))


@pytest.fixture
def empty():
    """Many images without anything, to paste into."""
    return np.zeros((200, SIDE, SIDE, 3), np.uint8), np.zeros((200, SIDE, SIDE), np.uint8)


def test_the_pasted_pixels_carry_their_colour_and_their_label(pairs, empty):
    images, labels = Pasting(pairs, 1.0)(*empty, (0,))
    assert labels.any()
    assert images.dtype == labels.dtype == np.uint8
    for number, color in COLORS.items():
        found = images[labels == number]
        assert len(found) > 1000
        assert (np.abs(found.astype(int) - color) <= 1).all(1).mean() > 0.95  # at edges colours may mix
    assert not images[labels == 0].any()
    assert not empty[0].any()  # those given stay as they are


def test_so_many_images_get_objects_as_asked_for(pairs, empty):
    share = Pasting(pairs, 0.3)(*empty, (0,))[1].any((1, 2)).mean()
    assert 0.2 < share < 0.4
    assert Pasting(pairs, 0.0)(*empty, (0,))[1] is empty[1]


def test_a_rare_class_is_pasted_as_often_as_a_frequent_one(pairs, empty):
    """Three of four images show class 1."""
    labels = Pasting(pairs, 1.0)(*empty, (0,))[1]
    one, two = ((labels == number).any((1, 2)).sum() for number in (1, 2))
    assert 0.75 < one / two < 1.33


def test_sizes_are_spread_from_the_smallest_that_counts_to_the_largest(empty):
    labels = Pasting(pairs_of(scene(1)), 1.0)(*empty, (0,))[1]
    sizes = labels.sum((1, 2), dtype=int)
    assert sizes.max() <= MOST * (BLOB * LARGEST + 1) ** 2
    assert np.median(sizes) < BLOB**2 * MOST / 2
    alone = sizes[sizes > 0]
    assert alone.min() <= FEWEST_PIXELS * 2
    assert BLOB * SMALLEST < 2  # else the limit of pixels would not be what decides


def test_an_object_is_what_hangs_together(empty):
    """Two objects of a class are not pasted as one."""
    image, label = scene(1, (2, 2))
    image[34:46, 34:46], label[34:46, 34:46] = COLORS[1], 1
    labels = Pasting(pairs_of((image, label)), 1.0)(*empty, (0,))[1]
    assert labels.sum((1, 2), dtype=int).max() <= MOST * (BLOB * LARGEST + 1) ** 2


def test_the_same_seed_pastes_the_same_and_another_one_does_not(pairs, empty):
    pasting = Pasting(pairs, 1.0)
    first = pasting(*empty, (1, 2, 3))
    for one, same in zip(first, pasting(*empty, (1, 2, 3)), strict=True):
        np.testing.assert_array_equal(one, same)
    assert not np.array_equal(first[1], pasting(*empty, (1, 2, 4))[1])


def test_grey_images_and_ignored_pixels(empty):
    image, label = scene(1)
    label[:5] = IGNORE
    grey = pairs_of((image[..., :1], label))
    images, labels = Pasting(grey, 1.0)(empty[0][..., :1], empty[1], (0,))
    assert images.shape == (200, SIDE, SIDE, 1)
    assert set(np.unique(labels)) == {0, 1}  # what is ignored is no object


def test_without_any_object_nothing_is_pasted(empty):
    image, label = scene(1)
    label[:] = 0
    label[0, : FEWEST_PIXELS - 1] = 1  # too small
    assert Pasting(pairs_of((image, label)), 1.0)(*empty, (0,))[1] is empty[1]
