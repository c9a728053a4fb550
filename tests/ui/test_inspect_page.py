"""The Inspect page, without a browser and with an engine that answers from a table."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_engine import SIDE, InstantEngine, small
from page_opener import OpenPage
from streamlit.testing.v1 import AppTest

from fcnlab.arch import NetSpec, flow, plain
from fcnlab.data import open_dataset
from fcnlab.errors import EngineError
from fcnlab.lab import Run
from fcnlab.lab.tasks import Sample
from fcnlab.plan import Plan
from fcnlab.ui.inspect.picture import next_with_target
from fcnlab.ui.inspect.tables import percent


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> InstantEngine:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    fake = InstantEngine()
    for module in ("inspect.page", "inspect.subject"):
        monkeypatch.setattr(f"fcnlab.ui.{module}.engine", lambda: fake)
    return fake


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path))
    return tmp_path


@pytest.fixture
def make_run(runs: Path) -> Callable[..., Run]:
    def made(name: str, net: NetSpec | None = None, dataset: str = "shapes:0.1", epochs: int = 2) -> Run:
        run = Run.create(runs / name, net=plain(net or small()), plan=Plan(), dataset=dataset)
        for epoch in range(1, epochs + 1):
            path = run.checkpoint_path(epoch)
            path.parent.mkdir(exist_ok=True)
            path.touch()
        return run

    return made


@pytest.fixture
def inspect(open_page: OpenPage, engine: InstantEngine) -> OpenPage:
    def opened(**address: str) -> AppTest:
        app = open_page("Inspect", **address)
        assert not app.exception
        return app

    return opened


def sentences(app: AppTest) -> str:
    parts = (*app.error, *app.warning, *app.info, *app.caption, *app.markdown, *app.header)
    return "\n".join(str(element.value).replace("\\", "") for element in parts)


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def pictures(app: AppTest) -> list[str]:
    """Alternative texts, in the page's order."""
    return [element.proto.imgs[0].alt for element in app.get("image")]


# Which run


def test_without_a_run_the_page_says_what_to_do(inspect: OpenPage, runs: Path) -> None:
    app = inspect()
    assert "no trained network to look into yet" in app.info[0].value
    assert not app.selectbox


def test_a_run_without_checkpoint_is_not_offered_and_its_link_says_why(
    inspect: OpenPage, make_run: Callable[..., Run]
) -> None:
    make_run("new", epochs=0)
    make_run("trained")
    app = inspect(run="new")
    assert app.selectbox(key="run").options == ["trained"]
    assert "The run new has no checkpoint yet." in sentences(app)


def test_a_link_to_a_run_that_is_gone_says_so_and_shows_another(
    inspect: OpenPage, make_run: Callable[..., Run]
) -> None:
    make_run("trained")
    app = inspect(run="gone")
    assert "There is no run folder" in sentences(app)
    assert app.selectbox(key="run").value == "trained"


