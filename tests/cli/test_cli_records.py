"""Runs on the command line: listed, found, and their curves written for other programs."""

import csv
import json

import pytest

from fcnlab.data.catalogue import assets_root


@pytest.fixture
def examples():
    return assets_root() / "runs"


def test_runs_are_listed_with_their_best_score(call, examples):
    ended = call("runs", examples, "--sort", "score")
    assert ended.status == 0
    head, first, *_ = ended.out.splitlines()
    assert head.split()[:4] == ["run", "state", "network", "dataset"]
    assert first.split() == ["example-follow-me", "done", "follow-me", "followme-sim", "24/24", "0.799", "7.1"]


def test_json_holds_what_the_page_shows(call, examples):
    document = json.loads(call("runs", examples, "--json", "--find", "unet").out)
    (row,) = document["runs"]
    assert (row["name"], row["epochs"], row["planned_epochs"], row["best_epoch"]) == ("example-unet-small", 10, 10, 9)
    assert (row["tags"], document["broken"]) == ([], [])


def test_without_a_folder_the_labs_own_is_listed(call, monkeypatch, tmp_path):
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path))
    (tmp_path / "holiday").mkdir()
    document = json.loads(call("runs", "--json").out)
    assert document["runs"] == []
    assert document["broken"][0]["name"] == "holiday"


def test_a_curve_is_written_as_csv_and_for_tensorboard(call, examples, tmp_path):
    ended = call(
        *("runs", "export", examples / "example-unet-small"),
        *("--csv", tmp_path / "curve.csv", "--tensorboard", tmp_path / "logs"),
    )
    assert ended.status == 0
    rows = list(csv.DictReader((tmp_path / "curve.csv").read_text().splitlines()))
    assert len([row for row in rows if row["kind"] == "epoch"]) == 10
    files = sorted(path.parent.name for path in (tmp_path / "logs" / "example-unet-small").rglob("events.*"))
    assert files == ["train", "validation"]
    assert len(ended.out.splitlines()) == 3


def test_what_cannot_be_done_is_told_in_a_line(refused, examples, tmp_path):
    assert "There is no folder" in refused("runs", tmp_path / "nowhere")
    assert "Use one of newest, name, score, time." in refused("runs", examples, "--sort", "colour")
    run = examples / "example-unet-small"
    assert "Give --csv FILE, --tensorboard DIR, or both." in refused("runs", "export", run)
    assert "The curve cannot be written to" in refused("runs", "export", run, "--csv", tmp_path / "no" / "x.csv")
    assert "There is no run folder" in refused("runs", "export", tmp_path / "no", "--csv", tmp_path / "x.csv")
