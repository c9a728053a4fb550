"""The training loop: it learns, repeats itself exactly, goes on as if it had never stopped."""

import keras
import numpy as np
import pytest
from net_helpers import shapes, tiny

from fcnlab.errors import PlanError, RunError
from fcnlab.net import EpochDone, Predictor, StepDone, Trainer, build
from fcnlab.net.statistics import settle_statistics
from fcnlab.plan import Phase, Plan


def plan(**changes):
    phase = Phase(epochs=2, batch_size=4, learning_rate=0.01)
    return Plan.model_validate({"phases": (phase,), "warmup_steps": 0, **changes})


def weights_after(trainer):
    for _ in trainer.run():
        pass
    return trainer.model.get_weights()


def test_it_learns_shapes_that_colour_alone_tells_apart():
    training, validation = shapes(32, 32), shapes(32, 8, "validation")
    trainer = Trainer(tiny(), plan(phases=(Phase(epochs=8, batch_size=8, learning_rate=0.02),)), training, validation)
    epochs = [event for event in trainer.run() if isinstance(event, EpochDone)]
    assert epochs[-1].loss < epochs[0].loss / 2
    assert epochs[-1].validation["mean_iou"] > 0.6


def test_events_tell_every_step_and_epoch():
    trainer = Trainer(tiny(), plan(), shapes(32, 10), shapes(32, 3, "validation"))
    events = list(trainer.run())
    steps = [event for event in events if isinstance(event, StepDone)]
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert [(event.step, event.epoch) for event in steps] == [(1, 1), (2, 1), (3, 2), (4, 2)]
    assert [event.images for event in steps] == [4] * 4
    assert [(event.step, event.epoch) for event in epochs] == [(2, 1), (4, 2)]
    assert epochs[0].loss == pytest.approx((steps[0].loss + steps[1].loss) / 2)
    assert epochs[0].validation["images"] == 3
    assert len(epochs[0].validation["class_iou"]) == 3


def test_validation_loss_is_the_training_loss_on_validation_images():
    validation = shapes(32, 5, "validation")
    trainer = Trainer(tiny(), plan(loss="cross-entropy"), shapes(32, 8), validation)
    *_, last = trainer.run()
    probabilities = trainer.predict(validation.images)
    picked = np.take_along_axis(probabilities, validation.labels[..., None].astype(int), axis=-1)
    assert last.validation["loss"] == pytest.approx(-np.log(picked).mean(), rel=1e-4)


def test_the_trainer_knows_where_it_is():
    trainer = Trainer(tiny(), plan(), shapes(32, 10))
    assert (trainer.steps, trainer.step, trainer.epoch) == (4, 0, 0)
    for _ in trainer.run():
        pass
    assert (trainer.step, trainer.epoch) == (4, 2)


def test_the_same_seed_ends_with_the_same_weights():
    first, second = (weights_after(Trainer(tiny(), plan(seed=5), shapes(32, 8))) for _ in range(2))
    for one, same in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, same)
    other = weights_after(Trainer(tiny(), plan(seed=6), shapes(32, 8)))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_run_that_was_stopped_and_went_on_ends_with_the_same_weights(stop_after, tmp_path):
    pairs = shapes(32, 8)
    whole = weights_after(Trainer(tiny(), plan(), pairs))

    stopped = Trainer(tiny(), plan(), pairs)
    for event in stopped.run():
        if event.step == stop_after and isinstance(event, StepDone):
            break
    stopped.settle()
    stopped.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")

    resumed = Trainer(tiny(), plan(), pairs)
    resumed.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    assert resumed.step == stop_after
    for one, same in zip(whole, weights_after(resumed), strict=True):
        np.testing.assert_array_equal(one, same)


def test_the_learning_rate_falls_along_a_cosine_in_each_phase():
    phases = (Phase(epochs=2, batch_size=4, learning_rate=0.01), Phase(epochs=1, batch_size=8, learning_rate=0.002))
    trainer = Trainer(tiny(), plan(phases=phases), shapes(32, 8))
    rates = [event.learning_rate for event in trainer.run() if isinstance(event, StepDone)]
    assert rates == pytest.approx([0.01 * 0.5 * (1 + np.cos(np.pi * t / 4)) for t in range(4)] + [0.002])
    assert float(np.asarray(trainer.optimizer.learning_rate)) == pytest.approx(0.002)

    constant = Trainer(tiny(), plan(schedule="constant"), shapes(32, 8))
    assert {event.learning_rate for event in constant.run() if isinstance(event, StepDone)} == {0.01}


def test_the_learning_rate_rises_over_the_first_steps():
    trainer = Trainer(tiny(), plan(schedule="constant", warmup_steps=3), shapes(32, 8))
    rates = [event.learning_rate for event in trainer.run() if isinstance(event, StepDone)]
    assert rates == pytest.approx([0.01 / 3, 0.02 / 3, 0.01, 0.01])


