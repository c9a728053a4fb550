"""Feature maps, and the score of a dataset."""

import json

import keras
import numpy as np
import pytest
from net_helpers import noise, small, tiny

from fcnlab.arch import flow, layer_flow
from fcnlab.data import open_dataset
from fcnlab.errors import DataError
from fcnlab.net import Features, Predictor, build, score


def test_one_pass_gives_every_stage_and_every_layer():
    spec = tiny()
    model = build(spec, seed=0)
    features = Features(spec, model)
    image = noise(32, 1)[0]
    stages, layers = features.stages(image), features.layers(image)
    assert [(name, maps.shape) for name, maps in stages.items()] == [(row.name, row.shape) for row in flow(spec).rows]
    assert [(name, maps.shape) for name, maps in layers.items()] == [
        (row.name, row.shape) for row in layer_flow(spec).rows
    ]
    np.testing.assert_allclose(stages["inputs"], image / 127.5 - 1, atol=1e-6)
    for layer in model.layers[1:]:
        alone = keras.Model(model.input, layer.output)(image[None] / 127.5 - 1, training=False)
        np.testing.assert_allclose(layers[layer.name], np.asarray(alone)[0], atol=1e-4)
    np.testing.assert_allclose(stages["encoder2"], layers["encoder2_relu1"], atol=1e-6)
    np.testing.assert_allclose(stages["outputs"], Predictor(model)(image[None])[0], atol=1e-6)


def test_score_of_a_dataset_without_evaluation_sets_has_no_final():
    spec = small("follow-me", 32)
    seen = []
    found = score(build(spec, seed=0), "shapes", lambda done, total: seen.append((done, total)))
    assert found["final"] is None
    assert list(found["sets"]) == ["test"]
    assert found["images"] == seen[-1][0] == seen[-1][1] == 100
    assert found["target"] == "polygon"
    json.dumps(found)


def test_score_refuses_other_classes():
    model = build(tiny(output={"classes": 4}), seed=0)
    with pytest.raises(DataError, match="has 3 classes, the network tells 4 apart"):
        score(model, open_dataset("shapes"))
