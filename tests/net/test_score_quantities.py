"""Every quantity of `score`, worked out again on masks drawn by hand."""

import hand_made
import numpy as np
import pytest
from hand_made import HERO, SETS, HandMade

from fcnlab.net import score


@pytest.fixture(scope="module")
def pictures():
    return hand_made.drawn()


@pytest.fixture(scope="module")
def found(pictures):
    return score(hand_made.identity(), HandMade(pictures))


@pytest.fixture(scope="module")
def counted(pictures):
    """By set, what is counted of each picture's hero."""
    return {name: [hand_made.official(picture, HERO) for picture in parts] for name, parts in pictures.items()}


@pytest.fixture(scope="module")
def confusion(pictures):
    tables = [hand_made.confusions(picture) for parts in pictures.values() for picture in parts]
    return {region: sum(table[region] for table in tables) for region in ("band", "interior")}


def test_the_odd_cases_are_there(counted):
    sizes = [(one["size"], one["predicted"], one["hit"]) for parts in counted.values() for one in parts]
    for odd in [(0, 0, 0), (0, 3, 0), (0, 4, 0), (4, 3, 3), (4, 4, 0), (3, 6, 3), (8, 0, 0), (8, 4, 4)]:
        assert odd in sizes
    assert (15, 16, 12) in sizes  # of both classes, of none
    assert (8, 12, 0) in sizes  # half of the target, and half of what was predicted, ignored


def test_the_official_score(found, counted):
    sets = {}
    for name, parts in counted.items():
        there, seen = [one["size"] > 3 for one in parts], [one["predicted"] > 3 for one in parts]
        pairs = list(zip(there, seen, strict=True))
        sets[name] = {
            "iou": pytest.approx(sum(one["iou"] for one in parts) / len(parts), abs=1e-12),
            "tp": pairs.count((True, True)),
            "fp": pairs.count((False, True)),
            "fn": pairs.count((True, False)),
            "images": len(parts),
        }
    assert found["sets"] == sets
    tp, fp, fn = (sum(sets[name][key] for name in SETS) for key in ("tp", "fp", "fn"))
    assert (tp, fp, fn) == (5, 2, 3)
    assert found["weight"] == pytest.approx(tp / (tp + fp + fn))
    assert found["iou"] == pytest.approx((found["sets"][SETS[0]]["iou"] + found["sets"][SETS[2]]["iou"]) / 2)
    assert found["final"] == pytest.approx(found["weight"] * found["iou"])


def test_the_usual_figures(found, confusion):
    def overlaps(table):
        unions = [table[k].sum() + table[:, k].sum() - table[k, k] for k in range(3)]
        return [table[k, k] / union if union else None for k, union in enumerate(unions)]

    whole = confusion["band"] + confusion["interior"]
    assert found["confusion"] == whole.tolist()
    assert found["images"] == 15
    assert found["pixel_accuracy"] == pytest.approx(np.trace(whole) / whole.sum())
    for name, table in {"": whole, "boundary_": confusion["band"], "interior_": confusion["interior"]}.items():
        assert found[f"{name}class_iou"] == pytest.approx(overlaps(table))
        assert found["mean_iou" if not name else f"{name}iou"] == pytest.approx(np.mean(overlaps(table)))


def test_ignored_pixels_are_in_no_count(found, pictures):
    known = sum(int((picture.labels != 255).sum()) for parts in pictures.values() for picture in parts)
    assert known < 15 * hand_made.SIDE**2
    assert np.sum(found["confusion"]) == known


def test_the_figures_by_size(found, counted):
    parts = [one for name in SETS for one in counted[name] if one["size"] > 3]
    for old, band, (low, high) in zip(
        found["recall_by_size"],
        found["by_size"],
        [(4, 20), (21, 60), (61, 200), (201, 1000), (1001, None)],
        strict=True,
    ):
        here = [one for one in parts if low <= one["size"] <= (high or np.inf)]
        seen = [one for one in here if one["predicted"] > 3]
        assert (old["low"], old["high"]) == (band["low"], band["high"]) == (low, high)
        assert (old["images"], old["detected"]) == (band["images"], band["detected"]) == (len(here), len(seen))
        assert (old["pixels"], old["hit"]) == (sum(o["size"] for o in here), sum(o["hit"] for o in here))
        if here:
            assert old["recall"] == band["recall"] == len(seen) / len(here)
            assert old["pixel_recall"] == old["hit"] / old["pixels"]
            assert band["iou"] == pytest.approx(np.mean([one["iou"] for one in here]))
        else:
            assert (old["recall"], old["pixel_recall"], band["recall"], band["iou"]) == (None,) * 4


@pytest.mark.parametrize("field", ["distance", "occlusion"])
def test_the_figures_by_distance_and_occlusion(found, counted, pictures, field):
    known = [
        (getattr(picture, field), one)
        for name in SETS
        for picture, one in zip(pictures[name], counted[name], strict=True)
        if picture.distance is not None and one["size"] > 3
    ]
    assert sum(band["images"] for band in found[f"by_{field}"]) == len(known) == 7
    for band in found[f"by_{field}"]:
        here = [one for value, one in known if band["low"] <= value < (band["high"] or np.inf)]
        assert (band["images"], band["detected"]) == (len(here), sum(one["predicted"] > 3 for one in here))
        assert band["iou"] == (pytest.approx(np.mean([one["iou"] for one in here])) if here else None)
    expected = {"distance": [2, 2, 0, 0, 2, 1, 0], "occlusion": [2, 2, 1, 2]}
    assert [band["images"] for band in found[f"by_{field}"]] == expected[field]


def test_without_records_nothing_is_told_by_distance(pictures):
    for picture in pictures["patrol_non_targ"]:
        assert picture.distance is None
    found = score(hand_made.identity(), HandMade({"test": pictures["patrol_non_targ"]}))
    assert (found["by_distance"], found["by_occlusion"], found["final"]) == ([], [], None)
    assert [band["images"] for band in found["by_size"]] == [0] * 5
