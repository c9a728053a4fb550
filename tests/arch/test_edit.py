"""Edits: pure functions from a network to a network."""

import pytest
from hypothesis import given
from networks import networks

from fcnlab.arch import NetSpec, check, edit, preset
from fcnlab.arch.spec import MAX_STAGES, slug
from fcnlab.errors import SpecError

FOLLOW_ME = preset("follow-me")


def names(spec, section):
    return [stage.name for stage in getattr(spec, section)]


@pytest.mark.parametrize(
    "act",
    [
        lambda spec: edit.change(spec, ("encoder", 0, "convs", 0, "filters"), 7),
        lambda spec: edit.rename_stage(spec, "encoder", 0, "first"),
        lambda spec: edit.add_stage(spec, "decoder"),
        lambda spec: edit.remove_stage(spec, "encoder", 1),
        lambda spec: edit.duplicate_stage(spec, "bottleneck", 0),
        lambda spec: edit.move_stage(spec, "encoder", 0, 2),
        lambda spec: edit.set_skip(spec, 0, "inputs"),
        lambda spec: edit.clear_skip(spec, 0),
        lambda spec: edit.resize(spec, 64, 64),
        lambda spec: edit.set_classes(spec, 2),
    ],
)
def test_an_edit_gives_a_new_network_and_leaves_the_old_one(act):
    spec = preset("follow-me")
    assert act(spec) != spec
    assert spec == FOLLOW_ME


def test_change_sets_a_field_and_validates_it():
    assert edit.change(FOLLOW_ME, ("encoder", 0, "convs", 0, "filters"), 7).encoder[0].convs[0].filters == 7
    with pytest.raises(SpecError, match=r"encoder, number 1, convs, number 1, filters: .* 1, received 0\.$"):
        edit.change(FOLLOW_ME, ("encoder", 0, "convs", 0, "filters"), 0)


@pytest.mark.parametrize(
    "path", [(), ("encoder", 9, "name"), ("colour",), ("encoder", "x"), ("name", "x"), ("decoder", 0, "skip", 1)]
)
def test_a_field_that_is_not_there_cannot_be_set(path):
    with pytest.raises(SpecError, match="The network has no field"):
        edit.change(FOLLOW_ME, path, 1)


def test_skips_follow_a_renamed_encoder_stage():
    renamed = edit.rename_stage(FOLLOW_ME, "encoder", 1, "middle")
    assert renamed.decoder[1].skip.source == "middle"
    assert check(renamed).ok


def test_skips_stay_when_another_stage_has_the_same_name():
    twins = edit.change(FOLLOW_ME, ("encoder", 2, "name"), "encoder2")
    assert edit.rename_stage(twins, "encoder", 1, "middle").decoder[1].skip.source == "encoder2"


def test_renaming_a_decoder_stage_touches_nothing_else():
    renamed = edit.rename_stage(FOLLOW_ME, "decoder", 0, "lowest")
    assert names(renamed, "decoder")[0] == "lowest"
    assert renamed.skips == (("lowest", FOLLOW_ME.decoder[0].skip), *FOLLOW_ME.skips[1:])


def test_a_bad_name_is_refused():
    with pytest.raises(SpecError, match="encoder, number 1, name: letters, digits, spaces"):
        edit.rename_stage(FOLLOW_ME, "encoder", 0, "<script>")


def test_a_copy_stands_behind_its_stage_under_a_free_name():
    assert names(edit.duplicate_stage(FOLLOW_ME, "encoder", 0), "encoder")[:3] == ["encoder1", "encoder3", "encoder2"]
    assert names(edit.duplicate_stage(FOLLOW_ME, "bottleneck", 0), "bottleneck") == ["1x1 conv", "1x1 conv2"]


def test_an_added_decoder_stage_has_no_skip():
    added = edit.add_stage(FOLLOW_ME, "decoder")
    assert names(added, "decoder")[-1] == "decoder6"
    assert added.decoder[-1].skip is None


@pytest.mark.parametrize(("section", "most"), [("encoder", MAX_STAGES), ("bottleneck", 8), ("decoder", MAX_STAGES)])
def test_a_full_section_says_so(section, most):
    spec = FOLLOW_ME
    for _ in range(most - len(getattr(spec, section))):
        spec = edit.add_stage(spec, section)
    with pytest.raises(SpecError, match=f"The {section} already has {most} stages, the most there can be. Remove one"):
        edit.add_stage(spec, section)