def test_the_fused_step_is_keras_adam():
    """Three steps of the lab against three of plain Keras' optimizer on the same gradients."""
    import tensorflow as tf

    pairs = shapes(32, 4)
    settings = plan(phases=(Phase(epochs=3, batch_size=4),), flip=False, schedule="constant", loss="cross-entropy")
    trainer = Trainer(tiny(), settings, pairs)
    other = build(tiny(), seed=0)
    optimizer = keras.optimizers.Adam(0.01)
    for event in trainer.run():
        if not isinstance(event, StepDone):
            continue
        order = np.random.default_rng([0, event.epoch]).permutation(4)
        with tf.GradientTape() as tape:
            found = other(pairs.images[order] / 127.5 - 1, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(pairs.labels[order], found))
        optimizer.apply(tape.gradient(loss, other.trainable_variables), other.trainable_variables)
        assert event.loss == pytest.approx(float(loss), rel=1e-3)
    for one, same in zip(trainer.model.trainable_variables, other.trainable_variables, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(same), atol=2e-3, err_msg=one.path)
    assert int(np.asarray(trainer.optimizer.iterations)) == 3


def test_every_image_is_taken_once_an_epoch_and_flips_take_the_mask_along():
    pairs = shapes(32, 8)
    seen = []
    trainer = Trainer(tiny(), plan(phases=(Phase(epochs=1, batch_size=4),)), pairs)
    trainer._take_step = lambda images, labels: seen.append((images.copy(), labels.copy())) or 0.0
    for event in trainer.run():
        if isinstance(event, EpochDone):
            break
    images, labels = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    found, mirrored = [], 0
    for image, label in zip(images, labels, strict=True):
        for index in range(8):
            for flipped in (False, True):
                step = -1 if flipped else 1
                if np.array_equal(image, pairs.images[index][:, ::step]):
                    assert np.array_equal(label, pairs.labels[index][:, ::step])
                    found.append(index)
                    mirrored += flipped
    assert sorted(found) == list(range(8))
    assert 0 < mirrored < 8


def test_a_batch_larger_than_the_dataset_takes_the_dataset():
    trainer = Trainer(tiny(), plan(phases=(Phase(epochs=1, batch_size=64),)), shapes(32, 3))
    steps = [event for event in trainer.run() if isinstance(event, StepDone)]
    assert [event.images for event in steps] == [3]


def test_steps_per_epoch_beyond_the_dataset_go_round_it_again():
    phase = Phase(epochs=1, batch_size=4, steps_per_epoch=5)
    trainer = Trainer(tiny(), plan(phases=(phase,)), shapes(32, 6))
    assert [event.images for event in trainer.run() if isinstance(event, StepDone)] == [4] * 5


def test_nothing_to_train_on_is_told():
    with pytest.raises(PlanError, match=r"There are no training images\. Choose a dataset"):
        Trainer(tiny(), plan(), shapes(32, 0))


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    trainer = Trainer(tiny(), plan(), shapes(32, 4))
    trainer.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    wider = tiny(bottleneck=[{"conv": {"filters": 5, "kernel": 1}}])
    other = Trainer(wider, plan(), shapes(32, 4))
    with pytest.raises(RunError, match="do not fit this network"):
        other.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    (tmp_path / "o.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(RunError, match=r"optimizer's state .*o\.npz cannot be used"):
        trainer.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")


def test_settled_statistics_are_those_of_the_images():
    """Batch norm's inputs, computed layer by layer in plain Keras, have mean 0 and variance 1 after it."""
    model = build(tiny(), seed=0)
    images = shapes(32, 16).images
    settle_statistics(model, images)
    norm = model.get_layer("encoder1_norm1")
    before = np.asarray(keras.Model(model.input, norm.input)(images / 127.5 - 1))
    np.testing.assert_allclose(np.asarray(norm.moving_mean), before.mean(axis=(0, 1, 2)), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(np.asarray(norm.moving_variance), before.var(axis=(0, 1, 2)), rtol=1e-3)

    # With one batch, use and training normalise by the same numbers all the way down.
    in_use = np.asarray(model(images / 127.5 - 1, training=False))
    in_training = np.asarray(model(images / 127.5 - 1, training=True))
    np.testing.assert_allclose(in_use, in_training, atol=1e-3)


def test_a_network_without_batch_norm_needs_no_statistics():
    bare = {"filters": 4, "norm": "none"}
    spec = tiny(
        encoder=[{"name": "encoder1", "convs": [bare]}],
        bottleneck=[{"conv": bare}],
        decoder=[{"name": "decoder1", "convs": [bare]}],
    )
    model = build(spec, seed=0)
    before = model.get_weights()
    settle_statistics(model, shapes(32, 4).images)
    for one, same in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_predictions_do_not_depend_on_the_batch():
    model = build(tiny(), seed=0)
    predict = Predictor(model)
    images = shapes(32, 19).images
    together = predict(images)
    assert together.shape == (19, 32, 32, 3)
    np.testing.assert_allclose(together.sum(-1), 1, atol=1e-5)
    alone = np.concatenate([predict(image[None]) for image in images])
    np.testing.assert_allclose(together, alone, atol=1e-5)
