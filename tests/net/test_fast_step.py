"""The hand-written training step: plain Keras' numbers in float32, near them in bfloat16, the same at each repeat."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from net_helpers import noise, shapes, small, tiny

from fcnlab.arch import PRESETS, NetSpec, check
from fcnlab.errors import PlanError
from fcnlab.net import StepDone, Trainer, backend, build
from fcnlab.net.builder import scores_model
from fcnlab.net.fast.network import learn
from fcnlab.net.losses import plan_loss
from fcnlab.net.precision import processor_has_bfloat16, require_precision
from fcnlab.plan import Phase, Plan

QUICK = ("follow-me", "student-3", "linknet-small")
each_preset = pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in PRESETS]
)
needs_bfloat16 = pytest.mark.skipif(not processor_has_bfloat16(), reason="the processor has no bfloat16")


def network(spec, seed=1):
    """Class scores of a network none of whose biases is zero."""
    model = scores_model(build(spec, seed=seed))
    generator = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign(np.asarray(weight) + generator.normal(size=weight.shape) * 0.05)
    return model


def plain(model, images, slopes):
    """Scores, gradients and running statistics as Keras and TensorFlow find them."""

    @tf.function(jit_compile=False, autograph=False)
    def found(images):
        with tf.GradientTape() as tape:
            scores = model(tf.cast(images, "float32") / 127.5 - 1, training=True)
            value = tf.reduce_sum(scores * slopes)
        return scores, tape.gradient(value, [weight.value for weight in model.trainable_variables])

    return numbers(model, *found(tf.constant(images)))


def fast(model, images, slopes, precision):
    """The same by the step's code."""

    @tf.function(jit_compile=False, autograph=False)
    def found(images):
        scores, back = learn(model, images, precision)
        return scores, back(tf.constant(slopes))

    return numbers(model, *found(tf.constant(images)))


def numbers(model, scores, gradients):
    statistics = [np.asarray(variable) for variable in model.non_trainable_variables]
    return np.asarray(scores), [np.asarray(gradient) for gradient in gradients], statistics


def both(spec, precision, images, slopes):
    """What plain Keras finds and what the step finds, from the same weights and statistics."""
    model = network(spec)
    start = [np.asarray(variable) for variable in model.variables]
    expected = plain(model, images, slopes)
    for variable, value in zip(model.variables, start, strict=True):
        variable.assign(value)
    return expected, fast(model, images, slopes, precision), model


def same_numbers(spec, side):
    images = noise(side, 2)
    classes = spec.output.classes
    slopes = np.random.default_rng(0).normal(size=(2, side, side, classes)).astype(np.float32) / side
    (scores, gradients, averages), found, model = both(spec, "float32", images, slopes)
    np.testing.assert_allclose(found[0], scores, atol=1e-4 * max(1, np.abs(scores).max()))
    for weight, expected, gradient in zip(model.trainable_variables, gradients, found[1], strict=True):
        near = 1e-4 * max(1, np.abs(expected).max())
        np.testing.assert_allclose(gradient, expected, atol=near, err_msg=weight.path)
    for expected, average in zip(averages, found[2], strict=True):
        np.testing.assert_allclose(average, expected, atol=1e-5)


@each_preset
def test_every_preset_has_plain_keras_scores_gradients_and_statistics(name):
    same_numbers(small(name, 64), 64)


def some_network(seed):
    """A network of one to three stages in which anything that a spec can say may stand."""
    choose = random.Random(seed)

    def conv():
        return {
            "kind": choose.choice(["standard", "separable"]),
            "filters": choose.choice([3, 8, 16, 20]),
            "kernel": choose.choice([1, 3, 5]),
            "bias": choose.choice([False, True]),
            "norm": choose.choice(["batch", "batch", "none"]),
            "activation": choose.choice(["relu", "relu", "elu", "leaky_relu", "none"]),
            "order": choose.choice(["norm-activation", "activation-norm"]),
        }

    stages = choose.choice([1, 2, 3])
    downs = [choose.choice(["stride", "max", "average"]) for _ in range(stages)]
    encoder = [
        {"name": f"e{n}", "convs": [conv() for _ in range(choose.choice([1, 2]))], "down": {"kind": down}}
        for n, down in enumerate(downs)
    ]
    sources = ["inputs", *(f"e{n}" for n in range(stages - 1))]
    decoder = []
    for n in reversed(range(stages)):
        up = {"kind": choose.choice(["transposed", "transposed", "bilinear", "nearest", "bilinear-tf1"]), "filters": 8}
        stage = {"name": f"d{n}", "up": up, "convs": [conv()]}
        merge = choose.choice(["concat", "concat", "add", "gate", ""])
        decoder.append({**stage, "skip": {"source": sources[n], "merge": merge}} if merge else stage)
    document = {"name": "any", "input": {"height": 16, "width": 16}, "encoder": encoder, "decoder": decoder}
    return NetSpec.model_validate({**document, "bottleneck": [{"conv": conv()}]})


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 60))])
def test_any_network_has_plain_keras_scores_gradients_and_statistics(seed):
    spec = some_network(seed)
    assert not check(spec).errors
    same_numbers(spec, 16)


