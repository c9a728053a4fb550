"""Recognising an encoder–decoder in other people's layers, and saying why a network is none."""

import pytest
from foreign_configs import Config, small

from fcnlab.arch import NetSpec
from fcnlab.arch.foreign import NotUnderstoodError, read_network, recognise
from fcnlab.arch.spec import Conv, Down, Skip, Up


def recognised(config):
    return recognise(read_network(config.text(), "theirs.json"))


def spec(config) -> NetSpec:
    return recognised(config).spec


def problems(config):
    with pytest.raises(NotUnderstoodError, match="is no encoder–decoder of the lab's kind") as told:
        recognised(config)
    return told.value.problems


def end(config, classes=3):
    return config.conv("out", classes, kernel=1, activation="softmax")


def test_the_least_encoder_decoder_is_recognised():
    found = spec(small())
    conv = {"bias": True, "norm": "none", "activation": "relu"}
    assert found.encoder[0].convs == (Conv.model_validate({"filters": 8, **conv}),)
    assert found.encoder[0].down == Down.model_validate({"kind": "stride", "factor": 2})
    assert found.bottleneck[0].name == "1x1 conv"
    assert found.decoder[0].up == Up.model_validate({"kind": "nearest"})
    assert found.decoder[0].skip == Skip(source="inputs")
    assert (found.output.classes, found.output.kernel, found.output.activation) == (3, 1, "softmax")


def test_each_layer_with_weights_knows_where_they_come_from():
    assert [(source.layer, source.foreign) for source in recognised(small()).sources] == [
        ("encoder1_conv1", "enc"),
        ("1x1_conv_conv1", "mid"),
        ("decoder1_conv1", "dec"),
        ("outputs_conv", "out"),
    ]


def norm(config, name, **settings):
    return config.add("BatchNormalization", name, axis=-1, momentum=0.9, **{"epsilon": 0.01, **settings})


def test_the_order_of_norm_and_activation_is_kept():
    config = norm(Config().conv("a", 8, stride=2), "an")
    config = norm(config.conv("b", 8, activation="linear"), "bn").add("Activation", "br", activation="elu")
    found = spec(end(config.up("up").conv("c", 8)))
    first, second = found.encoder[0].convs[0], found.bottleneck[0].conv
    assert (first.order, first.norm, first.activation) == ("activation-norm", "batch", "relu")
    assert (second.order, second.norm, second.activation) == ("norm-activation", "batch", "elu")
    assert (found.norm_epsilon, found.norm_momentum) == (0.01, 0.9)


def test_a_u_net_s_poolings_and_skips_from_before_them_are_stages():
    config = Config().conv("a1", 4).conv("a2", 4).add("MaxPooling2D", "p1", pool_size=[2, 2], strides=[2, 2])
    config.conv("b1", 8).conv("b2", 8).add("MaxPooling2D", "p2").conv("m1", 16).conv("m2", 16)
    config.up("u2").conv("u2c", 8, kernel=2).add("Concatenate", "j2", "b2", "u2c", axis=3).conv("d2", 8)
    found = spec(end(config.up("u1").add("Concatenate", "j1", "u1", "a2").conv("d1", 4)))
    assert [(len(stage.convs), stage.down.kind, stage.down.place) for stage in found.encoder] == [
        (2, "none", "after"),
        (2, "max", "before"),
        (1, "max", "before"),
    ]
    assert [layer.name for layer in found.bottleneck] == ["bottleneck1"]
    # A convolution between the upsampling and the skip is a decoder stage of its own.
    assert [(stage.up.factor, stage.skip and stage.skip.source) for stage in found.decoder] == [
        (2, None),
        (1, "encoder2"),
        (2, "encoder1"),
    ]


def test_a_skip_from_behind_a_pooling_ends_the_pooled_stage():
    config = Config().conv("a", 4).add("AveragePooling2D", "p1").conv("b", 8, stride=2).conv("m", 8, kernel=1)
    config.up("u").add("Concatenate", "j", "u", "p1").conv("d", 4)
    found = spec(end(config.up("u2").conv("d2", 4)))
    assert (found.encoder[0].down.kind, found.encoder[0].down.place) == ("average", "after")
    assert found.decoder[0].skip == Skip(source="encoder1")


def test_a_skip_that_comes_first_in_the_concatenation_is_remembered():
    config = Config().conv("e", 8, stride=2).conv("m", 8, kernel=1).up("u")
    config.add("Concatenate", "j", "input_1", "u").conv("d", 4)
    sources = {source.layer: source.skip_first for source in recognised(end(config)).sources}
    assert sources["decoder1_conv1"] == 3
    assert sum(sources.values()) == 3


def test_an_added_skip_may_be_projected():
    config = Config().conv("e", 8, stride=2).conv("e2", 8, stride=2).conv("m", 5, kernel=1).up("u")
    config.conv("p", 5, "e", kernel=1, activation="linear").add("Add", "j", "u", "p").conv("d", 4, "j")
    found = recognised(end(config.up("u1").conv("d1", 4)))
    assert found.spec.decoder[0].skip == Skip.model_validate({"source": "encoder1", "merge": "add", "project": True})
    assert ("decoder2_project", "p") in [source[:2] for source in found.sources]


