"""Skips from the command line: what is handed on, what is printed and written, what is refused."""

import csv
import json

import pytest

from fcnlab.arch import preset
from fcnlab.lab import Run, tasks
from fcnlab.plan import Plan

DATA = ("--data", "shapes")


def block(value):
    """One metric of one skip that is worth `value`."""
    figures = {
        f"{figure}{end}": value + shift
        for figure in ("shapley", "necessity", "sufficiency")
        for end, shift in (("", 0), ("_low", -0.1), ("_high", 0.1))
    }
    return {
        "all": 0.6,
        "none": 0.6 - value,
        "skips": [{"name": name, "source": "inputs", **figures} for name in ("decoder4", "decoder5")],
        "interactions": [{"a": "decoder4", "b": "decoder5", "value": 0.1, "low": 0.05, "high": 0.2}],
        "sets": [{"skips": [], "value": 0.6 - value}, {"skips": ["decoder5"], "value": 0.6}],
    }


def report(baseline="zero", epoch=2, value=0.4):
    head = {"run": "run", "epoch": epoch, "dataset": "shapes", "images": 1200, "subset": None, "target": "polygon"}
    metrics = {"target_iou": block(value), "mean_iou": block(value / 2)}
    return {**head, "baseline": baseline, "bootstrap": 1000, "metric": "target_iou", **metrics["target_iou"]} | {
        "metrics": metrics
    }


@pytest.fixture
def run(tmp_path):
    """A run that has a checkpoint, as far as the command line looks."""
    net = preset("follow-me").model_dump(mode="json")
    run = Run.create(tmp_path / "run", net=net, plan=Plan(), dataset="shapes")
    run.checkpoint_path(1).parent.mkdir()
    run.checkpoint_path(1).touch()
    return run


@pytest.fixture
def asked(monkeypatch):
    """Stands in for the work itself: keeps what it was given."""
    calls = []

    def skip_report(path, dataset, baseline, subset, progress, *, metric, epoch):
        calls.append((path, dataset, baseline, subset, metric, epoch))
        print("a library that talks on stdout")  # noqa: T201
        if baseline != "all":
            return report(baseline)
        reports = {name: report(name) for name in ("zero", "mean")}
        return {
            **reports["zero"],
            "baselines": reports,
            "warnings": ["decoder5 helps under zero and hurts under mean."],
        }

    def skip_history(path, dataset, baseline, subset, progress):
        calls.append((path, dataset, baseline, subset))
        epochs = [report(baseline, 1, 0.1), report(baseline, 2, 0.4)]
        del epochs[0]["metrics"]["target_iou"]
        epochs[0] |= {"metric": "mean_iou", **epochs[0]["metrics"]["mean_iou"]}
        return {"run": "run", "dataset": "shapes", "baseline": baseline, "epochs": epochs}

    monkeypatch.setattr(tasks, "skip_report", skip_report)
    monkeypatch.setattr(tasks, "skip_history", skip_history)
    return calls


def test_the_options_are_handed_on(call, asked, run):
    assert call("skips", run.path, *DATA).status == 0
    options = ["--baseline", "mean", "--subset", "5", "--metric", "mean_iou", "--epoch", "1"]
    assert call("skips", run.path, *DATA, *options).status == 0
    assert call("skips", run.path, *DATA, "--history", "--baseline", "resample", "--subset", "3").status == 0
    assert asked == [
        (run.path, "shapes", "zero", None, None, None),
        (run.path, "shapes", "mean", 5, "mean_iou", 1),
        (run.path, "shapes", "resample", 3),
    ]


def test_a_report_as_json_is_the_tasks_own(call, asked, run):
    ended = call("skips", run.path, *DATA, "--json")
    assert json.loads(ended.out) == report()
    assert {"baseline", "metric", "all", "none", "skips"} <= json.loads(ended.out).keys()
    assert ended.err == "a library that talks on stdout\n"


