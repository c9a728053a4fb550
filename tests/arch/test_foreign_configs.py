"""Reading configurations of other people's networks: what is understood, and what is said of the rest."""

import json
import random

import pytest
from foreign_configs import Config, sequential, small

from fcnlab.arch.foreign import NotUnderstoodError, read_network, recognise, to_config
from fcnlab.errors import SpecError


def read(config, version=""):
    return read_network(config if isinstance(config, str) else config.text(), "theirs.json", version)


def layer(config, name):
    return next(layer for layer in read(config).layers if layer.name == name)


def problems(config):
    with pytest.raises(NotUnderstoodError) as told:
        read(config)
    return told.value.problems


def refused(text):
    with pytest.raises(SpecError) as told:
        read_network(text, "theirs.json")
    return str(told.value)


# What is understood


def test_a_configuration_is_a_list_of_plain_layers_in_order():
    net = read(small())
    assert [layer.kind for layer in net.layers] == [
        *("InputLayer", "Conv2D", "Conv2D", "UpSampling2D", "Concatenate", "Conv2D", "Conv2D")
    ]
    assert net.layers[4].inputs == ("up", "input_1")
    assert net.shapes["join"] == (32, 32, 19)


def test_json_within_a_json_string_is_read():
    assert read(json.dumps(small().text())) == read(small())


def test_layers_may_come_in_any_order():
    config = small()
    config.layers[1:-1] = reversed(config.layers[1:-1])
    assert read(config).layers[-1].name == "out"
    assert recursive_order(read(config))


def recursive_order(net):
    seen = set()
    for part in net.layers:
        assert seen.issuperset(part.inputs)
        seen.add(part.name)
    return True


def test_keras_1_calls_the_settings_otherwise():
    text = sequential(
        (
            "Convolution2D",
            {
                "batch_input_shape": [None, 16, 16, 3],
                "nb_filter": 4,
                "nb_row": 3,
                "nb_col": 3,
                "subsample": [2, 2],
                "border_mode": "same",
                "bias": False,
                "activation": "relu",
                "dim_ordering": "tf",
                "init": "glorot",
            },
        ),
        ("BatchNormalization", {"mode": 0, "axis": -1, "epsilon": 0.001, "momentum": 0.99}),
        ("Dropout", {"p": 0.5}),
    )
    net = read(text)
    assert [layer.kind for layer in net.layers] == ["InputLayer", "Conv2D", "BatchNormalization", "Identity"]
    conv = net.layers[1].config
    assert (conv["filters"], conv["kernel_size"], conv["strides"], conv["use_bias"]) == (4, [3, 3], [2, 2], False)
    assert net.shapes["layer_2"] == (8, 8, 4)


def test_a_merge_of_keras_1_is_a_concatenation_or_a_sum():
    for mode, kind in (("concat", "Concatenate"), ("sum", "Add")):
        config = Config().conv("a", 3).add("Merge", "m", "a", "input_1", mode=mode, concat_axis=-1)
        assert layer(config, "m").kind == kind


@pytest.mark.parametrize(
    ("version", "grid"),
    [("2.0.2-tf", "bilinear-tf1"), ("2.3.1", "bilinear-tf1"), ("2.2.4-tf", "bilinear"), ("3.0.0", "bilinear")],
)
def test_the_grid_of_a_bilinear_upsampling_follows_from_the_version(version, grid):
    config = Config(version=version).up("up", interpolation="bilinear")
    assert layer(config, "up").config["interpolation"] == grid


def test_the_course_s_own_upsampling_lies_on_tensorflow_1_s_grid_whatever_the_version():
    config = Config(version="2.15.0").add("BilinearUpSampling2D", "up", size=[2, 2])
    assert layer(config, "up").config == {"size": [2, 2], "interpolation": "bilinear-tf1"}


