"""Stopping anywhere and going on: the same weights, bit by bit, with everything that a plan can hold."""

import h5py
import numpy as np
import pytest
from net_helpers import shapes, tiny

from fcnlab.errors import PlanError, RunError
from fcnlab.net import EpochDone, Measuring, StepDone, Trainer, build
from fcnlab.plan import Augmentation, Change, Drawing, EarlyStop, Phase, Plan

EVERYTHING = {
    "phases": (Phase(epochs=2, batch_size=4, workers=2), Phase(epochs=2, batch_size=3, schedule="constant")),
    "warmup_steps": 3,
    "class_weights": "balanced",
    "augment": Augmentation(shift=0.1, contrast=0.3),
    "draw": Drawing(target=2, small_target=1.5, small_below=0.2),
    "early_stop": EarlyStop(patience=3),
    "keep_best": True,
}
CHANGES = (Change(step=1, learning_rate=0.004), Change(step=3, batch_size=2))


def plan(**changes):
    return Plan.model_validate({"phases": (Phase(epochs=3, batch_size=4),), "warmup_steps": 0, **changes})


def trainer(settings, changes=()):
    return Trainer(tiny(), settings, shapes(32, 9), shapes(32, 3, "validation"), changes)


def finished(one):
    """Its weights at the end, and its epochs' figures."""
    epochs = [event for event in one.run() if isinstance(event, EpochDone)]
    return one.model.get_weights(), [(e.epoch, e.loss, e.validation, e.training) for e in epochs]


def assert_same(found, expected):
    for one, same in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize(
    ("optimizer", "stops"), [("adam", (1, "epoch", 7)), ("adamw", (2, 5)), ("sgd", ("last step", 8))]
)
def test_a_run_that_was_stopped_and_went_on_ends_with_the_same_weights(optimizer, stops, tmp_path):
    """Each stop goes on from the one before it; changes are made as the steps go by, or known when going on."""
    settings = plan(**EVERYTHING, optimizer=optimizer, loss="focal+dice" if optimizer == "sgd" else "cross-entropy")
    weights, epochs = finished(trainer(settings, CHANGES))
    paths, told = (tmp_path / "w.weights.h5", tmp_path / "o.npz"), []
    for stop in stops:
        stopped = trainer(settings, CHANGES)
        if paths[0].exists():
            stopped.restore(*paths)
        for event in stopped.run():
            told += [(event.epoch, event.loss)] if isinstance(event, EpochDone) else []
            at_end = stop == "last step" and isinstance(event, StepDone) and stopped.at_epoch_end
            at_step = isinstance(event, StepDone) and event.step == stop
            if at_step or at_end or (stop == "epoch" and isinstance(event, EpochDone)):
                break
        if stop != "last step":
            stopped.settle()
        stopped.save(*paths)
    resumed = trainer(settings, CHANGES)
    resumed.restore(*paths)
    found, rest = finished(resumed)
    assert_same(found, weights)
    assert rest == epochs[-len(rest) :]
    assert told + [(epoch, loss) for epoch, loss, *_ in rest] == [(epoch, loss) for epoch, loss, *_ in epochs]


def test_an_epoch_that_was_left_while_it_was_measured_is_measured_anew(tmp_path):
    weights, epochs = finished(trainer(plan()))
    left = trainer(plan())
    for event in left.run():
        if isinstance(event, Measuring) and event.done:
            break
    assert (left.step, left.at_epoch_end) == (2, True)
    assert 0 < event.done < event.total
    left.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    resumed = trainer(plan())
    resumed.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    found, told = finished(resumed)
    assert_same(found, weights)
    assert told == epochs


def test_changes_made_on_the_way_are_those_known_from_the_start():
    settings = plan(**EVERYTHING)
    weights, epochs = finished(trainer(settings, CHANGES))
    live, waiting = trainer(settings), list(CHANGES)
    found = []
    for event in live.run():
        found += [event.loss] if isinstance(event, EpochDone) else []
        if waiting and waiting[0].step == live.step and not isinstance(event, Measuring):
            live.change(waiting.pop(0))
    assert_same(live.model.get_weights(), weights)
    assert found == [loss for _, loss, *_ in epochs]
    assert live.changes == CHANGES


def test_a_change_holds_from_the_next_step_or_epoch_on():
    one = trainer(plan(schedule="constant"))
    steps = []
    for event in one.run():
        if isinstance(event, StepDone):
            steps.append((event.learning_rate, event.images))
            if event.step == 1:
                one.change(Change(step=1, learning_rate=0.5, batch_size=8))
    assert steps == [(0.01, 4), (0.5, 4), (0.5, 8), (0.5, 8)]
    assert one.steps == 4
    with pytest.raises(PlanError, match=r"A change after 2 steps was made after 4\."):
        one.change(Change(step=2, batch_size=2))


def test_each_batch_size_is_compiled_once(monkeypatch):
    from fcnlab.net import losses, train

    traced = []

    def counted(*arguments):
        loss = losses.plan_loss(*arguments)
        return lambda labels, scores: traced.append(labels.shape[0]) or loss(labels, scores)

    monkeypatch.setattr(train, "plan_loss", counted)
    phases = tuple(Phase(epochs=1, batch_size=size) for size in (4, 2, 4, 2))
    for _ in Trainer(tiny(), plan(phases=phases), shapes(32, 8)).run():
        pass
    assert traced == [4, 2]


# More epochs


