"""What can be asked for, and which pictures that means."""

import pytest

from fcnlab.errors import RenderError
from fcnlab.sim import RenderRequest
from fcnlab.sim.request import plan


def parts(**asked):
    return {series.folder: series.count for series in plan(RenderRequest(**asked))}


def test_a_mixture_is_divided_into_train_validation_and_the_three_evaluation_sets():
    assert parts(count=100) == {
        "train": 70,
        "validation": 15,
        "sample_evaluation_data/following_images": 5,
        "sample_evaluation_data/patrol_non_targ": 5,
        "sample_evaluation_data/patrol_with_targ": 5,
    }


def test_one_kind_is_divided_into_train_and_validation():
    assert parts(count=10, kind="patrol-target") == {"train": 8, "validation": 2}


def test_an_evaluation_of_one_kind_fills_its_set():
    asked = {"count": 4, "kind": "patrol-target", "split": "evaluation"}
    assert parts(**asked) == {"sample_evaluation_data/patrol_with_targ": 4}


@pytest.mark.parametrize("count", [1, 2, 3, 7, 101])
@pytest.mark.parametrize("split", ["auto", "train", "evaluation"])
def test_no_pair_is_lost(count, split):
    assert sum(parts(count=count, split=split).values()) == count


def test_every_twenty_of_a_mixture_hold_the_same_numbers_of_every_kind():
    (series,) = plan(RenderRequest(count=40, split="train"))
    kinds = series.kinds(seed=3)
    for twenty in (kinds[:20], kinds[20:]):
        assert [twenty.count(kind) for kind in ("following", "patrol-target", "patrol")] == [3, 5, 12]
    assert kinds[:20] != kinds[20:]


def test_the_first_kinds_do_not_depend_on_the_count():
    (few,), (many,) = (plan(RenderRequest(count=count, split="train")) for count in (10, 50))
    assert many.kinds(seed=1)[:10] == few.kinds(seed=1)


def test_names_differ_by_seed_and_by_distance_and_not_by_count():
    marks = [RenderRequest(count=1, kind="following", **more).mark for more in ({}, {"seed": 1}, {"distance": (3, 5)})]
    assert len(set(marks)) == 3
    assert RenderRequest(count=9, kind="following").mark == marks[0]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"count": 0}, "What to render, count: .*greater than or equal to 1, received 0"),
        ({"count": 1, "kind": "flying"}, "What to render, kind: input should be 'following', .*received 'flying'"),
        ({"count": 1, "kind": "patrol", "distance": (5, 9)}, "patrol have no hero"),
        ({"count": 1, "distance": (9, 5)}, "the least and then the largest metres"),
        ({"count": 1, "distance": (0.1, 5)}, "distance"),
        ({"count": 1, "size": 8}, "size: .*greater than or equal to 16, received 8"),
        ({"count": 1, "seed": -1}, "seed: .*received -1"),
        ({"count": 1, "weather": "rain"}, "weather: there is no such field here"),
    ],
)
def test_what_cannot_be_rendered_is_told_in_a_sentence(asked, told):
    with pytest.raises(RenderError, match=told):
        RenderRequest.parse(asked, what="What to render", error=RenderError)