def test_the_names_of_keras_3_s_own_modules_are_known_and_its_calls_are_read():
    text = small().text().replace('"class_name": "Conv2D"', '"module": "keras.layers", "class_name": "Conv2D"')
    document = json.loads(text)
    for entry in document["config"]["layers"]:
        tensors = [
            {"class_name": "__keras_tensor__", "config": {"keras_history": call[:3]}}
            for call in (entry["inbound_nodes"][0] if entry["inbound_nodes"] else [])
        ]
        args = [tensors] if len(tensors) > 1 else tensors
        entry["inbound_nodes"] = [{"args": args, "kwargs": {"mask": None}}] if tensors else []
    assert read(json.dumps(document)) == read(small())


def test_a_picture_of_any_size_becomes_one_of_160_pixels():
    net = read(Config(side=None).conv("a", 3))
    assert net.shapes["a"] == (160, 160, 3)


def test_what_was_understood_is_written_and_read_again():
    config = small().add("Rescaling", "unused", "out", scale=2.0, offset=0.5).add("Flatten", "flat")
    net = read(config)
    again = read(to_config(net))
    assert (again.name, again.shapes) == (net.name, net.shapes)
    assert [layer[:4] for layer in again.layers] == [layer[:4] for layer in net.layers]


def test_pictures_that_a_network_rescales_itself_are_those_from_0_to_255():
    net = read(Config().add("Rescaling", "scaled", scale=1 / 255).conv("a", 3))
    config = net.layers[1].config
    assert config == pytest.approx({"scale": 0.5, "offset": 0.5})
    assert read(to_config(net)).layers[1].config == pytest.approx(config)


def test_a_layer_s_name_loses_what_keras_3_does_not_allow_and_keeps_its_origin():
    net = read(Config().conv("block/conv", 3))
    assert (net.layers[1].name, net.layers[1].origin) == ("block_conv", "block/conv")


# What is not


def test_every_layer_that_is_not_understood_is_told_not_only_the_first():
    config = small().add("Lambda", "first", function=["4wEAAA==", None, None]).add("LSTM", "second", units=3)
    config.conv("third", 4, padding="causal").conv("fourth", 4, data_format="channels_first")
    assert problems(config) == (
        "first: a Lambda layer holds code, which is never run.",
        "second: a layer of the class 'LSTM' is not known here.",
        "third: its padding is 'causal'; only same and valid can be read.",
        "fourth: its data_format is 'channels_first'; only 'channels_last' can be read.",
    )


@pytest.mark.parametrize(
    ("class_name", "config", "told"),
    [
        ("Merge", {"mode": "sum", "mode_type": "lambda"}, "m: a Merge with a lambda holds code, which is never run."),
        ("Conv2D", {"filters": 10**9, "kernel_size": [3, 3]}, "m: its filters is 1000000000, not a whole number"),
        ("Conv2D", {"filters": float("1e400"), "kernel_size": 3}, "m: its filters is inf"),
        ("Conv2D", {"filters": True, "kernel_size": 3}, "m: its filters is True"),
        ("Conv2D", {"filters": 4}, "m: its kernel_size is missing."),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "rotation": 7}, "m: its setting 'rotation' (7) is not known here."),
        ("Activation", {"activation": "os.system"}, "m: its activation is 'os.system', which is none of Keras' own"),
        ("Activation", {"activation": {"class_name": "__lambda__", "config": {}}}, "m: its activation is a lambda"),
        ("BatchNormalization", {"axis": 1}, "m: its axis is 1; only -1 can be read."),
        ("BatchNormalization", {"epsilon": -1}, "m: its epsilon is -1, not a number from"),
        ("os>system", {}, "m: a layer of the class 'os>system' is not known here."),
        (["x"], {}, "m: is described in no way that Keras uses."),
    ],
)
def test_a_setting_that_is_not_understood_is_told_with_its_layer(class_name, config, told):
    text = Config().text().replace('"layers": [', '"layers": [%s, ', 1)
    entry = {"class_name": class_name, "name": "m", "config": config, "inbound_nodes": [[["input_1", 0, 0, {}]]]}
    text = text.replace("%s", json.dumps(entry).replace("Infinity", "1e400"))
    assert problems(text)[0].startswith(told)


def test_a_layer_of_another_module_is_told():
    text = small().text().replace('"class_name": "Conv2D"', '"module": "os", "class_name": "Conv2D"', 1)
    assert problems(text) == ("enc: a layer of 'os' is no layer of Keras' own.",)


