"""Masks brought to the network's size: the same bytes as if every class were resized whole, only sooner."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fcnlab.data.dataset import IGNORE
from fcnlab.data.pictures.fitting import fit_planes
from fcnlab.data.pictures.window import _order

SIDES = st.one_of(st.sampled_from([12, 20, 64, 96, 128, 160, 256]), st.integers(1, 200))


def planes_of(numbers, classes):
    return [Image.fromarray(((numbers == number) * 255).astype(np.uint8)) for number in range(classes)]


def whole(planes, size, ignored=None):
    """The plain way: each plane resized whole, twice."""
    labels, share, presence = (np.zeros(size, np.uint8) for _ in range(3))
    for number, plane in enumerate(planes):
        own = np.asarray(plane.resize(size[::-1], Image.Resampling.BILINEAR))
        one = Image.fromarray(np.asarray(plane) // 255).resize(size[::-1], Image.Resampling.BILINEAR)
        labels[own > share] = number
        share = np.maximum(share, own)
        presence |= np.asarray(one) << number
    if ignored is not None:
        out = np.asarray(ignored.resize(size[::-1], Image.Resampling.BILINEAR)) > share
        labels[out], presence[out] = IGNORE, 0
    return labels, presence


@st.composite
def masks(draw, most=5):
    """A ground with a few boxes of classes or noise on it: [H, W] with values up to 4."""
    height, width = draw(SIDES), draw(SIDES)
    numbers = np.full((height, width), draw(st.integers(0, most - 1)), np.uint8)
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    for _ in range(draw(st.integers(0, 4))):
        top, left = int(generator.integers(height)), int(generator.integers(width))
        part = numbers[top : top + int(generator.integers(1, 60)), left : left + int(generator.integers(1, 60))]
        noise = generator.random() < 0.3
        part[:] = generator.integers(0, most, part.shape if noise else None)
    return numbers


@given(numbers=masks(), size=st.tuples(SIDES, SIDES))
@settings(max_examples=60)
def test_windows_give_the_bytes_of_the_whole(numbers, size):
    planes = planes_of(numbers, 5)
    expected = whole(planes, size)
    for _ in range(2):  # sizes are treated otherwise from the second time on
        for found, wanted in zip(fit_planes(planes, size), expected, strict=True):
            assert np.array_equal(found, wanted)


@given(numbers=masks(), size=st.tuples(SIDES, SIDES))
@settings(max_examples=30)
def test_ignored_pixels_beside_windows(numbers, size):
    *planes, ignored = planes_of(numbers, 5)
    expected = whole(planes, size, ignored)
    for _ in range(2):
        for found, wanted in zip(fit_planes(planes, size, ignored), expected, strict=True):
            assert np.array_equal(found, wanted)


def test_a_mask_of_one_class():
    labels, presence = fit_planes(planes_of(np.full((30, 40), 2, np.uint8), 3), (9, 7))
    assert (labels == 2).all()
    assert (presence == 4).all()


@pytest.mark.parametrize("old", [(256, 256), (640, 480), (146, 274)])
def test_the_order_of_the_passes_is_found(old):
    """Or nothing would be gained by windows; the next Pillow may work in another way, and is then slower, not wrong."""
    _order(old, (160, 160))
    assert _order(old, (160, 160)) != "unknown"
