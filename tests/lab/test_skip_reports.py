"""What each skip of a run contributes on a dataset: the report, what is kept of it, and along the training."""

import csv
import io
import json
import os

import numpy as np
import pytest
from looking_runs import made, network, randomise, save

from fcnlab.data import open_dataset
from fcnlab.errors import DataError, FcnLabError, RunError
from fcnlab.lab.inside import reports as module
from fcnlab.lab.inside.agreement import disagreements
from fcnlab.lab.inside.metric_names import BASELINES, METRICS, describe_metric
from fcnlab.lab.tasks import report_csv, saved_report, saved_reports, score_run, skip_history, skip_report

DATA = "shapes:0.3"
BLOCK = {"all", "none", "skips", "interactions", "sets"}
HEAD = {"run", "epoch", "dataset", "images", "subset", "target", "baseline", "bootstrap", "metric", "metrics"}


@pytest.fixture
def run(tmp_path):
    """Two checkpoints."""
    run, model = made(tmp_path / "run", network(), DATA)
    randomise(model, seed=1)
    save(run, 2, model)
    return run


@pytest.fixture
def worked_out(monkeypatch):
    """The baselines that were worked out, and not read from the run folder."""
    done = []
    before = module._work_out
    monkeypatch.setattr(
        module, "_work_out", lambda *given: done.extend((q.epoch, q.baseline) for q in given[3]) or before(*given)
    )
    return done


def test_a_report_holds_every_metric_and_tells_one_at_its_top(run):
    found = skip_report(run.path, DATA, subset=12)
    assert found.keys() == HEAD | BLOCK
    assert (found["run"], found["epoch"], found["dataset"]) == ("run", 2, open_dataset(DATA).name)
    assert (found["images"], found["subset"], found["target"]) == (12, 12, "polygon")
    assert (found["baseline"], found["metric"], found["bootstrap"]) == ("zero", "target_iou", 1000)
    assert {"target_iou", "mean_iou", "boundary_iou", "interior_iou", "iou:test"} <= found["metrics"].keys()
    for metric, block in found["metrics"].items():
        assert block.keys() == BLOCK
        assert describe_metric(metric).meaning
        total = sum(skip["shapley"] for skip in block["skips"])
        assert total == pytest.approx(block["all"] - block["none"], abs=1e-12)
    assert {key: found[key] for key in BLOCK} == found["metrics"]["target_iou"]
    assert [(skip["name"], skip["source"]) for skip in found["skips"]] == [
        ("decoder1", "encoder1"),
        ("decoder2", "inputs"),
    ]
    assert [entry["skips"] for entry in found["sets"]] == [[], ["decoder1"], ["decoder2"], ["decoder1", "decoder2"]]
    json.dumps(found, allow_nan=False)


def test_with_all_skips_the_report_says_what_the_score_says(run):
    found, score = skip_report(run.path, DATA), score_run(run.path, DATA)
    assert found["images"] == score["images"]
    assert found["metrics"]["mean_iou"]["all"] == pytest.approx(score["mean_iou"], abs=1e-6)
    assert found["metrics"]["boundary_iou"]["all"] == pytest.approx(score["boundary_iou"], abs=1e-6)
    assert found["metrics"]["target_iou"]["all"] == pytest.approx(score["class_iou"][-1], abs=1e-6)
    assert found["metrics"]["iou:test"]["all"] == pytest.approx(score["sets"]["test"]["iou"], abs=1e-6)


def test_another_metric_on_top(run):
    found = skip_report(run.path, DATA, subset=6, metric="mean_iou")
    assert found["metric"] == "mean_iou"
    assert found["all"] == found["metrics"]["mean_iou"]["all"]


def test_all_baselines_in_one(run):
    seen = []
    found = skip_report(run.path, DATA, "all", 6, lambda done, total: seen.append((done, total)))
    assert list(found["baselines"]) == ["zero", "mean", "position", "resample"]
    assert found["baseline"] == "zero"
    assert {key: found[key] for key in BLOCK} == {key: found["baselines"]["zero"][key] for key in BLOCK}
    assert len({report["none"] for report in found["baselines"].values()}) > 1
    assert {report["all"] for report in found["baselines"].values()} == {found["all"]}
    assert found["baselines"]["resample"]["donors"] == 5
    assert all("shapley_spread" in skip for skip in found["baselines"]["resample"]["skips"])
    assert isinstance(found["warnings"], list)
    assert seen[-1] == (24, 24)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


# What is kept


