"""Checks: every problem has a place, a sentence in plain words, and fixes that are edits themselves.

Errors keep a network from being built; warnings tell what is legal but likely not meant.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from fcnlab.arch.edit import Path, add_stage, change, clear_skip, free_name, reconnect, remove_stage, resize
from fcnlab.arch.edit import set_skip as connect
from fcnlab.arch.graph import Graph, expand
from fcnlab.arch.share import plain
from fcnlab.arch.spec import (
    INPUTS,
    MAX_KERNEL,
    OUTPUTS,
    Conv,
    DecoderStage,
    DownKind,
    NetSpec,
    Norm,
    Order,
    Up,
    UpKind,
    slug,
)
from fcnlab.errors import SpecError

MAX_SIDE = 4096
BIG = 100_000_000


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that mends a problem: what it does in a few words, and the network after it."""

    label: str
    net: NetSpec


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        severity: "error" keeps the network from being built; "warning" does not.
        path: The field, as `fcnlab.arch.edit.change` takes it.
        where: The same in words: stage and field, e.g. "decoder4.skip".
        message: One sentence: what is, and what would have to be.
        fixes: At least one for every error.
    """

    severity: Literal["error", "warning"]
    path: Path
    where: str
    message: str
    fixes: tuple[Fix, ...]

    def to_json(self) -> dict[str, Any]:
        """The problem as plain data."""
        fixes = [{"label": fix.label, "net": plain(fix.net)} for fix in self.fixes]
        return {"where": self.where, "path": list(self.path), "message": self.message, "fixes": fixes}


@dataclass(frozen=True, slots=True)
class Report:
    """All problems of a network; it can be built if there are no errors."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the network can be built."""
        return not self.errors

    def to_json(self) -> dict[str, Any]:
        """The report as `python -m fcnlab check --json` prints it."""
        return {
            "errors": [problem.to_json() for problem in self.errors],
            "warnings": [problem.to_json() for problem in self.warnings],
        }


def check(spec: NetSpec) -> Report:
    """Find everything that does not fit together."""
    # Whether skips fit is asked of a picture whose size divides: one wrong size is then one error, not five.
    factor = _reduction(spec)
    whole = resize(spec, _nearest(spec.input.height, factor), _nearest(spec.input.width, factor))
    graph = expand(whole)
    errors = [problem for rule in _ERRORS for problem in rule(spec, graph)]
    warnings = [problem for rule in _WARNINGS for problem in rule(spec, graph)]
    return Report(tuple(errors), tuple(warnings))


def require_valid(spec: NetSpec) -> None:
    """Refuse a network that cannot be built.

    Raises:
        SpecError: With the first error's place, sentence and fix.
    """
    report = check(spec)
    if report.ok:
        return
    first = report.errors[0]
    more = len(report.errors) - 1
    rest = f" (and {more} more: `python -m fcnlab check` lists them)" if more else ""
    raise SpecError(f"{first.where}: {first.message}{rest}", f"Fix: {first.fixes[0].label}.")


def _names(spec: NetSpec, _: Graph) -> Iterator[Problem]:
    seen: dict[str, str] = {INPUTS: INPUTS, OUTPUTS: OUTPUTS}
    for section in ("encoder", "bottleneck", "decoder"):
        for index, stage in enumerate(getattr(spec, section)):
            if slug(stage.name) not in seen:
                seen[slug(stage.name)] = stage.name
                continue
            free = free_name(spec, stage.name)
            fix = Fix(f"Call this one {free}", change(spec, (section, index, "name"), free))
            other = seen[slug(stage.name)]
            message = f"{stage.name!r} is already taken by {other!r}: every stage needs a name of its own."
            yield Problem("error", (section, index, "name"), f"{stage.name}.name", message, (fix,))


