"""Shapley values, necessity, sufficiency and interactions of games whose answers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fcnlab.net.skips.games import interactions, necessity, pairs, shapley, sufficiency


def game(count, value):
    """The values of all sets, of a function of a set's members."""
    return np.array([value({skip for skip in range(count) if number >> skip & 1}) for number in range(2**count)], float)


def test_in_an_additive_game_every_figure_is_the_skips_own_value():
    values = game(3, lambda kept: 10 + sum((1, 2, 4)[skip] for skip in kept))
    for figure in (shapley, necessity, sufficiency):
        assert figure(3) @ values == pytest.approx([1, 2, 4])
    assert interactions(3) @ values == pytest.approx([0, 0, 0])


def test_redundant_skips_look_useless_alone_and_share_equally():
    values = game(3, lambda kept: float(bool(kept & {0, 1})))
    assert shapley(3) @ values == pytest.approx([0.5, 0.5, 0])
    assert necessity(3) @ values == pytest.approx([0, 0, 0])
    assert sufficiency(3) @ values == pytest.approx([1, 1, 0])
    assert interactions(3) @ values == pytest.approx([-1, 0, 0])


def test_skips_that_need_each_other_interact():
    values = game(3, lambda kept: float({0, 2} <= kept))
    assert shapley(3) @ values == pytest.approx([0.5, 0, 0.5])
    assert necessity(3) @ values == pytest.approx([1, 0, 1])
    assert sufficiency(3) @ values == pytest.approx([0, 0, 0])
    assert dict(zip(pairs(3), interactions(3) @ values, strict=True)) == pytest.approx(
        {(0, 1): 0, (0, 2): 1, (1, 2): 0}
    )


def test_the_glove_game():
    """One left glove (0), two right ones: the textbook's values are 2/3, 1/6, 1/6."""
    values = game(3, lambda kept: float(0 in kept and bool(kept & {1, 2})))
    assert shapley(3) @ values == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_one_skip_gets_everything_and_has_no_pairs():
    assert shapley(1) @ np.array([0.25, 0.75]) == pytest.approx([0.5])
    assert pairs(1) == []
    assert interactions(1).shape == (0, 2)


@given(st.integers(1, 6).flatmap(lambda k: arrays(float, 2**k, elements=st.floats(-1, 1))))
def test_shapley_values_add_up_to_all_minus_none(values):
    count = len(values).bit_length() - 1
    assert (shapley(count) @ values).sum() == pytest.approx(values[-1] - values[0], abs=1e-12)


@given(st.integers(2, 5).flatmap(lambda k: arrays(float, 2**k, elements=st.floats(-1, 1))), st.randoms())
def test_figures_follow_the_skips_when_these_are_put_in_another_order(values, random):
    count = len(values).bit_length() - 1
    order = random.sample(range(count), count)  # skip i becomes skip order[i]
    moved = np.empty_like(values)
    for number, value in enumerate(values):
        moved[sum(1 << order[skip] for skip in range(count) if number >> skip & 1)] = value
    for figure in (shapley, necessity, sufficiency):
        assert (figure(count) @ moved)[order] == pytest.approx(figure(count) @ values, abs=1e-12)
    before = dict(zip(pairs(count), interactions(count) @ values, strict=True))
    after = dict(zip(pairs(count), interactions(count) @ moved, strict=True))
    for (one, other), value in before.items():
        assert after[tuple(sorted((order[one], order[other])))] == pytest.approx(value, abs=1e-12)
