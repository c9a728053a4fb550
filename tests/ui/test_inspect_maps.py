"""Feature maps on the Inspect page, one channel, one value, and two things side by side; without a browser."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from inspect_engine import SIDE, InstantEngine, small
from page_opener import OpenPage
from page_reader import html, mounted, pictures, sentences
from streamlit.testing.v1 import AppTest

from fcnlab.arch import NetSpec, expand, flow
from fcnlab.data import open_dataset
from fcnlab.lab import Run

MakeRun = Callable[..., Run]


def titles(app: AppTest) -> list[str]:
    """The headings of what is shown by tiles."""
    return [unescape(title) for title in re.findall(r"<h3>(.*?)</h3>", mounted(app))]


def block(app: AppTest, title: str) -> str:
    """The markup of one stage or layer."""
    found = [part for part in mounted(app).split("<section")[1:] if f"<h3>{title}</h3>" in part]
    assert len(found) == 1
    return found[0]


def channels(markup: str) -> list[int]:
    """The channels of the tiles, in their order."""
    return [int(number) for number in re.findall(r'aria-label="Channel (\d+)', markup)]


# Stages and layers


def test_every_stage_is_there_in_the_order_of_the_shape_flow(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    assert titles(inspect()) == [row.name for row in flow(small()).rows]


def test_a_stage_tells_shape_role_and_figures(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    stage = block(inspect(), "encoder2")
    assert '<span class="shape">8×8×64</span>' in stage
    assert ">encoder</abbr>" in stage
    assert "values <b>0</b> to <b>2</b>" in stage
    assert re.search(r"effective rank</abbr> <b>61\.0</b> of 64", stage)
    assert re.search(r"dead</abbr> <b>3</b>", stage)
    assert "16 of 64 channels." in stage
    assert 'aria-label="Histogram of the values, from 0 to 2, bars on a logarithmic scale"' in stage


def test_a_dead_channel_and_a_live_one_say_what_they_are(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    stage = block(inspect(), "encoder2")
    assert 'aria-label="Channel 0: the same value everywhere, 0"' in stage
    assert re.search(r'aria-label="Channel 3: 0 to 2, active in \d+%"', stage)


def test_the_channels_of_the_outputs_are_classes_on_a_scale_from_0_to_1(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    stage = block(inspect(), "outputs")
    assert "Channel 2 (polygon)" in stage
    assert "violet is 0, yellow is 1" in stage


def test_tiles_are_one_stop_for_the_tab_key(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    stage = block(inspect(), "encoder2")
    assert stage.count('tabindex="0"') == 1
    assert stage.count('tabindex="-1"') == 15


def test_the_layers_of_one_stage_say_what_they_do(inspect: OpenPage, make_run: MakeRun, engine: InstantEngine) -> None:
    make_run("trained")
    app = inspect(show="Single layers", stage="decoder4")
    assert titles(app) == [layer.name for layer in expand(small()).layers if layer.stage == 8]
    assert "transposed 3×3, ×2" in block(app, "decoder4_up")
    assert engine.asked[-1][0] == "look"
    assert engine.asked[-1][-1] is True


def test_every_layer_of_the_network(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    app = inspect(show="Single layers", stage="every stage")
    assert titles(app) == [layer.name for layer in expand(small()).layers]


# Order, scale and colours


def test_order_by_contribution_to_a_class(inspect: OpenPage, make_run: MakeRun, engine: InstantEngine) -> None:
    make_run("trained")
    app = inspect(order="Contribution to polygon")
    assert (engine.asked[-1][0], engine.asked[-1][3]) == ("class_contributions", 2)
    stage = block(app, "decoder5")
    assert channels(stage) == list(range(15, -1, -1))
    assert "contribution 14" in stage
    assert "contribution −1" in stage


def test_order_by_sparsity(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    assert channels(block(inspect(order="Sparsity"), "encoder1"))[:3] == [0, 1, 2]  # the dead ones


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({}, "violet is lowest, yellow is highest"),
        ({"scale": "Each layer"}, "violet is 0, yellow is 2"),
        ({"scale": "Fixed", "low": "-1.0", "high": "4.0"}, "violet is −1, yellow is 4"),
        ({"scale": "Each layer", "palette": "Blue to red"}, "blue is −2, red is 2"),
    ],
    ids=["tile", "layer", "fixed", "diverging"],
)
def test_the_scale_is_always_shown(inspect: OpenPage, make_run: MakeRun, address: dict[str, str], told: str) -> None:
    make_run("trained")
    assert told in block(inspect(**address), "encoder2")


def test_a_tile_with_a_scale_of_its_own_has_it_below(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    assert '<small aria-hidden="true"><b>5</b><span>0…2</span></small>' in block(inspect(), "decoder5")


def test_a_fixed_scale_whose_ends_are_swapped_is_one_sentence(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    app = inspect(scale="Fixed", low="3.0", high="1.0")
    assert [error.value.replace("\\", "") for error in app.error] == [
        "The scale goes from 3 to 1. Its first number must be the smaller one."
    ]


def test_the_number_of_tiles(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    app = inspect(tiles="64")
    assert len(channels(block(app, "encoder2"))) == 64
    assert "All 64 channels." in block(app, "encoder2")
    assert "64 of 128 channels." in block(app, "encoder2x")
    assert "Show 64 more" in block(app, "encoder2x")


# One channel, one value


def test_a_link_opens_a_channel_and_a_value(inspect: OpenPage, make_run: MakeRun, engine: InstantEngine) -> None:
    make_run("trained")
    app = inspect(layer="encoder2_relu1", channel="5", y="2", x="3")
    asked = next(asked for asked in engine.asked if asked[0] == "explain_pixel")
    assert asked[3:] == ("encoder2_relu1", 2, 3, 5, 2)
    assert {name: app.number_input(key=f"inspect.{name}").value for name in ("channel", "row", "column")} == {
        "channel": 5,
        "row": 2,
        "column": 3,
    }
    text = html(app)
    assert "0.7500 (patch × kernel) + 0.1250 (bias) = <b>0.8750</b>" in text
    assert any(alt.startswith("What the value sees. White: the receptive field, 3×3 pixels.") for alt in pictures(app))


def test_a_channel_without_a_value_explains_its_highest(
    inspect: OpenPage, make_run: MakeRun, engine: InstantEngine
) -> None:
    make_run("trained")
    inspect(layer="decoder5_relu1", channel="1")
    y, x = next(asked for asked in engine.asked if asked[0] == "explain_pixel")[4:6]
    maps = engine._look(engine.asked[0][1], engine.asked[0][2], 2).stages[9]
    assert maps.maps[y, x, 1] == maps.maps[:, :, 1].max()


def test_typing_row_and_column_explains_another_value(
    inspect: OpenPage, make_run: MakeRun, engine: InstantEngine
) -> None:
    make_run("trained")
    app = inspect(layer="encoder2_relu1", channel="5", y="2", x="3")
    app.number_input(key="inspect.row").set_value(7).run()
    assert engine.asked[-1][3:6] == ("encoder2_relu1", 7, 3)
    assert app.query_params["y"] == "7"


def test_the_pictures_that_move_a_channel_most(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    shown = [alt for alt in pictures(inspect(layer="encoder2_relu1", channel="5")) if "highest value" in alt]
    assert [alt.split(": ")[1] for alt in shown] == ["highest value 5", "highest value 4"]


def test_another_input_channel_of_a_convolution(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    app = inspect(layer="encoder2_relu1", channel="5")
    box = app.selectbox(key="inspect.input.encoder2_relu1")
    assert box.options == ["channel 0, adds 0.5", "channel 1, adds 0.25"]
    box.select_index(1).run()
    assert "The products of channel 1 add up to <b>0.2500</b> … and the other channel adds <b>0.5000</b>" in html(app)


def test_a_link_to_a_layer_that_is_not_there_says_so(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    app = inspect(layer="moon", channel="5")
    assert "The network follow-me has no layer called moon." in sentences(app)


def test_a_link_to_a_channel_that_is_not_there_opens_the_last(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    app = inspect(layer="encoder1_relu1", channel="99", y="500", x="0")
    assert app.number_input(key="inspect.channel").value == 15


# Side by side


def side(app: AppTest, title: str) -> str:
    return block(app, title)


def test_untrained_beside_trained(inspect: OpenPage, make_run: MakeRun, engine: InstantEngine) -> None:
    make_run("trained")
    app = inspect(view="Side by side", image="3", stage="decoder5")
    assert [asked[3] for asked in engine.asked if asked[0] == "look"] == [2, 0]
    assert titles(app) == ["Untrained", "Epoch 2"]
    assert channels(side(app, "Untrained")) == channels(side(app, "Epoch 2"))
    truth = open_dataset("shapes:0.1").load("validation", (SIDE, SIDE), 3, [3]).labels[0]
    changed = int((truth > 0).sum())
    assert any(f"{changed} of 1,024 pixels changed" in alt and "became right" in alt for alt in pictures(app))


def test_two_epochs(inspect: OpenPage, make_run: MakeRun, engine: InstantEngine) -> None:
    make_run("trained", epochs=3)
    app = inspect(view="Side by side", against="Two epochs")
    assert titles(app) == ["Epoch 1", "Epoch 3"]
    app.select_slider(key="left").set_value("Epoch 2").run()
    assert titles(app) == ["Epoch 2", "Epoch 3"]
    assert engine.asked[-1][3] == 2


def test_two_runs_of_one_kind_of_input(inspect: OpenPage, make_run: MakeRun, engine: InstantEngine) -> None:
    grey = small()
    grey = grey.model_copy(update={"input": grey.input.model_copy(update={"channels": 1})})
    make_run("trained")
    make_run("without", small("follow-me-no-skips"))
    make_run("grey", grey)
    app = inspect(run="trained", view="Side by side", against="Two runs")
    assert app.selectbox(key="other_run").options == ["without"]
    assert titles(app) == ["trained, epoch 2", "without, epoch 2"]


def test_a_run_alone_has_no_other_to_compare_with(inspect: OpenPage, make_run: MakeRun) -> None:
    make_run("trained")
    app = inspect(view="Side by side", against="Two runs")
    assert "There is no other run that takes pictures of 3 channels." in sentences(app)


def test_two_pictures(inspect: OpenPage, make_run: MakeRun, engine: InstantEngine) -> None:
    make_run("trained")
    app = inspect(view="Side by side", against="Two pictures", image="3", second="7")
    assert titles(app) == ["validation 3", "validation 7"]
    assert [asked[2].index for asked in engine.asked if asked[0] == "look"] == [3, 7]
    assert not any("pixels changed" in alt for alt in pictures(app))


def test_networks_of_two_sizes_are_compared_at_the_left_ones(
    inspect: OpenPage, make_run: MakeRun, engine: InstantEngine
) -> None:
    make_run("trained")
    make_run("wide", _twice_as_wide())
    app = inspect(run="trained", view="Side by side", against="Two runs", stage="encoder1")
    assert "The first 16 are compared" in sentences(app).replace("the first", "The first")
    assert channels(side(app, "wide, epoch 2")) == list(range(16))


def _twice_as_wide() -> NetSpec:
    net = small()
    first = net.encoder[0]
    conv = first.convs[0].model_copy(update={"filters": 32})
    return net.model_copy(update={"encoder": (first.model_copy(update={"convs": (conv,)}), *net.encoder[1:])})
