"""What people ask of a training, by files in its folder: stop, pause, other rates and sizes, more epochs."""

import shutil
import threading

import pytest
from fake_trainer import NET, FakeTrainer, install

from fcnlab.errors import PlanError, RunError
from fcnlab.lab import Status
from fcnlab.lab.tasks import create_run, go_on_with, more_epochs, requeue, resume_here, train_run
from fcnlab.lab.training import loop
from fcnlab.plan import Change, Phase, Plan

PLAN = Plan(phases=(Phase(epochs=3, batch_size=4),), schedule="constant", warmup_steps=0, subset=12)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    install(monkeypatch)


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path / "run", NET, PLAN, "shapes:0.1")


def weights(run):
    return {epoch: path.read_text() for epoch, path in run.checkpoints()}


def steps_of(run, *fields):
    return [tuple(event[name] for name in fields) for event in run.read_metrics()[0] if event["kind"] == "step"]


def notes_of(run):
    return [(event["step"], event["message"]) for event in run.read_metrics()[0] if event["kind"] == "note"]


def at_step(number, do):
    """An `on_event` that does something right after a step."""
    return lambda event: do() if (event["kind"], event.get("step")) == ("step", number) else None


# Requests


def test_a_request_is_a_file_that_any_process_can_make(run):
    for ask, asked, forget in (
        (run.request_stop, run.stop_requested, run.clear_stop),
        (run.request_pause, run.pause_requested, run.clear_pause),
    ):
        assert not asked()
        ask()
        assert asked()
        forget()
        forget()
        assert not asked()


def test_changes_that_were_asked_for_are_kept_until_they_are_taken(run):
    assert run.take_change(5) is None
    run.request_change(learning_rate=0.002)
    run.request_change(batch_size=2)
    run.request_change(learning_rate=0.003)
    assert run.change_requested() == {"learning_rate": 0.003, "batch_size": 2}
    assert run.take_change(5) == Change(step=5, learning_rate=0.003, batch_size=2)
    assert run.take_change(6) is None
    assert run.changes() == (Change(step=5, learning_rate=0.003, batch_size=2),)


@pytest.mark.parametrize(
    ("change", "told"),
    [({}, "No change was named"), ({"learning_rate": -1}, "the change, learning rate: .*received -1")],
)
def test_a_change_that_cannot_be_is_refused(run, change, told):
    with pytest.raises(PlanError, match=told):
        run.request_change(**change)
    assert run.change_requested() == {}


def test_a_change_that_other_hands_have_spoilt_ends_no_training(run):
    (run.path / "change.json").write_text('{"learning_rate": "fast"}')
    assert run.take_change(1) is None
    assert not (run.path / "change.json").exists()


def test_a_change_that_was_being_taken_at_a_kill_is_asked_again(run):
    run.request_change(learning_rate=0.002)
    (run.path / "change.json").rename(run.path / "change.taken.json")
    run.request_change(batch_size=8)
    run.ask_again()
    assert run.change_requested() == {"learning_rate": 0.002, "batch_size": 8}


def test_asking_a_deleted_run_says_so_and_makes_no_folder(run):
    shutil.rmtree(run.path)
    for ask in (run.request_stop, run.request_pause, lambda: run.request_change(batch_size=2)):
        with pytest.raises(RunError, match=r"run folder .*/run is gone: it was deleted or moved"):
            ask()
    assert not run.path.exists()


# Pause


def test_a_pause_rests_after_the_step_and_goes_on(run, until):
    training = threading.Thread(target=train_run, args=(str(run.path), at_step(2, run.request_pause)))
    training.start()
    until(lambda: run.state() == "paused")
    assert run.status.message == "Paused after step 2 of 9."
    assert run.kept.last_step() == 2
    run.request_change(learning_rate=0.5)
    until(lambda: run.changes() == (Change(step=2, learning_rate=0.5),))
    run.clear_pause()
    training.join(60)
    assert run.state() == "done"
    messages = ["Paused.", "Changed the learning rate to 0.5.", "Went on after a pause."]
    assert notes_of(run) == [(2, message) for message in messages]
    assert steps_of(run, "learning_rate")[1:3] == [(0.01,), (0.5,)]


def test_a_paused_run_can_be_stopped(run, until):
    training = threading.Thread(target=train_run, args=(str(run.path), at_step(2, run.request_pause)))
    training.start()
    until(lambda: run.state() == "paused")
    run.request_stop()
    training.join(60)
    assert run.state() == "stopped"
    assert run.status.message == "Stopped after step 2 of 9."
    requeue(run)
    assert not run.pause_requested()


def test_a_paused_run_makes_room_for_one_that_waits_and_goes_on_later(run, until, monkeypatch):
    monkeypatch.setattr(loop, "MAKES_ROOM_AFTER", 0.0)
    waits = threading.Event()
    asked = at_step(2, run.request_pause)
    training = threading.Thread(target=train_run, args=(str(run.path), asked), kwargs={"others_wait": waits.is_set})
    training.start()
    until(lambda: run.state() == "paused")
    waits.set()
    training.join(60)
    assert run.state() == "stopped"
    assert run.status.message == "Paused after step 2 of 9, and made room for a run that waits."
    assert run.kept.last_step() == 2
    resume_here(run.path)
    assert run.state() == "done"


# Stop while an epoch is measured


@pytest.fixture
def measured(monkeypatch):
    """So many images are measured after each epoch, and a stop waits for so many seconds of it."""

    def set_to(images, patience):
        monkeypatch.setattr(FakeTrainer, "measured", images)
        monkeypatch.setattr(loop, "MEASURED_TO_END", patience)

    return set_to


def epochs_of(run):
    return [event["epoch"] for event in run.read_metrics()[0] if event["kind"] == "epoch"]