def test_a_question_is_worked_out_once(run, worked_out):
    first = skip_report(run.path, DATA, subset=4)
    assert skip_report(run.path, DATA, subset=4) == first
    assert skip_report(run.path, DATA, subset=4, metric="mean_iou")["metrics"] == first["metrics"]
    assert worked_out == [(2, "zero")]
    skip_report(run.path, DATA, "all", 4)
    assert worked_out == [(2, "zero"), (2, "mean"), (2, "position"), (2, "resample")]
    skip_report(run.path, DATA, subset=5)
    skip_report(run.path, DATA, subset=4, epoch=1)
    skip_report(run.path, DATA, subset=4, epoch=0)
    skip_report(run.path, "shapes", subset=4)
    assert worked_out[4:] == [(2, "zero"), (1, "zero"), (0, "zero"), (2, "zero")]


def test_a_checkpoint_that_was_rewritten_is_asked_anew(run, worked_out):
    skip_report(run.path, DATA, subset=4)
    os.utime(run.checkpoint_path(2), (0, 0))
    assert saved_reports(run.path) == []
    assert saved_report(run.path, DATA, subset=4) is None
    skip_report(run.path, DATA, subset=4)
    assert worked_out == [(2, "zero")] * 2


def test_a_damaged_report_is_as_good_as_none(run, worked_out):
    skip_report(run.path, DATA, subset=4)
    (file,) = (run.path / "reports").glob("epoch-*.json")
    for content in ("", "[]", '{"version": 1}', file.read_text()[:-40]):
        file.write_text(content)
        assert saved_reports(run.path) == []
    skip_report(run.path, DATA, subset=4)
    assert len(worked_out) == 2


def test_saved_reports_are_what_was_given(run):
    assert saved_reports(run.path) == []
    first = skip_report(run.path, DATA, subset=4, epoch=1)
    whole = skip_report(run.path, DATA, "all", 4)
    (run.path / "reports" / "notes.txt").write_text("not a report")
    found = saved_reports(run.path)
    assert found == [whole, first]
    assert saved_report(run.path, DATA, "all", 4) == whole
    assert saved_report(run.path, DATA, subset=4, epoch=1) == first
    assert saved_report(run.path, DATA, "all", 4, epoch=1) is None
    assert saved_report(run.path, DATA, "mean", 4, metric="mean_iou")["metric"] == "mean_iou"


def test_a_folder_that_cannot_be_written_keeps_nothing_and_loses_nothing(run):
    (run.path / "reports").write_text("in the way")
    assert skip_report(run.path, DATA, subset=4)["images"] == 4
    assert saved_reports(run.path) == []


# Along the training


def test_a_history_is_the_report_of_every_checkpoint(run):
    seen = []
    found = skip_history(run.path, DATA, subset=4, progress=lambda done, total: seen.append((done, total)))
    assert found.keys() == {"run", "dataset", "baseline", "epochs"}
    assert [report["epoch"] for report in found["epochs"]] == [1, 2]
    assert seen[-1] == (8, 8)
    assert saved_reports(run.path)[-1] == found
    for path in (run.path / "reports").iterdir():
        path.unlink()
    for report in found["epochs"]:
        alone = skip_report(run.path, DATA, subset=4, epoch=report["epoch"])
        assert alone == report


def test_a_history_goes_on_where_it_ended(run, worked_out):
    skip_history(run.path, DATA, "mean", subset=4)
    save(run, 3, made(run.path.parent / "other", network(), DATA, seed=5)[1])
    found = skip_history(run.path, DATA, "mean", subset=4)
    assert worked_out == [(1, "mean"), (2, "mean"), (3, "mean")]
    assert len(found["epochs"]) == 3
    assert saved_reports(run.path)[-1] == found


# As a table


def test_the_table_holds_every_number(run):
    whole = skip_report(run.path, DATA, "all", 4)
    lines = list(csv.DictReader(io.StringIO(report_csv(whole))))
    assert set(lines[0]) == {"epoch", "baseline", "metric", "figure", "skips", "value", "low", "high", "spread"}
    by_key = {(line["baseline"], line["metric"], line["figure"], line["skips"]): line for line in lines}
    assert len(by_key) == len(lines)
    skip = whole["baselines"]["resample"]["metrics"]["mean_iou"]["skips"][1]
    line = by_key["resample", "mean_iou", "necessity", "decoder2"]
    assert float(line["value"]) == skip["necessity"]
    assert float(line["low"]) == skip["necessity_low"]
    assert float(line["spread"]) == skip["necessity_spread"]
    assert by_key["zero", "mean_iou", "shapley", "decoder2"]["spread"] == ""
    assert float(by_key["zero", "mean_iou", "set", "decoder1+decoder2"]["value"]) == whole["metrics"]["mean_iou"]["all"]
    assert (
        float(by_key["zero", "mean_iou", "interaction", "decoder1+decoder2"]["value"])
        == (whole["metrics"]["mean_iou"]["interactions"][0]["value"])
    )
    assert by_key["zero", "mean_iou", "set", ""]["low"] == ""
    history = skip_history(run.path, DATA, subset=4)
    epochs = {line["epoch"] for line in csv.DictReader(io.StringIO(report_csv(history)))}
    assert epochs == {"1", "2"}


