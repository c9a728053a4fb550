"""All sets of skips at once, compared with one separately built network for each set."""

import numpy as np
import pytest
from net_helpers import noise, small, tiny
from skip_helpers import every_set, uneven

from fcnlab.arch.edit import change
from fcnlab.errors import FcnLabError
from fcnlab.net import Lattice, SkipSwitch, build

PRESETS = ("follow-me", "student-3", "unet-small", "fcn-8s", "fcn-16s", "linknet-small")

CONVS = {
    "standard": {"filters": 7},
    "separable": {"kind": "separable", "filters": 7},
    "kernel 1": {"kernel": 1, "filters": 7},
    "kernel 5, bias": {"kernel": 5, "filters": 7, "bias": True},
    "separable, bias": {"kind": "separable", "filters": 7, "bias": True},
    "activation before norm": {"filters": 7, "order": "activation-norm", "bias": True},
    "no norm": {"filters": 7, "norm": "none"},
    "nothing but the convolution": {"kind": "separable", "filters": 7, "norm": "none", "activation": "none"},
    "norm alone": {"filters": 7, "activation": "none", "bias": True},
}


def lattice_of(spec, seed=0):
    side = spec.input.height
    model = uneven(build(spec, seed=seed), seed)
    switch = SkipSwitch(spec, model, noise(side, 6, seed=9))
    return model, switch, Lattice(switch.cut)


def assert_every_set_agrees(spec, baseline="position"):
    model, switch, lattice = lattice_of(spec)
    images = noise(spec.input.height, 2)
    encoded = switch.cut.encode(images)
    off = switch.baselines.of(baseline)[0]
    expected = every_set(spec, model, images, off)
    np.testing.assert_allclose(lattice.probabilities(encoded, off), expected, atol=2e-5)
    assert_codes_are_read_from(expected, lattice.codes(encoded, off))
    assert np.abs(expected[0] - expected[-1]).max() > 1e-3


def assert_codes_are_read_from(probabilities, codes):
    """Everywhere but where rounding may decide."""
    hit = np.floor(255 * probabilities[..., -1]) > 127
    ordered = np.sort(probabilities, axis=-1)
    close = (ordered[..., -1] - ordered[..., -2] < 1e-4) | (np.abs(probabilities[..., -1] * 255 - 128) < 0.02)
    agree = codes == probabilities.argmax(axis=-1) * 2 + hit
    assert (agree | close).all()
    assert agree.mean() > 0.99


@pytest.mark.parametrize("name", PRESETS)
def test_every_set_of_a_presets_skips_is_its_own_network(name):
    assert_every_set_agrees(small(name, 32), "resample")


@pytest.mark.parametrize("merge", ["concat", "add", "gate"])
@pytest.mark.parametrize("conv", CONVS)
def test_every_way_of_merging_before_every_kind_of_convolution(merge, conv):
    spec = tiny()
    for stage in (0, 1):
        spec = change(spec, ("decoder", stage, "skip", "merge"), merge)
    spec = spec.model_validate(
        {**spec.model_dump(), "decoder": [{**stage.model_dump(), "convs": [CONVS[conv]]} for stage in spec.decoder]}
    )
    assert_every_set_agrees(spec)


@pytest.mark.parametrize(
    "decoder",
    [
        pytest.param(
            [{"name": "a", "up": {"filters": 8}, "skip": {"source": "encoder1", "merge": "concat"}}, {"name": "b"}],
            id="no convolution after the concatenation",
        ),
        pytest.param(
            [{"name": "a", "up": {"filters": 8}, "skip": {"source": "encoder1", "merge": "add"}}, {"name": "b"}],
            id="no convolution after the addition",
        ),
        pytest.param(
            [{"name": "a", "up": {"factor": 4, "filters": 8}, "skip": {"merge": "concat"}}],
            id="the output reads the concatenation",
        ),
        pytest.param(
            [
                {
                    "name": "a",
                    "up": {"filters": 8, "norm": "batch", "activation": "relu"},
                    "skip": {"source": "encoder1"},
                },
                {"name": "b", "up": {"factor": 1}, "skip": {"source": "encoder1", "merge": "add", "project": True}},
                {"name": "c", "up": {"kind": "bilinear-tf1"}, "skip": {}, "convs": [{"filters": 5}, {"filters": 4}]},
                {"name": "d", "up": {"factor": 1}, "convs": [{"filters": 6}]},
            ],
            id="stages without upsampling, projections, several convolutions",
        ),
        pytest.param(
            [{"name": "a", "up": {"filters": 8}}, {"name": "b", "up": {"filters": 4}, "skip": {}, "convs": [{}]}],
            id="the lowest stage has no skip",
        ),
    ],
)
def test_decoders_of_other_shapes(decoder):
    assert_every_set_agrees(tiny(decoder=decoder))


@pytest.mark.parametrize("output", [{"activation": "sigmoid"}, {"kernel": 3}, {"classes": 2}, {"classes": 5}])
def test_outputs_of_other_kinds(output):
    assert_every_set_agrees(tiny(output=output))


