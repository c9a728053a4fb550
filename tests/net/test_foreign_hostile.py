"""Files made to do harm run no code, read nothing else, take little memory, and are told in one sentence."""

import base64
import io
import json
import marshal
import pickle
import struct
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
from foreign_files import archive, keras2_json, keras2_weights, saved, scramble
from net_helpers import small

from fcnlab.arch.foreign import NetworkFile
from fcnlab.errors import SpecError
from fcnlab.net import build
from fcnlab.net.foreign.container import open_network
from fcnlab.net.foreign.weights import read_weights

SENTENCE_MOST = 700
MEMORY_MOST = 60_000_000


@pytest.fixture(scope="module")
def good():
    return scramble(build(small("follow-me", 32)))


@pytest.fixture(scope="module")
def good_archive(good):
    return saved(good, ".keras")


@pytest.fixture
def trap(tmp_path):
    """A file that any code in the network would make."""
    path = tmp_path / "harm"
    yield path
    assert not path.exists(), "code of the file was run"


def read_all(config, weights=None):
    net, file = open_network(config, weights)
    return net, read_weights(net, file.name, file.data)


def refused(config, weights=None):
    """The one sentence with which the files are refused, and little memory is taken to do so."""
    tracemalloc.start()
    try:
        with pytest.raises(SpecError) as told:
            read_all(config, weights)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sentence = str(told.value)
    assert len(sentence) < SENTENCE_MOST
    assert "\n" not in sentence
    assert told.value.fix or "At most" in sentence or "the most" in sentence, sentence
    assert peak < MEMORY_MOST
    return sentence


def with_layer(whole, /, **layer):
    """The network's archive with a layer more, right behind the input."""
    document = json.loads(zipfile.ZipFile(io.BytesIO(whole.data)).read("config.json"))
    entry = {"name": "bad", "inbound_nodes": document["config"]["layers"][1]["inbound_nodes"], **layer}
    document["config"]["layers"].insert(1, entry)
    text = json.dumps(document["config"]["layers"][2]["inbound_nodes"]).replace('"inputs"', '"bad"')
    document["config"]["layers"][2]["inbound_nodes"] = json.loads(text)
    weights = zipfile.ZipFile(io.BytesIO(whole.data)).read("model.weights.h5")
    return archive(config__json=json.dumps(document).encode(), model__weights__h5=weights)


# Code


def lambda_config(trap):
    code = compile(f"open({str(trap)!r}, 'w')", "bad", "eval")
    return [base64.b64encode(marshal.dumps(code)).decode(), None, None]


def test_a_lambda_with_marshalled_code_is_not_run(good_archive, trap):
    config = {"name": "bad", "function": lambda_config(trap)}
    bad = with_layer(good_archive, class_name="Lambda", module="keras.layers", config=config)
    assert "bad: a Lambda layer holds code, which is never run." in refused(bad)


def test_a_lambda_of_keras_3_is_not_run(good_archive, trap):
    code = {"class_name": "__lambda__", "config": {"code": lambda_config(trap)[0], "defaults": None, "closure": None}}
    bad = with_layer(good_archive, class_name="Activation", config={"name": "bad", "activation": code})
    assert "bad: its activation is a lambda: it holds code, which is never run." in refused(bad)


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ({"module": "os", "class_name": "system"}, "a layer of 'os' is no layer of Keras' own"),
        ({"module": "keras.utils", "class_name": "get_file"}, "a layer of the class 'get_file' is not known here"),
        ({"module": "builtins", "class_name": "function"}, "a layer of 'builtins' is no layer of Keras' own"),
        ({"module": "keras.layers", "class_name": "TFSMLayer"}, "a layer of the class 'TFSMLayer' is not known here"),
        ({"class_name": "__typespec__"}, "a layer of the class '__typespec__' is not known here"),
        ({"class_name": "Custom>Anything", "registered_name": "Custom>Anything"}, "is not known here"),
    ],
)
def test_registered_and_imported_objects_are_not_made(good_archive, trap, layer, told):
    bad = with_layer(good_archive, config={"name": "bad", "command": f"touch {trap}", "file": str(trap)}, **layer)
    assert told in refused(bad)


def test_a_setting_that_holds_an_object_is_not_made(good_archive, trap):
    harm = {"module": "os", "class_name": "system", "config": {"command": f"touch {trap}"}}
    bad = with_layer(good_archive, class_name="Activation", config={"name": "bad", "activation": harm})
    assert "its activation is {'module': 'os'" in refused(bad)
    bad = with_layer(good_archive, class_name="Dense", config={"name": "bad", "units": 3, "quantizer": harm})
    assert "its setting 'quantizer'" in refused(bad)


