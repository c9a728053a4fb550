"""The shape flow: one row a stage, with shape, weights, multiply–adds and receptive field.

Pure arithmetic, fast enough for every keystroke: no framework is imported or asked.
"""

from dataclasses import dataclass
from typing import Any

from fcnlab.arch.graph import Graph, Layer, Shape, expand
from fcnlab.arch.receptive import Reach, reaches
from fcnlab.arch.spec import INPUTS, OUTPUTS, Conv, Down, DownKind, NetSpec, Place


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the shape flow: a stage, or a single layer.

    Attributes:
        name: The stage's name, or the layer's.
        role: inputs, encoder, bottleneck, decoder or outputs.
        kind: What the row does, in a few words.
        shape: Height, width and channels of its output.
        params: Weights, trained or not; None where a skip does not fit, since they depend on it.
        frozen: Those among them that no gradient trains (batch norm's running statistics), or None likewise.
        macs: Multiply–adds for one image, or None likewise.
        receptive_field: Side, in input pixels, of the largest window that one of its values can see.
        jump: Input pixels from one value to its neighbour.
        activations: Values that one image takes in the row's layers together, as far as they fit.
    """

    name: str
    role: str
    kind: str
    shape: Shape
    params: int | None
    frozen: int | None
    macs: int | None
    receptive_field: int
    jump: float
    activations: int

    @property
    def trainable(self) -> int | None:
        """Weights that a gradient trains, where known."""
        return None if self.params is None or self.frozen is None else self.params - self.frozen


@dataclass(frozen=True, slots=True)
class Flow:
    """The shape flow of a network.

    Attributes:
        rows: Inputs, every stage, outputs.
        params: Weights of all rows that are known, trained or not.
        frozen: Those among them that no gradient trains.
        macs: Multiply–adds for one image.
        activations: Values that one image takes in all layers together; four bytes each in float32.
        complete: Whether every row is known; False when a skip or the output does not fit.
    """

    rows: tuple[Row, ...]
    params: int
    frozen: int
    macs: int
    activations: int
    complete: bool

    def to_json(self) -> dict[str, Any]:
        """The flow as plain data, as `python -m fcnlab flow --json` prints it."""
        return {
            "rows": [
                {
                    "name": row.name,
                    "role": row.role,
                    "kind": row.kind,
                    "shape": list(row.shape),
                    "params": row.params,
                    "trainable": row.trainable,
                    "macs": row.macs,
                    "receptive_field": row.receptive_field,
                    "jump": row.jump,
                    "activations": row.activations,
                }
                for row in self.rows
            ],
            "params": self.params,
            "trainable": self.params - self.frozen,
            "macs": self.macs,
            "activations": self.activations,
            "complete": self.complete,
        }


def flow(spec: NetSpec) -> Flow:
    """The shape flow by stage."""
    graph = expand(spec)
    fields = _fields(spec, graph)
    rows, start = [], 0
    for index, (role, name, kind) in enumerate(_titles(spec)):
        end = graph.ends[index]
        part = graph.layers[start : end + 1]
        known = index not in graph.broken
        rows.append(
            Row(
                name,
                role,
                kind,
                graph.layers[end].shape,
                sum([layer.params for layer in part]) if known else None,
                sum([layer.frozen for layer in part]) if known else None,
                sum([layer.macs for layer in part]) if known else None,
                fields[end].size,
                fields[end].jump,
                sum([_values(layer) for layer in part]),
            )
        )
        start = end + 1
    return _total(tuple(rows), graph)


def layer_flow(spec: NetSpec) -> Flow:
    """The shape flow expanded to single layers."""
    graph = expand(spec)
    fields = _fields(spec, graph)
    roles = [role for role, _, _ in _titles(spec)]
    rows = []
    for layer, field in zip(graph.layers, fields, strict=True):
        known = layer.stage not in graph.broken
        rows.append(
            Row(
                layer.name,
                roles[layer.stage],
                describe_layer(layer),
                layer.shape,
                layer.params if known else None,
                layer.frozen if known else None,
                layer.macs if known else None,
                field.size,
                field.jump,
                _values(layer),
            )
        )
    return _total(tuple(rows), graph)


def describe_layer(layer: Layer) -> str:
    """A layer in a few words: "separable 3×3, stride 2"."""
    window = f" {layer.kernel}×{layer.kernel}"
    stride = f", stride {layer.stride}" if layer.stride > 1 else ""
    match layer.kind:
        case "conv" | "separable":
            return f"{layer.kind}{window}{stride}"
        case "transposed":
            return f"transposed{window}, ×{layer.stride}"
        case "max_pool" | "average_pool":
            return f"{layer.kind.replace('_', ' ')} {layer.stride}×{layer.stride}"
        case "nearest" | "bilinear" | "bilinear-tf1":
            return f"{layer.kind}, ×{layer.stride}"
        case "norm":
            return "batch norm"
        case "activation":
            return layer.function.replace("_", " ")
        case _:
            return layer.kind


def _values(layer: Layer) -> int:
    height, width, channels = layer.shape
    return height * width * channels


def _fields(spec: NetSpec, graph: Graph) -> list[Reach]:
    """The larger reach of the two axes for each layer; both are the same for square inputs."""
    rows = reaches(graph.layers, 0)
    if spec.input.height == spec.input.width:
        return rows
    columns = reaches(graph.layers, 1)
    return [max(pair, key=lambda reach: reach.size) for pair in zip(rows, columns, strict=True)]


def _titles(spec: NetSpec) -> list[tuple[str, str, str]]:
    """Role, name and description of every row."""
    titles = [("inputs", INPUTS, "picture")]
    for stage in spec.encoder:
        parts = [_describe_convs(stage.convs)]
        if stage.down.kind is not DownKind.NONE:
            parts.insert(len(parts) if stage.down.place is Place.AFTER else 0, _describe_down(stage.down))
        titles.append(("encoder", stage.name, ", ".join(parts)))
    titles += [("bottleneck", layer.name, _describe_convs((layer.conv,))) for layer in spec.bottleneck]
    for decoder in spec.decoder:
        parts = [f"{decoder.up.kind.value} ×{decoder.up.factor}"] if decoder.up.factor > 1 else []
        if decoder.skip:
            parts.append(f"{decoder.skip.merge.value} {decoder.skip.source}")
        if decoder.convs:
            parts.append(_describe_convs(decoder.convs))
        titles.append(("decoder", decoder.name, ", ".join(parts)))
    titles.append(("outputs", OUTPUTS, f"{spec.output.activation} over {spec.output.classes} classes"))
    return titles


def _describe_convs(convs: tuple[Conv, ...]) -> str:
    words = [f"{conv.kind.value} {conv.kernel}×{conv.kernel}" for conv in convs]
    if len(set(words)) == 1:
        return words[0] if len(words) == 1 else f"{len(words)} × {words[0]}"
    return " + ".join(words)


def _describe_down(down: Down) -> str:
    if down.kind is DownKind.STRIDE:
        return f"stride {down.factor}"
    return f"{down.kind.value} pool {down.factor}×{down.factor}"


def _total(rows: tuple[Row, ...], graph: Graph) -> Flow:
    return Flow(
        rows,
        sum([row.params or 0 for row in rows]),
        sum([row.frozen or 0 for row in rows]),
        sum([row.macs or 0 for row in rows]),
        sum([row.activations for row in rows]),
        not graph.broken,
    )
