"""What a layer's channels are like: checked on maps whose figures are known."""

import numpy as np
import pytest

from fcnlab.net.inside.statistics import BINS, Planes, describe


def maps(channels, height=8, width=6, seed=0):
    return np.random.default_rng(seed).normal(size=(height, width, channels)).astype(np.float32)


def test_mean_variance_and_active_share_are_those_of_each_channel():
    values = maps(5)
    found = describe(values)
    np.testing.assert_allclose(found.mean, values.mean(axis=(0, 1)), atol=1e-6)
    np.testing.assert_allclose(found.variance, values.var(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(found.active, (values > 0).mean(axis=(0, 1)), rtol=1e-6)


def test_a_large_mean_does_not_spoil_the_variance():
    values = maps(3)
    found = describe(values + np.float32(10000))
    np.testing.assert_allclose(found.variance, values.var(axis=(0, 1)), rtol=1e-2)


def test_a_constant_channel_is_dead_and_counts_nowhere():
    values = maps(4)
    values[:, :, 1] = 0.1  # not to be told from its mean without rounding
    values[:, :, 3] = 0
    found = describe(values)
    assert found.dead == (1, 3)
    assert found.duplicates == ()
    assert found.variance[[1, 3]].tolist() == [0, 0]
    assert found.effective_rank == pytest.approx(describe(values[:, :, [0, 2]]).effective_rank, rel=1e-6)


def test_a_repeated_channel_is_named_with_the_first_that_it_repeats():
    values = maps(6)
    values[:, :, 3] = values[:, :, 1] * 2 + 5
    values[:, :, 5] = values[:, :, 1]
    values[:, :, 4] = -values[:, :, 0]  # the opposite says the same, and is no duplicate
    assert describe(values).duplicates == ((3, 1), (5, 1))


def test_more_channels_than_positions_are_compared_just_the_same():
    values = maps(40, height=3, width=4)
    values[:, :, 33] = values[:, :, 20]
    found = describe(values)
    assert (33, 20) in found.duplicates
    assert found.effective_rank <= 12


@pytest.mark.parametrize(("channels", "height"), [(4, 8), (40, 2)])
def test_the_effective_rank_is_that_of_the_singular_values(channels, height):
    values = maps(channels, height)
    matrix = values.reshape(-1, channels).astype(np.float64)
    singular = np.linalg.svd(matrix - matrix.mean(axis=0), compute_uv=False)
    shares = singular[singular > 1e-9 * singular.sum()] / singular.sum()
    assert describe(values).effective_rank == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-6)


def test_the_effective_rank_of_independent_equal_channels_is_their_number_and_of_copies_one():
    ramp = np.zeros((2, 4, 3), np.float32)
    ramp.reshape(8, 3)[:, :] = [[1, 1, 1], [-1, 1, 1], [1, -1, 1], [-1, -1, 1]] * 2
    ramp[1, :, 2] = -1
    assert describe(ramp).effective_rank == pytest.approx(3)
    copies = np.repeat(maps(1), 5, axis=2)
    assert describe(copies).effective_rank == pytest.approx(1)
    assert describe(np.ones((3, 3, 2))).effective_rank == 0


def test_the_histogram_counts_every_value_between_the_layers_ends():
    values = maps(5)
    counts = describe(values).counts
    expected, _ = np.histogram(values, bins=BINS)
    assert counts.sum() == values.size
    assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() <= 1  # a value on a bin's edge may go either way
    flat = describe(np.full((3, 3, 2), 7.0)).counts
    assert flat.sum() == 18
    assert flat.max() == 18


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_a_map_in_bytes_is_off_by_at_most_half_a_step(scale):
    values = (np.random.default_rng(0).normal(size=(9, 7, 5)) * scale).astype(np.float32)
    planes = Planes(values)
    found = planes.in_bytes()
    span = (planes.high - planes.low).astype(np.float64)
    assert (np.abs(found * (span / 255) + planes.low - values) <= span / 510 * 1.0001).all()
    assert (found.min(axis=(0, 1)) == 0).all()
    assert (found.max(axis=(0, 1)) == 255).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_value_that_is_no_number_shows(bad):
    values = maps(4)
    assert Planes(values).finite
    values[3, 2, 1] = bad
    assert not Planes(values).finite
