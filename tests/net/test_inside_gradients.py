"""What speaks for a class, and what one value depends on: gradients against finite differences."""

import numpy as np
import pytest
from net_helpers import noise, small, tiny

from fcnlab.arch import NetSpec, expand
from fcnlab.arch.edit import change
from fcnlab.lab.inside.pixels import receptive_window
from fcnlab.net import Features, build
from fcnlab.net.inside.gradients import Gradients

STEP = 1e-2


def smooth(merge="concat"):
    """A network without corners, so that finite differences are exact up to their step."""
    conv = {"filters": 6, "activation": "silu"}
    return NetSpec.model_validate(
        {
            "name": "smooth",
            "input": {"height": 16, "width": 16},
            "encoder": [
                {"name": "encoder1", "convs": [{"kind": "separable", **conv}]},
                {"name": "encoder2", "convs": [conv], "down": {"kind": "average"}},
            ],
            "bottleneck": [{"conv": {**conv, "kernel": 1}}],
            "decoder": [
                {"name": "up", "up": {"kind": "bilinear"}, "skip": {"source": "encoder1", "merge": merge}},
                {"name": "last", "up": {"filters": 5}, "skip": {}, "convs": [conv]},
            ],
        }
    )


def asked(spec, model):
    return Gradients(spec, model, Features(spec, model))


def run(spec, model, image, touch=lambda _, tensor: tensor):
    """The network layer by layer, where `touch` may change what a layer gives."""
    tensors = {}
    for layer in expand(spec).layers:
        if layer.kind == "input":
            value = image[None].astype(np.float32) / 127.5 - 1
        else:
            sources = [tensors[name] for name in layer.inputs]
            value = np.asarray(model.get_layer(layer.name)(sources if len(sources) > 1 else sources[0]))
        tensors[layer.name] = touch(layer.name, value)
    return tensors


@pytest.mark.parametrize("merge", ["concat", "add", "gate"])
def test_a_channels_contribution_is_how_the_classs_score_grows_with_it(merge):
    """Activation × gradient, summed, is the derivative of the score by a factor on the channel, at 1."""
    spec = smooth(merge)
    model, image = build(spec, seed=3), noise(16, 1)[0]
    found = asked(spec, model).of_class(image, 1)
    assert {name: len(values) for name, values in found.items()} == {x.name: x.shape[2] for x in expand(spec).layers}
    given = run(spec, model, image)["outputs_conv"].argmax(axis=-1) == 1
    assert 0 < given.sum() < given.size

    def score(layer, channel, factor):
        def touch(name, tensor):
            if name != layer:
                return tensor
            changed = tensor.copy()
            changed[..., channel] *= factor
            return changed

        return run(spec, model, image, touch)["outputs_conv"][..., 1][given].astype(np.float64).sum()

    for layer in expand(spec).layers[:-1]:
        channel = int(np.abs(found[layer.name]).argmax())
        slope = (score(layer.name, channel, 1 + STEP) - score(layer.name, channel, 1 - STEP)) / (2 * STEP)
        assert found[layer.name][channel] == pytest.approx(slope, rel=1e-2, abs=2e-4), layer.name


def test_the_outputs_bear_what_their_scores_contribute():
    spec = tiny()
    model, image = build(spec, seed=0), noise(32, 1)[0]
    scores = Features(spec, model).layers(image)["outputs_conv"]
    for target in range(3):
        found = asked(spec, model).of_class(image, target)["outputs"]
        given = scores.argmax(axis=-1) == target
        expected = scores[..., target][given].sum() if given.any() else scores[..., target].sum()
        assert found[target] == pytest.approx(float(expected), rel=1e-4)
        assert not np.delete(found, target).any()


def test_a_class_that_no_pixel_was_given_is_scored_over_all_pixels():
    spec = tiny()
    model, image = build(spec, seed=0), noise(32, 1)[0]
    kernel, bias = model.get_layer("outputs_conv").get_weights()
    model.get_layer("outputs_conv").set_weights([kernel, bias + np.array([0, -1000, 0], np.float32)])
    scores = Features(spec, model).layers(image)["outputs_conv"]
    assert not (scores.argmax(axis=-1) == 1).any()
    found = asked(spec, model).of_class(image, 1)["outputs"]
    assert found[1] == pytest.approx(float(scores[..., 1].sum()), rel=1e-4)


def test_a_channel_that_nothing_reads_contributes_nothing():
    spec = tiny()
    model = build(spec, seed=0)
    kernel, *rest = model.get_layer("decoder2_conv1").get_weights()
    kernel[:, :, 2] = 0
    model.get_layer("decoder2_conv1").set_weights([kernel, *rest])
    found = asked(spec, model).of_class(noise(32, 1)[0], 0)
    assert found["decoder2_up"][2] == 0
    assert np.count_nonzero(found["decoder2_up"]) == 7


@pytest.mark.parametrize("layer", ["encoder1_conv1", "1x1_conv_silu1", "up_concat", "last_norm1", "outputs"])
def test_the_gradient_of_a_value_is_that_of_finite_differences(layer):
    spec = smooth()
    model, image = build(spec, seed=3), noise(16, 1)[0]
    shape = next(one.shape for one in expand(spec).layers if one.name == layer)
    place = (shape[0] // 2, shape[1] // 2, shape[2] - 1)
    maps, gradient = asked(spec, model).of_value(image, layer, place)
    np.testing.assert_allclose(maps[layer], run(spec, model, image)[layer][0], atol=1e-5)
    assert gradient.shape == image.shape
    strongest = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)

    def value(step):
        def touch(name, tensor):
            if name != "inputs":
                return tensor
            changed = tensor.copy()
            changed[(0, *strongest)] += step
            return changed

        return float(run(spec, model, image, touch)[layer][(0, *place)])

    assert gradient[strongest] == pytest.approx((value(STEP) - value(-STEP)) / (2 * STEP), rel=2e-2)


@pytest.mark.parametrize("name", ["follow-me", "student-3", "unet-small", "fcn-8s", "linknet-small", "segnet-like"])
def test_nothing_outside_of_the_theoretical_field_moves_a_value(name):
    spec = small(name)
    model, image = build(spec, seed=0), noise(64, 1)[0]
    layers = expand(spec).layers
    gradients = asked(spec, model)
    random = np.random.default_rng(0)
    touched = 0
    for layer in layers[:: max(len(layers) // 8, 1)]:
        height, width, channels = layer.shape
        y, x, channel = (int(random.integers(size)) for size in (height, width, channels))
        _, gradient = gradients.of_value(image, layer.name, (y, x, channel))
        (top, left, bottom, right), _ = receptive_window(layers, layer.name, y, x)
        inside = np.abs(gradient[top:bottom, left:right]).sum()
        assert np.abs(gradient).sum() == pytest.approx(float(inside)), (layer.name, y, x)
        touched += inside > 0
    assert touched > 2


def test_the_field_of_a_strided_layer_is_filled_to_its_edge():
    """Every pixel of the theoretical field moves the value where no ReLU is in the way."""
    spec = change(tiny(), ("encoder", 0, "convs", 0, "activation"), "none")
    model, image = build(spec, seed=0), noise(32, 1)[0]
    _, gradient = asked(spec, model).of_value(image, "encoder2_conv1", (3, 4, 2))
    (top, left, bottom, right), size = receptive_window(expand(spec).layers, "encoder2_conv1", 3, 4)
    assert (bottom - top, right - left) == size == (7, 7)
    rows, columns = np.nonzero(np.abs(gradient).sum(axis=-1))
    assert (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1) == (top, left, bottom, right)
