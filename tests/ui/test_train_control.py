"""What can be done with a run on the Train page, without a browser and without an engine."""

import shutil
import time

import pytest

from fcnlab.arch import plain, preset, to_code
from fcnlab.arch.edit import change
from fcnlab.data.catalogue import assets_root
from fcnlab.lab import Run
from fcnlab.lab.training.people import person_here
from fcnlab.plan import Change, Phase, Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.watching.control import current_phase

EXAMPLE = "example-unet-small"


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """The names of the runs that were handed to the engine."""
    names = []
    for module in ("control", "branch"):
        monkeypatch.setattr(f"fcnlab.ui.train.watching.{module}.start_training", lambda run: names.append(run.name))
    return names


@pytest.fixture
def make_run(runs):
    def made(name="mine", **status):
        plan = Plan(phases=(Phase(epochs=2, batch_size=4),), subset=8)
        run = Run.create(runs / name, net=plain(preset("unet-small")), plan=plan, dataset="shapes:0.3:0")
        run.write_status(run.status.with_(heartbeat=time.time() + 600, **status))
        return run

    return made


@pytest.fixture
def trained(runs):
    """A finished run with its weights."""
    shutil.copytree(assets_root() / "runs" / EXAMPLE, runs / "trained")
    return Run.open(runs / "trained")


@pytest.fixture
def train(open_page):
    def opened(run, **address):
        app = open_page("Train", run=run.name, **address)
        assert not app.exception
        return app

    return opened


def press(app, key):
    app = app.button(key=key).click().run()
    assert not app.exception
    return app


def keys(app):
    return {button.key for button in app.button if button.key.startswith("train.")}


def told(app):
    return "\n".join(element.value for element in (*app.error, *app.caption, *app.markdown))


def test_a_run_at_work_can_be_paused_and_continued(train, make_run):
    run = make_run(state="running", step=1, steps=4)
    app = train(run)
    assert {"train.stop", "train.pause", "train.change.apply"} <= keys(app)
    app = press(app, "train.pause")
    assert run.pause_requested()
    assert app.button(key="train.pause").disabled
    run.write_status(run.status.with_(state="paused", message="Paused after step 1 of 4."))
    app = train(run)
    assert "Paused after step 1 of 4." in told(app)
    assert "train.pause" not in keys(app)
    press(app, "train.continue")
    assert not run.pause_requested()


def test_learning_rate_and_batch_size_can_be_changed_for_what_follows(train, make_run):
    run = make_run(state="running", step=1, steps=4)
    app = train(run)
    assert app.button(key="train.change.apply").disabled
    app.number_input(key="train.change.rate.mine").set_value(0.003).run()
    app = press(app, "train.change.apply")
    assert run.change_requested() == {"learning_rate": 0.003}
    assert "Asked for." in told(app)


def test_a_run_shows_its_own_settings_after_another_one(train, make_run):
    first, second = make_run("first", state="running"), make_run("mine", state="running")
    first.add_change(Change(step=0, learning_rate=0.5))
    app = train(first)
    app.query_params["run"] = second.name
    app = app.run()
    assert app.number_input(key="train.change.rate.mine").value == 0.01
    assert app.button(key="train.change.apply").disabled


def test_a_finished_run_can_be_trained_for_more_epochs(train, make_run, started):
    run = make_run(state="done", step=4, steps=4)
    app = train(run)
    assert not {"train.stop", "train.go_on", "train.change.apply"} & keys(app)
    app.number_input(key="train.more.epochs.mine").set_value(3).run()
    press(app, "train.more.start")
    assert [(phase.epochs, phase.batch_size) for phase in run.changes()[-1].more] == [(3, 4)]
    assert started == ["mine"]


def test_a_run_without_its_optimizer_says_why_it_gets_no_more_epochs(train, trained, started):
    app = press(train(trained), "train.more.start")
    assert "no optimizer state to go on with. Branch a new run from it." in app.error[0].value
    assert started == []


def test_a_branch_begins_with_the_weights_of_an_epoch(train, trained, started, runs):
    app = train(trained)
    app.text_input(key="train.branch.name.trained").set_value("branch").run()
    app.number_input(key="train.branch.epochs.trained").set_value(4).run()
    app = press(app, "train.branch.start")
    branch = Run.open(runs / "branch")
    assert started == ["branch"]
    assert (branch.record.parent, branch.record.parent_epoch) == ("trained", trained.checkpoints()[-1][0])
    assert branch.record.plan.epochs == 4
    assert branch.record.person == person_here() != ""
    assert "Branched from **trained** after epoch" in told(app)
    assert "All " in told(app)
    assert "keep them" in told(app)


def test_a_branch_into_the_network_of_build_tells_which_layers_begin_anew(train, trained, runs):
    other = change(preset("unet-small"), ("encoder", 0, "convs", 0, "filters"), 24)
    app = train(trained, net=to_code(other))
    choice = app.radio(key="train.branch.net.trained")
    app = choice.set_value(choice.options[1]).run()
    assert "Anew begin: " in told(app)
    assert literal("its shape is (3, 3, 3, 24), in the other run it is (3, 3, 3, 16)") in told(app)
    app.text_input(key="train.branch.name.trained").set_value("wider").run()
    app = press(app, "train.branch.start")
    assert Run.open(runs / "wider").record.net == plain(other)
    assert "Anew begin: " in told(app)


def test_a_branch_of_a_name_that_is_taken_gets_one_sentence(train, trained, started):
    app = train(trained)
    app.text_input(key="train.branch.name.trained").set_value("trained").run()
    app = press(app, "train.branch.start")
    assert "is not empty" in app.error[0].value
    assert started == []


def test_notes_are_logged_by_number_the_last_first(train, make_run):
    run = make_run(state="done", step=4, steps=4, message="Finished 2 epochs.")
    for step, message in ((1, "Paused."), (1, "Went on after a pause."), (3, "Changed the learning rate to 0.003.")):
        run.append_metric({"kind": "note", "step": step, "message": message})
    text = told(train(run))
    assert text.index("3\\. step 3: Changed the learning rate") < text.index("1\\. step 1: Paused.")


def test_what_goes_wrong_is_told_beside_the_numbers(train, make_run):
    run = make_run(state="running", step=3, steps=4)
    app = train(run)
    assert "What goes wrong in the training will be told here." in told(app)
    for step, loss in ((1, 0.5), (2, None), (3, None)):
        event = {"step": step, "epoch": 1, "loss": loss, "learning_rate": 0.01, "seconds": 0.1, "images": 4}
        run.append_metric({"kind": "step", **event})
    assert "The loss is no number since step 2" in told(train(run))


def test_device_and_memory_stand_beside_the_progress(train, make_run):
    run = make_run(state="running", step=2, steps=4, epoch=1, epochs=2, device="CPU")
    run.append_metric({"kind": "epoch", "step": 2, "epoch": 1, "loss": 0.5, "seconds": 1.0, "memory": 1_250_000_000})
    assert train(run).get("progress")[0].text == "Epoch 1 of 2, step 2 of 4 · on CPU · 1.25 GB of memory at most"


def test_the_phase_at_work_is_told_with_what_was_changed(make_run):
    run = make_run(state="running", epoch=3)
    assert current_phase(run).batch_size == 4
    run.add_change(Change(step=2, learning_rate=0.5))
    run.add_change(Change(step=2, more=(Phase(epochs=2, batch_size=32, learning_rate=0.1),)))
    assert (current_phase(run).batch_size, current_phase(run).learning_rate) == (32, 0.5)
