"""A network cut at its skips: what comes before them runs once, what comes after them as often as is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from fcnlab.arch import Layer, NetSpec, expand
from fcnlab.arch.graph import Graph
from fcnlab.errors import FcnLabError
from fcnlab.net import backend

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Encoded = tuple[Floats, tuple[Floats, ...]]
"""The trunk float32 [N, h, w, c], which enters the first row that has a skip, and what each skip carries
(float32 [N, H, W, C] each, from the bottom up)."""


@dataclass(frozen=True)
class SkipEdge:
    """A skip connection.

    Attributes:
        name: The decoder stage it leads to.
        source: "inputs" or the encoder stage it comes from.
        layer: The layer whose output it carries.
        shape: Of that output, [H, W, C].
    """

    name: str
    source: str
    layer: str
    shape: tuple[int, int, int]


@dataclass(frozen=True)
class Row:
    """The layers of one row of the shape flow, from the first row that has a skip on.

    Attributes:
        layers: In order; each reads layers of the row, `entry`, or the skip's layer.
        entry: The layer before the row.
        skip: Number of the row's skip, None where it has none.
    """

    layers: tuple[Layer, ...]
    entry: str
    skip: int | None


class Cut:
    """A network in two parts: up to the skips, and from there on.

    Args:
        spec: The network on paper.
        model: The same network as `fcnlab.net.builder.build` made it.

    Attributes:
        skips: From the bottom up.
        rows: The second part, ending with the row `outputs`.
        shapes: Of every layer's output, [H, W, C], by its name.

    Raises:
        FcnLabError: The network has no skips.
    """

    def __init__(self, spec: NetSpec, model: keras.Model) -> None:
        if not spec.skips:
            raise FcnLabError("The network has no skip connections.", "Choose a network that has some.")
        graph = expand(spec)
        self.model = model
        self.shapes = {layer.name: layer.shape for layer in graph.layers}
        self.skips, self.rows = _rows(spec, graph)
        first = next(layer.stage for layer in graph.layers if layer is self.rows[0].layers[0])
        self._before = tuple(layer for layer in graph.layers if layer.stage < first)
        self._encode = backend.current().compiled(model, self._run_before)
        self._decode = backend.current().compiled(model, self._run_after)

    @property
    def names(self) -> tuple[str, ...]:
        """The decoder stages that have a skip, from the bottom up; a skip bears its decoder stage's name."""
        return tuple(skip.name for skip in self.skips)

    def encode(self, images: Bytes) -> Encoded:
        """The first part, for images uint8 [N, H, W, C]."""
        trunk, *taps = self._encode(images)
        return trunk, tuple(taps)

    def decode(self, trunk: Floats, carried: Sequence[Floats]) -> Floats:
        """The second part: class probabilities float32 [N, H, W, K], with what each skip is to carry."""
        probabilities: Floats = self._decode(trunk, *carried)
        return probabilities

    def apply(self, layer: Layer, tensors: Mapping[str, Any]) -> Any:
        """A layer's output; `tensors` holds what it reads, by name."""
        sources = [tensors[name] for name in layer.inputs]
        return self.model.get_layer(layer.name)(sources if len(sources) > 1 else sources[0])

    def run(self, row: Row, entering: Any, carried: Any = None) -> Any:
        """A row's output for what enters it and what its skip, if it has one, carries."""
        tensors = {row.entry: entering}
        if row.skip is not None:
            tensors[self.skips[row.skip].layer] = carried
        for layer in row.layers:
            tensors[layer.name] = self.apply(layer, tensors)
        return tensors[row.layers[-1].name]

    def _run_before(self, images: Any) -> Any:
        first, *others = self._before
        tensors = {first.name: backend.standardise(images)}
        for layer in others:
            tensors[layer.name] = self.apply(layer, tensors)
        return [tensors[self.rows[0].entry], *(tensors[skip.layer] for skip in self.skips)]

    def _run_after(self, tensor: Any, *carried: Any) -> Any:
        for row in self.rows:
            tensor = self.run(row, tensor, None if row.skip is None else carried[row.skip])
        return ops.convert_to_tensor(tensor)


def _rows(spec: NetSpec, graph: Graph) -> tuple[tuple[SkipEdge, ...], tuple[Row, ...]]:
    """The skips, and the rows from the first one that has a skip on; rows without layers are left out."""
    stages = {layer.name: layer.stage for layer in graph.layers}
    shapes = {layer.name: layer.shape for layer in graph.layers}
    first = 1 + len(spec.encoder) + len(spec.bottleneck)
    skips: list[SkipEdge] = []
    rows: list[Row] = []
    for number in range(first, len(graph.ends)):
        stage = spec.decoder[number - first] if number - first < len(spec.decoder) else None
        layers = tuple(layer for layer in graph.layers if layer.stage == number)
        entry = graph.layers[graph.ends[number - 1]].name
        skip = None
        if stage and stage.skip:
            read = (name for layer in layers for name in layer.inputs)
            tapped = next(name for name in read if stages[name] < number and name != entry)
            skip = len(skips)
            skips.append(SkipEdge(stage.name, stage.skip.source, tapped, shapes[tapped]))
        if layers and skips:
            rows.append(Row(layers, entry, skip))
    return tuple(skips), tuple(rows)