def test_an_initializer_is_not_even_looked_at(good_archive, trap):
    """It says nothing about a trained network; the layers around it are read."""
    harm = {"module": "os", "class_name": "system", "config": {"command": f"touch {trap}"}}
    config = {"name": "bad", "rate": 0.5, "kernel_initializer": harm}
    net, _ = open_network(with_layer(good_archive, class_name="Dropout", config=config), None)
    assert net.layers[1].config == {}


class _Harm:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_pickled_arrays_in_the_archive_are_not_read(good_archive, trap):
    memory = io.BytesIO()
    np.save(memory, np.array([_Harm(trap)], dtype=object), allow_pickle=True)
    members = {name: zipfile.ZipFile(io.BytesIO(good_archive.data)).read(name) for name in ("config.json",)}
    bad = archive(config__json=members["config.json"], model__weights__npz=memory.getvalue())
    assert "holds 'model.weights.npz'; a .keras file of a plain network holds" in refused(bad)


def test_a_pickle_is_neither_a_configuration_nor_weights(good, trap):
    bad = NetworkFile("bad.pkl", pickle.dumps(_Harm(trap)))
    assert "bad.pkl is neither JSON nor HDF5 nor a .keras archive." in refused(bad)
    assert "bad.pkl is no HDF5 file of weights." in refused(keras2_json(good), bad)


# Archives


def test_a_zip_bomb_is_not_unpacked(good_archive):
    config = zipfile.ZipFile(io.BytesIO(good_archive.data)).read("config.json")
    bad = archive(config__json=config, model__weights__h5=b"\0" * 310_000_000)
    assert len(bad.data) < 1_000_000
    assert "model.weights.h5 in network.keras is larger than 300 MB unpacked" in refused(bad)


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked():
    bad = archive(config__json=b"[" * 20_000_000)
    lied = bytearray(bad.data)
    directory = lied.index(b"PK\x01\x02")
    lied[directory + 24 : directory + 28] = struct.pack("<I", 100)  # the size that the directory tells
    lied[22:26] = struct.pack("<I", 100)
    sentence = refused(NetworkFile("network.keras", bytes(lied)))
    assert "holds no model.weights.h5" in sentence or "is damaged" in sentence


@pytest.mark.parametrize("name", ["../../etc/cron.d/harm", "/etc/passwd", "assets/../../harm", "a\\..\\b"])
def test_a_member_that_would_leave_the_folder_is_refused(name):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr(name, b"x")
    assert "a .keras file of a plain network holds" in refused(NetworkFile("network.keras", memory.getvalue()))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused():
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr("config.json", b"{}")
        file.writestr("config.json", b"{}")
    assert "holds a file twice" in refused(NetworkFile("network.keras", memory.getvalue()))


def test_encrypted_and_truncated_archives_are_told(good_archive):
    assert "The archive network.keras is damaged" in refused(NetworkFile("network.keras", good_archive.data[:-1000]))
    assert "The archive network.keras is damaged" in refused(NetworkFile("network.keras", good_archive.data[:100]))
    locked = bytearray(good_archive.data)
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = locked.index(sign)
        while place >= 0:
            locked[place + offset] |= 1
            place = locked.find(sign, place + 4)
    assert "The archive network.keras is damaged" in refused(NetworkFile("network.keras", bytes(locked)))


# HDF5


def changed(weights, change):
    """Weights after `change(file)`."""
    memory = io.BytesIO(weights.data)
    with h5py.File(memory, "r+") as file:
        change(file)
    return NetworkFile(weights.name, memory.getvalue())


KERNEL = "1x1_conv_conv1/1x1_conv_conv1/kernel:0"


def replace(make):
    def change(file):
        del file[KERNEL]
        make(file)

    return change


def external_group(file):
    del file["1x1_conv_conv1"]
    file["1x1_conv_conv1"] = h5py.ExternalLink("/etc/passwd", "/")


def virtual(file):
    layout = h5py.VirtualLayout(shape=(1, 1, 512, 256), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "data", shape=(1, 1, 512, 256))
    file.create_virtual_dataset(KERNEL, layout)


