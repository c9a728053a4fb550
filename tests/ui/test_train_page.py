"""The Train page without a browser and without an engine: form, arithmetic, errors, and runs of all kinds."""

import time

import numpy as np
import pytest
from PIL import Image

from fcnlab.arch import plain, preset, to_code
from fcnlab.arch.edit import change
from fcnlab.errors import EngineError
from fcnlab.lab import EngineState, Run
from fcnlab.plan import Phase, Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.form import BATCH, EPOCHS, IMAGES


class FakeJob:
    def when_done(self, tell):
        """It never ends."""


class FakeEngine:
    """Takes work and does none of it."""

    pid = None

    def __init__(self):
        self.taken = []
        self.refusal = ""

    def state(self):
        return EngineState("ready", "The engine is ready.")

    def submit(self, function, *arguments, role="train", key=None):
        if self.refusal:
            raise EngineError(self.refusal)
        self.taken.append((function.__name__, arguments, role, key))
        return FakeJob()


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    engine = FakeEngine()
    monkeypatch.setattr("fcnlab.ui.engine.engine", lambda: engine)
    return engine


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    """An empty runs folder."""
    root = tmp_path / "runs"
    root.mkdir()
    monkeypatch.setenv("FCNLAB_RUNS", str(root))
    return root


@pytest.fixture
def folder(tmp_path):
    """Three grey images with masks of two classes; its name holds what Markdown would take for emphasis."""
    folder = tmp_path / "my_own_set"
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(3):
        picture = np.zeros((32, 32), np.uint8)
        picture[number : number + 8] = 255
        Image.fromarray(picture).save(folder / "images" / f"{number}.png")
        Image.fromarray(picture // 255).save(folder / "masks" / f"{number}.png")
    return folder


@pytest.fixture
def make_run(root):
    def made(name="a run", net="follow-me", dataset="shapes:0.3:0", epochs=2, **status):
        plan = Plan(phases=(Phase(epochs=epochs, batch_size=4),), subset=8)
        run = Run.create_in(root, net=plain(preset(net)), plan=plan, dataset=dataset, name=name)
        if status:
            run.write_status(run.status.with_(**status))
        return run

    return made


def until(condition, patience=30.0):
    """Wait for what a thread of the server does in the background."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


def told(app):
    return "\n".join(element.value for element in (*app.error, *app.warning, *app.caption, *app.markdown))


def start(app):
    return app.button(key="train.start")


def press(app, key):
    button = app.button(key=key)
    assert not button.disabled
    app = button.click().run()
    assert not app.exception
    return app


def numbers(app):
    return {metric.label: metric.value for metric in app.metric}


def buttons(app):
    return {button.key for button in app.button}


# The form


def test_a_visitor_can_start_at_once_on_the_built_in_shapes(train):
    app = train()
    assert not start(app).disabled
    assert "12 steps** × 16 images = 192 of 200 images; 8 are left out" in told(app)
    assert "× 5 epochs = **60 steps in all**" in told(app)
    assert "The engine is ready." in told(app)
    assert "There are no runs yet." in told(app)


def test_the_arithmetic_follows_every_edit(train):
    app = train()
    app.number_input(key=IMAGES).set_value(64).run()
    app.number_input(key=EPOCHS).set_value(1).run()
    assert "4 steps** × 16 images = 64 of 64 images." in told(app)
    assert "× 1 epoch = **4 steps in all**" in told(app)


def test_settings_are_in_the_address(train):
    app = train(train__epochs="7", train__alpha="0.8")
    assert app.number_input(key=EPOCHS).value == 7
    assert "α = 0.8: hard" in told(app)


def test_settings_in_the_address_that_cannot_be_are_left_out(train):
    app = train(train__epochs="-3", train__alpha="7", train__batch="many")
    assert (app.number_input(key=EPOCHS).value, app.slider(key="train.alpha").value) == (5, 0.5)


def test_the_difficulty_is_explained(train):
    app = train()
    app.slider(key="train.alpha").set_value(0.1).run()
    assert "colour alone tells the classes apart" in told(app)
    app.slider(key="train.alpha").set_value(0.9).run()
    assert "only a thin band of fine texture" in told(app)


# A folder


def test_before_a_folder_is_named_the_page_says_what_it_must_hold(train):
    app = train(train__data="folder")
    assert "images/ and masks/" in told(app)
    assert "Start waits for images to learn from" in told(app)
    assert start(app).disabled


def test_a_folder_that_is_not_there_gets_one_sentence(train):
    app = train(train__data="folder", train__folder="/no/such/place")
    assert [error.value for error in app.error] != []
    assert "There is no dataset folder" in app.error[0].value
    assert start(app).disabled


def test_a_folder_of_other_classes_offers_to_adapt_the_network(train, folder):
    app = train(train__data="folder", train__folder=str(folder))
    assert "my\\_own\\_set has 2" in app.warning[0].value
    assert start(app).disabled
    app = press(app, "train.adapt")
    assert app.session_state["workbench"].net.output.classes == 2
    assert not app.warning
    assert not start(app).disabled


def test_folders_of_earlier_runs_are_offered_again(train, folder, make_run):
    make_run(dataset=str(folder))
    app = train(train__data="folder")
    offered = next(button for button in app.button if button.key.startswith("train.used."))
    app = offered.click().run()
    assert app.text_input(key="train.folder").value == str(folder)


# The network


def test_a_preset_can_be_taken_here(train):
    app = train()
    app.selectbox(key="train.preset").select("fcn-8s").run()
    assert app.session_state["workbench"].net == preset("fcn-8s")
    assert "**fcn\\-8s** ·" in told(app)


def test_a_network_with_errors_cannot_start(train):
    broken = change(preset("follow-me"), ("input", "height"), 150)
    app = train(net=to_code(broken))
    assert start(app).disabled
    assert any("150" in error.value for error in app.error)
    assert "Start waits until the network fits." in told(app)


# Start


def test_start_makes_a_run_and_shows_it(train, root, engine):
    app = train(train__images="60", train__epochs="3", train__alpha="0.3")
    app.text_input(key="train.name").set_value("first try").run()
    app = press(app, "train.start")
    run = Run.open(root / "first try")
    assert run.record.dataset == "shapes:0.3:0"
    assert run.record.net == plain(preset("follow-me"))
    assert (run.record.plan.subset, run.record.plan.epochs) == (60, 3)
    assert app.query_params["run"] == "first try"
    until(lambda: engine.taken)
    assert engine.taken == [("work_off", (str(root),), "train", None)]
    assert "hourglass_top:] Waiting" in told(app)  # for the worker, or at its place once it was handed over
    assert "train.stop" in buttons(app)


def test_a_name_that_is_taken_gets_one_sentence(train, make_run):
    make_run("first try", state="done")
    app = train()
    app.text_input(key="train.name").set_value("first try").run()
    app = press(app, "train.start")
    assert "first try is not empty. Choose another name" in app.error[0].value
    assert "run" not in app.query_params


def test_a_name_that_leads_out_of_the_folder_is_refused(train):
    app = train()
    app.text_input(key="train.name").set_value("../elsewhere").run()
    app = press(app, "train.start")
    assert "points to another folder" in app.error[0].value


def test_an_engine_that_refuses_is_told_by_the_run_which_can_go_on(train, root, engine):
    engine.refusal = "No dask scheduler answers."
    app = train()
    app.text_input(key="train.name").set_value("refused").run()
    app = press(app, "train.start")
    run = Run.open(root / "refused")
    until(lambda: run.state() == "failed")
    app.run()
    assert "No dask scheduler answers." in told(app)
    engine.refusal = ""
    press(app, "train.go_on")
    until(lambda: engine.taken)


# A run


def test_a_run_at_work_shows_its_numbers(train, make_run):
    run = make_run(state="running", step=3, steps=4, epoch=2, heartbeat=time.time(), started=time.time())
    for step in (1, 2, 3):
        event = {"step": step, "epoch": 1 + step // 3, "loss": 1.0 / step, "learning_rate": 0.01}
        run.append_metric({"kind": "step", **event, "seconds": 0.1, "images": 4})
        if step == 2:
            scores = {"images": 9, "mean_iou": 0.5, "class_iou": [0.9, 0.4, 0.2]}
            run.append_metric(
                {"kind": "epoch", "step": 2, "epoch": 1, "loss": 0.75, "seconds": 0.5, "validation": scores}
            )
    app = train(run=run.name)
    assert numbers(app) == {
        "Loss": "0.333",
        "Mean IoU": "0.500",
        "Best mean IoU": "0.500",
        "Learning rate": "0.01",
        "Images a second": "40",
        "Time left": "0 s",
    }
    assert app.get("progress")[0].text == "Epoch 2 of 2, step 3 of 4"
    assert "Training." in told(app)
    bars = " ".join(html.body for html in app.get("html"))
    assert all(part in bars for part in ("background", "blob", "polygon", "0.900", "0.400", "0.200"))


def test_stop_asks_the_run_to_end_at_its_next_batch(train, make_run):
    run = make_run(state="running", step=1, steps=4, heartbeat=time.time())
    app = train(run=run.name)
    app = press(app, "train.stop")
    assert run.stop_requested()
    assert "ends at its next batch" in told(app)
    assert app.button(key="train.stop").disabled


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"state": "stopped", "message": "Stopped after step 1 of 4."}, "Stopped after step 1 of 4."),
        ({"state": "failed", "message": "The image 7.png cannot be read."}, "The image 7.png cannot be read."),
        ({"state": "running", "step": 1, "steps": 4, "heartbeat": 1.0}, "Interrupted at step 1 of 4"),
    ],
)
def test_a_run_that_ended_early_can_go_on(train, make_run, engine, status, says):
    run = make_run(**status)
    app = train(run=run.name)
    assert literal(says) in told(app)
    assert "train.stop" not in buttons(app)
    press(app, "train.go_on")
    until(lambda: engine.taken)
    assert run.state() == "queued"


def test_a_run_that_is_done_is_not_trained_on_but_leads_to_inspect(train, make_run):
    run = make_run(state="done", message="Finished 2 epochs.", step=4, steps=4)
    run.checkpoint_path(2).parent.mkdir()
    run.checkpoint_path(2).touch()
    app = train(run=run.name)
    assert "Finished 2 epochs." in told(app)
    assert not {"train.stop", "train.go_on"} & buttons(app)
    assert "train.inspect" in buttons(app)


def test_a_waiting_run_says_what_is_trained_first(train, make_run):
    make_run("other", state="running", heartbeat=time.time())
    make_run("mine", state="queued", heartbeat=time.time())
    assert literal("Waiting: other is being trained first.") in told(train(run="mine"))


@pytest.mark.parametrize(
    ("name", "says"), [("nothing", "There is no run called nothing here."), ("../etc", "points to another folder")]
)
def test_a_link_to_a_run_that_is_not_there_gets_one_sentence(train, name, says):
    app = train(run=name)
    assert says in app.error[0].value
    app = press(app, "train.new")
    assert not start(app).disabled


def test_a_run_on_a_folder_that_is_gone_is_still_shown(train, make_run):
    run = make_run(dataset="/no/such/place", state="done", message="Finished 2 epochs.")
    assert "Finished 2 epochs." in told(train(run=run.name))


def test_a_run_fills_the_form_for_another_one_like_it(train, make_run):
    run = make_run(net="fcn-8s", epochs=9, state="done")
    app = press(train(run=run.name), "train.again")
    assert app.session_state["workbench"].net == preset("fcn-8s")
    assert [app.number_input(key=key).value for key in (IMAGES, EPOCHS, BATCH)] == [8, 9, 4]
    assert app.slider(key="train.alpha").value == 0.3
    assert "run" not in app.query_params


def test_earlier_epochs_can_be_looked_at_again(train, make_run):
    run = make_run(state="done", step=4, steps=4, epochs=3)
    run.preview_path(0).parent.mkdir()
    pictures = np.zeros((2, 16, 16, 3), np.uint8)
    np.savez(run.preview_path(0), images=pictures, truth=pictures[..., 0])
    for epoch in (1, 2):
        np.savez(run.preview_path(epoch), labels=np.full((2, 16, 16), epoch, np.uint8))
    app = train(run=run.name)
    key = f"train.epoch.{run.name}.2"
    assert app.slider(key=key).value == 2
    app = app.slider(key=key).set_value(1).run()
    assert not app.exception
    assert app.slider(key=key).value == 1
    np.savez(run.preview_path(3), labels=np.full((2, 16, 16), 3, np.uint8))
    assert app.run().slider(key=key).value == 1
    app = app.slider(key=key).set_value(3).run()
    np.savez(run.preview_path(4), labels=np.full((2, 16, 16), 3, np.uint8))
    assert app.run().slider(key=f"train.epoch.{run.name}.4").value == 4


# The list of runs


def test_a_folder_that_is_no_run_is_told_in_one_sentence(train, root, make_run):
    make_run(state="done")
    (root / "holiday pictures").mkdir()
    app = train()
    assert "1 folder is no run that can be read" in [expander.label for expander in app.expander]
    assert "holds no run.json" in told(app)
    assert str(root) not in told(app)
