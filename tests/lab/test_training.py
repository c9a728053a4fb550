"""A run from its folder to its last checkpoint: trained, stopped, killed, gone on with."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from fcnlab.arch import NetSpec, preset
from fcnlab.arch.edit import change
from fcnlab.errors import DataError, FcnLabError, RunError, SpecError
from fcnlab.lab import Run
from fcnlab.lab.tasks import branch_run, create_run, go_on_with, resume_here, train_here, train_run
from fcnlab.plan import Phase, Plan

TINY = NetSpec.model_validate(
    {
        "name": "tiny",
        "input": {"height": 32, "width": 32},
        "encoder": [{"name": "encoder1", "convs": [{"filters": 8}]}],
        "bottleneck": [{"conv": {"filters": 8, "kernel": 1}}],
        "decoder": [{"name": "decoder1", "up": {"filters": 8}, "skip": {}, "convs": [{"filters": 8}]}],
    }
)
PLAN = Plan(phases=(Phase(epochs=2, batch_size=4),), subset=12, validation_images=6)


def weights(run):
    import h5py

    found = {}
    with h5py.File(run.checkpoints()[-1][1]) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def assert_same_weights(first, second):
    one, other = weights(first), weights(second)
    assert one.keys() == other.keys()
    assert one
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def test_a_trained_run_holds_everything(tmp_path):
    events = []
    train_here(TINY, PLAN, "shapes:0.1", tmp_path / "run", events.append)
    run = Run.open(tmp_path / "run")
    assert run.state() == "done"
    assert (run.status.step, run.status.steps, run.status.epoch) == (6, 6, 2)
    assert run.status.message == "Finished 2 epochs."
    assert [epoch for epoch, _ in run.checkpoints()] == [1, 2]
    assert [point.name for point in run.kept.points()] == ["step-00000003", "step-00000006"]

    written, _ = run.read_metrics()
    told = [event for event in events if event["kind"] != "status"]
    assert all(event["time"] > 1_600_000_000 for event in told)
    assert all(event["memory"] > 10_000_000 for event in told if event["kind"] == "epoch")
    assert written == told
    assert [event["kind"] for event in written] == ["step"] * 3 + ["epoch"] + ["step"] * 3 + ["epoch"]
    assert written[3]["validation"]["images"] == 6
    assert any("Reading the images" in event["message"] for event in events if event["kind"] == "status")

    previews = dict(run.previews())
    with np.load(previews[0]) as first, np.load(previews[2]) as last:
        assert first["images"].shape == (4, 32, 32, 3)
        assert first["truth"].shape == last["labels"].shape == (4, 32, 32)
        targets = (first["truth"] == 2).sum(axis=(1, 2))
        assert list(targets) == sorted(targets, reverse=True)


def test_a_stop_leaves_a_run_that_goes_on_to_the_same_weights(tmp_path):
    train_here(TINY, PLAN, "shapes:0.1", tmp_path / "whole")

    stopped = create_run(tmp_path / "stopped", TINY, PLAN, "shapes:0.1")

    def stop_at_second_step(event):
        if event["kind"] == "step" and event["step"] == 2:
            stopped.request_stop()

    train_run(str(stopped.path), stop_at_second_step)
    assert stopped.state() == "stopped"
    assert stopped.status.message == "Stopped after step 2 of 6."
    assert [epoch for epoch, _ in stopped.checkpoints()] == [1]

    resume_here(stopped.path)
    assert stopped.state() == "done"
    assert_same_weights(stopped, Run.open(tmp_path / "whole"))
    steps = [event["step"] for event in stopped.read_metrics()[0] if event["kind"] == "step"]
    assert steps == [1, 2, 3, 4, 5, 6]


def test_a_change_a_stop_and_more_epochs_end_at_the_same_weights_as_without_the_stop(tmp_path):
    runs = [create_run(tmp_path / name, TINY, PLAN, "shapes:0.1") for name in ("whole", "stopped")]
    for run in runs:

        def steer(event, run=run):
            if event["kind"] == "step" and event["step"] == 2:
                run.request_change(learning_rate=0.003, batch_size=6)
            if event["kind"] == "step" and event["step"] == 4 and run.name == "stopped":
                run.request_stop()

        train_run(str(run.path), steer)
        if run.name == "stopped":
            assert run.state() == "stopped"
            resume_here(run.path)
        go_on_with(run, 1)
        resume_here(run.path)
        assert [event["images"] for event in run.read_metrics()[0] if event["kind"] == "step"] == [4] * 3 + [6] * 4
    assert_same_weights(*runs)


def test_a_branch_begins_with_the_weights_of_its_run(tmp_path):
    train_here(TINY, PLAN, "shapes:0.1", tmp_path / "first")
    first = Run.open(tmp_path / "first")
    still = Plan(phases=(Phase(epochs=1, batch_size=4, learning_rate=1e-10),), warmup_steps=0, subset=12)
    wider = change(TINY, ("decoder", 0, "up", "filters"), 12)
    branch, carried = branch_run(first, 2, name="second", net=wider, plan=still)
    assert [layer.name for layer in carried.left] == ["decoder1_up", "decoder1_conv1"]
    train_run(str(branch.path))
    assert branch.state() == "done"
    with h5py.File(first.checkpoint_path(2)) as one, h5py.File(branch.checkpoint_path(1)) as other:
        place = next(
            f"layers/{name}/vars/0"
            for name, group in one["layers"].items()
            if group["vars"].attrs["name"] == "encoder1_conv1"
        )
        np.testing.assert_allclose(one[place][()], other[place][()], atol=1e-6)


def test_a_branch_whose_weights_are_gone_says_so(tmp_path):
    train_here(TINY, PLAN, "shapes:0.1", tmp_path / "first")
    branch, _ = branch_run(Run.open(tmp_path / "first"), 1, name="second")
    branch.start_path.unlink()
    with pytest.raises(RunError, match=r"start\.weights\.h5, with which the run begins, are gone\. Branch again from"):
        train_run(str(branch.path))


def test_a_stop_at_an_epochs_last_step_still_scores_the_epoch(tmp_path):
    run = create_run(tmp_path / "run", TINY, PLAN, "shapes:0.1")

    def stop_at_third_step(event):
        if event["kind"] == "step" and event["step"] == 3:
            run.request_stop()

    train_run(str(run.path), stop_at_third_step)
    assert run.state() == "stopped"
    assert run.read_metrics()[0][-1]["kind"] == "epoch"
    resume_here(run.path)
    assert [event["epoch"] for event in run.read_metrics()[0] if event["kind"] == "epoch"] == [1, 2]


def test_a_stop_before_the_first_step_leaves_a_stopped_run(tmp_path):
    run = create_run(tmp_path / "run", TINY, PLAN, "shapes:0.1")
    run.request_stop()
    train_run(str(run.path))
    assert run.state() == "stopped"
    assert run.checkpoints() == []
    resume_here(run.path)
    assert run.state() == "done"


@pytest.mark.slow
def test_a_killed_training_shows_as_interrupted_and_goes_on(tmp_path):
    plan = Plan(phases=(Phase(epochs=300, batch_size=4),), subset=12, validation_images=6)
    run = create_run(tmp_path / "run", TINY, plan, "shapes:0.1")
    program = f"from fcnlab.lab.tasks import train_run; train_run({str(run.path)!r})"
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while len(run.checkpoints()) < 2:
            assert child.poll() is None, "the training ended early"
            assert time.monotonic() < deadline, "no second checkpoint within two minutes"
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert Run.open(run.path).state() == "interrupted"
    epoch = run.checkpoints()[-1][0]

    again = Run.open(run.path)

    def stop_after_an_epoch(event):
        if event["kind"] == "epoch":
            again.request_stop()

    resume_here(run.path, stop_after_an_epoch)
    assert again.state() == "stopped"
    assert again.checkpoints()[-1][0] == epoch + 1
    steps = [event["step"] for event in again.read_metrics()[0] if event["kind"] == "step"]
    assert steps == list(range(1, 3 * (epoch + 1) + 1))


def test_a_finished_run_is_not_resumed(tmp_path):
    train_here(TINY, Plan(phases=(Phase(epochs=1),), subset=4), "shapes:0.1", tmp_path / "run")
    with pytest.raises(RunError, match="has reached the end of its plan"):
        resume_here(tmp_path / "run")


def test_nothing_is_made_when_something_is_wrong_beforehand(tmp_path):
    out = tmp_path / "run"
    with pytest.raises(SpecError, match="31 is not divisible by 2"):
        train_here(change(TINY, ("input", "height"), 31), PLAN, "shapes", out)
    with pytest.raises(DataError, match=r"tiny tells 5 classes apart, .* has 3"):
        train_here(change(TINY, ("output", "classes"), 5), PLAN, "shapes", out)
    with pytest.raises(DataError, match="takes pictures of 4 channels"):
        train_here(change(TINY, ("input", "channels"), 4), PLAN, "shapes", out)
    with pytest.raises(DataError):
        train_here(TINY, PLAN, str(tmp_path / "nowhere"), out)
    assert not out.exists()
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="is not empty"):
        train_here(TINY, PLAN, "shapes", out)
    assert (out / "thesis.txt").read_text() == "mine"


def test_a_dataset_that_went_away_fails_the_run_with_a_sentence(tmp_path):
    run = Run.create(tmp_path / "run", net=TINY.model_dump(mode="json"), plan=PLAN, dataset=str(tmp_path / "gone"))
    with pytest.raises(FcnLabError, match="gone"):
        train_run(str(run.path))
    assert run.state() == "failed"
    assert "gone" in run.status.message


def test_a_preset_trains_on_the_built_in_set_at_its_own_size(tmp_path):
    plan = Plan(phases=(Phase(epochs=1, batch_size=4, steps_per_epoch=2),), subset=4, validation_images=2)
    train_here(preset("follow-me"), plan, "shapes", tmp_path / "run")
    assert Run.open(tmp_path / "run").state() == "done"
