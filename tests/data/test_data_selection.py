"""Choosing pictures: seeded, by what they show, with the target's sizes in their shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcnlab.data import PictureFilter, Selection, choose, open_dataset, select
from fcnlab.data.contents.survey import STRATA, survey
from fcnlab.data.sampling import share_out
from fcnlab.errors import DataError


@pytest.fixture(scope="module")
def shapes():
    return survey(open_dataset("shapes"), "train")


def test_everything_is_selected_by_default(shapes):
    assert select(shapes, Selection()).tolist() == list(range(len(shapes)))


def test_a_number_is_drawn_as_a_subset_for_training_is(shapes):
    assert np.array_equal(select(shapes, Selection(number=20, seed=4)), choose(len(shapes), 20, 4))


@pytest.mark.parametrize("stratify", [False, True])
def test_the_same_seed_selects_the_same_and_another_one_others(shapes, stratify):
    def chosen(seed):
        return select(shapes, Selection(number=50, seed=seed, stratify=stratify)).tolist()

    assert chosen(1) == chosen(1)
    assert chosen(1) != chosen(2)
    assert chosen(1) == sorted(set(chosen(1)))
    assert len(chosen(1)) == 50


def test_only_pictures_that_pass_the_filter_are_drawn(shapes):
    chosen = select(shapes, Selection(filter=PictureFilter(smaller_than=1500), number=10))
    sizes = shapes.sizes()[chosen]
    assert len(chosen) == 10
    assert ((sizes > 0) & (sizes < 1500)).all()


def test_more_than_there_are_takes_all_that_pass(shapes):
    absent = select(shapes, Selection(filter=PictureFilter(present="without"), number=10_000, stratify=True))
    assert absent.tolist() == np.flatnonzero(shapes.sizes() == 0).tolist()


@pytest.mark.parametrize("number", [1, 7, 40, 200, 399])
def test_stratified_selections_keep_the_shares(shapes, number):
    whole = np.bincount(shapes.strata(), minlength=len(STRATA)) / len(shapes)
    chosen = select(shapes, Selection(number=number, seed=3, stratify=True))
    part = np.bincount(shapes.strata()[chosen], minlength=len(STRATA))
    assert part.sum() == number
    assert np.abs(part - whole * number).max() < 1


def test_strata_follow_the_class_of_the_filter(shapes):
    conditions = PictureFilter(target="blob")
    chosen = select(shapes, Selection(filter=conditions, number=100, stratify=True))
    whole = (shapes.sizes("blob") > 0).mean()
    assert abs((shapes.sizes("blob")[chosen] > 0).sum() - 100 * whole) < 1


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6), st.integers(0, 3000))
def test_largest_remainders_take_the_number_and_never_more_than_there_are(counts, number):
    counts = np.array(counts)
    shares = share_out(counts, number)
    assert sum(shares) == min(number, counts.sum())
    assert all(0 <= share <= count for share, count in zip(shares, counts, strict=True))
    if number < counts.sum():
        assert all(abs(s - c * number / counts.sum()) < 1 for s, c in zip(shares, counts, strict=True))


# Nothing left


def test_a_filter_that_nothing_passes_says_so_and_what_to_do(shapes):
    conditions = PictureFilter(target="polygon", smaller_than=2)
    with pytest.raises(DataError) as told:
        select(shapes, Selection(filter=conditions))
    assert str(told.value) == (
        "None of the 400 pictures of train is one with fewer than 2 pixels of polygon. Loosen a condition."
    )


@pytest.mark.parametrize("conditions", [{"nearer_than": 5}, {"farther_than": 5}, {"hidden_more_than": 0.1}])
def test_conditions_on_records_where_there_are_none(shapes, conditions):
    with pytest.raises(DataError, match="No picture of train has a record of its target's distance and occlusion"):
        select(shapes, Selection(filter=PictureFilter(**conditions)))


# Words


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        ({}, "All pictures."),
        ({"filter": {"present": "with", "target": "hero"}}, "All pictures with hero."),
        ({"filter": {"present": "without"}}, "All pictures without the target."),
        ({"filter": {"smaller_than": 60, "target": "hero"}}, "All pictures with fewer than 60 pixels of hero."),
        (
            {"filter": {"target": "hero", "smaller_than": 6000, "larger_than": 3}, "number": 1200, "seed": 7},
            "1,200 pictures with more than 3 and fewer than 6,000 pixels of hero, drawn with seed 7.",
        ),
        (
            {"filter": {"target": "hero", "farther_than": 40, "nearer_than": 60, "hidden_more_than": 0.25}},
            "All pictures with hero farther than 40 m and nearer than 60 m and more than 25% of hero hidden.",
        ),
        (
            {"number": 200, "stratify": True},
            "200 pictures, drawn with seed 0, with the target's sizes in the same shares as in all of them.",
        ),
    ],
)
def test_a_selection_in_one_sentence(selection, told):
    assert Selection.model_validate(selection).describe() == told


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"number": 0}, "number: input should be greater than or equal to 1, received 0"),
        ({"seed": -1}, "seed: input should be greater than or equal to 0, received -1"),
        ({"filter": {"hidden_more_than": 1.5}}, "hidden more than: input should be less than 1, received 1.5"),
        ({"filter": {"present": "maybe"}}, "present"),
        ({"sise": 3}, "sise"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(document, told):
    with pytest.raises(DataError, match=told):
        Selection.parse(document, what="The selection", error=DataError)


def test_a_selection_survives_its_json():
    selection = Selection(filter=PictureFilter(target="hero", smaller_than=60), number=9, seed=2, stratify=True)
    assert Selection.model_validate_json(selection.model_dump_json()) == selection
