"""The arithmetic of one value adds up to what the layer really gives: for every kind of layer."""

import keras
import numpy as np
import pytest
from net_helpers import noise, small

from fcnlab.arch import PRESETS, Layer, NetSpec, expand
from fcnlab.net import Features, build
from fcnlab.net.inside.arithmetic import explain

EVERY_KIND = {
    "name": "every-kind",
    "input": {"height": 32, "width": 64},
    "encoder": [
        {
            "name": "encoder1",
            "convs": [
                {"kind": "separable", "filters": 5, "kernel": 5, "bias": True, "activation": "leaky_relu"},
                {"filters": 6, "kernel": 4, "activation": "elu", "order": "activation-norm"},
            ],
        },
        {"name": "encoder2", "convs": [{"filters": 7, "activation": "gelu"}], "down": {"kind": "average"}},
        {"name": "encoder3", "convs": [{"filters": 8, "bias": True}], "down": {"kind": "max", "place": "before"}},
        {"name": "encoder4", "convs": [{"filters": 4, "kernel": 2, "activation": "none"}]},
    ],
    "bottleneck": [{"conv": {"filters": 9, "kernel": 1, "activation": "silu", "norm": "none"}}],
    "decoder": [
        {"name": "gated", "up": {"kind": "bilinear-tf1"}, "skip": {"source": "encoder3", "merge": "gate"}},
        {
            "name": "added",
            "up": {"filters": 6, "kernel": 5, "norm": "batch", "activation": "relu"},
            "skip": {"source": "encoder2", "merge": "add", "project": True},
            "convs": [{"filters": 4}],
        },
        {"name": "gaps", "up": {"filters": 3, "kernel": 1}, "skip": {"source": "encoder1"}},
        {"name": "last", "up": {"kind": "nearest"}, "skip": {}, "convs": [{"kind": "separable", "filters": 3}]},
    ],
    "output": {"kernel": 3, "activation": "sigmoid"},
}
NETWORKS = {"every-kind": NetSpec.model_validate(EVERY_KIND)}
NETWORKS |= {name: small(name) for name in PRESETS}


def made(spec, seed=0):
    """A network whose norms and biases do something, and every layer's output for a picture of noise."""
    model = build(spec, seed=seed)
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if len(weight.shape) == 1:
            low, high = (0.5, 1.5) if "variance" in weight.path or "gamma" in weight.path else (-0.5, 0.5)
            weight.assign(random.uniform(low, high, weight.shape))
    image = random.integers(0, 256, (spec.input.height, spec.input.width, 3), dtype=np.uint8)
    return model, Features(spec, model).layers(image)


def told(spec, model, maps, layer, place):
    layers = {one.name: one for one in expand(spec).layers}
    return explain(layers, lambda name: model.get_layer(name).get_weights(), maps, spec.norm_epsilon, layer, place)