def external_data(file):
    file.create_dataset(KERNEL, (1, 1, 512, 256), "f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def strange_filter(file):
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk((1, 1, 512, 256))
    made.set_scaleoffset(h5py.h5z.SO_FLOAT_DSCALE, 2)
    space = h5py.h5s.create_simple((1, 1, 512, 256))
    h5py.h5d.create(file["1x1_conv_conv1/1x1_conv_conv1"].id, b"kernel:0", h5py.h5t.IEEE_F32LE, space, made)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (external_group, "'1x1_conv_conv1' is a link to somewhere else, which is never followed"),
        (
            replace(lambda file: file.__setitem__(KERNEL, h5py.ExternalLink("/etc/passwd", "/"))),
            "'kernel:0' is a link to somewhere else",
        ),
        (replace(lambda file: file.__setitem__(KERNEL, h5py.SoftLink("/"))), "is a link to somewhere else"),
        (replace(virtual), "is kept outside of the file or by an unknown filter"),
        (replace(external_data), "is kept outside of the file or by an unknown filter"),
        (replace(strange_filter), "is kept outside of the file or by an unknown filter"),
        (
            replace(lambda file: file.create_dataset(KERNEL, (2**20, 2**20, 512, 256), "f4", chunks=True)),
            "has the shape (1048576, 1048576, 512, 256); the network needs (1, 1, 512, 256)",
        ),
        (
            replace(lambda file: file.create_dataset(KERNEL, (1, 1, 512, 256), h5py.string_dtype())),
            "is of the type object, not of floating point",
        ),
        (
            replace(lambda file: file.create_dataset(KERNEL, (1, 1, 512, 256), h5py.ref_dtype)),
            "is of the type object, not of floating point",
        ),
        (
            replace(lambda file: file.create_dataset(KERNEL, (1, 1, 512, 256), [("a", "f4"), ("b", "S4")])),
            "not of floating point",
        ),
        (
            replace(lambda file: file.create_dataset(KERNEL, (1, 1, 512, 256), "f4", fillvalue=np.nan)),
            "1x1_conv_conv1, kernel holds values that are not finite",
        ),
        (replace(lambda file: file.create_group(KERNEL)), "holds no 1x1_conv_conv1, kernel"),
        (replace(lambda file: None), "holds no 1x1_conv_conv1, kernel"),
        (
            lambda file: file["1x1_conv_conv1"].attrs.__setitem__("weight_names", [b"../../x/secret:0"]),
            "holds '../../x/secret:0', which is no weight of such a layer",
        ),
        (
            lambda file: file["1x1_conv_conv1"].attrs.__setitem__("weight_names", np.zeros((2, 2))),
            "its attribute weight_names is no list of names",
        ),
    ],
)  # fmt: skip
def test_weights_that_are_no_plain_arrays_are_refused(good, make, told):
    assert told in refused(keras2_json(good), changed(keras2_weights(good), make))


def test_a_group_that_holds_itself_ends_nothing(good):
    def change(file):
        file["1x1_conv_conv1/loop"] = file["1x1_conv_conv1"]

    _, weights = read_all(keras2_json(good), changed(keras2_weights(good), change))
    assert len(weights) == len([layer for layer in good.layers if layer.weights])


def test_truncated_and_spoilt_weights_are_told(good):
    weights = keras2_weights(good)
    for size in (8, 100, 3000, len(weights.data) // 2):
        assert "is damaged or no HDF5 file" in refused(keras2_json(good), NetworkFile("w.h5", weights.data[:size]))
    spoilt = bytearray(weights.data)
    for place in range(48, 3000, 7):
        spoilt[place] ^= 0xFF
    assert "w.h5" in refused(keras2_json(good), NetworkFile("w.h5", bytes(spoilt)))


def test_a_whole_model_whose_configuration_is_no_text_is_told(good):
    def change(file):
        del file.attrs["model_config"]
        file.attrs["model_config"] = np.zeros(3)

    assert "its attribute model_config is no text" in refused(changed(saved(good, ".h5"), change))


def test_weights_alone_ask_for_the_configuration(good):
    told = refused(saved(good, ".weights.h5"))
    assert "holds weights alone, without the network's configuration. Give the configuration" in told


def test_a_configuration_alone_asks_for_the_weights(good):
    assert "config.json holds no weights. Give the file with its weights (.h5), too." in refused(keras2_json(good))


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"<html>", b"\xff\xfe{"])
def test_files_that_are_something_else_are_told(data):
    assert "network.bin" in refused(NetworkFile("network.bin", data))