def test_the_only_stage_of_a_section_stays():
    with pytest.raises(SpecError, match=r"1x1 conv is the only bottleneck stage\. Change it instead of removing it\."):
        edit.remove_stage(FOLLOW_ME, "bottleneck", 0)


def test_removing_takes_just_that_stage():
    assert names(edit.remove_stage(FOLLOW_ME, "encoder", 1), "encoder") == ["encoder1", "encoder2x", "encoder2xx"]


@pytest.mark.parametrize(("index", "by", "place"), [(0, 1, 1), (0, 99, 3), (3, -99, 0), (2, -1, 1), (1, 0, 1)])
def test_moving_goes_as_far_as_there_is_room(index, by, place):
    moved = names(edit.move_stage(FOLLOW_ME, "encoder", index, by), "encoder")
    assert moved.index(FOLLOW_ME.encoder[index].name) == place
    assert sorted(moved) == sorted(names(FOLLOW_ME, "encoder"))


@pytest.mark.parametrize(
    "act",
    [
        lambda index: edit.rename_stage(FOLLOW_ME, "decoder", index, "x"),
        lambda index: edit.duplicate_stage(FOLLOW_ME, "decoder", index),
        lambda index: edit.remove_stage(FOLLOW_ME, "decoder", index),
        lambda index: edit.move_stage(FOLLOW_ME, "decoder", index, 1),
        lambda index: edit.set_skip(FOLLOW_ME, index, "inputs"),
    ],
)
@pytest.mark.parametrize("index", [-1, 4])
def test_a_stage_that_is_not_there_is_told(act, index):
    with pytest.raises(SpecError, match=f"The decoder has no stage number {index + 1}: it has 4"):
        act(index)


def test_a_skip_keeps_its_way_of_merging_when_its_source_changes():
    gated = edit.set_skip(FOLLOW_ME, 0, "encoder1", "gate")
    assert edit.set_skip(gated, 0, "encoder2").decoder[0].skip.merge == "gate"
    cleared = edit.clear_skip(gated, 0)
    assert cleared.decoder[0].skip is None
    assert edit.set_skip(cleared, 0, "inputs").decoder[0].skip.merge == "concat"


def test_an_unknown_merge_is_refused():
    with pytest.raises(SpecError, match=r"merge: input should be 'concat', 'add' or 'gate', received 'mix'"):
        edit.set_skip(FOLLOW_ME, 0, "inputs", "mix")


def test_reconnect_gives_every_skip_the_deepest_source_of_its_size():
    wrong = FOLLOW_ME
    for index in range(4):
        wrong = edit.set_skip(wrong, index, "encoder2xx")
    assert edit.reconnect(wrong) == FOLLOW_ME
    assert edit.reconnect(FOLLOW_ME) == FOLLOW_ME


def test_reconnect_takes_away_what_fits_nowhere():
    odd = edit.change(FOLLOW_ME, ("decoder", 0, "up", "factor"), 32)
    assert [stage.skip for stage in edit.reconnect(odd).decoder] == [None] * 4


@pytest.mark.parametrize(
    ("like", "free"),
    [
        ("encoder1", "encoder3"),
        ("decoder4x", "decoder4x2"),
        ("new", "new2"),
        ("12345", "12346"),
        ("9" * 40, "9" * 32 + "2"),
        ("a" * 40, "a" * 32 + "2"),
        ("1x1-conv", "1x1-conv2"),
    ],
)
def test_a_free_name_is_like_the_old_one(like, free):
    assert edit.free_name(FOLLOW_ME, like) == free


@given(networks())
def test_a_free_name_is_allowed_and_free(spec):
    for stage in spec.stages:
        free = edit.free_name(spec, stage.name)
        assert slug(free) not in {slug(other.name) for other in spec.stages}
        assert edit.change(spec, ("name",), free).name == free


@given(networks())
def test_every_edited_network_is_a_valid_document(spec):
    assert NetSpec.parse(spec.model_dump(), what="the network") == spec


@pytest.mark.parametrize("name", ["follow-me", "fcn-32s", "fcn-16s", "fcn-8s"])
@pytest.mark.parametrize("classes", [2, 3, 32])
def test_another_number_of_classes_leaves_a_valid_network(name, classes):
    changed = edit.set_classes(preset(name), classes)
    assert changed.output.classes == classes
    assert check(changed).ok
    assert edit.set_classes(changed, 3) == preset(name)


def test_one_class_is_too_few():
    with pytest.raises(SpecError, match="output, classes: input should be greater than or equal to 2, received 1"):
        edit.set_classes(FOLLOW_ME, 1)
