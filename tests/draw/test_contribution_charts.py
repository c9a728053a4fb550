"""Contributions of skips: estimates read from reports, charts for pages, figures for files."""

import json

import pytest
from made_reports import SKIPS, VALUES, history, over_baselines, report

from fcnlab.draw import (
    baselines_figure,
    baselines_option,
    contribution_option,
    figure_bytes,
    history_figure,
    history_option,
    interactions_figure,
    interactions_option,
    skips_figure,
)
from fcnlab.draw.charts import row_height
from fcnlab.draw.estimates import by_epoch, contributions, metric_label, points, reach, skip_names, unit
from fcnlab.errors import FcnLabError

OPTIONS = {
    "contributions": lambda **rest: contribution_option(report(), **rest),
    "baselines": lambda **rest: baselines_option(over_baselines(), **rest),
    "history": lambda **rest: history_option(history(), **rest),
    "interactions": lambda **rest: interactions_option(report(), **rest),
}

FIGURES = {
    "contributions": lambda: skips_figure(report()),
    "baselines": lambda: baselines_figure(over_baselines()),
    "history": lambda: history_figure(history()),
    "interactions": lambda: interactions_figure(report()),
}


def texts(figure) -> list[str]:
    """Everything written in a figure."""
    axes = [
        text.get_text() for axis in figure.axes for text in axis.findobj(match=lambda part: hasattr(part, "get_text"))
    ]
    return [text.get_text() for text in figure.texts] + axes


def drawn(option: dict, name: str, kind: str) -> dict:
    return next(one for one in option["series"] if one["name"] == name and one["type"] == kind)


def test_a_point_is_a_hundredth() -> None:
    first = contributions(report())[0]
    assert first.name == "Shapley value"
    assert [estimate.value for estimate in first.estimates] == pytest.approx([100 * value for value in VALUES])
    assert first.estimates[1].words("IoU points") == "+12.0 IoU points (95 % interval +8.0 to +15.0)"


def test_points_have_a_sign_and_the_digits_that_matter() -> None:
    assert [points(value) for value in (12.34, -3.21, 0.123, -0.04, 0.004, 0)] == [
        "+12.3",
        "−3.2",
        "+0.12",
        "−0.04",
        "0",
        "0",
    ]


def test_skips_are_named_with_their_source() -> None:
    assert skip_names(report()) == [f"{name} ← {source}" for name, source in SKIPS]


@pytest.mark.parametrize(
    ("metric", "label", "of"),
    [
        (None, "IoU of hero", "IoU points"),
        ("boundary_iou", "mean IoU in the boundary band", "IoU points"),
        ("recall_50_200", "recall of hero of 50 to 200 pixels", "recall points"),
        ("iou:patrol_with_targ", "official IoU in patrol_with_targ", "IoU points"),
        ("final", "final score", "points"),
    ],
)
def test_metrics_are_named_in_words_with_their_unit(metric, label: str, of: str) -> None:
    assert metric_label(report(), metric) == label
    assert unit(report(), metric) == of


def test_an_axis_holds_zero_and_every_interval() -> None:
    low, high = reach(contributions(report()))
    assert low < -8.5
    assert high > 34.5
    assert reach([]) == (0, 0)


def test_a_metric_that_is_not_in_the_report_is_refused() -> None:
    for draw in (contribution_option, skips_figure, interactions_figure):
        with pytest.raises(FcnLabError, match=r"no metric 'dice'\. Use one of target_iou, boundary_iou\."):
            draw(report(), "dice")


def test_a_report_of_one_baseline_compares_none() -> None:
    with pytest.raises(FcnLabError, match="one baseline only"):
        baselines_option(report())


def test_a_history_without_epochs_is_refused() -> None:
    with pytest.raises(FcnLabError, match="no checkpoint"):
        history_option({"epochs": []})