def _divisible(spec: NetSpec, _: Graph) -> Iterator[Problem]:
    factor = _reduction(spec)
    if factor > MAX_SIDE:
        yield _too_deep(spec, factor)
        return
    for field, size in (("height", spec.input.height), ("width", spec.input.width)):
        if size % factor == 0:
            continue
        other = spec.input.width if field == "height" else spec.input.height
        sizes = [good for good in (size // factor * factor, (size // factor + 1) * factor) if 0 < good <= MAX_SIDE]
        fixes = []
        for good in sizes:
            # Where the other side has the same trouble, a fix that leaves it would only move the error.
            mended = other if other % factor == 0 else (good if other == size else _nearest(other, factor))
            height, width = (good, mended) if field == "height" else (mended, good)
            fixes.append(Fix(f"Use {height}×{width} pixels", resize(spec, height, width)))
        choices = " or ".join(str(good) for good in sizes)
        message = f"{size} is not divisible by {_power(spec, factor)}: use {choices}."
        yield Problem("error", ("input", field), f"inputs.{field}", message, tuple(fixes))


def _too_deep(spec: NetSpec, factor: int) -> Problem:
    shallow, last = spec, 0
    for index in reversed(range(len(spec.encoder))):
        if _reduction(shallow) > 32 and shallow.encoder[index].down.kind is not DownKind.NONE:
            shallow, last = change(shallow, ("encoder", index, "down", "kind"), DownKind.NONE), index
    message = f"The encoder reduces by {factor:,} in all, more than any picture's {MAX_SIDE:,} pixels."
    fix = Fix(f"Keep the size from {spec.encoder[last].name} on", shallow)
    where = spec.encoder[last].name
    return Problem("error", ("encoder", last, "down", "kind"), f"{where}.down", message, (fix,))


def _restores(spec: NetSpec, _: Graph) -> Iterator[Problem]:
    down, up = _reduction(spec), prod(stage.up.factor for stage in spec.decoder)
    if down == up:
        return
    last = len(spec.decoder) - 1
    where = spec.decoder[last].name
    message = (
        f"The encoder reduces by {down:,}, the decoder enlarges by {up:,}: outputs would not have the inputs' size."
    )
    path = ("decoder", last, "up", "factor")
    yield Problem("error", path, f"{where}.up", message, tuple(_reconnected(_restorations(spec))))


def _reconnected(fixes: Iterator[Fix]) -> Iterator[Fix]:
    """The fixes, each with the skips it displaced connected again, so that one click is enough."""
    for fix in fixes:
        net = reconnect(fix.net)
        yield fix if net == fix.net else Fix(f"{fix.label} and reconnect the skips", net)


def _restorations(spec: NetSpec) -> Iterator[Fix]:
    """Edits after which the decoder enlarges as much as the encoder reduces."""
    down, up = _reduction(spec), prod(stage.up.factor for stage in spec.decoder)
    last = len(spec.decoder) - 1
    stage = spec.decoder[last]
    if down > up:
        factor = down // up
        if factor in (2, 4, 8, 16, 32) and down % up == 0 and len(spec.decoder) < 16:
            grown = change(add_stage(spec, "decoder"), ("decoder", last + 1, "up", "factor"), factor)
            yield Fix(f"Add a decoder stage ×{factor}", grown)
    elif len(spec.decoder) > 1 and up == down * stage.up.factor:
        yield Fix(f"Remove {stage.name}", remove_stage(spec, "decoder", last))
    for index, decoder in reversed(list(enumerate(spec.decoder))):
        rest = up // decoder.up.factor
        if down % rest == 0 and down // rest in (1, 2, 4, 8, 16, 32):
            factor = down // rest
            label = f"Let {decoder.name} enlarge ×{factor}" if factor > 1 else f"Let {decoder.name} keep its size"
            yield Fix(label, change(spec, ("decoder", index, "up", "factor"), factor))
            return
    yield _matching_decoder(spec)


def _matching_decoder(spec: NetSpec) -> Fix:
    """The last resort: one decoder stage for every reducing encoder stage, without skips."""
    template = spec.decoder[-1]
    factors = [stage.down.factor for stage in reversed(spec.encoder) if stage.down.kind is not DownKind.NONE]
    stages: list[DecoderStage] = []
    for number, factor in enumerate(factors or [1], 1):
        up = template.up.model_copy(update={"factor": factor})
        stages.append(template.model_copy(update={"name": f"decoder{number}", "up": up, "skip": None}))
    return Fix(f"Make {len(stages)} decoder stages to match", spec.model_copy(update={"decoder": tuple(stages)}))


def _skips(spec: NetSpec, graph: Graph) -> Iterator[Problem]:
    shapes = {INPUTS: graph.layers[graph.ends[0]].shape}
    for index, encoder in enumerate(spec.encoder, 1):
        shapes.setdefault(encoder.name, graph.layers[graph.ends[index]].shape)
    first = 1 + len(spec.encoder) + len(spec.bottleneck)
    for index, stage in enumerate(spec.decoder):
        if stage.skip is None or first + index not in graph.broken:
            continue
        height, width, _ = graph.layers[graph.ends[first + index]].shape
        fitting = [name for name, shape in shapes.items() if shape[:2] == (height, width)]
        fixes = [Fix(f"Take the skip from {name}", connect(spec, index, name)) for name in reversed(fitting)]
        fixes.append(Fix("Remove the skip", clear_skip(spec, index)))
        source = stage.skip.source
        if source in shapes:
            found = f"{source} is {shapes[source][0]}×{shapes[source][1]}"
            message = f"The skip does not fit: {found}, but {stage.name} works at {height}×{width}."
        else:
            message = f"There is no encoder stage called {source!r} to take the skip from."
        yield Problem("error", ("decoder", index, "skip"), f"{stage.name}.skip", message, tuple(fixes))


def _class_scores(spec: NetSpec, graph: Graph) -> Iterator[Problem]:
    index = len(graph.ends) - 1
    if index not in graph.broken:
        return
    channels = graph.layers[graph.ends[index - 1]].shape[2]
    classes = spec.output.classes
    message = (
        f"Without an output convolution the last stage must have {classes} channels, one a class; it has {channels}."
    )
    fixes = [Fix("Add a 1×1 output convolution", change(spec, ("output", "kernel"), 1))]
    yield Problem("error", ("output", "kernel"), "outputs.kernel", message, tuple(fixes))


def _checkerboard(spec: NetSpec, _: Graph) -> Iterator[Problem]:
    """Odena et al. 2016, distill.pub/2016/deconv-checkerboard."""

    def uneven(stage: DecoderStage) -> bool:
        up = stage.up
        return up.kind is UpKind.TRANSPOSED and up.factor > 1 and up.kernel % up.factor != 0

    found = [index for index, stage in enumerate(spec.decoder) if uneven(stage)]
    if not found:
        return
    fixed = spec
    for index in found:
        fixed = change(fixed, ("decoder", index, "up"), _even(spec.decoder[index].up))
    stage = spec.decoder[found[0]]
    mended = fixed.decoder[found[0]].up
    label = f"Use kernel {mended.kernel}" if mended.kind is UpKind.TRANSPOSED else "Upsample bilinearly instead"
    gaps = stage.up.kernel < stage.up.factor
    effect = "leaves gaps between them" if gaps else "paints some pixels more often than others (checkerboard)"
    message = (
        f"{_and_more(stage.name, found)}: a transposed convolution of kernel {stage.up.kernel} and stride "
        f"{stage.up.factor} {effect}; a kernel that is a multiple of the stride does not."
    )
    path = ("decoder", found[0], "up", "kernel")
    yield Problem("warning", path, f"{stage.name}.up", message, (Fix(label, fixed),))


def _even(up: Up) -> Up:
    """The upsampling with the next kernel that is a multiple of its factor; bilinear where no kernel is."""
    largest = MAX_KERNEL // up.factor * up.factor
    if not largest:
        return up.model_copy(update={"kind": UpKind.BILINEAR})
    return up.model_copy(update={"kernel": min(-(-up.kernel // up.factor) * up.factor, largest)})


def _idle_bias(spec: NetSpec, _: Graph) -> Iterator[Problem]:
    def idle(conv: Conv) -> bool:
        return conv.bias and conv.norm is Norm.BATCH and conv.order is Order.NORM_FIRST

    def mend(convs: tuple[Conv, ...]) -> tuple[Conv, ...]:
        return tuple(conv.model_copy(update={"bias": False}) if idle(conv) else conv for conv in convs)

    places: list[tuple[Path, str]] = []
    for section in ("encoder", "decoder"):
        for index, stage in enumerate(getattr(spec, section)):
            if any(idle(conv) for conv in stage.convs):
                places.append(((section, index, "convs"), stage.name))
    for index, layer in enumerate(spec.bottleneck):
        if idle(layer.conv):
            places.append((("bottleneck", index, "conv", "bias"), layer.name))
    if not places:
        return
    fixed = spec.model_copy(
        update={
            "encoder": tuple(s.model_copy(update={"convs": mend(s.convs)}) for s in spec.encoder),
            "bottleneck": tuple(s.model_copy(update={"conv": mend((s.conv,))[0]}) for s in spec.bottleneck),
            "decoder": tuple(s.model_copy(update={"convs": mend(s.convs)}) for s in spec.decoder),
        }
    )
    path, name = places[0]
    message = f"{_and_more(name, places)}: batch norm right after the convolution cancels its bias."
    yield Problem("warning", path, f"{name}.bias", message, (Fix("Leave these biases out", fixed),))


def _tiny(spec: NetSpec, graph: Graph) -> Iterator[Problem]:
    picture = graph.layers[0].shape[:2]
    height, width, _ = graph.layers[graph.ends[len(spec.encoder)]].shape
    if min(height, width) >= 2 or min(picture) < 2 or _reduction(spec) > MAX_SIDE:
        return
    index = max(i for i, stage in enumerate(spec.encoder) if stage.down.kind is not DownKind.NONE)
    message = f"At the bottleneck the picture is {height}×{width}: one pixel across, so location is lost there."
    larger = picture[0] * 4, picture[1] * 4
    label = f"Use {larger[0]}×{larger[1]} pixels"
    fixes = (Fix(label, resize(spec, *larger)),) if max(larger) <= MAX_SIDE else ()
    yield Problem("warning", ("encoder", index, "down"), f"{spec.encoder[index].name}.down", message, fixes)


def _huge(spec: NetSpec, graph: Graph) -> Iterator[Problem]:
    largest = max(graph.layers, key=lambda layer: layer.params)
    total = sum(layer.params for layer in graph.layers)
    if total <= BIG:
        return
    message = f"The network has {total:,} weights, most of them in {largest.name}; training needs 16 bytes for each."
    yield Problem("warning", ("encoder", len(spec.encoder) - 1, "convs"), largest.name, message, ())


Rule = Callable[[NetSpec, Graph], Iterator[Problem]]
_ERRORS: tuple[Rule, ...] = (_names, _divisible, _restores, _skips, _class_scores)
_WARNINGS: tuple[Rule, ...] = (_checkerboard, _idle_bias, _tiny, _huge)


def _reduction(spec: NetSpec) -> int:
    return prod(stage.down.factor for stage in spec.encoder if stage.down.kind is not DownKind.NONE)


def _power(spec: NetSpec, factor: int) -> str:
    """16 as "2⁴ = 16": four stages that halve."""
    halvings = factor.bit_length() - 1
    digits = str(halvings).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"2{digits} = {factor}" if halvings > 1 else str(factor)


def _nearest(size: int, factor: int) -> int:
    """The multiple of `factor` nearest to `size` that is a picture size, or `size` where there is none."""
    good = max(round(size / factor), 1) * factor
    return good if good <= MAX_SIDE else max(MAX_SIDE // factor, 1) * factor if factor <= MAX_SIDE else size


def _and_more(name: str, found: list[Any]) -> str:
    return name if len(found) == 1 else f"{name} and {len(found) - 1} more"