# Where the answer depends on the baseline


def block(**skips):
    entries = [{"name": name, "shapley_low": low, "shapley_high": high} for name, (low, high) in skips.items()]
    return {"skips": entries}


def test_a_sign_that_depends_on_the_baseline_is_told():
    blocks = {"zero": block(a=(0.1, 0.2)), "mean": block(a=(-0.2, -0.1)), "position": block(a=(0.05, 0.3))}
    assert disagreements(blocks) == [
        "a helps under “zeros” and “mean per position” and hurts under “mean per channel”."
    ]


def test_an_order_that_depends_on_the_baseline_is_told():
    blocks = {"zero": block(a=(0.3, 0.4), b=(0.1, 0.2)), "mean": block(a=(0.1, 0.2), b=(0.3, 0.4))}
    assert disagreements(blocks) == ["a contributes more than b under “zeros”, and less under “mean per channel”."]


def test_what_lies_within_the_intervals_is_not_told():
    blocks = {"zero": block(a=(0.1, 0.3), b=(0.2, 0.4)), "mean": block(a=(0.3, 0.5), b=(-0.1, 0.2))}
    assert disagreements(blocks) == []
    assert disagreements({"zero": block(a=(0.1, 0.2)), "mean": block(a=(-0.2, 0.1))}) == []
    assert disagreements({"zero": block(a=(0.1, 0.2)), "mean": block(a=(None, None))}) == []


# What is refused, and what is told


def test_what_cannot_be_reported_is_told(run, tmp_path):
    with pytest.raises(
        FcnLabError, match=r"no baseline 'none'\. Baselines are zero, mean, position, resample and all\."
    ):
        skip_report(run.path, DATA, "none")
    with pytest.raises(FcnLabError, match=r"no baseline 'all'\. Baselines are zero, mean, position and resample\."):
        skip_history(run.path, DATA, "all")
    with pytest.raises(FcnLabError, match=r"There is no metric 'accuracy'\. Metrics are target_iou, mean_iou"):
        skip_report(run.path, DATA, metric="accuracy")
    with pytest.raises(FcnLabError, match=r"The metric 'final' is not defined on this data\. Defined are target_iou"):
        skip_report(run.path, DATA, subset=2, metric="final")
    with pytest.raises(DataError, match="There is no dataset folder"):
        skip_report(run.path, str(tmp_path / "gone"))
    with pytest.raises(DataError, match="A subset has at least 1 image; received 0"):
        skip_report(run.path, DATA, subset=0)
    with pytest.raises(RunError, match=r"no checkpoint of epoch 9\. It has 1, 2, and 0 for"):
        skip_report(run.path, DATA, epoch=9)
    for path in (run.path / "checkpoints").iterdir():
        path.unlink()
    for ask in (skip_report, skip_history):
        with pytest.raises(RunError, match="has no checkpoint yet"):
            ask(run.path, DATA)


def test_another_number_of_classes_is_told(tmp_path):
    spec = network()
    run, _ = made(tmp_path / "run", spec.model_copy(update={"output": spec.output.model_copy(update={"classes": 4})}))
    with pytest.raises(DataError, match="has 3 classes, the network tells 4 apart"):
        skip_report(run.path, DATA)


@pytest.mark.parametrize("name", [*METRICS, "iou:patrol_with_targ", "recall_4_20", "recall_1001_up"])
def test_every_metric_and_baseline_is_told_in_a_sentence(name):
    assert describe_metric(name).label
    assert describe_metric(name).meaning.endswith(".")
    assert all(told.meaning.count(". ") == 1 for told in BASELINES.values())


def test_sizes_are_told_in_pixels():
    assert describe_metric("recall_4_20").label == "Found targets of 4 to 20 pixels"
    assert describe_metric("recall_1001_up").label == "Found targets of 1001 pixels and more"
    with pytest.raises(FcnLabError, match="There is no metric 'recall_big'"):
        describe_metric("recall_big")


def test_a_bootstrap_is_the_same_every_time(run):
    first = skip_report(run.path, DATA, subset=4)
    for path in (run.path / "reports").iterdir():
        path.unlink()
    again = skip_report(run.path, DATA, subset=4)
    assert again == first
    assert np.isfinite([skip["shapley_low"] for skip in again["skips"]]).all()