def test_an_epoch_whose_metric_is_not_defined_leaves_a_gap() -> None:
    made = history()
    del made["epochs"][0]["metrics"]["boundary_iou"]
    epochs, series = by_epoch(made, "boundary_iou")
    assert epochs == [1, 2, 3]
    assert [estimate is None for estimate in series[0].estimates] == [True, False, False]
    option = history_option(made, "boundary_iou")
    assert len(drawn(option, "decoder4xx ← encoder2x", "line")["data"]) == 2


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("dark", [False, True])
def test_options_are_json_without_script_and_say_what_they_show(name: str, dark: bool) -> None:
    option = OPTIONS[name](dark=dark)
    assert json.loads(json.dumps(option, allow_nan=False)) == option
    assert "IoU points" in json.dumps(option)
    assert "IoU of hero" in option["aria"]["label"]["description"]


def test_bars_reach_from_zero_to_the_value_and_intervals_from_end_to_end() -> None:
    option = contribution_option(report())
    mark = drawn(option, "Shapley value", "scatter")["data"][1]
    assert mark["value"][0] == 12
    assert mark["name"] == "decoder4x ← encoder2: Shapley value +12.0 IoU points (95 % interval +8.0 to +15.0)"
    y = mark["value"][1]
    intervals, bars = [
        one["data"] for one in option["series"] if one["name"] == "Shapley value" and one["type"] == "line"
    ]
    assert intervals[3:6] == [[8, y], [15, y], [None, None]]
    assert bars[3:6] == [[0, y], [12, y], [None, None]]


def test_the_zero_line_is_drawn_in_every_chart_of_values() -> None:
    for name in ("contributions", "baselines"):
        assert [one["markLine"]["data"] for one in OPTIONS[name]()["series"] if "markLine" in one] == [[{"xAxis": 0}]]
    assert [one["markLine"]["data"] for one in OPTIONS["history"]()["series"] if "markLine" in one] == [[{"yAxis": 0}]]


@pytest.mark.parametrize("name", ["contributions", "baselines", "history"])
def test_series_differ_by_more_than_colour(name: str) -> None:
    option = OPTIONS[name]()
    marks = [one for one in option["series"] if not one.get("silent")]
    assert len({one["symbol"] for one in marks}) == len(marks) == len(option["legend"]["data"])


def test_rows_stand_as_in_the_diagram_with_the_deepest_at_the_bottom() -> None:
    option = contribution_option(report())
    assert option["yAxis"][0]["data"][0] == "decoder4xx\n← encoder2x"
    assert row_height(report(), 3) > row_height(report(), 1)


def test_each_pair_of_skips_has_one_cell() -> None:
    cells = interactions_option(report())["series"][0]["data"]
    assert len(cells) == 6
    assert {tuple(cell["value"][:2]) for cell in cells} == {(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)}
    assert cells[0]["name"] == "decoder4xx and decoder4x: −2.0 IoU points (95 % interval −3.0 to −1.0)"


@pytest.mark.parametrize("name", FIGURES)
def test_figures_say_what_they_show_and_where_it_comes_from(name: str) -> None:
    words = " ".join(texts(FIGURES[name]()))
    assert "IoU of hero" in words
    assert "IoU points" in words
    assert "120 images of followme" in words


def test_the_figure_shows_values_and_intervals() -> None:
    (axes,) = skips_figure(report()).axes
    assert sorted(round(bar.get_width(), 6) for bar in axes.patches) == [-3, 2, 12, 21]
    ends = {(round(low[0], 6), round(high[0], 6)) for bars in axes.collections for low, high in bars.get_segments()}
    assert (8.0, 15.0) in ends
    assert len(ends) == 12


def test_one_skip_has_no_interactions_but_a_figure() -> None:
    alone = report(VALUES[:1])
    assert figure_bytes(interactions_figure(alone), "png").startswith(b"\x89PNG")
    assert interactions_option(alone)["series"][0]["data"] == []


def test_long_names_and_dollars_are_drawn_as_text() -> None:
    made = report()
    made["skips"][0]["name"] = "$a stage whose name is as long as can be$"
    content = figure_bytes(skips_figure(made), "svg").decode()
    assert "$a stage" in content
    assert "…" in content