def test_zero_padding_before_a_valid_convolution_is_the_same_padding_where_it_is():
    def padded(edges):
        config = Config().add("ZeroPadding2D", "pad", padding=edges).conv("e", 8, stride=2, padding="valid")
        return end(config.conv("m", 8, kernel=1).up("u").conv("d", 4))

    assert spec(padded([[0, 1], [0, 1]])).encoder[0].down.factor == 2
    assert problems(padded([[1, 0], [1, 0]]))[0] == (
        "e: a 3×3 convolution without `same` padding, which cuts the picture's edge off."
    )


def test_what_works_in_training_alone_is_left_out():
    config = Config().conv("e", 8, stride=2).add("Dropout", "drop", rate=0.5).conv("m", 8, kernel=1)
    found = spec(end(config.add("SpatialDropout2D", "drop2", rate=0.1).up("u").conv("d", 4)))
    assert len(found.encoder) == len(found.bottleneck) == len(found.decoder) == 1


def test_class_scores_without_a_softmax_get_one_and_a_note_says_so():
    config = Config().conv("e", 8, stride=2).conv("m", 8, kernel=1).up("u").conv("d", 4)
    found = recognised(config.conv("out", 3, kernel=1, activation="linear"))
    assert found.adds_softmax
    assert found.notes == ("The network ends in class scores; the lab's ends in their softmax.",)


def test_one_class_with_a_sigmoid_becomes_two_with_a_softmax():
    config = Config().conv("e", 8, stride=2).conv("m", 8, kernel=1).up("u").conv("d", 4)
    found = recognised(config.conv("out", 1, kernel=1, activation="sigmoid"))
    assert found.adds_background
    assert (found.spec.output.classes, found.spec.output.activation) == (2, "softmax")
    assert found.sources[-1].adds_class


# Why a network is none


def test_everything_that_cannot_be_expressed_is_told_with_its_layer():
    config = Config().conv("e", 8, stride=2, kernel=3, dilation_rate=[1, 1]).conv("wide", 8, dilation_rate=[2, 2])
    config.add("LeakyReLU", "leak", alpha=0.3).add(
        "MaxPooling2D", "pool", pool_size=[3, 3], strides=[2, 2], padding="same"
    )
    config.add("DepthwiseConv2D", "deep", kernel_size=[3, 3], padding="same").conv("m", 8, kernel=1)
    told = problems(end(config.up("u").up("u2").conv("d", 4)))
    assert told[:4] == (
        "wide: a dilated convolution.",
        "leak: the lab's networks have no activation 'LeakyReLU of slope 0.3 (0.2 is known)'.",
        "pool: pooling over 3×3 pixels with a stride of 2; the lab's windows touch.",
        "deep: the lab's networks have no DepthwiseConv2D layer.",
    )


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda c: c.conv("e", 8, stride=2).conv("m", 8), "there is no upsampling"),
        (lambda c: c.conv("e", 8, stride=2).up("u").conv("d", 4), "There are too few convolutions around"),
        (lambda c: c.conv("e", 8, stride=3).conv("m", 8).up("u"), "As a network of the lab's, encoder, number 1, down"),
        (
            lambda c: c.conv("e", 8, stride=2).conv("m", 8).up("u", size=[4, 4]).conv("d", 4),
            "The encoder reduces by 2, the decoder enlarges by 4",
        ),
        (
            lambda c: c.conv("e", 8, stride=2).conv("m", 8).up("u").conv("d", 4, stride=2).up("u2"),
            "d: it reduces the picture behind the first upsampling or skip.",
        ),
        (
            lambda c: norm(c.conv("e", 8, stride=2).conv("m", 8).up("u"), "n").conv("d", 4),
            "n: a batch norm that does not follow a convolution directly",
        ),
        (
            lambda c: norm(norm(c.conv("e", 8, stride=2), "n1").conv("m", 8), "n2", epsilon=1e-5).up("u").conv("d", 4),
            "n2: its epsilon is 1e-05, that of n1 is 0.01",
        ),
        (
            lambda c: c.conv("e", 8, stride=2).conv("m", 8).up("u").conv("s", 4, "input_1", kernel=5)
            .add("Concatenate", "j", "u", "s").conv("d", 4),
            "j: what it joins is computed beside the network's way",
        ),
        (
            lambda c: c.conv("e", 8, stride=2).conv("m", 8).up("u").conv("f", 8).conv("g", 8)
            .add("Add", "j", "g", "f").conv("d", 4),
            "j: its skip comes from the middle of a block, or from the decoder.",
        ),
        (
            lambda c: c.conv("e", 8, stride=2).conv("m", 8).up("u")
            .add("Concatenate", "j", "input_1", "u").up("u1").add("MaxPooling2D", "p").conv("d", 4),
            "p: it reduces the picture",
        ),
    ],
)  # fmt: skip
def test_a_network_of_another_kind_is_told_why(build, told):
    config = end(build(Config()))
    assert any(told in problem for problem in problems(config)), problems(config)
