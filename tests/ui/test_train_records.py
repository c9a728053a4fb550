"""The Train page's records without a browser: runs found, described, deleted and brought back, and played back."""

import re

import numpy as np
import pytest
from page_reader import mounted, sentences

from fcnlab.lab import Run
from fcnlab.lab.history.shelf import Shelf
from fcnlab.plan import Phase, Plan
from fcnlab.ui.train.records.replay import MINUTE

LENGTH = 14
"""Seconds of the training of `make_run`."""


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    root = tmp_path / "runs"
    root.mkdir()
    monkeypatch.setenv("FCNLAB_RUNS", str(root))
    return root


@pytest.fixture
def make_run(root):
    """`make_run("first", score=0.5)`: two epochs of three steps, done."""

    def made(name, score=0.5):
        net = {"name": "follow-me", "input": {"height": 16, "width": 16}, "output": {"classes": 3}}
        run = Run.create(root / name, net=net, plan=Plan(phases=(Phase(epochs=2),)), dataset="shapes:0.3:0")
        for step in range(1, 7):
            event = {"step": step, "epoch": (step + 2) // 3, "loss": 1 / step}
            run.append_metric({"kind": "step", **event, "learning_rate": 0.01, "seconds": 2.0, "images": 8})
            if step % 3 == 0:
                seen = {"images": 9, "loss": 0.7, "mean_iou": score * step / 6, "class_iou": [0.9, 0.4, 0.2]}
                run.append_metric({"kind": "epoch", **event, "seconds": 7.0, "validation": seen})
        run.write_status(run.status.with_(state="done", epoch=2, epochs=2, step=6, steps=6))
        run.preview_path(0).parent.mkdir()
        pictures = np.zeros((2, 16, 16, 3), np.uint8)
        np.savez(run.preview_path(0), images=pictures, truth=pictures[..., 0])
        for epoch in (1, 2):
            np.savez(run.preview_path(epoch), labels=np.full((2, 16, 16), epoch, np.uint8))
        return run

    return made


@pytest.fixture
def clock(monkeypatch):
    """The onlooker's clock: `clock[0] = 5` sets it."""
    now = [0.0]
    monkeypatch.setattr("fcnlab.ui.train.records.replay.monotonic", lambda: now[0])
    return now


def press(app, key):
    button = app.button(key=key)
    assert not button.disabled
    app = button.click().run()
    assert not app.exception
    return app


def listed(app):
    """Names in the list, in its order; the page's diagram has stages of its own."""
    table = next(part for part in mounted(app).split("<table") if part.startswith(' aria-label="Runs'))
    return re.findall(r'<button data-stage="\d+"[^>]*>([^<]*)', table)


# The list


def test_runs_are_found_and_sorted_and_a_link_keeps_that(train, make_run):
    for name, score in (("alpha", 0.2), ("beta", 0.9), ("gamma", 0.4)):
        make_run(name, score)
    app = train(train__sort="score", train__find="a")
    assert listed(app) == ["beta", "gamma", "alpha"]
    app = app.text_input(key="train.find").set_value("bet").run()
    assert listed(app) == ["beta"]
    app = app.text_input(key="train.find").set_value("nothing like it").run()
    assert "None of the 3 runs matches “nothing like it”." in sentences(app)


def test_many_runs_are_shown_a_page_at_a_time(train, make_run):
    for number in range(17):
        make_run(f"run-{number:02}")
    app = train(train__sort="name")
    assert listed(app) == [f"run-{number:02}" for number in range(15)]
    assert "1 to 15 of 17 runs" in sentences(app)


# A run


def test_a_run_gets_a_name_a_note_and_tags(train, make_run, root):
    run = make_run("first")
    app = train(run="first")
    app.text_input(key="train.title.first").set_value("The <best> one")
    app.text_area(key="train.note.first").set_value("too *fast*")
    app.text_input(key="train.tags.first").set_value("lesson 3, fast")
    app = press(app, "train.about.keep.first")
    entry = Shelf(root).entry(run)
    assert (entry.title, entry.note, entry.about.tags) == ("The <best> one", "too *fast*", ("lesson 3", "fast"))
    assert "The <best> one" in [heading.value.replace("\\", "") for heading in app.subheader]
    assert "too *fast*" in sentences(app)
    assert listed(app) == ["The &lt;best&gt; one"]
    assert "#lesson 3 #fast · too *fast*" in mounted(app)


def test_a_deleted_run_can_be_had_back_at_once(train, make_run, root):
    make_run("first")
    app = press(train(run="first"), "train.delete")
    assert not (root / "first").exists()
    assert "run" not in app.query_params
    assert "The run **first** was deleted." in sentences(app)
    app = press(app, "train.undo.run")
    assert listed(app) == ["first"]
    assert "was deleted" not in sentences(app)


def test_a_deleted_run_can_be_had_back_later_or_removed_for_good(train, make_run, root):
    for name in ("first", "second"):
        make_run(name)
        Shelf(root).bin.delete(name)
    app = press(train(), "train.restore.first")
    assert listed(app) == ["first"]
    app = press(app, "train.remove.yes.second")
    assert list((root / ".deleted").iterdir()) == []
    assert "train.restore.second" not in {button.key for button in app.button}


def test_a_run_that_is_trained_cannot_be_deleted(train, make_run):
    run = make_run("first")
    run.write_status(run.status.with_(state="queued"))
    assert train(run="first").button(key="train.delete").disabled


# The replay


def progress(app):
    return app.get("progress")[0].text


def test_a_link_opens_a_replay_at_a_moment(train, make_run, clock):
    make_run("first")
    app = train(replay="first", at="8")
    assert progress(app) == "Epoch 1 of 2, step 3 of 6"
    assert {metric.label: metric.value for metric in app.metric}["Mean IoU"] == "0.250"
    assert app.slider(key="train.epoch.replay.first.1").value == 1
    clock[0] = 1000
    assert progress(app.run()) == "Epoch 1 of 2, step 3 of 6"


def test_a_replay_goes_at_its_speed_rests_and_stops_at_the_end(train, make_run, clock):
    make_run("first")
    app = train(replay="first", train__speed="2×")
    assert progress(app) == "Epoch 0 of 2, step 0 of 6"
    app = press(app, "train.play")
    clock[0] = 2
    assert progress(app.run()) == "Epoch 1 of 2, step 2 of 6"
    app = press(app, "train.rest")
    assert app.query_params["at"] == "4"
    clock[0] = 50
    assert progress(app.run()) == "Epoch 1 of 2, step 2 of 6"
    app = press(app, "train.play")
    clock[0] = 99
    app = app.run()
    assert progress(app) == "Epoch 2 of 2, step 6 of 6"
    assert "train.play" in {button.key for button in app.button}


def test_all_in_one_minute_whatever_it_took(train, make_run, clock):
    make_run("first")
    app = train(replay="first")
    assert app.selectbox(key="train.speed").value == MINUTE
    app = press(app, "train.play")
    clock[0] = 60 * 9.1 / LENGTH
    assert progress(app.run()) == "Epoch 2 of 2, step 4 of 6"


def test_the_slider_goes_to_any_moment(train, make_run, clock):
    make_run("first")
    app = train(replay="first")
    slider = app.select_slider(key="train.replay.place")
    assert slider.label == "Moment of the training, which took 14 s"
    app = slider.set_value(slider.options.index("7 s")).run()
    assert not app.exception
    assert progress(app) == "Epoch 1 of 2, step 3 of 6"


def test_a_run_leads_to_its_replay_and_back(train, make_run):
    make_run("first")
    app = press(train(run="first"), "train.play_back")
    assert "Replay of first" in [heading.value for heading in app.subheader]
    assert "train.rest" in {button.key for button in app.button}  # who asked for it need not ask twice
    assert "run" not in app.query_params
    app = press(app, "train.close")
    assert "train.play_back" in {button.key for button in app.button}


def test_a_replay_of_what_is_not_there_gets_one_sentence(train, root):
    app = train(replay="nothing")
    assert "There is no run called nothing here." in sentences(app)
    assert str(root) not in sentences(app)


def test_a_recording_that_comes_with_the_lab_is_one_click_away(train, tmp_path, make_run, monkeypatch):
    (tmp_path / "assets").mkdir()
    make_run("reference-1")
    (tmp_path / "runs").rename(tmp_path / "assets" / "recordings")
    monkeypatch.setattr("fcnlab.lab.history.replaying.assets_root", lambda: tmp_path / "assets")
    app = press(train(), "train.watch.reference-1")
    assert "Replay of reference\\-1" in [heading.value for heading in app.subheader]
    assert "There are no runs yet." in sentences(app)
