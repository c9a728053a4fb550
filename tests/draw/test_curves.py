"""Training curves: the chart's data, marks and looks."""

import json
from typing import Any

import pytest

from fcnlab.draw.curves import MARKED, MOST_SYMBOLS, curves_option

LOSS = [(float(step), 1 / step) for step in range(1, 51)]
RATES = [(1.0, 0.01), (50.0, 0.0)]


def epochs(count: int, every: int = 25, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "kind": "epoch",
            "epoch": i,
            "step": i * every,
            "loss": 0.5,
            "validation": {"loss": 0.6, "mean_iou": i / count, "class_iou": [0.9, 0.3]},
            **more,
        }
        for i in range(1, count + 1)
    ]


def series(option: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in option["series"]}


@pytest.mark.parametrize("dark", [False, True])
def test_the_option_is_json_and_does_not_move(dark: bool) -> None:
    option = curves_option(LOSS, LOSS, RATES, epochs(2), dark=dark)
    assert json.loads(json.dumps(option, allow_nan=False)) == option
    assert option["animation"] is False
    short, longer = (curves_option(LOSS[:n], [], [], [], total=80)["xAxis"] for n in (5, 50))
    assert short == longer
    assert short[0]["max"] == 80


def test_loss_iou_and_learning_rate_lie_below_each_other() -> None:
    passes = epochs(2, training={"loss": 0.4, "mean_iou": 0.7})
    found = series(curves_option(LOSS, LOSS[:3], RATES, passes))
    assert found["loss of each step"]["data"][:2] == [[1, 1], [2, 0.5]]
    assert found["loss, smoothed"]["data"] == [[1, 1], [2, 0.5], [3, 0.3333]]
    assert found["loss of each epoch"]["data"] == [[25, 0.5], [50, 0.5]]
    assert found["validation loss"]["data"] == [[25, 0.6], [50, 0.6]]
    assert found["training mean IoU"]["data"] == [[25, 0.7], [50, 0.7]]
    assert found["validation mean IoU"]["data"] == [[25, 0.5], [50, 1]]
    assert found["learning rate"]["data"] == [[1, 0.01], [50, 0]]
    charts = [part["yAxisIndex"] for part in found.values()]
    assert charts == [0, 0, 0, 0, 1, 1, 2]


def test_curves_of_one_chart_differ_by_more_than_colour() -> None:
    looks = [
        (part["yAxisIndex"], part["lineStyle"]["type"], part["lineStyle"]["width"], part["symbol"])
        for part in curves_option(LOSS, LOSS, RATES, [])["series"]
    ]
    assert len(set(looks)) == len(looks)


def test_a_run_without_events_gives_empty_curves() -> None:
    option = curves_option([], [], [], [])
    assert all(part["data"] == [] for part in option["series"])


def test_values_that_are_missing_or_not_finite_are_left_out() -> None:
    passes = [
        {"step": 4, "epoch": 1, "loss": 0.5, "validation": None},
        {"step": 8, "epoch": 2, "loss": float("nan"), "validation": {"loss": None}},
        {"epoch": 3, "loss": 0.5},
    ]
    found = series(curves_option([], [], [], passes))
    assert found["loss of each epoch"]["data"] == [[4, 0.5]]
    assert found["validation loss"]["data"] == []


def test_many_epochs_are_a_line_without_markers() -> None:
    few, many = (series(curves_option([], [], [], epochs(count))) for count in (MOST_SYMBOLS, MOST_SYMBOLS + 1))
    assert few["validation loss"]["showSymbol"]
    assert not many["validation loss"]["showSymbol"]


def test_notes_are_marked_by_their_numbers_and_only_the_last_of_many() -> None:
    notes = [{"kind": "note", "step": 10 * n, "message": "Paused."} for n in range(1, MARKED + 3)]
    marks = curves_option(LOSS, [], [], [], notes=notes)["series"][0]["markLine"]["data"]
    assert [(mark["xAxis"], mark["label"]["formatter"]) for mark in marks] == [
        (10.0 * n, str(n)) for n in range(3, MARKED + 3)
    ]


def test_notes_of_one_step_share_a_mark() -> None:
    notes = [{"kind": "note", "step": step, "message": "Paused."} for step in (10, 10, 10, 20)]
    marks = curves_option(LOSS, [], [], [], notes=notes)["series"][0]["markLine"]["data"]
    assert [mark["label"]["formatter"] for mark in marks] == ["1–3", "4"]
