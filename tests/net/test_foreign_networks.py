"""Networks that Keras 1, 2 and 3 saved come back as a spec that gives the same outputs."""

import keras
import numpy as np
import pytest
from foreign_files import keras2_json, keras2_weights, saved, scramble
from keras import layers
from net_helpers import small, tiny

from fcnlab.arch import PRESETS
from fcnlab.arch.edit import change
from fcnlab.arch.foreign import NetworkFile, NotUnderstoodError, recognise
from fcnlab.arch.spec import Merge
from fcnlab.errors import SpecError
from fcnlab.net import build
from fcnlab.net.foreign.container import open_network
from fcnlab.net.foreign.transfer import as_lab_network, as_layers
from fcnlab.net.foreign.weights import read_weights

SIDE = 32


def taken(config, weights=None):
    """The lab's network and its spec, from files."""
    net, file = open_network(config, weights)
    found = recognise(net)
    return as_lab_network(net, found, read_weights(net, file.name, file.data)), found


def answer(model, images):
    return np.asarray(model(images, training=False))


def pictures(model):
    return np.random.default_rng(1).uniform(-1, 1, (2, *model.input_shape[1:])).astype(np.float32)


def assert_same(model, theirs, tolerance=1e-5):
    images = pictures(theirs)
    np.testing.assert_allclose(answer(model, images), answer(theirs, images), atol=tolerance)


@pytest.mark.parametrize("name", [*PRESETS, "gated"])
def test_a_preset_that_keras_3_saved_comes_back_with_the_same_outputs(name):
    spec = small("unet-small" if name == "gated" else name, 32)
    if name == "gated":
        spec = change(spec, ("decoder", 1, "skip", "merge"), Merge.GATE)
    theirs = scramble(build(spec))
    model, found = taken(saved(theirs, ".keras"))
    assert_same(model, theirs)
    assert found.spec.name == spec.name
    assert model.count_params() == theirs.count_params()


@pytest.mark.parametrize(
    "how",
    [
        lambda model: (saved(model, ".h5"), None),
        lambda model: (saved(model, ".keras"), saved(model, ".weights.h5")),
        lambda model: (NetworkFile("config.json", model.to_json().encode()), saved(model, ".weights.h5")),
        lambda model: (NetworkFile("config.json", model.to_json().encode()), saved(model, ".h5")),
        lambda model: (NetworkFile("config.json", model.to_json().encode()), saved(model, ".keras")),
        lambda model: (keras2_json(model), keras2_weights(model)),
        lambda model: (keras2_json(model, twice=True), keras2_weights(model)),
        lambda model: (keras2_json(model, "1.2.2"), keras2_weights(model, KERAS_1)),
    ],
    ids=["h5", "keras+weights.h5", "json+weights.h5", "json+h5", "json+keras", "keras-2", "json-in-json", "keras-1"],
)
def test_every_kind_of_file_gives_the_same_network(how):
    theirs = scramble(build(tiny()))
    assert_same(taken(*how(theirs))[0], theirs)


KERAS_1 = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std"}


def test_bilinear_upsampling_of_2017_keeps_tensorflow_1_s_grid():
    spec = change(small("student-3", 32), ("decoder", 0, "up", "kind"), "bilinear-tf1")
    theirs = scramble(build(spec))
    model, found = taken(keras2_json(theirs), keras2_weights(theirs))
    assert_same(model, theirs)
    assert [stage.up.kind for stage in found.spec.decoder] == ["bilinear-tf1", "bilinear", "bilinear"]
    assert "TensorFlow 1's grid" in found.notes[0]


def conv(tensor, filters, kernel=3, **more):
    return layers.Conv2D(filters, kernel, padding="same", **{"activation": "relu", **more})(tensor)


def finished(inputs, tensor, **output):
    settings = {"filters": 3, "kernel_size": 1, "activation": "softmax", **output}
    return scramble(keras.Model(inputs, layers.Conv2D(**settings)(tensor)))


def test_a_u_net_as_people_write_it_comes_back():
    """Skip first, convolution after the upsampling, norms without scale or centre, dropout, a 3×3 output."""
    inputs = keras.Input((SIDE, SIDE, 3))
    first = layers.BatchNormalization(scale=False)(conv(inputs, 4))
    second = layers.BatchNormalization(center=False)(conv(layers.MaxPooling2D()(first), 6))
    low = conv(conv(layers.MaxPooling2D()(second), 8), 8)
    low = layers.Dropout(0.5)(low)
    up = conv(layers.UpSampling2D()(low), 6, kernel=2)
    up = conv(layers.Concatenate()([second, up]), 6)
    up = layers.Conv2DTranspose(4, 2, strides=2, activation="relu")(up)
    theirs = finished(inputs, conv(layers.Concatenate()([first, up]), 4), kernel_size=3, padding="same")
    model, found = taken(saved(theirs, ".keras"))
    assert_same(model, theirs)
    assert [stage.skip.source for stage in found.spec.decoder if stage.skip] == ["encoder2", "encoder1"]