def places(shape, seed):
    """The four corners, the middle, and one anywhere, each with a channel anywhere."""
    height, width, channels = shape
    random = np.random.default_rng(seed)
    spots = [(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1), (height // 2, width // 2)]
    spots.append((int(random.integers(height)), int(random.integers(width))))
    return [(y, x, int(random.integers(channels))) for y, x in spots]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_steps_end_at_the_value_that_the_layer_gives(name):
    spec = NETWORKS[name]
    model, maps = made(spec)
    for number, layer in enumerate(expand(spec).layers):
        values = maps[layer.name]
        for place in places(values.shape, number):
            steps = told(spec, model, maps, layer.name, place)
            expected = float(values[place])
            assert steps[-1].value == pytest.approx(expected, rel=1e-4, abs=1e-5 * float(np.abs(values).max())), (
                layer,
                place,
            )
            assert (steps[-1].layer, steps[0].kind in ("norm", "activation")) == (layer.name, False)
            for step in steps:
                adds_up(step, maps)


def adds_up(step, maps):
    """The terms are the value, the patch is that of the source, and patch times weights is the first term."""
    assert sum(value for _, value in step.terms) == pytest.approx(step.value, rel=1e-9, abs=1e-12), step
    if step.patch is None:
        return
    assert step.inside.shape == step.patch.shape[:2]
    assert not step.patch[~step.inside].any()
    if step.weights is not None:
        assert step.weights.shape == step.patch.shape
        product = (step.patch.astype(np.float64) * step.weights).sum()
        scale = float(np.abs(step.patch * step.weights).sum())
        assert product == pytest.approx(step.terms[0][1], rel=1e-5, abs=1e-6 * scale), step
    if step.kind != "pointwise":
        source = maps[step.source]
        source = source if step.channel is None or step.kind == "activation" else source[:, :, [step.channel]]
        for (i, j), inside in np.ndenumerate(step.inside):
            y, x = step.origin[0] + i, step.origin[1] + j
            assert inside == (0 <= y < source.shape[0] and 0 <= x < source.shape[1])
            if inside:
                np.testing.assert_array_equal(step.patch[i, j], source[y, x])


def test_every_kind_of_layer_and_every_activation_is_among_the_networks():
    from typing import get_args

    from fcnlab.arch.graph import LayerKind
    from fcnlab.arch.spec import Activation

    layers = [layer for spec in NETWORKS.values() for layer in expand(spec).layers]
    assert {layer.kind for layer in layers} == set(get_args(LayerKind))
    functions = {activation.value for activation in Activation} - {"none"}
    assert {layer.function for layer in layers if layer.function} == functions | {"softmax", "sigmoid"}


# Windows that hang over the edge: sizes that no network without errors has, but the rule is there


KERAS = {
    "conv": lambda kernel, stride: keras.layers.Conv2D(3, kernel, stride, padding="same"),
    "separable": lambda kernel, stride: keras.layers.SeparableConv2D(3, kernel, stride, padding="same"),
    "transposed": lambda kernel, stride: keras.layers.Conv2DTranspose(3, kernel, stride, padding="same"),
    "max_pool": lambda kernel, stride: keras.layers.MaxPooling2D(kernel, stride, padding="same"),
    "average_pool": lambda kernel, stride: keras.layers.AveragePooling2D(kernel, stride, padding="same"),
    "bilinear": lambda kernel, stride: keras.layers.UpSampling2D(stride, interpolation="bilinear"),
    "nearest": lambda kernel, stride: keras.layers.UpSampling2D(stride, interpolation="nearest"),
}


@pytest.mark.parametrize("kind", KERAS)
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (2, 2), (3, 2), (5, 4), (2, 4), (8, 8)])
@pytest.mark.parametrize("shape", [(5, 7, 2), (6, 9, 2), (1, 3, 2)])
def test_every_position_of_one_layer_by_itself(kind, kernel, stride, shape):
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32) - 1  # maxima below 0, too
    layer = KERAS[kind](kernel, stride)
    outputs = np.asarray(layer(values[None]))[0]
    bias = kind in ("conv", "separable", "transposed")
    layers = {"x": Layer("x", "input", 0, (), shape)}
    layers["y"] = Layer("y", kind, 1, ("x",), outputs.shape, kernel, stride, bias)
    weights = layer.get_weights()
    if bias:
        weights[-1] = np.array([0.1, -0.2, 0.3], np.float32)
        layer.set_weights(weights)
        outputs = np.asarray(layer(values[None]))[0]
    maps = {"x": values, "y": outputs}
    for place in np.ndindex(outputs.shape):
        steps = explain(layers, lambda _: weights, maps, 1e-3, "y", place)
        assert steps[-1].value == pytest.approx(float(outputs[place]), rel=1e-4, abs=1e-5)
        for step in steps:
            adds_up(step, maps)


# Sentences and steps


def hand_made():
    """A picture of 2×2, a 1×1 convolution with whole numbers, a norm, a ReLU."""
    spec = NetSpec.model_validate(
        {
            "name": "hand",
            "input": {"height": 2, "width": 2},
            "encoder": [
                {"name": "one", "convs": [{"filters": 2, "kernel": 1, "bias": True}], "down": {"kind": "none"}}
            ],
            "bottleneck": [{"conv": {"filters": 2, "kernel": 1}}],
            "decoder": [{"name": "same", "up": {"factor": 1}}],
            "output": {"classes": 2},
            "norm_epsilon": 1.0,
        }
    )
    model = build(spec, seed=0)
    model.get_layer("one_conv1").set_weights(
        [np.array([[[[2, 0], [3, 1], [4, 0]]]], np.float32), np.array([-1, 0.5], np.float32)]
    )
    gamma, beta, mean, variance = [10, 1], [0.5, -9], [6, 0], [3, 0]
    model.get_layer("one_norm1").set_weights([np.array(v, np.float32) for v in (gamma, beta, mean, variance)])
    image = np.array([[[255, 255, 255]] * 2, [[0, 0, 255]] * 2], np.uint8)  # +1 +1 +1 above, −1 −1 +1 below
    return spec, model, Features(spec, model).layers(image)


