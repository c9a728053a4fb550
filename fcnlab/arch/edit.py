"""Edits: pure functions from a spec to a new spec.

Every edit gives a spec that can be shown and edited further; whether its parts fit together is told by
`fcnlab.arch.check`. An edit that makes no document at all (no encoder stage left, a kernel of 0) raises SpecError,
and the old spec is untouched.
"""

import re
from typing import Any, Literal

from fcnlab.arch.graph import expand
from fcnlab.arch.spec import (
    INPUTS,
    MAX_STAGES,
    OUTPUTS,
    Activation,
    BottleneckLayer,
    Conv,
    DecoderStage,
    EncoderStage,
    Merge,
    NetSpec,
    Norm,
    Skip,
    Up,
    UpKind,
    slug,
)
from fcnlab.errors import SpecError

Section = Literal["encoder", "bottleneck", "decoder"]
Path = tuple[str | int, ...]
"""The way to a field, e.g. ("encoder", 1, "convs", 0, "filters")."""

LIMITS: dict[Section, int] = {"encoder": MAX_STAGES, "bottleneck": 8, "decoder": MAX_STAGES}


def change(spec: NetSpec, path: Path, value: Any) -> NetSpec:
    """Set the field at `path`, validated.

    Raises:
        SpecError: There is no such field, or the value is not allowed in it.
    """
    document = spec.model_dump()
    holder: Any = document
    try:
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]]  # a field that is not there cannot be set: this says so
        holder[path[-1]] = value.model_dump() if hasattr(value, "model_dump") else value
    except (KeyError, IndexError, TypeError):
        raise SpecError(f"The network has no field {'.'.join(map(str, path))}.") from None
    return NetSpec.parse(document, what="the network", error=SpecError)


def rename_stage(spec: NetSpec, section: Section, index: int, name: str) -> NetSpec:
    """Give a stage another name; skips that tap it follow.

    Raises:
        SpecError: There is no such stage, or the name is not allowed.
    """
    old = _stage(spec, section, index).name
    renamed = change(spec, (section, index, "name"), name)
    alone = sum(stage.name == old for stage in spec.encoder) == 1
    if section != "encoder" or not alone:
        return renamed
    for position, stage in enumerate(renamed.decoder):
        if stage.skip and stage.skip.source == old:
            renamed = change(renamed, ("decoder", position, "skip", "source"), name)
    return renamed


def duplicate_stage(spec: NetSpec, section: Section, index: int) -> NetSpec:
    """Put a copy of a stage, under a name of its own, behind it.

    Raises:
        SpecError: The section is full, or there is no such stage.
    """
    stages, stage = _stages(spec, section), _stage(spec, section, index)
    if len(stages) >= LIMITS[section]:
        raise SpecError(f"The {section} already has {len(stages)} stages, the most there can be.", "Remove one first.")
    copy = stage.model_copy(update={"name": free_name(spec, stage.name)})
    return _with(spec, section, [*stages[: index + 1], copy, *stages[index + 1 :]])


def add_stage(spec: NetSpec, section: Section) -> NetSpec:
    """Add a stage at the end of a section, like the section's last; a decoder stage is added without a skip."""
    last = len(_stages(spec, section)) - 1
    added = duplicate_stage(spec, section, last)
    if section == "decoder":
        return clear_skip(added, last + 1)
    return added


def remove_stage(spec: NetSpec, section: Section, index: int) -> NetSpec:
    """Take a stage away; skips that tapped it stay and are told by `check`.

    Raises:
        SpecError: It is the section's only stage, or there is no such stage.
    """
    stages, stage = _stages(spec, section), _stage(spec, section, index)
    if len(stages) == 1:
        raise SpecError(f"{stage.name} is the only {section} stage.", "Change it instead of removing it.")
    return _with(spec, section, [*stages[:index], *stages[index + 1 :]])


def move_stage(spec: NetSpec, section: Section, index: int, by: int) -> NetSpec:
    """Move a stage `by` places towards the end (or, negative, the start) of its section, as far as there is room.

    Raises:
        SpecError: There is no such stage.
    """
    stages, stage = list(_stages(spec, section)), _stage(spec, section, index)
    del stages[index]
    stages.insert(min(max(index + by, 0), len(stages)), stage)
    return _with(spec, section, stages)


