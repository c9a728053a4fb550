"""Skips switched off, turned and swapped, compared with networks in which they are replaced by hand."""

import numpy as np
import pytest
from net_helpers import noise, small, tiny
from skip_helpers import uneven, with_skips_replaced

from fcnlab.arch import PRESETS
from fcnlab.arch.edit import change
from fcnlab.errors import FcnLabError
from fcnlab.net import Predictor, SkipSwitch, build

SKIPPED = ("follow-me", "student-3", "unet-small", "fcn-8s", "fcn-16s", "linknet-small")


def test_every_preset_is_known_to_have_skips_or_not():
    assert {name for name, entry in PRESETS.items() if entry.make().skips} == set(SKIPPED)


@pytest.mark.parametrize("name", SKIPPED)
def test_with_every_skip_on_nothing_changes(name):
    spec = small(name)
    model = build(spec, seed=0)
    images = noise(64, 2)
    switch = SkipSwitch(spec, model, images)
    assert switch.names == tuple(name for name, _ in spec.skips)
    np.testing.assert_allclose(switch.predict(images), Predictor(model)(images), atol=1e-5)


@pytest.fixture
def tuned():
    spec = tiny()
    model = uneven(build(spec, seed=0))
    return spec, model, SkipSwitch(spec, model, noise(32, 8, seed=9))


def taps(switch, images):
    return switch.cut.encode(images)[1]


@pytest.mark.parametrize("merge", ["concat", "add", "gate"])
@pytest.mark.parametrize("baseline", ["zero", "mean", "position", "resample"])
def test_a_skip_that_is_off_carries_the_baseline(merge, baseline):
    spec = change(tiny(), ("decoder", 0, "skip", "merge"), merge)
    model = uneven(build(spec, seed=0))
    images, reference = noise(32, 2), noise(32, 8, seed=9)
    switch = SkipSwitch(spec, model, reference)
    of_reference = taps(switch, reference)[0]
    carried = {
        "zero": np.zeros_like(of_reference[0]),
        "mean": np.broadcast_to(of_reference.mean(axis=(0, 1, 2)), of_reference[0].shape),
        "position": of_reference.mean(axis=0),
        "resample": of_reference[0],
    }[baseline]
    expected = with_skips_replaced(spec, model, {"decoder2": carried})(images / 127.5 - 1)
    off = switch.predict(images, ("decoder2",), baseline)
    np.testing.assert_allclose(off, expected, atol=1e-5)
    assert np.abs(off - Predictor(model)(images)).max() > 1e-4


def test_a_strength_lies_on_the_line_through_baseline_and_skip(tuned):
    spec, model, switch = tuned
    image = noise(32, 1)
    (base, *_) = switch.baselines.of("position")[0]
    own = taps(switch, image)[0][0]
    for strength in (0, 0.25, 1.5, 2):
        expected = with_skips_replaced(spec, model, {"decoder2": base + strength * (own - base)})(image / 127.5 - 1)
        np.testing.assert_allclose(switch.turn(image, (strength, 1), "position"), expected, atol=1e-5)


def test_at_strength_one_no_baseline_is_needed(tuned):
    spec, model, _ = tuned
    bare = SkipSwitch(spec, model, noise(32, 0))
    images = noise(32, 2)
    np.testing.assert_array_equal(bare.turn(images, (1, 1), "mean"), bare.predict(images))


def test_a_swapped_skip_is_the_other_pictures(tuned):
    spec, model, switch = tuned
    image, other = noise(32, 1), noise(32, 1, seed=4)
    theirs = taps(switch, other)[1][0]
    expected = with_skips_replaced(spec, model, {"decoder1": theirs})(image / 127.5 - 1)
    found = switch.turn(image, (1, 1), others=other, swapped=(False, True))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    half = with_skips_replaced(spec, model, {"decoder1": theirs * np.float32(0.5)})(image / 127.5 - 1)
    np.testing.assert_allclose(switch.turn(image, (1, 0.5), "zero", other, (False, True)), half, atol=1e-5)


def test_a_skip_from_one_source_can_be_switched_for_each_decoder_stage_alone():
    spec = tiny(
        decoder=[
            {"name": "up", "up": {"filters": 8}, "skip": {"source": "encoder1"}, "convs": [{"filters": 4}]},
            {"name": "same", "up": {"factor": 1}, "skip": {"source": "encoder1"}, "convs": [{"filters": 4}]},
            {"name": "last", "up": {"filters": 8}},
        ]
    )
    switch = SkipSwitch(spec, build(spec, seed=0), noise(32, 1))
    assert switch.names == ("up", "same")
    results = [switch.predict(noise(32, 1), off) for off in ((), ("up",), ("same",), ("up", "same"))]
    for index, one in enumerate(results):
        for other in results[index + 1 :]:
            assert np.abs(one - other).max() > 1e-6


def test_what_a_switch_cannot_do_is_told(tuned):
    _, _, switch = tuned
    image = noise(32, 1)
    with pytest.raises(FcnLabError, match=r"no skip called 'decoder9'\. It has decoder2, decoder1"):
        switch.predict(image, ("decoder9",))
    with pytest.raises(FcnLabError, match=r"no baseline 'median'\. Baselines are zero, mean, position and resample\."):
        switch.predict(image, (), "median")
    with pytest.raises(FcnLabError, match=r"The network has 2 skips; received 3 settings\. Give one for each\."):
        switch.turn(image, (1, 1, 1))
    with pytest.raises(FcnLabError, match="The network has 2 skips; received 1 settings"):
        switch.turn(image, (1, 1), others=image, swapped=(True,))
    for strength in (-0.1, 2.1, float("nan")):
        with pytest.raises(FcnLabError, match=r"The strength of decoder1 is .*\. Choose one from 0 to 2\."):
            switch.turn(image, (1, strength))
    with pytest.raises(FcnLabError, match="Skips are to be swapped, but there is no other picture"):
        switch.turn(image, (1, 1), swapped=(True, False))


def test_a_network_without_skips_has_nothing_to_switch():
    spec = small("follow-me-no-skips")
    with pytest.raises(FcnLabError, match=r"has no skip connections\. Choose a network that has some"):
        SkipSwitch(spec, build(spec), noise(64, 1))
