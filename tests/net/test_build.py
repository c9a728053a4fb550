"""What `build` makes of every option that the presets leave out."""

import keras
import numpy as np
import pytest
from net_helpers import noise, tiny
from test_contract import macs_of, run_script

from fcnlab.arch import expand, layer_flow, to_script
from fcnlab.arch.edit import change
from fcnlab.arch.receptive import reaches
from fcnlab.errors import SpecError
from fcnlab.net import Predictor, build
from fcnlab.net.layers import BatchNormalization, BilinearUpsamplingTF1

VARIANTS = {
    "average pooling first": {("encoder", 0, "down"): {"kind": "average", "place": "before"}},
    "max pooling by four": {
        ("encoder", 0, "down"): {"kind": "max", "factor": 4},
        ("encoder", 1, "down"): {"kind": "none"},
        ("decoder", 0, "up"): {"factor": 1},
        ("decoder", 1, "up"): {"factor": 4, "filters": 5, "kernel": 7},
        ("decoder", 0, "skip", "source"): "encoder2",
    },
    "nearest": {("decoder", 0, "up"): {"kind": "nearest"}},
    "bilinear": {("decoder", 0, "up"): {"kind": "bilinear"}, ("decoder", 1, "up"): {"kind": "bilinear-tf1"}},
    "addition with projection": {("decoder", 0, "skip", "merge"): "add", ("decoder", 1, "skip", "merge"): "add"},
    "attention gate": {("decoder", 0, "skip", "merge"): "gate", ("decoder", 1, "skip", "merge"): "gate"},
    "transposed with norm": {
        ("decoder", 0, "up"): {"filters": 6, "kernel": 4, "bias": False, "norm": "batch", "activation": "elu"}
    },
    "activation before norm": {
        ("bottleneck", 0, "conv"): {"filters": 6, "bias": True, "order": "activation-norm", "activation": "gelu"}
    },
    "no norm, no activation": {("bottleneck", 0, "conv"): {"filters": 6, "norm": "none", "activation": "none"}},
    "even kernels": {("encoder", 0, "convs", 0, "kernel"): 4, ("encoder", 1, "convs", 0, "kernel"): 2},
    "strided first of three": {
        ("encoder", 1, "convs"): [{"filters": 4}, {"filters": 5, "kernel": 5}, {"kind": "separable", "filters": 6}],
        ("encoder", 1, "down", "place"): "before",
    },
    "no convolutions in the decoder": {("decoder", 0, "convs"): [], ("decoder", 1, "convs"): []},
    "sigmoid over five": {("output",): {"classes": 5, "activation": "sigmoid", "kernel": 3}},
    "grey and wide": {("input",): {"height": 16, "width": 48, "channels": 1}},
    "small epsilon": {("norm_epsilon",): 1e-6, ("norm_momentum",): 0.5},
}


def variant(name):
    spec = tiny()
    for path, value in VARIANTS[name].items():
        spec = change(spec, path, value)
    return spec


@pytest.mark.parametrize("name", VARIANTS)
def test_every_option_agrees_with_the_paper_and_the_script(name, tmp_path):
    spec = variant(name)
    model = build(spec, seed=1)
    for row, layer in zip(layer_flow(spec).rows, model.layers, strict=True):
        assert (row.name, row.shape, row.params) == (layer.name, tuple(layer.output.shape[1:]), layer.count_params())
        assert row.macs == macs_of(layer), row.name

    other = run_script(to_script(spec), tmp_path / "net.py")
    other.set_weights(model.get_weights())
    images = noise(64, 2)[:, : spec.input.height, : spec.input.width, : spec.input.channels]
    expected = np.asarray(other(images / 127.5 - 1, training=False))
    np.testing.assert_allclose(Predictor(model)(images), expected, atol=1e-5)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_value_sees_exactly_the_pixels_of_its_receptive_field(name):
    """Perturb-and-look: which input columns move a value, in a network whose weights are all positive."""
    spec = change(variant(name), ("input", "height"), 64)
    spec = change(spec, ("input", "width"), 64)
    graph = expand(spec)
    model = build(spec, seed=0)
    for layer in model.layers:
        layer.set_weights([np.abs(weight) + 0.01 for weight in layer.get_weights()])
    end = graph.layers[graph.ends[-2]]
    probe = keras.Model(model.input, model.get_layer(end.name).output)
    reach = reaches(graph.layers, 1)[graph.ends[-2]]
    column = end.shape[1] // 2 + 1

    base = np.full((1, 64, 64, spec.input.channels), 0.5, np.float32)
    pushed = np.repeat(base, 64, axis=0)
    pushed[np.arange(64), :, np.arange(64)] += 0.5
    moved = np.abs(np.asarray(probe(pushed)) - np.asarray(probe(base)))[:, :, column].max(axis=(1, 2)) > 0
    first, last = reach.first(column), reach.last(column)
    seen = np.flatnonzero(moved)
    assert seen.min() >= max(first, 0)
    assert seen.max() <= min(last, 63)
    if name != "attention gate":  # a saturated gate hides its far edge; the others show all of theirs
        assert (seen.min(), seen.max()) == (max(first, 0), min(last, 63))


def test_a_network_with_errors_is_refused_with_place_and_fix():
    broken = change(tiny(), ("decoder", 0, "skip", "source"), "inputs")
    with pytest.raises(SpecError, match=r"decoder2\.skip: .*inputs is 32×32.*Fix: Take the skip from encoder1"):
        build(broken)


def test_the_seed_fixes_the_weights():
    first, second, third = build(tiny(), seed=3), build(tiny(), seed=3), build(tiny(), seed=4)
    for one, same in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)
    kernel = first.layers[1].get_weights()[0]
    assert not np.array_equal(kernel, third.layers[1].get_weights()[0])


@pytest.mark.parametrize("batch", [1, 5])
def test_fused_batch_norm_is_keras_batch_norm(batch):
    """Outputs, running statistics and gradients, in training and in use."""
    generator = np.random.default_rng(0)
    x = generator.normal(2, 3, (batch, 6, 7, 4)).astype(np.float32)
    wanted = generator.normal(size=x.shape).astype(np.float32)
    found = {}
    for kind in (keras.layers.BatchNormalization, BatchNormalization):
        layer = kind(momentum=0.8, epsilon=1e-3)
        layer.build(x.shape)
        layer.gamma.assign([0.5, 1, 2, 3])
        layer.beta.assign([0, 1, -1, 2])
        found[kind] = [*gradients(layer, x, wanted), *layer.get_weights(), np.asarray(layer(x, training=False))]
    for plain, fused in zip(found[keras.layers.BatchNormalization], found[BatchNormalization], strict=True):
        np.testing.assert_allclose(fused, plain, rtol=1e-4, atol=1e-4)


def gradients(layer, x, wanted):
    import tensorflow as tf

    source = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(source)
        outputs = layer(source, training=True)
        loss = tf.reduce_sum(outputs * wanted)
    found = tape.gradient(loss, [source, layer.gamma, layer.beta])
    return [outputs.numpy(), *(gradient.numpy() for gradient in found)]


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_tf1_bilinear_is_tensorflow_1s_resize(factor):
    import tensorflow as tf

    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype(np.float32)
    expected = tf.raw_ops.ResizeBilinear(
        images=x, size=[5 * factor, 4 * factor], align_corners=False, half_pixel_centers=False
    )
    np.testing.assert_allclose(np.asarray(BilinearUpsamplingTF1(factor)(x)), expected.numpy(), atol=1e-6)
