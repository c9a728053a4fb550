"""`python -m fcnlab import`."""

import json

import pytest

from fcnlab.arch import preset
from fcnlab.arch.edit import resize


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    from fcnlab.net import build

    path = tmp_path_factory.mktemp("files") / "theirs.keras"
    build(resize(preset("follow-me"), 32, 32), seed=0).save(path)
    return path


def test_a_network_becomes_a_run(call, network, tmp_path):
    ended = call("import", network, "--out", tmp_path / "run")
    assert ended.status == 0
    assert ended.out == (
        f"follow-me: an encoder–decoder with 4 skips and 651,465 parameters.\nRun: {tmp_path / 'run'}\n"
    )


def test_json_tells_what_became_of_it(call, network, tmp_path):
    ended = call("import", network, "--out", tmp_path / "run", "--data", "shapes:0.1", "--json")
    found = json.loads(ended.out)
    assert (found["kind"], found["params"], found["problems"]) == ("network", 651_465, [])


def test_every_layer_that_is_not_understood_is_told_on_one_line(refused, tmp_path):
    layers = [
        {"class_name": "Lambda", "config": {"name": "first", "batch_input_shape": [None, 8, 8, 3]}},
        {"class_name": "LSTM", "config": {"name": "second"}},
    ]
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": layers}))
    told = refused("import", path, path, "--out", tmp_path / "run")
    assert "first: a Lambda layer holds code, which is never run. second: a layer of the class 'LSTM'" in told
    assert not (tmp_path / "run").exists()


def test_a_missing_file_is_told(refused, tmp_path):
    told = refused("import", tmp_path / "gone.keras", "--out", tmp_path / "run")
    assert "gone.keras does not exist. Name the file that Keras wrote." in told
