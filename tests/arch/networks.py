"""Networks for the tests: presets changed at random into every kind of right and wrong network."""

from typing import Any

from hypothesis import strategies as st

from fcnlab.arch import PRESETS, NetSpec, edit, preset
from fcnlab.errors import SpecError

SECTIONS = ("encoder", "bottleneck", "decoder")
SIZES = [1, 2, 7, 16, 32, 48, 64, 96, 100, 150, 160, 161, 256, 4095, 4096]

CONV: dict[str, list[Any]] = {
    "kind": ["standard", "separable"],
    "filters": [1, 2, 3, 8, 64],
    "kernel": [1, 2, 3, 4, 5, 31],
    "bias": [True, False],
    "norm": ["batch", "none"],
    "activation": ["relu", "gelu", "none"],
    "order": ["norm-activation", "activation-norm"],
}
DOWN: dict[str, list[Any]] = {
    "kind": ["stride", "max", "average", "none"],
    "factor": [2, 4, 8],
    "place": ["before", "after"],
}
UP: dict[str, list[Any]] = {
    "kind": ["transposed", "bilinear", "bilinear-tf1", "nearest"],
    "factor": [1, 2, 4, 8, 16, 32],
    "filters": [1, 2, 3, 8, 64],
    "kernel": [1, 2, 3, 4, 5, 31],
}
OUTPUT: dict[str, list[Any]] = {"classes": [2, 3, 32], "kernel": [None, 1, 3], "activation": ["softmax", "sigmoid"]}
NAMES = ["a", "1", "t_1", "encoder1", "encoder2", "inputs", "outputs", "1x1 conv", "1x1-conv", "9" * 40, "b" * 40]


@st.composite
def networks(draw: st.DrawFn, edits: int = 6) -> NetSpec:
    """A preset after up to `edits` edits."""
    spec = preset(draw(st.sampled_from(list(PRESETS))))
    for _ in range(draw(st.integers(0, edits))):
        try:
            spec = draw(st.sampled_from(EDITS))(draw, spec)
        except SpecError:  # an edit that makes no document: the network stays
            continue
    return spec


def _resize(draw: st.DrawFn, spec: NetSpec) -> NetSpec:
    return edit.resize(spec, draw(st.sampled_from(SIZES)), draw(st.sampled_from(SIZES)))


def _restage(draw: st.DrawFn, spec: NetSpec) -> NetSpec:
    section = draw(st.sampled_from(SECTIONS))
    index = draw(st.integers(0, len(getattr(spec, section)) - 1))
    match draw(st.sampled_from(["add", "remove", "duplicate", "move", "rename", "name"])):
        case "add":
            return edit.add_stage(spec, section)
        case "remove":
            return edit.remove_stage(spec, section, index)
        case "duplicate":
            return edit.duplicate_stage(spec, section, index)
        case "move":
            return edit.move_stage(spec, section, index, draw(st.integers(-3, 3)))
        case "rename":
            return edit.rename_stage(spec, section, index, draw(st.sampled_from(NAMES)))
        case _:
            return edit.change(spec, (section, index, "name"), draw(st.sampled_from(NAMES)))


def _skip(draw: st.DrawFn, spec: NetSpec) -> NetSpec:
    index = draw(st.integers(0, len(spec.decoder) - 1))
    sources = ["inputs", "nowhere", *(stage.name for stage in spec.encoder)]
    source = draw(st.sampled_from([None, *sources]))
    if source is None:
        return edit.clear_skip(spec, index)
    return edit.set_skip(spec, index, source, draw(st.sampled_from(["concat", "add", "gate"])))


def _field(draw: st.DrawFn, spec: NetSpec) -> NetSpec:
    fields = draw(st.sampled_from([("output",), ("down",), ("up",), ("convs",)]))[0]
    if fields == "output":
        return _set(draw, spec, ("output",), OUTPUT)
    if fields == "down":
        return _set(draw, spec, ("encoder", draw(st.integers(0, len(spec.encoder) - 1)), "down"), DOWN)
    if fields == "up":
        return _set(draw, spec, ("decoder", draw(st.integers(0, len(spec.decoder) - 1)), "up"), UP)
    section = draw(st.sampled_from(["encoder", "decoder"]))
    stage = draw(st.integers(0, len(getattr(spec, section)) - 1))
    return _set(draw, spec, (section, stage, "convs", draw(st.integers(0, 1))), CONV)


def _set(draw: st.DrawFn, spec: NetSpec, path: edit.Path, pool: dict[str, list[Any]]) -> NetSpec:
    field = draw(st.sampled_from(sorted(pool)))
    return edit.change(spec, (*path, field), draw(st.sampled_from(pool[field])))


EDITS = [_resize, _restage, _skip, _field, _field]
