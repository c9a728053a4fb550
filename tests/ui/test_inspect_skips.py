"""Skips in one picture, without a browser and with an engine that answers from a table."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_engine import SIDE, InstantEngine, small
from page_opener import OpenPage
from page_reader import html, mounted, pictures, sentences
from streamlit.testing.v1 import AppTest

from fcnlab.arch import NetSpec
from fcnlab.data import open_dataset
from fcnlab.errors import EngineError
from fcnlab.lab import Run
from fcnlab.lab.tasks import Sample
from fcnlab.ui.inspect.skips.words import listed, points, rounded_to_sum, signed, summed

SKIPS = ["decoder4xx ← encoder2x", "decoder4x ← encoder2", "decoder4 ← encoder1", "decoder5 ← inputs"]

Here = Callable[..., AppTest]


@pytest.fixture
def here(inspect: OpenPage, make_run: Callable[..., Run]) -> Here:
    """The view of a run on the built-in set, picture 3 of its validation split."""

    def opened(net: NetSpec | None = None, dataset: str = "shapes:0.1", **address: str) -> AppTest:
        make_run("trained", net, dataset)
        return inspect(**({"view": "Skips in this picture", "image": "3"} | address))

    return opened


def last(engine: InstantEngine, question: str) -> tuple[Any, ...]:
    return [asked for asked in engine.asked if asked[0] == question][-1]


def truth(index: int = 3) -> Any:
    return open_dataset("shapes:0.1").load("validation", (SIDE, SIDE), 3, [index]).labels[0]


def deep(skips: int) -> NetSpec:
    """The Follow-Me network with more decoder stages that have a skip: all of them join the inputs."""
    net = small()
    last_stage = net.decoder[-1]
    more = [
        last_stage.model_copy(update={"name": f"more{number}", "upsample": None})
        for number in range(skips - len(net.skips))
    ]
    return net.model_copy(update={"decoder": (*net.decoder, *more)})


# What each skip contributes


def test_the_shares_are_told_with_the_sum_that_they_make(here: Here) -> None:
    told = sentences(here())
    assert "The mean probability of polygon over its true pixels is **25.0 %** with all skips and **5.0 %**" in told
    assert "2.0 + 4.0 + 6.0 + 8.0 = **+20.0 points**" in told


def test_where_the_target_is_not_in_the_picture_the_whole_of_it_is_told_of(here: Here) -> None:
    empty = next(index for index in range(100) if not (truth(index) == 2).any())
    assert "The mean probability of polygon over the whole picture is" in sentences(here(image=str(empty)))


def test_each_skip_shows_the_mask_without_it_and_the_pixels_that_it_wins_and_loses(here: Here) -> None:
    app = here()
    shown = pictures(app)
    for skip in SKIPS:
        assert any(alt.startswith(f"Prediction without {skip}: ") for alt in shown)
        assert f"What {skip} changes" in shown
    won = int((truth()[0] != 2).sum())
    assert html(app).count(f"It wins {won} and loses 0 pixels") == 4
    assert "IoU of polygon: 0.30 with it, 0.28 without" in html(app)
    assert "IoU of polygon: 0.30 with it, 0.22 without" in html(app)


def test_the_diagrams_arcs_carry_the_contributions(here: Here) -> None:
    assert "+8" in mounted(here())


@pytest.mark.parametrize(
    ("title", "name", "question"),
    [
        ("Zeros", "zero", "what is lost when the skip falls silent"),
        ("Mean per channel", "mean", "beyond each channel's usual level"),
        ("Mean per position", "position", "what training pictures have in common at each place"),
        ("Another picture's", "resample", "the skip tells of another picture"),
    ],
)
def test_each_baseline_is_asked_for_and_explained(
    here: Here, engine: InstantEngine, title: str, name: str, question: str
) -> None:
    app = here(baseline=title)
    assert last(engine, "skip_sets")[3] == name
    assert question in sentences(app)


def test_without_truth_pixels_change_but_neither_win_nor_lose(here: Here, upload: None) -> None:
    app = here()
    assert "IoU: not known without truth" in html(app)
    assert "another class because of it" in html(app)
    assert "became right" not in html(app)


def test_a_network_without_skips_says_so_and_asks_nothing(here: Here, engine: InstantEngine) -> None:
    app = here(small("follow-me-no-skips"))
    assert "has no skip connection: all detail has to pass its bottleneck." in sentences(app)
    assert {asked[0] for asked in engine.asked} == {"look"}


def test_a_network_with_one_skip(here: Here) -> None:
    told = sentences(here(small("fcn-16s")))
    assert "adds up to the difference: 2.0 = **+2.0 points**" in told


def test_with_more_than_eight_skips_only_the_sliders_are_left(here: Here) -> None:
    app = here(deep(9))
    assert "The network has 9 skips. At most eight are tried." in sentences(app)
    assert len(app.slider) >= 9
    assert "Every set of skips" not in sentences(app)


# Turning and swapping


def sliders(app: AppTest) -> list[Any]:
    return [slider for slider in app.slider if "←" in slider.label]


def test_every_skip_has_a_slider_that_names_both_ends_and_their_shapes(here: Here) -> None:
    shown = sliders(here())
    assert [slider.label.replace("\\", "") for slider in shown] == SKIPS
    assert {(slider.min, slider.max, slider.value) for slider in shown} == {(0, 2, 1)}
    assert "encoder2x (4×4×128) joins decoder4xx (4×4×128) by concatenation." in shown[0].proto.help.replace("\\", "")


def test_with_all_skips_as_trained_nothing_is_turned(here: Here, engine: InstantEngine) -> None:
    assert "All skips are as trained. Turn one down" in sentences(here())
    assert [asked[0] for asked in engine.asked] == ["look", "skip_sets"]


def test_a_skip_that_is_turned_to_zero_changes_the_mask(here: Here, engine: InstantEngine) -> None:
    app = here()
    app.slider(key="skip.decoder5").set_value(0.0).run()
    assert last(engine, "turn_skips")[3:] == ((1.0, 1.0, 1.0, 0.0), "zero", 2, None, ())
    changed = int((truth()[0] != 2).sum())
    assert f"{changed} of 1,024 pixels changed" in sentences(app)
    assert f"0 became right and {changed} wrong" in sentences(app)
    assert "Probabilities moved by 25.0% on average." in sentences(app)
    assert any(alt.startswith("decoder5 off: background") for alt in pictures(app))


def test_a_skip_can_be_turned_up_to_twice_its_strength(here: Here, engine: InstantEngine) -> None:
    app = here()
    app.slider(key="skip.decoder4").set_value(2.0).run()
    assert last(engine, "turn_skips")[3] == (1.0, 1.0, 2.0, 1.0)
    assert any(alt.startswith("decoder4 × 2.00: ") for alt in pictures(app))


def test_all_off_and_all_on(here: Here, engine: InstantEngine) -> None:
    app = here()
    app.button(key="skips.off").click().run()
    assert last(engine, "turn_skips")[3] == (0.0,) * 4
    assert any(alt.startswith("All skips off: ") for alt in pictures(app))
    app.button(key="skips.on").click().run()
    assert {slider.value for slider in sliders(app)} == {1.0}


def test_a_link_opens_with_skips_turned_and_the_mean(here: Here, engine: InstantEngine) -> None:
    here(**{"skip.decoder4": "0.25", "baseline": "Mean per channel"})
    assert last(engine, "turn_skips")[3:5] == ((1.0, 1.0, 0.25, 1.0), "mean")


def test_a_strength_from_a_link_that_is_out_of_range_is_not_asked_for(here: Here, engine: InstantEngine) -> None:
    here(**{"skip.decoder4": "40", "skip.decoder5": "loud"})
    asked = [question[3] for question in engine.asked if question[0] == "turn_skips"]
    assert all(0 <= strength <= 2 for strengths in asked for strength in strengths)


def test_a_skip_is_swapped_with_that_of_another_picture(here: Here, engine: InstantEngine) -> None:
    app = here()
    app.button_group(key="swap").set_value([SKIPS[3]]).run()
    _, _, _, strengths, _, _, other, swapped = last(engine, "turn_skips")
    assert (strengths, swapped) == ((1.0,) * 4, (False, False, False, True))
    assert isinstance(other, Sample)
    assert other.index != 3
    assert (truth(other.index) == 2).any()
    app.number_input(key="other").set_value(7).run()
    assert last(engine, "turn_skips")[6] == Sample("shapes:0.1:0", "validation", 7)
    assert any(alt.startswith("decoder5 swapped: ") for alt in pictures(app))


def test_without_the_runs_dataset_skips_can_be_turned_but_not_swapped(here: Here, tmp_path: Path, upload: None) -> None:
    app = here(dataset=str(tmp_path / "away"))
    assert "Skips cannot be swapped with another picture's: the run's dataset has gone." in sentences(app)
    assert len(sliders(app)) == 4


def test_the_engines_error_stands_where_the_answer_would_and_the_baseline_can_be_changed(
    here: Here, engine: InstantEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise EngineError("The baseline mean needs reference pictures.", "Use the baseline zero.")

    monkeypatch.setattr(engine, "_skip_sets", refuse)
    app = here()
    assert "The baseline mean needs reference pictures. Use the baseline zero." in sentences(app)
    assert len(sliders(app)) == 4


# Every set


def test_the_lattice_shows_every_set_and_its_iou(here: Here) -> None:
    markup = mounted(here())
    assert len(set(re.findall(r'data-stage="(\d+)"', markup[markup.index("lattice") :]))) >= 16


def test_the_set_of_the_link_is_shown_large(here: Here) -> None:
    app = here(set="10")
    assert "**Only decoder4x and decoder5 on.**" in sentences(app)
    changed = int((truth()[:2] != 2).sum())
    assert f"{changed} of 1,024 pixels changed" in sentences(app)
    assert any(alt.startswith("Only decoder4x and decoder5 on: ") for alt in pictures(app))


@pytest.mark.parametrize("nonsense", ["99", "-1", "all", ""])
def test_a_set_that_is_none_shows_the_one_without_skips(here: Here, nonsense: str) -> None:
    assert "**No skip on.**" in sentences(here(set=nonsense))


def test_of_more_than_five_skips_no_lattice_is_drawn(here: Here) -> None:
    app = here(deep(8))
    assert "The network has 8 skips, which make 256 sets: too many for one picture." in sentences(app)
    assert "25.0 %" not in sentences(app)
    assert "= **+72.0 points**" in sentences(app)


# Words


def test_rounded_parts_add_up_to_the_rounded_whole() -> None:
    assert rounded_to_sum([1.01, 1.04, 1.02], 3.1) == [1.0, 1.1, 1.0]
    assert rounded_to_sum([-0.06, 0.06, 2.0], 2.0) == [-0.1, 0.1, 2.0]
    assert rounded_to_sum([0.36, 0.39], 0.7) == [0.3, 0.4]
    assert rounded_to_sum([], 0.0) == []


@pytest.mark.parametrize(("value", "text"), [(0.031, "+3.1"), (-0.004, "−0.4"), (0.0001, "0.0"), (-0.0001, "0.0")])
def test_differences_have_a_sign(value: float, text: str) -> None:
    assert points(value) == text
    assert signed(100 * value) == text


def test_sums_and_lists_for_people() -> None:
    assert summed([1.0, -0.25, 2.0]) == "1.0 − 0.2 + 2.0"
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
