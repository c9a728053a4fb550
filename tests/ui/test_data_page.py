"""The Data page without a browser and without an engine: choosing, looking through, contents, twins, errors."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from data_folder import TRAIN_SIZES, write_dataset
from inspect_engine import small
from page_opener import OpenPage
from page_reader import html, mounted, pictures, sentences
from streamlit.testing.v1 import AppTest

from fcnlab.data import open_dataset
from fcnlab.data.contents.likeness import Leakage, Twin
from fcnlab.data.contents.survey import survey
from fcnlab.errors import EngineError
from fcnlab.lab import EngineState, Run
from fcnlab.lab.tasks import PictureScores, score_job
from fcnlab.ui.data.bands import _summary, band_name, errors_csv, errors_json
from fcnlab.ui.data.contents import contents_csv, contents_json, exact_percent
from fcnlab.ui.data.twins import _leak_told


class ScoringEngine:
    """Predicts the truth; takes work and does none of it."""

    pid = None

    def __init__(self) -> None:
        self.phase = "ready"
        self.taken: list[tuple[Any, ...]] = []
        self.refusal = ""

    def state(self) -> EngineState:
        return EngineState(self.phase, "The engine is warming up.")  # type: ignore[arg-type]  # phases are text here

    def start(self) -> None:
        self.taken.append(("start",))

    def submit(self, function: Callable[..., Any], *args: Any, **_: Any) -> None:
        if self.refusal:
            raise EngineError(self.refusal)
        self.taken.append((function.__name__, *args))

    def ask(self, function: Callable[..., Any], path: str, name: str, split: str, indices: Any, epoch: int) -> Any:
        size = (32, 32)
        return open_dataset(name).load(split, size, 3, indices).labels


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> ScoringEngine:
    st.cache_data.clear()
    st.cache_resource.clear()
    fake = ScoringEngine()
    for module in ("engine", "data.scored"):
        monkeypatch.setattr(f"fcnlab.ui.{module}.engine", lambda: fake)
    return fake


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("FCNLAB_DATASETS", str(tmp_path / "datasets"))
    (tmp_path / "runs").mkdir()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "walk")


@pytest.fixture
def data(open_page: OpenPage, folder: Path) -> Callable[..., AppTest]:
    """`data(data__view="Twins")` opens the page on the folder; dots are written as double underscores."""

    def opened(**address: str) -> AppTest:
        told = {"set": "folder", "folder": str(folder)} | address
        app = open_page("Data", **{name.replace("__", "."): value for name, value in told.items()})
        assert not app.exception
        return app

    return opened


def shown(app: AppTest) -> list[str]:
    """The labels of the small pictures."""
    return [part.split('"')[0] for part in mounted(app).split('aria-label="Picture ')[1:]]


# Choosing


def test_it_opens_on_a_built_in_dataset_and_says_what_it_holds(open_page: OpenPage) -> None:
    app = open_page("Data", set="shapes", alpha="0.1")
    assert not app.exception
    assert not app.error
    assert "Shapes, difficulty 0.1" in sentences(app)
    assert "600 pictures: 400 train, 100 validation, 100 test" in sentences(app)
    assert len(shown(app)) == 24


def test_a_dataset_that_is_not_there_is_one_sentence(open_page: OpenPage) -> None:
    app = open_page("Data", set="folder", folder="/no/such/place")
    assert len(app.error) == 1
    assert "There is no dataset folder" in app.error[0].value


def test_what_the_address_names_in_vain_is_told(data: Callable[..., AppTest]) -> None:
    keys = ("data__view", "split", "order", "picture", "run")
    told = sentences(data(**dict.fromkeys(keys, "nonsense")))
    assert "There is no view “nonsense” here; this is “Pictures”." in told
    assert "There is no split “nonsense” here; this is train." in told
    assert "There is no order “nonsense” here; this is the file order." in told
    assert "There is no picture number nonsense here: they go from 0 to 7." in told
    assert "There is no run called nonsense here" in told


def test_a_dataset_that_the_address_names_in_vain_is_told(open_page: OpenPage) -> None:
    app = open_page("Data", set="nonsense")
    assert "There is no dataset “nonsense” here" in sentences(app)
    assert not app.exception


# Pictures


def test_conditions_and_order_choose_the_pictures_and_tell_how_many(data: Callable[..., AppTest]) -> None:
    app = data(data__present="With it", order="Smallest target")
    assert "6 of 8 pictures" in sentences(app)
    sizes = [TRAIN_SIZES[int(label.split(",")[0])] for label in shown(app)]
    assert sizes == sorted(size for size in TRAIN_SIZES if size)
    app.number_input(key="data.smaller").set_value(20).run()
    assert "3 of 8 pictures" in sentences(app)
    app.number_input(key="data.farther").set_value(1000.0).run()
    assert "No picture meets these conditions. Loosen one of them." in sentences(app)


def test_distance_and_occlusion_are_asked_only_where_records_tell_them(data: Callable[..., AppTest]) -> None:
    fields = {field.key for field in data(order="Farthest").number_input}
    assert {"data.nearer", "data.farther", "data.hidden"} <= fields
    assert "data.nearer" not in {field.key for field in data(split="validation").number_input}


def test_every_class_can_be_switched_off(data: Callable[..., AppTest]) -> None:
    app = data()
    before = mounted(app)
    app.checkbox(key="data.class2").uncheck().run()
    assert mounted(app) != before
    assert [box.label for box in app.checkbox] == ["other people", "hero", "Outlines"]


def test_a_picture_opens_large_with_its_numbers_and_the_way_to_the_next(data: Callable[..., AppTest]) -> None:
    app = data(picture="2")
    assert "Picture 2, 3 of 8" in sentences(app)
    assert [alt.split(":")[0] for alt in pictures(app)][-3:] == [
        "The picture frame_02.png",
        "The picture with its mask over it",
        "The mask",
    ]
    assert "<dd>30.0 m</dd>" in html(app)
    assert "<td>100</td><td>4.3 %</td>" in html(app)
    app.button(key="data.next").click().run()
    assert app.query_params["picture"] in ("3", ["3"])


# What is in it


def test_contents_show_balance_sizes_and_places(data: Callable[..., AppTest]) -> None:
    app = data(data__view="What is in it")
    assert "6 of 8 pictures show hero, with 4 to 100 pixels and a median of 26." in sentences(app)
    assert "6 of 8</td><td>26 px" in html(app)
    assert 'alt="hero: mostly in the middle, centre' in mounted(app)


def test_contents_as_files(folder: Path) -> None:
    dataset = open_dataset(folder)
    found = survey(dataset, "train")
    told = contents_json(dataset, found)
    assert told["classes"]["hero"]["pictures"] == 6
    assert told["classes"]["hero"]["share"] == pytest.approx(sum(TRAIN_SIZES) / (8 * 48 * 48))
    assert sum(one["pictures"] for one in told["classes"]["hero"]["sizes"]) == 6
    assert json.loads(json.dumps(told)) == told
    lines = contents_csv(found).splitlines()
    assert lines[0] == "picture,name,background,other people,hero,all pixels,distance,occlusion"
    assert lines[1] == "0,frame_00.png,2240,64,0,2304,,"
    assert len(lines) == 9


def test_small_shares_keep_their_digits() -> None:
    assert [exact_percent(share) for share in (0, 0.0026, 0.000031, 0.982)] == ["0", "0.26 %", "0.0031 %", "98.2 %"]


# Twins


def test_leakage_is_told_with_the_pictures_side_by_side(data: Callable[..., AppTest]) -> None:
    app = data(data__view="Twins", split="validation")
    assert "1 of 4 pictures of validation (25.0 %) is almost the same as a training picture" in sentences(app)
    assert "may flatter" in sentences(app)
    assert pictures(app) == ["validation 0: frame_00.png", "train 2: frame_02.png"]
    assert "No two pictures of validation are almost the same." in sentences(app)


def test_one_picture_of_a_thousand_is_not_told_as_none() -> None:
    twin = Twin("validation", 0, "train", 0, 0.1, identical=False)
    told = _leak_told(Leakage("validation", "train", 1000, 0.25, np.ones(1000, np.float32), (twin,)))
    assert told.startswith("1 of 1,000 pictures of validation (0.1 %) is almost the same as a training picture")


# Errors of a run


def scores(folder: Path) -> PictureScores:
    """Everything is found but the smallest hero; one picture without a hero gets a false alarm."""
    size = np.array(TRAIN_SIZES)
    found = (size > 4) | (np.arange(8) == 0)
    iou = np.where(size > 4, 0.8, 0.0)
    nan = np.full(8, np.nan)
    distance = np.where(size > 0, 10.0 * (np.arange(8) + 1), np.nan)
    names = tuple(f"frame_{number:02}.png" for number in range(8))
    missed = np.where(size == 4, 4, 0)
    return PictureScores(
        str(folder), "train", 2, names, 2, size, found, iou, missed, (np.arange(8) == 0) * 5, distance, nan
    )


@pytest.fixture
def scored(make_run: Callable[..., Run], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """A run whose scores have been worked out."""
    monkeypatch.setattr("fcnlab.ui.data.scored.saved_picture_scores", lambda *_: scores(folder))
    monkeypatch.setattr("fcnlab.ui.data.bands.more_like", lambda *_: None)
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path))
    return make_run("trained", dataset=str(folder))


def test_errors_of_a_run_put_the_worst_first_and_tell_recall_by_band(data: Callable[..., AppTest], scored: Run) -> None:
    app = data(run="trained", order="Worst first")
    assert [label.split(",")[0] for label in shown(app)][:2] == ["0", "1"]
    assert "Of the 6 pictures of train that show hero, it is found in 5 (83%)" in sentences(app)
    assert "in 1 of the 2 without it, it is seen all the same." in sentences(app)
    assert "By size" in html(app)
    assert "By distance" in html(app)
    assert "By hidden share" not in html(app)
    assert "seen where there is none" in html(app)


def test_a_band_of_few_pictures_has_no_interval(data: Callable[..., AppTest], scored: Run) -> None:
    told = html(data(run="trained"))
    assert "<td>0.00<small>too few to tell</small>" in told


def test_where_all_pictures_show_the_target_none_without_it_is_told(folder: Path) -> None:
    found = scores(folder)
    everywhere = replace(found, size=np.full(8, 100), found=np.ones(8, bool))
    assert _summary(everywhere, "hero") == "Of the 8 pictures of train that show hero, it is found in 8 (100%)."


def test_what_a_run_was_trained_on_is_told(
    data: Callable[..., AppTest], scored: Run, make_run: Callable[..., Run]
) -> None:
    assert "trained was trained on this dataset." in sentences(data(run="trained"))
    make_run("foreign", dataset="/pictures/elsewhere")
    app = data(run="foreign")
    assert "foreign was trained on another dataset, elsewhere; here it is tried on this one." in sentences(app)
    assert "Trained on other pictures were foreign: elsewhere" in app.selectbox(key="run").help.replace("\\", "")


def test_a_picture_with_errors_leads_to_inspect(data: Callable[..., AppTest], scored: Run) -> None:
    app = data(run="trained", picture="1")
    assert "Prediction of trained, epoch 2" in html(app)
    links = [link.proto for link in app.get("page_link") if link.proto.label == "Look inside at this picture"]
    assert len(links) == 1
    assert links[0].query_string == "run=trained&epoch=2&split=train&image=1"


def test_scores_that_are_not_there_are_worked_out_on_demand(
    data: Callable[..., AppTest], make_run: Callable[..., Run], engine: ScoringEngine, folder: Path
) -> None:
    run = make_run("trained", dataset=str(folder))
    app = data(run="trained")
    assert "has not been worked out yet" in sentences(app)
    app.button(key="data.score").click().run()
    assert ("scores_in_background", str(run.path)) in engine.taken
    assert "waiting for the engine" in app.get("progress")[0].proto.text
    app.button(key="data.score.stop").click().run()
    assert score_job(run.path) is None


def test_an_engine_that_takes_no_work_is_one_sentence(
    data: Callable[..., AppTest], make_run: Callable[..., Run], engine: ScoringEngine, folder: Path
) -> None:
    run = make_run("trained", dataset=str(folder))
    engine.refusal = "No engine answers."
    app = data(run="trained")
    app.button(key="data.score").click().run()
    assert "No engine answers." in sentences(app)
    assert score_job(run.path) is None


def test_until_the_engine_is_ready_the_masks_are_shown(
    data: Callable[..., AppTest], scored: Run, engine: ScoringEngine
) -> None:
    engine.phase = "warming"
    app = data(run="trained")
    assert "The run's errors are shown as soon as it is ready." in sentences(app)
    assert len(shown(app)) == 8


def test_a_run_of_other_classes_is_told_and_not_offered(
    data: Callable[..., AppTest], make_run: Callable[..., Run], folder: Path
) -> None:
    make_run("other", net=small(classes=5))
    app = data(run="other")
    assert "The run other does not tell the classes of walk apart" in sentences(app)
    assert "other" not in app.selectbox(key="run").options


def test_errors_as_files(folder: Path) -> None:
    found = scores(folder)
    told = errors_json(found)
    assert json.loads(json.dumps(told)) == told
    assert "size" in told
    assert "hidden_share" not in told
    lines = errors_csv(found).splitlines()
    assert lines[0] == "picture,name,target_pixels,found,iou,missed,false,distance,occlusion"
    assert lines[2] == "1,frame_01.png,4,False,0.0,4,0,20.0,"


def test_bands_are_named_by_their_range(folder: Path) -> None:
    found = scores(folder)
    assert [band_name("Size", band) for band in found.by_size()][:2] == ["4–20 px", "21–60 px"]
    assert band_name("Distance", found.by_distance()[-1]) == "80 m and more"