def test_a_report_as_text(call, asked, run):
    lines = call("skips", run.path, *DATA, "--baseline", "mean").out.splitlines()
    assert lines[0] == "A skip that is off carries: mean."
    assert lines[1].split() == ["skip", "shapley", "95", "%", "necessity", "95", "%", "sufficiency", "95", "%"]
    assert lines[3].split()[:7] == ["decoder5", "←", "inputs", "0.4000", "0.3000", "…", "0.5000"]
    assert lines[4] == "target_iou: 0.6000 with all skips, 0.2000 with none."
    assert lines[-1] == "1,200 images of shapes, epoch 2."


def test_all_baselines_as_text_with_their_warnings(call, asked, run):
    out = call("skips", run.path, *DATA, "--baseline", "all").out
    assert [line for line in out.splitlines() if line.startswith("A skip that is off")] == [
        "A skip that is off carries: zero.",
        "A skip that is off carries: mean.",
    ]
    assert "The answer depends on the baseline: decoder5 helps under zero and hurts under mean." in out


def test_a_history_as_text_and_as_json(call, asked, run):
    lines = call("skips", run.path, *DATA, "--history").out.splitlines()
    assert lines[0].split() == ["epoch", "decoder4", "decoder5", "with", "all", "skips"]
    assert [line.split() for line in lines[1:3]] == [
        ["1", "0.0500", "0.0500", "0.6000"],
        ["2", "0.4000", "0.4000", "0.6000"],
    ]
    assert lines[-1] == "Shapley values of target_iou. A skip that is off carries: zero."
    undefined = call("skips", run.path, *DATA, "--history", "--metric", "target_iou").out.splitlines()
    assert undefined[1].split() == ["1", "—", "—", "—"]
    assert len(json.loads(call("skips", run.path, *DATA, "--history", "--json").out)["epochs"]) == 2


def test_numbers_and_figures_as_files(call, asked, run, tmp_path):
    out = tmp_path / "new" / "folder"
    assert call("skips", run.path, *DATA, "--baseline", "all", "-o", out).status == 0
    figures = {f"{name}.{kind}" for name in ("skips", "interactions", "baselines") for kind in ("png", "svg", "pdf")}
    assert {path.name for path in out.iterdir()} == {"skips.json", "skips.csv", *figures}
    assert json.loads((out / "skips.json").read_text())["baselines"].keys() == {"zero", "mean"}
    with (out / "skips.csv").open(newline="") as file:
        assert {line["baseline"] for line in csv.DictReader(file)} == {"zero", "mean"}
    assert (out / "skips.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "baselines.pdf").read_bytes().startswith(b"%PDF")
    assert b"decoder5" in (out / "interactions.svg").read_bytes()


def test_a_history_as_files(call, asked, run, tmp_path):
    assert call("skips", run.path, *DATA, "--history", "-o", tmp_path / "out").status == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"skips.json", "skips.csv", "history.png", "history.svg", "history.pdf"}


def test_a_folder_that_cannot_be_written_is_told(refused_here, asked, run, tmp_path):
    (tmp_path / "file").write_text("")
    said = refused_here("skips", run.path, *DATA, "-o", tmp_path / "file")
    assert said[-1].startswith(f"The folder {tmp_path / 'file'} cannot be written (")


@pytest.fixture
def refused_here(call):
    """Exit status 2 and nothing on stdout; the lines of stderr."""

    def ask(*arguments):
        ended = call(*arguments)
        assert (ended.status, ended.out) == (2, ""), ended
        return ended.err.splitlines()

    return ask


@pytest.mark.parametrize("baseline", ["median", "Zero", ""])
def test_a_baseline_that_is_not_there_is_told(refused, run, baseline):
    assert refused("skips", run.path, *DATA, "--baseline", baseline) == (
        f"There is no baseline {baseline!r}. Baselines are zero, mean, position, resample and all."
    )


def test_what_excludes_each_other_is_told(refused, run):
    assert "--history and --epoch exclude each other" in refused("skips", run.path, *DATA, "--history", "--epoch", "1")
    assert "--history takes one baseline" in refused("skips", run.path, *DATA, "--history", "--baseline", "all")
    assert "There is no metric 'accuracy'" in refused("skips", run.path, *DATA, "--metric", "accuracy")
    assert "There is no dataset folder" in refused("skips", run.path, "--data", "nowhere")