def test_a_small_epsilon_and_a_frozen_norm_are_keras_own_affair():
    same_numbers(tiny(norm_epsilon=1e-6), 32)
    model = network(tiny())
    for layer in model.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    images, slopes = noise(32, 2), np.ones((2, 32, 32, 3), np.float32)
    expected, found = plain(model, images, slopes), fast(model, images, slopes, "float32")
    for one, same in zip(expected[1], found[1], strict=True):
        np.testing.assert_allclose(same, one, atol=1e-4 * max(1, np.abs(one).max()))


@needs_bfloat16
@pytest.mark.parametrize("name", ["follow-me", pytest.param("unet-small", marks=pytest.mark.long)])
def test_bfloat16_is_near_float32(name):
    pairs = shapes(64, 4)
    model = network(small(name))
    loss = plan_loss(Plan(), "softmax", 3)
    with tf.GradientTape() as tape:
        scores = tf.constant(plain(model, pairs.images, 1.0)[0])
        tape.watch(scores)
        value = loss(pairs.labels, scores)
    slopes = np.asarray(tape.gradient(value, scores))
    _, gradients, _ = plain(model, pairs.images, slopes)
    found = fast(model, pairs.images, slopes, "bfloat16")
    assert np.abs(found[0] - scores).max() < 0.05 * np.abs(scores).max()
    assert all(gradient.dtype == np.float32 for gradient in found[1])
    one, other = (np.concatenate([part.ravel() for part in parts]) for parts in (gradients, found[1]))
    assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.98


@needs_bfloat16
def test_sums_over_many_pixels_lose_nothing_in_bfloat16():
    """A bfloat16 that counts by ones ends at 256: sums over pixels must be taken in float32."""
    spec = tiny(input={"height": 128, "width": 128})
    model = network(spec)
    images, slopes = noise(128, 2), np.ones((2, 128, 128, 3), np.float32)
    _, gradients, _ = plain(model, images, slopes)
    _, found, _ = fast(model, images, slopes, "bfloat16")
    for weight, expected, gradient in zip(model.trainable_variables, gradients, found, strict=True):
        if weight.path.startswith("outputs_conv/bias"):
            np.testing.assert_allclose(gradient, 2 * 128 * 128, rtol=0.01)
            np.testing.assert_allclose(gradient, expected, rtol=0.01)


def trained(precision, steps=24):
    plan = Plan(phases=(Phase(epochs=1, batch_size=8, learning_rate=0.01, steps_per_epoch=steps),), precision=precision)
    trainer = Trainer(tiny(), plan, shapes(32, 32))
    losses = [event.loss for event in trainer.run() if isinstance(event, StepDone)]
    return losses, trainer.model.get_weights()


@needs_bfloat16
def test_bfloat16_learns_as_float32_does_and_repeats_itself_exactly():
    (losses, _), (half, weights), (_, again) = trained("float32"), trained("bfloat16"), trained("bfloat16")
    assert np.mean(half[-4:]) < 0.6 * half[0]
    assert np.mean(half[-4:]) == pytest.approx(np.mean(losses[-4:]), rel=0.05)
    for one, same in zip(weights, again, strict=True):
        np.testing.assert_array_equal(one, same)


@needs_bfloat16
def test_a_run_in_bfloat16_that_went_on_ends_with_the_same_weights(tmp_path):
    plan = Plan(phases=(Phase(epochs=1, batch_size=4, steps_per_epoch=2),), precision="bfloat16")
    whole, stopped, resumed = (Trainer(tiny(), plan, shapes(32, 8)) for _ in range(3))
    next(stopped.run())
    stopped.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    resumed.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    for trainer in (whole, resumed):
        for _ in trainer.run():
            pass
    for one, same in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)


def test_float32_is_always_there_and_what_is_not_is_refused():
    assert backend.current().precisions()[0] == "float32"
    assert ("bfloat16" in backend.current().precisions()) == processor_has_bfloat16()
    require_precision("float32", ("float32",))
    with pytest.raises(PlanError) as caught:
        require_precision("bfloat16", ("float32",))
    assert str(caught.value) == (
        'The plan\'s precision is bfloat16, and this device trains in float32. Set the precision to "float32".'
    )