def test_an_example_by_hand():
    # (1·2 + 1·3 + 1·4) − 1 = 8; (8 − 6) ÷ √(3 + 1) × 10 = 10; + 0.5; the ReLU lets 10.5 through.
    spec, model, maps = hand_made()
    steps = told(spec, model, maps, "one_relu1", (0, 1, 0))
    assert [(step.kind, step.terms) for step in steps] == [
        ("conv", (("dot product", 9.0), ("bias", -1.0))),
        ("norm", (("(x − mean) ÷ √(variance + ε) × γ", pytest.approx(10)), ("β", 0.5))),
        ("activation", (("ReLU", pytest.approx(10.5)),)),
    ]
    assert steps[0].patch.tolist() == [[[1, 1, 1]]]
    assert steps[0].weights.tolist() == [[[2, 3, 4]]]
    assert [step.sentence for step in steps] == [
        (
            "1×1 convolution: the dot product of the 3 channels of inputs here with the kernel gives 9; "
            "with the bias −1 that is 8."
        ),
        "Batch norm: (8 − 6) ÷ √(3 + 1) × 10 = 10; with β 0.5 that is 10.5.",
        "ReLU keeps what is above 0 and makes the rest 0: 10.5 becomes 10.5.",
    ]


def test_a_closed_relu_by_hand():
    # −1·0 + −1·1 + 1·0 + 0.5 = −0.5; ÷ √(0 + 1); − 9; the ReLU makes it 0.
    spec, model, maps = hand_made()
    steps = told(spec, model, maps, "one_relu1", (1, 0, 1))
    assert [step.value for step in steps] == [-0.5, -9.5, 0]
    assert steps[2].sentence == "ReLU keeps what is above 0 and makes the rest 0: −9.5 becomes 0."


def test_a_separable_convolution_shows_the_channel_that_weighs_most():
    spec = small("follow-me", 32)
    model = build(spec, seed=0)
    depthwise, pointwise = model.get_layer("encoder1_conv1").get_weights()
    pointwise[:, :, :, 7] = np.array([0.1, -50, 0.1])
    model.get_layer("encoder1_conv1").set_weights([depthwise, pointwise])
    maps = Features(spec, model).layers(noise(32, 1)[0])
    first, second = told(spec, model, maps, "encoder1_conv1", (4, 4, 7))
    assert (first.kind, first.channel, second.kind, second.channel) == ("depthwise", 1, "pointwise", None)
    assert first.value == pytest.approx(float(second.patch[0, 0, 1]), rel=1e-6)
    assert "Channel 1, which weighs most in the sum that follows" in first.sentence


def test_what_lies_beyond_the_edge_is_said():
    spec = small("unet-small", 32)
    model, maps = made(spec)
    corner = told(spec, model, maps, "encoder1_conv1", (0, 0, 0))[0]
    assert corner.origin == (-1, -1)
    assert corner.inside.tolist() == [[False] * 3, [False, True, True], [False, True, True]]
    assert corner.sentence.endswith("Of its 9 positions 5 lie beyond the edge.")
    middle = told(spec, model, maps, "encoder1_conv1", (9, 9, 0))[0]
    assert "beyond" not in middle.sentence


def test_merges_name_where_a_value_comes_from():
    spec = NETWORKS["every-kind"]
    model, maps = made(spec)
    [upsampled] = told(spec, model, maps, "gaps_concat", (3, 3, 2))
    assert (upsampled.source, upsampled.channel) == ("gaps_up", 2)
    [skipped] = told(spec, model, maps, "gaps_concat", (3, 3, 5))
    assert (skipped.source, skipped.channel) == ("encoder1_norm2", 2)
    assert skipped.sentence.startswith("From the skip's half: channel 2 of encoder1_norm2, unchanged, ")
    [added] = told(spec, model, maps, "added_add", (3, 3, 1))
    assert [label for label, _ in added.terms] == ["added_up_relu", "added_project"]
    [gated] = told(spec, model, maps, "gated_gate", (1, 1, 4))
    assert gated.terms[0][0] == "encoder3_relu1 × gated_gate_alpha"
    [gap] = told(spec, model, maps, "gaps_up", (3, 3, 0))
    assert gap.patch is None
    assert gap.sentence.startswith("No position of added_relu1 paints this value: it is the bias alone")


def test_a_probability_is_told_from_all_class_scores():
    spec = small("follow-me", 32)
    model, maps = made(spec)
    score, softmax = told(spec, model, maps, "outputs", (5, 6, 2))
    assert (score.kind, softmax.kind, softmax.weights) == ("conv", "activation", None)
    np.testing.assert_array_equal(softmax.patch[0, 0], maps["outputs_conv"][5, 6])
    assert softmax.sentence.startswith("Softmax: e^")
