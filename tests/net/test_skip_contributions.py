"""Contributions of skips in networks made so that the answer is known, and against a plain reimplementation."""

import json
from itertools import permutations

import numpy as np
import pytest
from net_helpers import shapes, tiny
from skip_helpers import balanced, every_set, pairs_of, uneven

from fcnlab.net import Lattice, SkipSwitch, build
from fcnlab.net.skips.counting import count_sets
from fcnlab.net.skips.summary import FIGURES, summarise

BASELINES = ("zero", "mean", "position", "resample")


def contributions(spec, model, pairs, baseline="zero", reference=None, samples=20):
    """The blocks of all metrics."""
    switch = SkipSwitch(spec, model, pairs.images if reference is None else reference)
    lattice = Lattice(switch.cut)
    tallies = count_sets(lattice, switch.baselines, [baseline], [("test", pairs)])
    return summarise(tallies[baseline], switch.cut.skips, samples)


def figures(block, name):
    return {skip["name"]: skip for skip in block["skips"]}[name]


@pytest.mark.parametrize("baseline", BASELINES)
def test_a_skip_multiplied_by_zero_contributes_exactly_nothing(baseline):
    spec = tiny()
    model = balanced(uneven(build(spec, seed=0)), shapes(32, 7).images)
    kernel, *rest = model.get_layer("decoder2_conv1").get_weights()
    kernel[:, :, 8:] = 0  # the second half of the concatenation: the skip
    model.get_layer("decoder2_conv1").set_weights([kernel, *rest])
    found = contributions(spec, model, shapes(32, 7), baseline)
    for metric, block in found.items():
        skip = figures(block, "decoder2")
        for figure in FIGURES:
            assert [skip[figure], skip[f"{figure}_low"], skip[f"{figure}_high"]] == [0, 0, 0], metric
        assert figures(block, "decoder1")["shapley"] == pytest.approx(block["all"] - block["none"], abs=1e-15)
        assert [pair["value"] for pair in block["interactions"]] == [0]
    assert figures(found["mean_iou"], "decoder1")["shapley"] != 0


def by_hand(stages, bias):
    """A network that adds up what its skips from the inputs bring, and sees its target where that is above `bias`."""
    silent = {"norm": "none", "activation": "none"}
    spec = tiny(
        input={"height": 32, "width": 32},
        encoder=[{"name": "encoder1", "convs": [{"filters": 3, **silent}]}],
        bottleneck=[{"conv": {"filters": 3, "kernel": 1, **silent}}],
        decoder=[
            {
                "name": name,
                "up": {"factor": 1 + (not number), "kind": "nearest"},
                "skip": {"merge": "add", "project": True},
            }
            for number, name in enumerate(stages)
        ],
        output={"classes": 2},
    )
    model = build(spec, seed=0)
    for layer in model.layers:
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    for name, weight in stages.items():
        model.get_layer(f"{name}_project").set_weights(
            [weight * np.eye(3, dtype=np.float32)[None, None], np.zeros(3, np.float32)]
        )
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[0, 0, 0, 1] = 8
    model.get_layer("outputs_conv").set_weights([kernel, np.array([8 * bias, 0], np.float32)])
    return spec, model


def red_squares():
    """Red squares are target; everything else is black."""
    labels = np.zeros((5, 32, 32), np.uint8)
    for number in range(5):
        labels[number, 4 + number : 14, 6 : 16 + number] = 1
    images = np.zeros((5, 32, 32, 3), np.uint8)
    images[..., 0] = 255 * labels
    return pairs_of(images, labels, 2)


def test_a_network_that_can_solve_the_task_only_through_one_skip_gives_it_everything():
    spec, model = by_hand({"low": 0.0, "high": 1.0}, bias=0.5)
    block = contributions(spec, model, red_squares())["target_iou"]
    assert (block["all"], block["none"]) == (1, 0)
    for figure in FIGURES:
        assert (figures(block, "high")[figure], figures(block, "low")[figure]) == (1, 0)


@pytest.mark.parametrize(("bias", "necessity", "sufficiency"), [(0.5, 0, 1), (1.5, 1, 0)])
def test_two_identical_skips_share_equally(bias, necessity, sufficiency):
    """Either is enough at a low threshold, both are needed at a high one."""
    spec, model = by_hand({"one": 1.0, "other": 1.0}, bias)
    block = contributions(spec, model, red_squares())["target_iou"]
    for name in ("one", "other"):
        found = [figures(block, name)[figure] for figure in FIGURES]
        assert found == [0.5, necessity, sufficiency]
    assert [pair["value"] for pair in block["interactions"]] == [necessity - sufficiency]


