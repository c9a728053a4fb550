"""How well targets are found by size, distance and occlusion, with bootstrap intervals."""

import numpy as np
import pytest

from fcnlab.net.banding import bootstrap, by_distance, by_occlusion, by_size

NAN = np.nan


def images(*sizes):
    """Sizes, found where the size is even, IoU a hundredth of the size."""
    size = np.array(sizes, np.int64)
    return size, size % 2 == 0, size / 100


def test_bands_of_size_hold_every_image_with_a_target():
    bands = by_size(*images(0, 3, 4, 20, 21, 60, 61, 200, 201, 1000, 1001, 9999))
    assert [(band.low, band.high, band.images, band.detected) for band in bands] == [
        (4, 20, 2, 2), (21, 60, 2, 1), (61, 200, 2, 1), (201, 1000, 2, 1), (1001, None, 2, 0),
    ]  # fmt: skip
    assert [band.recall for band in bands] == [1, 0.5, 0.5, 0.5, 0]
    assert bands[0].iou == pytest.approx(0.12)


def test_bands_of_distance_begin_with_their_lower_end_and_leave_out_what_is_not_known():
    distance = np.array([0, 9.99, 10, 40, 59, 60, 500, NAN, 50])
    bands = by_distance(distance, *images(10, 11, 10, 10, 10, 11, 10, 10, 3))
    assert [(band.low, band.high) for band in bands] == [
        (0, 10), (10, 20), (20, 30), (30, 40), (40, 60), (60, 80), (80, None),
    ]  # fmt: skip
    assert [band.images for band in bands] == [2, 1, 0, 0, 2, 1, 1]
    assert [band.recall for band in bands] == [0.5, 1, None, None, 1, 0, 1]
    assert bands[2].to_json() == {
        "low": 20, "high": 30, "images": 0, "detected": 0,
        "recall": None, "recall_interval": None, "iou": None, "iou_interval": None,
    }  # fmt: skip


def test_bands_of_occlusion_reach_to_a_target_that_is_all_hidden():
    bands = by_occlusion(np.array([0.0, 0.1, 0.3, 0.6, 1.0]), *images(4, 4, 4, 4, 4))
    assert [(band.low, band.high, band.images) for band in bands] == [
        (0.0, 0.1, 1), (0.1, 0.3, 1), (0.3, 0.6, 1), (0.6, None, 2),
    ]  # fmt: skip


def test_where_nothing_is_known_there_are_no_bands():
    assert by_distance(np.array([NAN, NAN]), *images(10, 10)) == ()
    assert by_distance(np.array([5.0]), *images(3)) == ()
    assert by_occlusion(np.array([]), *images()) == ()


def test_an_interval_is_that_of_the_mean_over_images():
    """Of 400 images with half of them found, the mean has a standard error of 0.025."""
    low, high = bootstrap(np.repeat([[0.0], [1.0]], 200, axis=0))[0]
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.006)


def test_an_interval_is_made_of_percentiles_of_drawn_means():
    values = np.random.default_rng(1).random((30, 2))
    drawn = np.random.default_rng(7).integers(0, 30, (200, 30))
    means = np.array([[values[row, column].mean() for column in (0, 1)] for row in drawn])
    expected = np.percentile(means, [2.5, 97.5], axis=0).T
    np.testing.assert_allclose(bootstrap(values, 200, seed=7), expected)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(0).random((50, 1))
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values) != bootstrap(values, seed=1)


def test_images_that_all_say_the_same_leave_no_doubt():
    band = by_size(*images(10, 10, 10, 10, 10))[0]
    assert (band.recall_interval, band.iou_interval) == ((1.0, 1.0), pytest.approx((0.1, 0.1)))


def test_many_images_are_drawn_in_parts(monkeypatch):
    values = np.random.default_rng(0).random((40, 1))
    whole = bootstrap(values, 100)
    monkeypatch.setattr("fcnlab.net.banding._AT_A_TIME", 7 * 40)
    np.testing.assert_allclose(bootstrap(values, 100), whole)


def test_a_few_images_have_no_interval():
    four = by_size(np.full(4, 10), np.array([True, True, False, False]), np.full(4, 0.5))[0]
    assert (four.recall, four.recall_interval, four.iou_interval) == (0.5, None, None)
    five = by_size(np.full(5, 10), np.ones(5, bool), np.full(5, 0.5))[0]
    assert five.recall_interval == (1.0, 1.0)
