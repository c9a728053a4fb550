"""The same network on JAX: what it computes, and that it trains."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from net_helpers import noise, shapes, small, smooth_gradients

from fcnlab.net import Predictor, build
from fcnlab.net.losses import segmentation_loss

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed"),
]

PROGRAM = """
import sys
import numpy as np
from net_helpers import noise, shapes, small, smooth_gradients
from fcnlab.net import Features, Lattice, Predictor, SkipSwitch, StepDone, Trainer, build
from fcnlab.net.inside.peaks import channel_peaks
from fcnlab.net import Augmenter
from fcnlab.net.losses import segmentation_loss
from fcnlab.plan import Augmentation, Phase, Plan
import keras
assert keras.backend.backend() == "jax"
weights, out = sys.argv[1:]
for name in ("follow-me",):
    spec = small(name, 32)
    model = build(spec)
    model.load_weights(f"{weights}/{name}.weights.h5")
    images = noise(32, 2)
    switch = SkipSwitch(spec, model, images)
    encoded, off = switch.cut.encode(images), switch.baselines.of("position")[0]
    lattice = Lattice(switch.cut)
    maps = Features(spec, model).stages(images[0])
    gradients = smooth_gradients(spec, model)
    np.savez(
        f"{out}/{name}.npz",
        whole=Predictor(model)(images),
        switched=switch.predict(images, (spec.skips[0][0],), "mean"),
        sets=lattice.probabilities(encoded, off),
        codes=lattice.codes(encoded, off).astype(int),
        first=maps["encoder1"],
        speaks=gradients.of_class(images[0], 1)["decoder4_concat"],
        moves=gradients.of_value(images[0], "decoder4_silu1", (3, 4, 5))[1],
        peaks=channel_peaks(model, images)["encoder2_relu1"],
    )
pairs = shapes(32, 4)
plan = Plan(phases=(Phase(epochs=1, batch_size=4, learning_rate=0.002, steps_per_epoch=3),), flip=False)
trainer = Trainer(small("follow-me", 32), plan, pairs, pairs)
losses = [event.loss for event in trainer.run() if isinstance(event, StepDone)]
assert losses[-1] < losses[0], losses

labels = pairs.labels.copy()
labels[:, :9] = 255
scores = np.random.default_rng(0).normal(size=(*labels.shape, 3)).astype(np.float32)
losses = [float(segmentation_loss(kind, 3, dice_weight=1)(labels, scores)) for kind in ("softmax", "sigmoid")]
np.savez(f"{out}/losses.npz", losses=losses)
augmenter = Augmenter(Augmentation(shift=0.2, zoom=0.2, rotate=20, brightness=0.2, contrast=0.2, color=0.2))
one, same = (augmenter(pairs.images, labels, seed=(1, 2)) for _ in range(2))
assert all(np.array_equal(array, again) for array, again in zip(one, same))
assert one[0].dtype == one[1].dtype == np.uint8 and 0.3 < (one[1] == 255).mean() < 1, one
assert set(np.unique(one[1])) <= {0, 1, 2, 255}
"""


def test_jax_computes_the_same_and_trains(tmp_path):
    from fcnlab.net import Features, Lattice, SkipSwitch
    from fcnlab.net.inside.peaks import channel_peaks

    expected = {}
    for name in ("follow-me",):
        spec = small(name, 32)
        model = build(spec, seed=0)
        model.save_weights(tmp_path / f"{name}.weights.h5")
        images = noise(32, 2)
        gradients = smooth_gradients(spec, model)
        switch = SkipSwitch(spec, model, images)
        encoded, off = switch.cut.encode(images), switch.baselines.of("position")[0]
        lattice = Lattice(switch.cut)
        expected[name] = {
            "whole": Predictor(model)(images),
            "switched": switch.predict(images, (spec.skips[0][0],), "mean"),
            "sets": lattice.probabilities(encoded, off),
            "codes": lattice.codes(encoded, off).astype(int),
            "first": Features(spec, model).stages(images[0])["encoder1"],
            "speaks": gradients.of_class(images[0], 1)["decoder4_concat"],
            "moves": gradients.of_value(images[0], "decoder4_silu1", (3, 4, 5))[1],
            "peaks": channel_peaks(model, images)["encoder2_relu1"],
        }
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": paths, "JAX_PLATFORMS": "cpu"},
        check=True,
        timeout=300,
    )
    labels = shapes(32, 4).labels
    labels[:, :9] = 255
    scores = np.random.default_rng(0).normal(size=(*labels.shape, 3)).astype(np.float32)
    losses = [float(segmentation_loss(kind, 3, dice_weight=1)(labels, scores)) for kind in ("softmax", "sigmoid")]
    expected["losses"] = {"losses": np.array(losses)}
    for name, arrays in expected.items():
        with np.load(tmp_path / f"{name}.npz") as found:
            for key, array in arrays.items():
                near = 1e-4 * max(1, np.abs(array).max())
                np.testing.assert_allclose(found[key], array, atol=near, err_msg=f"{name} {key}")