def test_a_stop_does_not_wait_for_a_long_measuring_which_is_made_up_for_later(run, measured):
    measured(10_000, 0.0)
    train_run(str(run.path), at_step(3, run.request_stop))
    assert (run.state(), run.status.message) == ("stopped", "Stopped after step 3 of 9.")
    assert epochs_of(run) == []
    assert [epoch for epoch, _ in run.checkpoints()] == [1]
    resume_here(run.path)
    assert epochs_of(run) == [1, 2, 3]
    whole = create_run(run.path.parent / "whole", NET, PLAN, "shapes:0.1")
    train_run(str(whole.path))
    assert weights(run) == weights(whole)


def test_a_measuring_that_ends_soon_is_waited_for(run, measured):
    measured(3, 60.0)
    train_run(str(run.path), at_step(3, run.request_stop))
    assert (run.state(), epochs_of(run)) == ("stopped", [1])


# Changes


def test_another_learning_rate_holds_from_the_next_step_and_another_batch_size_from_the_next_epoch(run):
    def ask():
        run.request_change(learning_rate=0.02, batch_size=2)

    train_run(str(run.path), at_step(2, ask))
    assert steps_of(run, "learning_rate", "images")[:6] == [(0.01, 4), (0.01, 4), (0.02, 4)] + [(0.02, 2)] * 3
    assert (run.status.step, run.status.steps) == (3 + 6 + 6, 15)
    assert notes_of(run) == [(2, "Changed the learning rate to 0.02 and the batch size, from the next epoch on, to 2.")]


def test_a_run_that_goes_on_from_before_a_change_repeats_it(run, tmp_path):
    plain = create_run(tmp_path / "plain", NET, PLAN, "shapes:0.1")
    for one in (run, plain):
        train_run(str(one.path), at_step(4, lambda one=one: one.request_change(learning_rate=0.02)))
    assert weights(run) == weights(plain)
    shutil.rmtree(run.path / "checkpoints" / "step-00000009")
    run.write_status(Status(state="interrupted", epoch=3, step=9))
    resume_here(run.path)
    assert weights(run) == weights(plain)
    assert run.changes() == plain.changes()
    assert steps_of(run, "step", "loss") == steps_of(plain, "step", "loss")


def test_a_change_for_a_run_that_does_not_train_holds_when_it_goes_on(run):
    train_run(str(run.path), at_step(4, run.request_stop))
    go_on_with(run, learning_rate=0.02)
    resume_here(run.path)
    assert run.changes() == (Change(step=4, learning_rate=0.02),)
    assert steps_of(run, "learning_rate")[3:5] == [(0.01,), (0.02,)]


# More epochs


def test_a_finished_run_gets_more_epochs_like_its_last_ones(run):
    train_run(str(run.path))
    with pytest.raises(RunError, match=r"has reached the end of its plan\. Give it more epochs"):
        requeue(run)
    with pytest.raises(RunError, match="has reached the end of its plan"):
        go_on_with(run, learning_rate=0.1)
    go_on_with(run, 2, batch_size=6)
    resume_here(run.path)
    assert run.state() == "done"
    assert run.status.message == "Finished 5 epochs."
    assert steps_of(run, "step", "learning_rate", "images")[8:] == [
        (9, 0.01, 4),
        *((n, 0.01, 6) for n in range(10, 14)),
    ]
    assert [epoch for epoch, _ in run.checkpoints()] == [1, 2, 3, 4, 5]
    with pytest.raises(RunError, match="has reached the end of its plan"):
        requeue(run)


def test_more_epochs_follow_where_early_stopping_has_ended_the_run(run):
    run.write_status(Status(state="done", epoch=2, epochs=3, step=6, steps=9))
    more_epochs(run, Phase(epochs=1))
    assert run.changes() == (Change(step=6, cut_after=2, more=(Phase(epochs=1),)),)


def test_more_epochs_wait_for_the_end_of_a_training(run):
    with pytest.raises(RunError, match=r"run is queued\. Give it more epochs when it has ended"):
        more_epochs(run, Phase())


def test_a_run_without_optimizer_state_is_branched_instead(run):
    train_run(str(run.path))
    for point in run.kept.points():
        shutil.rmtree(point.folder)
    with pytest.raises(RunError, match=r"no optimizer state to go on with\. Branch a new run from it"):
        more_epochs(run, Phase())


def test_epochs_that_cannot_be_are_refused(run):
    train_run(str(run.path))
    with pytest.raises(PlanError, match=r"the epochs to add, epochs: .*received 0"):
        go_on_with(run, 0)
    assert run.changes() == ()


# The best epoch


def test_the_best_epoch_is_marked_and_taken_by_default_where_the_plan_keeps_it(tmp_path):
    plan = PLAN.model_copy(update={"keep_best": True, "phases": (Phase(epochs=6, batch_size=4),)})
    run = create_run(tmp_path / "best", NET, plan, "shapes:0.1")
    train_run(str(run.path))
    scores = {e["epoch"]: e["validation"]["mean_iou"] for e in run.read_metrics()[0] if e["kind"] == "epoch"}
    best = max(scores, key=scores.get)
    assert best < 6, "a best epoch that is the last one tells nothing"
    assert run.default_epoch() == run.status.best == best
    assert run.offered_epochs() == [best, *(epoch for epoch in range(6, 0, -1) if epoch != best)]
    assert run.status.message == f"Finished 6 epochs. The best is epoch {best}, whose weights are taken."


def test_without_keeping_the_best_the_last_epoch_is_taken_by_default(run):
    assert (run.default_epoch(), run.offered_epochs()) == (None, [])
    train_run(str(run.path))
    assert (run.default_epoch(), run.offered_epochs()) == (3, [3, 2, 1])