def test_padding_by_hand_comes_back_where_it_is_the_same_padding():
    inputs = keras.Input((SIDE, SIDE, 3))
    low = layers.Conv2D(6, 3, strides=2, activation="relu")(layers.ZeroPadding2D(((0, 1), (0, 1)))(inputs))
    low = layers.Conv2D(6, 3, activation="relu")(layers.ZeroPadding2D(1)(low))
    theirs = finished(inputs, conv(layers.UpSampling2D(interpolation="bilinear")(low), 4))
    assert_same(taken(saved(theirs, ".keras"))[0], theirs)


def plain(inputs, **output):
    low = conv(conv(inputs, 6, strides=2), 6)
    return finished(inputs, conv(layers.Conv2DTranspose(5, 4, strides=2, padding="same")(low), 4), **output)


def test_class_scores_get_a_softmax():
    theirs = plain(keras.Input((SIDE, SIDE, 3)), activation=None)
    model, _ = taken(saved(theirs, ".h5"))
    images = pictures(theirs)
    np.testing.assert_allclose(answer(model, images), keras.ops.softmax(answer(theirs, images)), atol=1e-5)


def test_one_class_with_a_sigmoid_becomes_background_and_target():
    theirs = plain(keras.Input((SIDE, SIDE, 1)), filters=1, activation="sigmoid")
    model, found = taken(saved(theirs, ".keras"))
    images = pictures(theirs)
    np.testing.assert_allclose(answer(model, images)[..., 1:], answer(theirs, images), atol=1e-5)
    assert found.spec.output.classes == 2


def test_a_network_that_rescales_its_pictures_as_the_lab_does_comes_back():
    inputs = keras.Input((SIDE, SIDE, 3))
    rescaled = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    low = conv(conv(rescaled, 6, strides=2), 6)
    theirs = finished(inputs, conv(layers.UpSampling2D()(low), 4))
    model, _ = taken(saved(theirs, ".keras"))
    images = pictures(theirs)
    np.testing.assert_allclose(answer(model, images), answer(theirs, (images + 1) * 127.5), atol=1e-5)


def test_other_networks_are_rebuilt_layer_by_layer():
    inputs = keras.Input((SIDE, SIDE, 3))
    tensor = layers.ReLU(6.0)(layers.BatchNormalization()(layers.DepthwiseConv2D(3, 2, use_bias=False)(inputs)))
    tensor = layers.LeakyReLU(negative_slope=0.1)(layers.Conv2D(8, 3, dilation_rate=2, groups=1)(tensor))
    branch = layers.Conv2D(8, 1, activation="tanh")(tensor)
    tensor = layers.Average()([tensor, layers.Multiply()([tensor, branch]), branch])
    tensor = layers.Cropping2D(((0, 1), (1, 0)))(layers.ZeroPadding2D(2)(tensor))
    tensor = layers.Flatten()(layers.AveragePooling2D(3, 2)(layers.SeparableConv2D(4, 3)(tensor)))
    tensor = layers.Dense(6, activation="selu")(layers.Reshape((-1,))(tensor))
    theirs = scramble(keras.Model(inputs, layers.Softmax()(layers.Dense(5)(tensor))))
    net, file = open_network(saved(theirs, ".keras"), None)
    with pytest.raises(NotUnderstoodError, match="is no encoder–decoder"):
        recognise(net)
    assert_same(as_layers(net, read_weights(net, file.name, file.data)), theirs)


def test_a_chain_of_layers_is_rebuilt_from_keras_2_s_files():
    theirs = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    scramble(theirs)
    for file in (saved(theirs, ".h5"), saved(theirs, ".keras")):
        net, weights = open_network(file, None)
        assert_same(as_layers(net, read_weights(net, weights.name, weights.data)), theirs)


def test_a_misreading_is_found_by_comparing_the_outputs():
    theirs = scramble(build(small("follow-me", 32)))
    net, file = open_network(saved(theirs, ".keras"), None)
    found = recognise(net)
    weights = read_weights(net, file.name, file.data)
    wrong = found._replace(spec=change(found.spec, ("norm_epsilon",), 0.5))
    with pytest.raises(NotUnderstoodError, match="its output would differ by"):
        as_lab_network(net, wrong, weights)


def test_weights_of_another_network_are_refused():
    theirs, other = build(small("follow-me", 32)), build(small("student-3", 32))
    net, file = open_network(saved(theirs, ".keras"), saved(other, ".h5"))
    told = r"encoder1_conv1, pointwise_kernel has the shape .* Give the weights of exactly"
    with pytest.raises(SpecError, match=told):
        read_weights(net, file.name, file.data)


def test_a_network_whose_weights_are_not_finite_is_refused():
    theirs = build(small("follow-me", 32))
    theirs.get_layer("1x1_conv_conv1").set_weights([np.full((1, 1, 512, 256), np.nan, np.float32)])
    net, file = open_network(saved(theirs, ".keras"), None)
    with pytest.raises(SpecError, match=r"1x1_conv_conv1, kernel holds values that are not finite\. Give a network"):
        read_weights(net, file.name, file.data)
