"""A growing curve in a few hundred buckets: what is kept of it for the eye."""

import random

import pytest

from fcnlab.draw.buckets import MOST_BUCKETS, Buckets

Points = list[tuple[float, float]]


def filled(points: Points, most: int = MOST_BUCKETS) -> Buckets:
    buckets = Buckets(most)
    for step, value in points:
        buckets.add(step, value)
    return buckets


def noise(count: int) -> Points:
    chance = random.Random(count)
    return [(float(step), chance.gauss(0, 1)) for step in range(1, count + 1)]


def test_a_short_curve_is_left_alone() -> None:
    points = noise(2 * MOST_BUCKETS)
    assert filled(points).outline() == points
    assert Buckets().outline() == Buckets().means() == Buckets().smoothed() == []


@pytest.mark.parametrize("count", [801, 5000, 12_345])
def test_an_outline_keeps_order_ends_and_extremes(count: int) -> None:
    points = noise(count)
    outline = filled(points).outline()
    assert len(outline) <= 2 * MOST_BUCKETS + 2
    assert set(outline) <= set(points)
    assert outline == sorted(outline)
    assert (outline[0], outline[-1]) == (points[0], points[-1])
    assert min(outline, key=lambda one: one[1]) == min(points, key=lambda one: one[1])
    assert max(outline, key=lambda one: one[1]) == max(points, key=lambda one: one[1])


def test_a_single_spike_survives() -> None:
    points = [(float(step), 9.0 if step == 6_543 else 0.0) for step in range(10_000)]
    assert (6_543.0, 9.0) in filled(points, 50).outline()


def test_the_past_stays_as_it_is_while_points_come() -> None:
    points = noise(6_000)
    before, after = filled(points[:5_000]).outline(), filled(points).outline()
    assert before[:-3] == after[: len(before) - 3]


def test_means_are_of_equal_stretches() -> None:
    found = filled([(float(step), float(step)) for step in range(1, 9)], most=4).means()
    assert found == [(2, 1.5), (4, 3.5), (6, 5.5), (8, 7.5)]


def test_a_short_curve_is_averaged_over_few_points() -> None:
    """In a steep curve of 60 steps the average stays near the steps, instead of showing the start at the end."""
    points = [(float(step), 2.0 * 0.9**step) for step in range(1, 61)]
    for (_, average), (_, value) in list(zip(filled(points).smoothed(), points, strict=True))[10:]:
        assert average < 1.5 * value


@pytest.mark.parametrize("count", [10, 400, 5_000])
def test_an_average_starts_unbiased(count: int) -> None:
    smoothed = filled([(float(step), 3.0) for step in range(count)]).smoothed()
    assert [value for _, value in smoothed] == pytest.approx([3.0] * len(smoothed))


def test_an_average_lags_behind_a_jump() -> None:
    smoothed = filled([(float(step), 0.0) for step in range(399)] + [(399.0, 1.0)]).smoothed()
    assert smoothed[-1][1] == pytest.approx(1 / 20, rel=0.01)


def test_an_average_of_buckets_is_near_that_of_points() -> None:
    points = [(float(step), 1 + 1 / step) for step in range(1, 8_001)]
    coarse, fine = filled(points, most=100).smoothed()[-1], filled(points, most=8_000).smoothed()[-1]
    assert coarse[0] == fine[0]
    assert coarse[1] == pytest.approx(fine[1], rel=1e-3)