def test_more_epochs_go_on_as_if_they_had_been_planned(tmp_path):
    more = Change(step=4, more=(Phase(epochs=1, batch_size=4),))
    settings = plan(phases=(Phase(epochs=2, batch_size=4),), keep_best=True)
    weights, _ = finished(trainer(settings, [more]))

    one = trainer(settings)
    for event in one.run():
        if isinstance(event, EpochDone) and event.step == 4:
            one.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    one.change(more)
    assert (one.epochs, one.steps) == (3, 6)
    assert_same(finished(one)[0], weights)

    later = trainer(settings, [more])
    later.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    assert_same(finished(later)[0], weights)


# Early stop and the best epoch


@pytest.fixture
def scored(monkeypatch):
    """Validation by numbers that were set beforehand, one an epoch; gives the weights after each."""
    from fcnlab.net import judge

    def set_values(one, values):
        seen, left = [], iter(values)

        def judged(pairs, *_):
            yield judge.Measuring(0, 3)
            if pairs is one.training:
                return None
            seen.append(one.model.get_weights())
            value = next(left)
            return {"images": 3, "loss": 1 - value, "mean_iou": value, "class_iou": [value]}

        monkeypatch.setattr(one, "_judge", judged)
        return seen

    return set_values


def test_at_the_end_the_model_has_the_best_epochs_weights_also_when_it_went_on(scored, tmp_path):
    one = trainer(plan(keep_best=True))
    seen = scored(one, [0.6, 0.2, 0.5])
    for event in one.run():
        if isinstance(event, EpochDone) and event.epoch == 2:
            one.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    assert one.best == (1, 0.6)
    assert_same(one.model.get_weights(), seen[0])

    resumed = trainer(plan(keep_best=True))
    resumed.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    scored(resumed, [0.5])
    assert len(finished(resumed)[1]) == 1
    assert_same(resumed.model.get_weights(), seen[0])

    last = trainer(plan())
    seen = scored(last, [0.2, 0.6, 0.5])
    finished(last)
    assert_same(last.model.get_weights(), seen[2])
    assert last.best == (2, 0.6)


def test_early_stop_ends_the_run_and_more_epochs_go_on(scored, tmp_path):
    one = trainer(plan(phases=(Phase(epochs=9, batch_size=4),), early_stop=EarlyStop(patience=2), keep_best=True))
    scored(one, [0.5, 0.4, 0.3, 0.2, 0.1])
    assert [epoch for epoch, *_ in finished(one)[1]] == [1, 2, 3]
    assert one.ended_early.startswith("Ended after epoch 3: the mean IoU did not get better for 2 epochs")
    one.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")

    ended = trainer(one.plan)
    ended.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    assert (ended.ended_early, ended.best) == (one.ended_early, (1, 0.5))
    assert list(ended.run()) == []

    one.change(Change(step=6, cut_after=3, more=(Phase(epochs=2, batch_size=4),)))
    assert (one.ended_early, one.epochs) == ("", 5)
    assert [epoch for epoch, *_ in finished(one)[1]] == [4, 5]


def test_there_is_no_best_epoch_without_validation():
    with pytest.raises(PlanError, match="there are no validation images"):
        Trainer(tiny(), plan(keep_best=True), shapes(32, 4))


# Figures


def test_training_figures_are_taken_on_as_many_images_as_are_validated():
    settings = plan(phases=(Phase(epochs=1, batch_size=4, validation_steps=1), Phase(epochs=1)), validation_images=2)
    one = Trainer(tiny(), settings, shapes(32, 9), shapes(32, 6, "validation"))
    epochs = [event for event in one.run() if isinstance(event, EpochDone)]
    assert [(event.validation["images"], event.training["images"]) for event in epochs] == [(4, 4), (2, 2)]
    assert len(epochs[0].training["class_iou"]) == 3
    *_, alone = Trainer(tiny(), plan(), shapes(32, 4)).run()
    assert (alone.validation, alone.training) == (None, None)


# Weights to begin with


def test_weights_to_begin_with_are_taken_by_layer_and_the_others_stay_random(tmp_path):
    other, path = build(tiny(), seed=9), tmp_path / "start.weights.h5"
    with h5py.File(path, "w") as file:
        for name in ("encoder1_conv1", "encoder1_norm1"):
            group = file.create_group(f"layers/{name}/vars")
            group.attrs["name"] = name
            for index, weight in enumerate(other.get_layer(name).weights):
                group.create_dataset(str(index), data=np.asarray(weight) + 1)
    one = Trainer(tiny(), plan(), shapes(32, 4), start=path)
    random = build(tiny(), seed=0)
    for layer in one.model.layers:
        taken = layer.name.startswith("encoder1_") and layer.weights
        source = other if taken else random
        for weight, expected in zip(layer.weights, source.get_layer(layer.name).weights, strict=True):
            np.testing.assert_array_equal(np.asarray(weight), np.asarray(expected) + bool(taken), err_msg=layer.name)


def test_weights_to_begin_with_that_do_not_fit_are_told(tmp_path):
    build(tiny(bottleneck=[{"conv": {"filters": 5, "kernel": 1}}]), seed=0).save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(RunError, match=r"do not fit: the network has no layer '.*' of theirs\. Branch the run again"):
        Trainer(tiny(), plan(), shapes(32, 4), start=tmp_path / "a.weights.h5")
    (tmp_path / "b.weights.h5").write_bytes(b"no weights")
    with pytest.raises(RunError, match="to begin with cannot be read"):
        Trainer(tiny(), plan(), shapes(32, 4), start=tmp_path / "b.weights.h5")
