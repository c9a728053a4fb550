"""Every preset keeps the same promises: on paper, in Keras, in training, on disk and as a script."""

import importlib.util
import sys

import keras
import numpy as np
import pytest
from net_helpers import noise, shapes, small

from fcnlab.arch import PRESETS, flow, layer_flow, preset, to_script
from fcnlab.net import Predictor, StepDone, Trainer, build
from fcnlab.plan import Phase, Plan

each_preset = pytest.mark.parametrize("name", PRESETS)


def macs_of(layer: keras.layers.Layer) -> int:
    """Multiply–adds by the weights that Keras made and the sizes it works at."""
    kernels = [weight for weight in layer.weights if "kernel" in weight.name]
    if not kernels:
        return 0
    place = layer.input if isinstance(layer, keras.layers.Conv2DTranspose) else layer.output
    return place.shape[1] * place.shape[2] * sum(int(np.prod(kernel.shape)) for kernel in kernels)


@each_preset
def test_paper_and_keras_agree_on_every_layer(name):
    spec = preset(name)
    model = build(spec)
    rows = layer_flow(spec).rows
    assert [layer.name for layer in model.layers] == [row.name for row in rows]
    for row, layer in zip(rows, model.layers, strict=True):
        frozen = sum(int(np.prod(weight.shape)) for weight in layer.non_trainable_weights)
        assert (row.shape, row.params, row.frozen) == (tuple(layer.output.shape[1:]), layer.count_params(), frozen)
        assert row.macs == macs_of(layer), row.name
    assert flow(spec).params == model.count_params()
    assert model.output.shape[1:] == (160, 160, 3)


@each_preset
def test_layers_are_named_after_their_stage(name):
    spec = preset(name)
    prefixes = ["inputs", "outputs", *(stage.name.replace(" ", "_").replace("1x1", "1x1") for stage in spec.stages)]
    for layer in build(spec).layers:
        assert any(layer.name.startswith(prefix) for prefix in prefixes), layer.name


@each_preset
def test_one_step_lowers_the_loss_and_weights_survive_the_disk(name, tmp_path):
    spec = small(name)
    pairs = shapes(64, 4)
    plan = Plan(phases=(Phase(epochs=1, batch_size=4, learning_rate=0.002, steps_per_epoch=2),), flip=False)
    trainer = Trainer(spec, plan, pairs)
    steps = [event for event in trainer.run() if isinstance(event, StepDone)]
    assert steps[1].loss < steps[0].loss

    trainer.save(tmp_path / "a.weights.h5", tmp_path / "a.npz")
    again = build(spec)
    again.load_weights(tmp_path / "a.weights.h5")
    np.testing.assert_allclose(Predictor(again)(pairs.images), trainer.predict(pairs.images), atol=1e-6)


@each_preset
def test_the_exported_script_is_the_same_network_in_plain_keras(name, tmp_path):
    spec = small(name)
    model = build(spec, seed=0)
    other = run_script(to_script(spec), tmp_path / "net.py")
    assert type(other.layers[-1]).__module__.startswith("keras.")
    assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
    assert [layer.count_params() for layer in other.layers] == [layer.count_params() for layer in model.layers]

    model.save_weights(tmp_path / "net.weights.h5")
    other.load_weights(tmp_path / "net.weights.h5")
    images = noise(64, 2)
    expected = other(images / 127.5 - 1, training=False)
    np.testing.assert_allclose(Predictor(model)(images), np.asarray(expected), atol=1e-4)


def run_script(script, path):
    path.write_text(script)
    spec = importlib.util.spec_from_file_location("exported_network", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["exported_network"] = module
    spec.loader.exec_module(module)
    return module.build()
