"""Training curves: the option's data, and thinning out."""

import json
import random

import pytest

from fcnlab.draw.curves import MOST_POINTS, loss_option, smooth, thin_out


def steps(count: int) -> list[dict]:
    return [{"kind": "step", "step": i, "epoch": 1, "loss": 1 / i, "learning_rate": 0.004} for i in range(1, count + 1)]


def epochs(count: int, every: int) -> list[dict]:
    return [
        {
            "kind": "epoch",
            "epoch": i,
            "step": i * every,
            "loss": 0.5,
            "validation": {"loss": 0.6, "mean_iou": i / count, "class_iou": {"hero": 0.3}},
        }
        for i in range(1, count + 1)
    ]


def series(option: dict) -> dict[str, dict]:
    return {part["name"]: part for part in option["series"]}


@pytest.mark.parametrize("dark", [False, True])
def test_the_option_is_json_and_does_not_move(dark: bool) -> None:
    option = loss_option(steps(50), epochs(2, 25), dark)
    assert json.loads(json.dumps(option, allow_nan=False)) == option
    assert option["animation"] is False


def test_loss_is_drawn_by_step_and_epoch_and_iou_below() -> None:
    found = series(loss_option(steps(50), epochs(2, 25), dark=False))
    assert found["loss of each step"]["data"][:2] == [[1, 1], [2, 0.5]]
    assert found["loss of each epoch"]["data"] == [[25, 0.5], [50, 0.5]]
    assert found["validation loss"]["data"] == [[25, 0.6], [50, 0.6]]
    assert found["validation mean IoU"]["data"] == [[25, 0.5], [50, 1]]
    assert found["validation mean IoU"]["yAxisIndex"] == 1


def test_curves_differ_by_more_than_colour() -> None:
    looks = [
        (part["lineStyle"]["type"], part["lineStyle"]["width"], part["symbol"])
        for part in loss_option(steps(5), [], dark=False)["series"]
    ]
    assert len(set(looks)) == len(looks)


def test_a_run_without_events_gives_empty_curves() -> None:
    option = loss_option([], [], dark=False)
    assert all(part["data"] == [] for part in option["series"])


def test_values_that_are_missing_or_not_finite_are_left_out() -> None:
    events = [{"step": 1, "loss": None}, {"step": 2, "loss": float("nan")}, {"step": 3}, {"step": 4, "loss": 0.5}]
    passes = [{"step": 4, "epoch": 1, "loss": 0.5, "validation": None}]
    found = series(loss_option(events, passes, dark=False))
    assert found["loss of each step"]["data"] == [[4, 0.5]]
    assert found["validation loss"]["data"] == []


def test_long_runs_are_thinned_out() -> None:
    found = series(loss_option(steps(20_000), [], dark=False))
    for name in ("loss of each step", "loss, smoothed"):
        assert 900 < len(found[name]["data"]) <= MOST_POINTS


@pytest.mark.parametrize("count", [1001, 5000, 12_345])
def test_thinning_keeps_order_ends_and_extremes(count: int) -> None:
    chance = random.Random(count)
    points = [(float(i), chance.gauss(0, 1)) for i in range(count)]
    thin = thin_out(points)
    assert len(thin) <= MOST_POINTS
    assert set(thin) <= set(points)
    assert [x for x, _ in thin] == sorted(x for x, _ in thin)
    assert (thin[0], thin[-1]) == (points[0], points[-1])
    assert min(thin, key=lambda p: p[1]) == min(points, key=lambda p: p[1])
    assert max(thin, key=lambda p: p[1]) == max(points, key=lambda p: p[1])


def test_a_single_spike_survives_thinning() -> None:
    points = [(float(i), 0.0) for i in range(10_000)]
    points[6_543] = (6_543.0, 9.0)
    assert (6_543.0, 9.0) in thin_out(points, 100)


def test_short_curves_are_left_alone() -> None:
    points = [(0.0, 1.0), (1.0, 2.0)]
    assert thin_out(points) == points


def test_a_short_curve_is_smoothed_over_few_points() -> None:
    """In a steep curve of 60 steps the average stays near the steps, instead of showing the start at the end."""
    steps = [{"kind": "step", "step": n, "epoch": 1, "loss": 2.0 * 0.9**n} for n in range(1, 61)]
    smoothed = next(one for one in loss_option(steps, [], dark=False)["series"] if one["name"] == "loss, smoothed")
    for (_, average), step in list(zip(smoothed["data"], steps, strict=True))[10:]:
        assert average < 1.5 * step["loss"]


def test_smoothing_starts_unbiased_and_lags() -> None:
    constant = [(float(i), 3.0) for i in range(10)]
    assert [y for _, y in smooth(constant)] == pytest.approx([3.0] * 10)
    jump = smooth([(0.0, 0.0)] * 50 + [(1.0, 1.0)])
    assert 0.04 < jump[-1][1] < 0.07