def test_a_link_opens_run_checkpoint_and_picture(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("first")
    make_run("second")
    inspect(run="first", epoch="1", split="train", image="7")
    name, path, picture, epoch = engine.asked[0]
    assert (name, Path(path).name, epoch) == ("look", "first", 1)
    assert picture == Sample("shapes:0.1:0", "train", 7)


def test_the_address_names_what_is_shown(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained")
    address = inspect().query_params
    assert {key: address[key] for key in ("run", "epoch", "split")} == {
        "run": "trained",
        "epoch": "2",
        "split": "validation",
    }
    assert "image" in address


def test_nonsense_in_a_link_is_replaced(inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine) -> None:
    make_run("trained")
    inspect(run="../..", epoch="-3", split="moon", image="99999999")
    _, path, picture, epoch = engine.asked[0]
    assert (Path(path).name, picture.split, epoch) == ("trained", "validation", 2)


def test_one_look_is_asked_for_and_kept(inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine) -> None:
    make_run("trained")
    inspect().run()
    assert [asked[0] for asked in engine.asked] == ["look"]


def test_a_checkpoint_that_was_written_again_is_looked_at_again(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    run = make_run("trained")
    app = inspect()
    os.utime(run.checkpoint_path(2), (1, 1))
    app.run()
    assert [asked[0] for asked in engine.asked] == ["look", "look"]


# Which picture


def test_the_first_picture_shows_a_target(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    inspect()
    picture = engine.asked[0][2]
    labels = open_dataset(picture.dataset).load(picture.split, (SIDE, SIDE), 3, [picture.index]).labels
    assert (labels == 2).any()


def test_next_with_a_target_goes_round(inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine) -> None:
    make_run("trained")
    app = inspect(image="98")
    button = next(button for button in app.button if button.label == "Next with polygon")
    button.click().run()
    expected = next_with_target("shapes:0.1:0", "validation", 98, (SIDE, SIDE))
    assert engine.asked[-1][2].index == expected != 98


def test_a_dataset_that_has_gone_is_told_and_uploads_still_work(
    inspect: OpenPage, make_run: Callable[..., Run], tmp_path: Path
) -> None:
    make_run("trained", dataset=str(tmp_path / "away"))
    app = inspect()
    assert "There is no dataset folder" in sentences(app)
    assert "Pictures can still be uploaded." in sentences(app)


# Prediction


def test_picture_truth_and_prediction_are_described(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained")
    alts = pictures(inspect(image="3"))
    assert alts[0] == "The picture validation 3"
    assert alts[1].startswith("Truth: background")
    assert alts[2].startswith("Prediction: background")


def test_the_classes_with_their_share_and_iou(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained")
    app = inspect(image="3")
    labels = open_dataset("shapes:0.1").load("validation", (SIDE, SIDE), 3, [3]).labels
    table = html(app)
    for label, name in enumerate(("background", "blob", "polygon")):
        assert f"</span>{name}</th><td>{percent((labels == label).mean())}</td>" in table
    assert "<td>1.00</td>" in table
    assert "<td>0.50</td>" in table
    assert "<td>–</td>" in table


# Skips


def test_every_skip_has_a_switch_that_names_both_ends_and_their_shapes(
    inspect: OpenPage, make_run: Callable[..., Run]
) -> None:
    make_run("trained")
    toggles = inspect().toggle
    assert [toggle.label.replace("\\", "") for toggle in toggles] == [
        "decoder4xx ← encoder2x",
        "decoder4x ← encoder2",
        "decoder4 ← encoder1",
        "decoder5 ← inputs",
    ]
    assert toggles[0].proto.help.replace("\\", "") == "encoder2x (4×4×128) joins decoder4xx (4×4×128) by concatenation."


def test_with_all_skips_on_nothing_is_asked(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    assert "All skips are on. Switch one off" in sentences(inspect())
    assert [asked[0] for asked in engine.asked] == ["look"]


def test_a_skip_that_is_switched_off_changes_the_mask(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    app = inspect(image="3")
    app.toggle(key="skip.decoder5").set_value(False).run()
    assert engine.asked[-1][0] == "switch_skips"
    assert engine.asked[-1][3:] == (("decoder5",), "zero", 2)
    truth = open_dataset("shapes:0.1").load("validation", (SIDE, SIDE), 3, [3]).labels[0]
    changed = (truth[0] != 2).sum()
    assert f"{changed} of 1,024 pixels changed" in sentences(app)
    assert f"0 became right and {changed} wrong" in sentences(app)
    assert "Probabilities moved by 25.0% on average." in sentences(app)
    assert any(alt.startswith("Off: decoder5: background") for alt in pictures(app))
    assert "<td>0.10</td>" in html(app)


def test_all_off_and_all_on(inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine) -> None:
    make_run("trained")
    app = inspect()
    app.button(key="inspect.off").click().run()
    assert engine.asked[-1][3] == ("decoder4xx", "decoder4x", "decoder4", "decoder5")
    app.button(key="inspect.on").click().run()
    assert all(toggle.value for toggle in app.toggle)


def test_a_link_with_skips_off_and_the_mean(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    address = {"skip.decoder4": "false", "baseline": "Mean"}
    app = inspect(**address)
    assert engine.asked[-1][3:5] == (("decoder4",), "mean")
    assert "Each channel keeps its mean over training pictures" in sentences(app)


def test_a_network_without_skips_says_so(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained", small("follow-me-no-skips"))
    app = inspect()
    assert "has none: all detail has to pass its bottleneck" in sentences(app)
    assert not app.toggle


# Feature maps


def test_every_stage_is_there_in_the_order_of_the_shape_flow(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained")
    names = [row.name for row in flow(small()).rows]
    shown = [alt for alt in pictures(inspect()) if alt.startswith("Feature maps of")]
    assert [alt.split(":")[0] for alt in shown] == [f"Feature maps of {name}" for name in names]


def test_a_stage_tells_shape_range_and_constant_channels(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained")
    text = html(inspect())
    assert '<h3>encoder2</h3> <span class="shape">8×8×64</span>' in text
    assert "16 of 64 channels shown, values from 0 to 2, 3 of 64 channels constant." in text
    assert "Probabilities of background, blob, polygon." in text


def test_more_tiles_of_one_stage(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained")
    app = inspect()
    button = app.button(key="inspect.button.2")
    assert button.label == "Show 16 more of 64"
    button.click().run()
    text = html(app)
    assert "32 of 64 channels shown" in text
    assert text.count("16 of 64 channels shown") == 1  # the decoder's stage of that width stays as it was


def test_tiles_of_all_stages_at_once(inspect: OpenPage, make_run: Callable[..., Run]) -> None:
    make_run("trained")
    app = inspect()
    app.selectbox(key="inspect.count").select(64).run()
    assert "All 64 channels shown" in html(app)


# The engine


def test_while_the_engine_warms_up_the_page_says_so_and_asks_nothing(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    engine.phase = "warming"
    app = inspect()
    assert "The engine is warming up. The picture is looked at as soon as it is ready." in sentences(app)
    assert not engine.asked
    engine.phase = "ready"
    app.run()
    assert engine.asked


def test_an_engine_that_is_not_there_is_started(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    engine.phase = "absent"
    inspect()
    assert engine.started


def test_the_engines_error_is_one_sentence(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    engine.error = EngineError("There was no answer within 120 seconds.", "Try again when the worker is free.")
    app = inspect()
    assert [error.value.replace("\\", "") for error in app.error] == [
        "There was no answer within 120 seconds. Try again when the worker is free."
    ]


def test_an_error_of_a_toggle_is_one_sentence_in_its_place(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("trained")
    app = inspect()
    engine.error = EngineError("The worker has died.")
    app.toggle(key="skip.decoder5").set_value(False).run()
    assert not app.exception
    assert "The worker has died." in sentences(app)
    assert any(alt.startswith("Feature maps of") for alt in pictures(app))
