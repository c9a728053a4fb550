"""The Inspect page, without a browser and with an engine that answers from a table."""

import os
from collections.abc import Callable
from pathlib import Path

from inspect_engine import SIDE, InstantEngine
from page_opener import OpenPage
from page_reader import html, pictures, sentences

from fcnlab.data import open_dataset
from fcnlab.errors import EngineError
from fcnlab.lab import Run
from fcnlab.lab.tasks import Sample
from fcnlab.ui.inspect.picture import next_with_target
from fcnlab.ui.inspect.tables import percent

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
    assert "There is no run called gone here" in sentences(app)
    assert app.selectbox(key="run").value == "trained"


def test_a_link_opens_run_checkpoint_and_picture(
    inspect: OpenPage, make_run: Callable[..., Run], engine: InstantEngine
) -> None:
    make_run("first")
    make_run("second")
    inspect(run="first", epoch="1", split="train", image="7")
    name, path, picture, epoch, _ = engine.asked[0]
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
    _, path, picture, epoch, _ = engine.asked[0]
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
    assert alts[0].startswith("The picture validation 3")
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