def set_skip(spec: NetSpec, index: int, source: str, merge: Merge | str | None = None) -> NetSpec:
    """Connect decoder stage `index` to `source` ("inputs" or an encoder stage), keeping its way of merging.

    Raises:
        SpecError: There is no such decoder stage, or the source or merge is none that can be.
    """
    _stage(spec, "decoder", index)
    old = spec.decoder[index].skip or Skip()
    skip = {"source": source, "merge": merge or old.merge, "project": old.project}
    return change(spec, ("decoder", index, "skip"), skip)


def clear_skip(spec: NetSpec, index: int) -> NetSpec:
    """Take decoder stage `index`'s skip away.

    Raises:
        SpecError: There is no such decoder stage.
    """
    return change(spec, ("decoder", index, "skip"), None)


def reconnect(spec: NetSpec) -> NetSpec:
    """Give every skip that does not fit the deepest source of its size, or take it away where there is none."""
    graph = expand(spec)
    sizes = [shape[:2] for shape in (graph.layers[end].shape for end in graph.ends)]
    sources = dict(zip(sizes, [INPUTS, *(stage.name for stage in spec.encoder)], strict=False))
    first = 1 + len(spec.encoder) + len(spec.bottleneck)
    for index, stage in enumerate(spec.decoder):
        if stage.skip and first + index in graph.broken:
            source = sources.get(sizes[first + index])
            spec = set_skip(spec, index, source) if source else clear_skip(spec, index)
    return spec


def resize(spec: NetSpec, height: int, width: int) -> NetSpec:
    """Give the network another input size, in pixels."""
    document = {**spec.input.model_dump(), "height": height, "width": width}
    return change(spec, ("input",), document)


def set_classes(spec: NetSpec, classes: int) -> NetSpec:
    """Give the network another number of classes.

    Where class scores come from the stages themselves (`output.kernel` None), every bare layer of the bottleneck
    and decoder that has one channel a class follows.

    Raises:
        SpecError: The number is not between 2 and 32.
    """
    old = spec.output.classes
    changed = change(spec, ("output", "classes"), classes)
    if spec.output.kernel is not None:
        return changed
    paths: list[Path] = []
    for index, layer in enumerate(spec.bottleneck):
        if _scores(layer.conv, old):
            paths.append(("bottleneck", index, "conv", "filters"))
    for index, stage in enumerate(spec.decoder):
        if stage.up.kind is UpKind.TRANSPOSED and _scores(stage.up, old):
            paths.append(("decoder", index, "up", "filters"))
        for number, conv in enumerate(stage.convs):
            if _scores(conv, old):
                paths.append(("decoder", index, "convs", number, "filters"))
    for path in paths:
        changed = change(changed, path, classes)
    return changed


def _scores(layer: Conv | Up, classes: int) -> bool:
    """Whether a layer gives bare class scores: one channel a class, and no nonlinearity after them."""
    return layer.filters == classes and layer.norm is Norm.NONE and layer.activation is Activation.NONE


def free_name(spec: NetSpec, like: str) -> str:
    """A stage name not yet taken: "encoder2" → "encoder3", "decoder4x" → "decoder4x2"."""
    taken = {slug(stage.name) for stage in spec.stages}
    base = re.sub(r"\d{1,6}$", "", like)[:32]
    digits = like[len(base) :]
    number = int(digits) + 1 if digits.isdigit() and len(digits) <= 6 else 2
    while slug(f"{base}{number}") in taken or slug(f"{base}{number}") == OUTPUTS:
        number += 1
    return f"{base}{number}"


def _stages(spec: NetSpec, section: Section) -> tuple[EncoderStage | BottleneckLayer | DecoderStage, ...]:
    stages: tuple[EncoderStage | BottleneckLayer | DecoderStage, ...] = getattr(spec, section)
    return stages


def _stage(spec: NetSpec, section: Section, index: int) -> EncoderStage | BottleneckLayer | DecoderStage:
    stages = _stages(spec, section)
    if not 0 <= index < len(stages):
        raise SpecError(f"The {section} has no stage number {index + 1}: it has {len(stages)}.")
    return stages[index]


def _with(spec: NetSpec, section: Section, stages: list[Any]) -> NetSpec:
    return spec.model_copy(update={section: tuple(stages)})
