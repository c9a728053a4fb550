"""The network as a document: frozen, versioned, and what is impossible in itself refused with its place."""

import pytest
from pydantic import ValidationError

from fcnlab.arch import NetSpec, edit, from_json, preset
from fcnlab.errors import FcnLabError, SpecError

FOLLOW_ME = preset("follow-me")


def document(**changes):
    return {**FOLLOW_ME.model_dump(mode="json"), **changes}


def test_a_network_is_frozen_and_can_be_a_key():
    with pytest.raises(ValidationError, match="frozen"):
        FOLLOW_ME.name = "other"
    assert {FOLLOW_ME: 1}[preset("follow-me")] == 1


def test_the_shortest_document_takes_defaults():
    stage = {"name": "e", "convs": [{}]}
    spec = NetSpec.parse({"encoder": [stage], "bottleneck": [{}], "decoder": [{"name": "d"}]}, what="the network")
    assert (spec.input.height, spec.input.channels, spec.output.classes) == (160, 3, 3)
    assert (spec.encoder[0].convs[0].filters, spec.encoder[0].down.factor, spec.bottleneck[0].conv.kernel) == (32, 2, 1)
    assert spec.version == 1


def test_stages_are_listed_from_the_inputs_to_the_outputs():
    assert [stage.name for stage in FOLLOW_ME.stages][3:6] == ["encoder2xx", "1x1 conv", "decoder4xx"]


def test_skips_are_listed_from_the_bottom_up():
    assert [(name, skip.source) for name, skip in FOLLOW_ME.skips] == [
        ("decoder4xx", "encoder2x"),
        ("decoder4x", "encoder2"),
        ("decoder4", "encoder1"),
        ("decoder5", "inputs"),
    ]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("input", "height"), 0, "net.json, input, height: input should be greater than or equal to 1, received 0."),
        (("input", "width"), 4097, "input, width: input should be less than or equal to 4096, received 4097."),
        (("input", "channels"), 65, "input, channels: input should be less than or equal to 64, received 65."),
        (
            ("input", "height"),
            1.5,
            "input should be a valid integer, got a number with a fractional part, received 1.5.",
        ),
        (("input", "height"), "tall", "unable to parse string as an integer, received 'tall'."),
        (
            ("encoder", 1, "convs", 0, "filters"),
            4097,
            "encoder, number 2, convs, number 1, filters: input should be less",
        ),
        (("encoder", 0, "convs", 0, "kernel"), 32, "kernel: input should be less than or equal to 31, received 32."),
        (
            ("encoder", 0, "convs", 0, "kind"),
            "dense",
            "kind: input should be 'standard' or 'separable', received 'dense'.",
        ),
        (("encoder", 0, "convs", 0, "norm"), "layer", "norm: input should be 'batch' or 'none', received 'layer'."),
        (("encoder", 0, "down", "factor"), 3, "down, factor: input should be 2, 4 or 8, received 3."),
        (
            ("encoder", 0, "down", "kind"),
            "max2",
            "input should be 'stride', 'max', 'average' or 'none', received 'max2'.",
        ),
        (("decoder", 0, "up", "factor"), 64, "up, factor: input should be 1, 2, 4, 8, 16 or 32, received 64."),
        (
            ("decoder", 0, "up", "kind"),
            "cubic",
            "'transposed', 'bilinear', 'bilinear-tf1' or 'nearest', received 'cubic'.",
        ),
        (("decoder", 0, "skip"), "encoder1", "decoder, number 1, skip: input should be"),
        (("output", "classes"), 1, "output, classes: input should be greater than or equal to 2, received 1."),
        (("output", "classes"), 33, "output, classes: input should be less than or equal to 32, received 33."),
        (("output", "activation"), "relu", "input should be 'softmax' or 'sigmoid', received 'relu'."),
        (("norm_momentum",), 1.0, "norm momentum: input should be less than 1, received 1.0."),
        (("norm_epsilon",), 0, "norm epsilon: input should be greater than 0, received 0."),
        (("version",), 2, "version: input should be 1, received 2."),
        (("name",), "", "name: letters, digits, spaces"),
        (("name",), "a" * 41, "name: string should have at most 40 characters, received"),
        (("encoder", 0, "name"), "a\n", "encoder, number 1, name: letters, digits, spaces"),
        (("encoder", 0, "name"), "ä", "encoder, number 1, name: letters, digits, spaces"),
        (("encoder",), [], "encoder: at least 1 needed, received []."),
        (("encoder", 0, "convs"), [], "convs: at least 1 needed, received []."),
        (("decoder",), None, "decoder: input should be a valid"),
    ],
)
def test_a_bad_value_is_told_with_its_place(path, value, sentence):
    wrong = document()
    holder = wrong
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    with pytest.raises(SpecError) as problem:
        NetSpec.parse(wrong, what="net.json", error=SpecError)
    assert sentence in str(problem.value)
    assert str(problem.value).startswith("net.json")
    assert "more such problem" not in str(problem.value)


def test_a_field_nobody_knows_is_refused():
    with pytest.raises(SpecError, match=r"^net.json, colour: there is no such field here\.$"):
        NetSpec.parse(document(colour="red"), what="net.json", error=SpecError)


def test_further_problems_are_counted():
    with pytest.raises(SpecError, match=r"\(and 2 more such problems\)$"):
        NetSpec.parse(document(version=2, name="", norm_epsilon=0), what="net.json", error=SpecError)


@pytest.mark.parametrize(
    ("section", "most", "sentence"),
    [
        ("encoder", 16, "at most 16 allowed"),
        ("bottleneck", 8, "at most 8 allowed"),
        ("decoder", 16, "at most 16 allowed"),
    ],
)
def test_a_section_has_its_limit(section, most, sentence):
    stage = document()[section][0]
    assert len(getattr(NetSpec.parse(document(**{section: [stage] * most}), what="net"), section)) == most
    with pytest.raises(SpecError, match=f"{section}: {sentence}"):
        NetSpec.parse(document(**{section: [stage] * (most + 1)}), what="net", error=SpecError)


def test_numbers_that_are_none_are_refused():
    with pytest.raises(SpecError, match="norm momentum: input should be a finite number, received nan"):
        NetSpec.parse(document(norm_momentum=float("nan")), what="net", error=SpecError)


def test_a_long_value_is_shown_in_short():
    with pytest.raises(SpecError) as problem:
        NetSpec.parse(document(name="x" * 100_000), what="net", error=SpecError)
    assert len(str(problem.value)) < 200


def test_every_error_of_a_spec_is_the_users():
    assert issubclass(SpecError, FcnLabError)
    with pytest.raises(SpecError):
        from_json("[]")


def test_the_json_schema_can_be_had():
    schema = NetSpec.model_json_schema()
    assert schema["additionalProperties"] is False
    assert edit.change(FOLLOW_ME, ("name",), "other").name == "other"
