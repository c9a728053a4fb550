"""Feature maps as files: sheets, the index and the tables of figures."""

import csv
import json

import numpy as np
import pytest
from looking_runs import SIDE, made, network, png
from PIL import Image

from fcnlab.arch import expand
from fcnlab.errors import DataError, FcnLabError, RunError
from fcnlab.lab.tasks import Sheets, Upload, class_contributions, look, write_features


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made(tmp_path_factory.mktemp("features") / "run", network())[0]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "mine.png"
    path.write_bytes(png(np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8)))
    return path


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sheet_for_every_stage_with_an_index(run, source, tmp_path):
    out = tmp_path / "out"
    index = write_features(run.path, source, out)
    assert index == json.loads((out / "index.json").read_text())
    assert [entry["file"] for entry in index["maps"]] == [
        "00-inputs.png",
        "01-encoder1.png",
        "02-encoder2.png",
        "03-1x1_conv.png",
        "04-decoder1.png",
        "05-decoder2.png",
        "06-outputs.png",
    ]
    assert [entry["shape"] for entry in index["maps"]][1] == [8, 8, 8]
    assert index["maps"][1]["channels"] == list(range(8))
    assert sum(index["prediction"]["class_share"]) == pytest.approx(1)
    for file in ("prediction.png", *(entry["file"] for entry in index["maps"])):
        with Image.open(out / file) as picture:
            picture.load()


def test_the_figures_are_those_of_the_page(run, source, tmp_path):
    out = tmp_path / "out"
    index = write_features(run.path, source, out)
    stages = look(str(run.path), Upload(source.read_bytes(), "mine.png")).stages
    table, channels = rows(out / "statistics.csv"), rows(out / "channels.csv")
    assert len(channels) == sum(stage.maps.shape[2] for stage in stages)
    for stage, entry, row in zip(stages, index["maps"], table, strict=True):
        figures = stage.statistics
        assert entry["name"] == row["name"] == stage.name
        assert entry["effective_rank"] == float(row["effective_rank"]) == pytest.approx(figures.effective_rank)
        assert entry["active"] == float(row["active"]) == pytest.approx(float(figures.active.mean()))
        assert entry["dead"] == list(figures.dead)
        assert int(row["dead"]) == len(figures.dead)
        assert int(row["duplicates"]) == len(entry["duplicates"]) == len(figures.duplicates)
        own = [row for row in channels if row["name"] == stage.name]
        assert [int(row["channel"]) for row in own] == list(range(stage.maps.shape[2]))
        np.testing.assert_allclose([float(row["variance"]) for row in own], figures.variance, rtol=1e-6)


def test_a_sheet_for_every_layer(run, source, tmp_path):
    index = write_features(run.path, source, tmp_path / "out", layers=True, sheets=Sheets(limit=1))
    assert [entry["name"] for entry in index["maps"]] == [layer.name for layer in expand(network()).layers]


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_sheets_as_svg_and_pdf(run, source, tmp_path, kind, begins):
    index = write_features(run.path, source, tmp_path / "out", sheets=Sheets(format=kind, limit=2))
    for entry in index["maps"]:
        assert entry["file"].endswith(f".{kind}")
        assert (tmp_path / "out" / entry["file"]).read_bytes().startswith(begins)


def test_tiles_sorted_and_limited(run, source, tmp_path):
    sheets = Sheets(order="variance", limit=3, scale="tile")
    index = write_features(run.path, source, tmp_path / "out", sheets=sheets)
    stages = look(str(run.path), Upload(source.read_bytes(), "mine.png")).stages
    for entry, stage in zip(index["maps"], stages, strict=True):
        strongest = np.argsort(-stage.statistics.variance, kind="stable")[:3]
        assert entry["channels"] == strongest.tolist()


def test_the_channels_that_speak_for_a_class_come_first(run, source, tmp_path):
    index = write_features(run.path, source, tmp_path / "out", sheets=Sheets(target=1, limit=2, palette="cividis"))
    speaks = class_contributions(str(run.path), Upload(source.read_bytes(), "mine.png"), 1)
    for entry in index["maps"]:
        loudest = np.argsort(-speaks[entry["layer"]], kind="stable")[:2]
        assert entry["channels"] == loudest.tolist()


def test_a_class_that_is_not_there(run, source, tmp_path):
    with pytest.raises(FcnLabError, match=r"There is no class 9\. The network's classes are 0 to"):
        write_features(run.path, source, tmp_path / "out", sheets=Sheets(target=9))


def test_a_fixed_scale_changes_the_sheets_and_not_the_figures(run, source, tmp_path):
    free = write_features(run.path, source, tmp_path / "free")
    fixed = write_features(run.path, source, tmp_path / "fixed", sheets=Sheets(limits=(-9, 9)))
    assert free["maps"] == fixed["maps"]
    name = fixed["maps"][1]["file"]
    assert (tmp_path / "free" / name).read_bytes() != (tmp_path / "fixed" / name).read_bytes()


def test_the_untrained_network(run, source, tmp_path):
    assert write_features(run.path, source, tmp_path / "out", epoch=0)["epoch"] == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scale": "image"}, "sheets, scale: input should be 'layer' or 'tile', received 'image'"),
        ({"order": "beauty"}, "order: input should be 'channel', 'mean', 'variance' or 'sparsity', received 'beauty'"),
        ({"format": "gif"}, "format: input should be 'png', 'svg' or 'pdf', received 'gif'"),
        ({"limit": 0}, "limit: input should be greater than or equal to 1, received 0"),
    ],
)
def test_a_way_of_drawing_that_is_not_there(options, sentence):
    with pytest.raises(FcnLabError, match=sentence):
        Sheets.parse(options, what="the sheets")


def test_features_cannot_be_written_into_a_file(run, source):
    with pytest.raises(RunError, match=r"mine\.png cannot be written .*Choose a folder"):
        write_features(run.path, source, source)


def test_a_missing_image_is_told(run, tmp_path):
    with pytest.raises(DataError, match=r"none\.png does not exist"):
        write_features(run.path, tmp_path / "none.png", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_grey_networks_prediction_lies_over_the_grey_picture(tmp_path, source):
    grey, _ = made(tmp_path / "grey", network(channels=1))
    index = write_features(grey.path, source, tmp_path / "out")
    with Image.open(tmp_path / "out" / index["prediction"]["file"]) as picture:
        assert (picture.mode, picture.size) == ("RGB", (SIDE, SIDE))