def test_with_the_mean_a_skip_that_says_the_same_everywhere_contributes_nothing():
    spec, model = by_hand({"low": 0.5, "high": 1.0}, bias=0.0)
    pairs = red_squares()
    grey = np.full_like(pairs.images, 200)
    found = contributions(spec, model, pairs_of(grey, pairs.labels, 2), "mean", reference=grey)
    assert [skip["shapley"] for skip in found["mean_iou"]["skips"]] == [0, 0]


@pytest.mark.parametrize("baseline", ["zero", "resample"])
def test_results_agree_with_a_plain_reimplementation(baseline):
    """2^k networks, scored with plain NumPy, and Shapley values as the mean over all orders."""
    spec = tiny()
    pairs, reference = shapes(32, 5), shapes(32, 6, "validation").images
    model = balanced(uneven(build(spec, seed=3)), pairs.images)
    blocks = contributions(spec, model, pairs, baseline, reference)
    switch = SkipSwitch(spec, model, reference)
    donors = switch.baselines.of(baseline)
    values = np.array([[target_iou(said, pairs) for said in every_set(spec, model, pairs.images, d)] for d in donors])
    block = blocks["target_iou"]
    assert [of_set["value"] for of_set in block["sets"]] == pytest.approx(values.mean(axis=0), abs=1e-6)
    assert [of_set["skips"] for of_set in block["sets"]] == [
        [],
        ["decoder2"],
        ["decoder1"],
        ["decoder2", "decoder1"],
    ]
    each = np.array([mean_over_orders(of_donor) for of_donor in values])
    assert [skip["shapley"] for skip in block["skips"]] == pytest.approx(each.mean(axis=0), abs=1e-6)
    if baseline == "resample":
        assert [skip["shapley_spread"] for skip in block["skips"]] == pytest.approx(each.std(axis=0), abs=1e-6)
        assert each.std(axis=0).min() > 0
    else:
        assert "shapley_spread" not in block["skips"][0]


def target_iou(probabilities, pairs):
    """Of the last class, over all images, by the most probable class."""
    said, true = probabilities.argmax(axis=-1) == 2, pairs.labels == 2
    return (said & true).sum() / (said | true).sum()


def mean_over_orders(values):
    """Shapley values by their first definition."""
    count = len(values).bit_length() - 1
    gains = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        kept = 0
        for skip in order:
            gains[skip] += values[kept | 1 << skip] - values[kept]
            kept |= 1 << skip
    return gains / len(orders)


@pytest.mark.parametrize("baseline", BASELINES)
def test_shapley_values_add_up_to_all_minus_none(baseline):
    spec = tiny()
    pairs = shapes(32, 6)
    found = contributions(spec, balanced(uneven(build(spec, seed=1)), pairs.images), pairs, baseline)
    assert {"target_iou", "mean_iou", "boundary_iou", "interior_iou", "iou:test"} <= found.keys()
    for block in found.values():
        total = sum(skip["shapley"] for skip in block["skips"])
        assert total == pytest.approx(block["all"] - block["none"], abs=1e-15)
    json.dumps(found, allow_nan=False)


def test_intervals_hold_the_value_and_narrow_with_more_images():
    spec = tiny()
    model = balanced(uneven(build(spec, seed=1)), shapes(32, 40).images)
    widths = []
    for count in (4, 40):
        block = contributions(spec, model, shapes(32, count), samples=400)["mean_iou"]
        for skip in block["skips"]:
            for figure in FIGURES:
                assert skip[f"{figure}_low"] <= skip[figure] <= skip[f"{figure}_high"]
        for pair in block["interactions"]:
            assert pair["low"] <= pair["value"] <= pair["high"]
        widths.append(np.mean([skip["shapley_high"] - skip["shapley_low"] for skip in block["skips"]]))
    assert widths[1] < 0.7 * widths[0]


def test_a_metric_that_is_not_defined_for_some_set_is_left_out():
    """Nobody sees a target where there is none, until a skip is off."""
    spec, model = by_hand({"one": -1.0}, bias=0.5)
    pairs = red_squares()
    black = pairs_of(np.zeros_like(pairs.images), np.zeros_like(pairs.labels), 2)
    found = contributions(spec, model, black)
    assert "target_iou" not in found
    assert "mean_iou" in found


def test_progress_counts_every_image_once_for_each_baseline():
    spec = tiny()
    switch = SkipSwitch(spec, build(spec, seed=0), shapes(32, 6).images)
    seen = []
    parts = [("one", shapes(32, 3)), ("other", shapes(32, 4))]
    tallies = count_sets(Lattice(switch.cut), switch.baselines, ["zero", "resample"], parts, seen.append)
    assert sum(seen) == 14
    assert [len(donors) for donors in tallies.values()] == [1, 5]
    assert tallies["zero"][0].splits == ("one", "other")
    assert tallies["zero"][0].split.tolist() == [0] * 3 + [1] * 4