def test_an_output_without_a_convolution():
    decoder = tiny().model_dump(mode="json")["decoder"]
    decoder[-1]["convs"][-1] |= {"filters": 3, "activation": "none"}
    assert_every_set_agrees(tiny(decoder=decoder, output={"kernel": None}))


def test_a_sigmoid_that_saturates_is_read_as_the_scores_of_a_board_are():
    """Two classes whose probabilities are both 1 in float32: the first one counts, whatever their scores."""
    spec = tiny(output={"activation": "sigmoid"})
    model, switch, lattice = lattice_of(spec)
    kernel, _ = model.get_layer("outputs_conv").get_weights()
    model.get_layer("outputs_conv").set_weights([0 * kernel, np.array([30, 40, -40], np.float32)])
    encoded = switch.cut.encode(noise(32, 1))
    assert not lattice.codes(encoded, switch.baselines.of("zero")[0]).any()


def many_skips(count):
    stage = {"up": {"factor": 1}, "skip": {"source": "encoder1"}, "convs": [{"filters": 3}]}
    repeated = [{"name": f"same{number}", **stage} for number in range(count - 1)]
    first = {"name": "up", "up": {"filters": 4}, "skip": {"source": "encoder1"}, "convs": [{"filters": 3}]}
    return tiny(input={"height": 16, "width": 16}, decoder=[first, *repeated, {"name": "last", "up": {"filters": 4}}])


def test_seven_skips_have_128_sets_in_the_same_order():
    _, switch, lattice = lattice_of(many_skips(7))
    images = noise(16, 2)
    encoded, off = switch.cut.encode(images), switch.baselines.of("resample")[0]
    expected = np.stack(
        [
            switch.predict(images, [name for bit, name in enumerate(switch.names) if not number >> bit & 1], "resample")
            for number in range(128)
        ]
    )
    np.testing.assert_allclose(lattice.probabilities(encoded, off), expected, atol=2e-5)
    assert_codes_are_read_from(expected, lattice.codes(encoded, off))
    assert len(np.unique(expected.round(4).reshape(128, -1), axis=0)) == 128


def test_more_than_eight_skips_are_refused():
    spec = many_skips(9)
    switch = SkipSwitch(spec, build(spec, seed=0), noise(16, 1))
    with pytest.raises(FcnLabError, match=r"The network has 9 skips; every set of them is tried for up to 8\."):
        Lattice(switch.cut)


def test_the_present_weights_are_used():
    model, switch, lattice = lattice_of(tiny())
    images = noise(32, 1)
    off = switch.baselines.of("zero")[0]
    before = lattice.probabilities(switch.cut.encode(images), off)
    uneven(model, seed=5)
    after = lattice.probabilities(switch.cut.encode(images), off)
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, every_set(tiny(), model, images, off), atol=2e-5)


def test_a_network_that_diverged_is_told():
    model, switch, lattice = lattice_of(tiny())
    kernel, *rest = model.get_layer("outputs_conv").get_weights()
    model.get_layer("outputs_conv").set_weights([np.full_like(kernel, np.nan), *rest])
    with pytest.raises(FcnLabError, match="values that are not numbers: its training diverged"):
        lattice.codes(switch.cut.encode(noise(32, 1)), switch.baselines.of("zero")[0])


# Baselines


def test_a_mean_is_that_of_the_reference_pictures_by_channel_and_by_position():
    spec = tiny()
    model, switch, _ = lattice_of(spec)
    reference = noise(32, 20, seed=3)
    switch = SkipSwitch(spec, model, reference)
    _, inputs = switch.cut.encode(reference)[1]
    by_position, by_channel = switch.baselines.of("position")[0][1], switch.baselines.of("mean")[0][1]
    np.testing.assert_allclose(by_position, (reference / 127.5 - 1).mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(by_position, inputs.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(by_channel, np.broadcast_to(by_position.mean(axis=(0, 1)), (32, 32, 3)), atol=1e-6)


def test_donors_are_spread_over_the_reference_pictures():
    spec = tiny()
    model, _, _ = lattice_of(spec)
    reference = noise(32, 9, seed=3)
    donors = SkipSwitch(spec, model, reference).baselines.of("resample")
    assert len(donors) == 5
    for donor, picture in zip(donors, reference[::2], strict=True):
        np.testing.assert_allclose(donor[1], picture / 127.5 - 1, atol=1e-6)
    assert len(SkipSwitch(spec, model, reference[:2]).baselines.of("resample")) == 2


@pytest.mark.parametrize("baseline", ["mean", "position", "resample"])
def test_a_baseline_without_reference_pictures_is_told(baseline):
    spec = tiny()
    switch = SkipSwitch(spec, build(spec, seed=0), noise(32, 0))
    with pytest.raises(
        FcnLabError, match=rf"The baseline {baseline} needs reference pictures\. Use the baseline zero\."
    ):
        switch.baselines.of(baseline)