def test_a_layer_that_is_used_twice_is_told():
    config = small()
    config.layers[5]["inbound_nodes"] *= 2
    assert problems(config)[0] == (
        "dec: it is used 2 times with the same weights, which the lab's networks cannot express."
    )


def test_two_inputs_are_told():
    config = small()
    text = config.text().replace('"input_layers": [[', '"input_layers": [["other", 0, 0], [')
    assert "The network has 2 inputs; only networks of one can be read." in problems(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "theirs.json is not valid JSON"),
        ('"abc"', "theirs.json is not valid JSON"),
        ("[1]", "theirs.json describes no Keras network (it holds [1])"),
        ("{}", "theirs.json describes no Keras network (its class is None)"),
        ('{"class_name": "Model", "config": {"layers": []}}', "theirs.json has 0 layers"),
        ('{"class_name": "Model", "config": {"layers": [3]}}', "theirs.json has layers that are described in no way"),
        ('{"class_name": "Model", "config": {"layers": NaN}}', "NaN is no number of JSON"),
        ("[" * 100_000, "theirs.json is nested too deeply to be a network"),
        ('{"a":' * 90 + "1" + "}" * 90, "theirs.json is nested too deeply to be a network"),
        (" " * 8_000_001, "theirs.json is 8,000,001 characters long"),
    ],
)
def test_what_is_no_configuration_is_told_in_one_sentence(text, told):
    assert told in refused(text)


def test_a_circle_is_told():
    config = Config().conv("a", 3, "b").conv("b", 3, "a").conv("c", 3, "b")
    assert "goes in a circle: a reads its own output" in refused(config.text())


def test_what_is_not_one_network_is_told():
    assert "(1 layers read nothing, 1 layers are read and missing)" in refused(Config().conv("a", 3, "nowhere").text())


def test_shapes_that_do_not_fit_are_told():
    config = Config().conv("a", 4, stride=2).add("Add", "sum", "a", "input_1")
    assert "does not fit together: sum: it joins tensors that do not fit: [16, 16, 4] and [32, 32, 3]" in refused(
        config.text()
    )


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (Config(side=4096).conv("a", 4096), "values in its layers' outputs for one picture, at most 400,000,000"),
        (Config(side=8).conv("a", 8000).conv("b", 8000), "weights, at most 60,000,000"),
        (
            Config(side=128).conv("a", 999).conv("b", 999).conv("c", 999).conv("d", 999),
            "multiply–adds for one picture, at most",
        ),
    ],
)
def test_a_network_that_is_absurdly_large_is_told_before_it_is_built(config, told):
    assert told in refused(config.text())


VALUES = [
    None,
    True,
    0,
    -1,
    3,
    1e9,
    10**400,
    0.5,
    "",
    "relu",
    [],
    {},
    [1, 2],
    [[1]],
    {"a": 1},
    [None],
    "Add",
    "input_1",
]


def places(node, place=()):
    """The way to every part of a JSON document."""
    yield place
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        yield from places(part, (*place, key))


def spoilt(document, place, change):
    """The document with the part at a place replaced by a value, or taken out where that is `...`."""
    if not place:
        return None if change is ... else change
    key, *rest = place
    whole = dict(document) if isinstance(document, dict) else list(document)
    if change is ... and not rest:
        del whole[key]
    else:
        whole[key] = spoilt(document[key], rest, change)
    return whole


@pytest.mark.parametrize("seed", range(4))
def test_a_configuration_that_was_spoilt_anywhere_is_read_or_told(seed):
    """Whatever stands at whatever place: it is understood, or one of the lab's own errors says why it is not."""
    chance = random.Random(seed)
    document = json.loads(small().text())
    everywhere = list(places(document))
    told = 0
    for _ in range(250):
        bad = spoilt(document, chance.choice(everywhere), chance.choice([..., *VALUES]))
        try:
            recognise(read_network(json.dumps(bad), "theirs.json"))
        except SpecError as problem:
            told += bool(str(problem))
    assert told > 50
