"""What training a network takes, in bytes: found on paper, by stage.

Every tensor of a step grows with the batch alike, so that one walk through the step tells for every batch size.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from fcnlab.arch.graph import Graph, expand
from fcnlab.arch.memory.liveness import peak
from fcnlab.arch.memory.program import IMAGE, inference_program, training_program
from fcnlab.arch.memory.rules import values
from fcnlab.arch.memory.trace import FLOAT32
from fcnlab.arch.spec import INPUTS, OUTPUTS, NetSpec
from fcnlab.errors import SpecError

Precision = Literal["float32", "bfloat16"]
OptimizerName = Literal["adam", "adamw", "sgd"]

PROCESS = 840_000_000
"""Bytes of a worker that has loaded TensorFlow and has trained nothing yet."""

GRAPHS = 85_000_000
"""Bytes that a network's compiled functions and the kernels they load take, whatever its size."""

SLACK = 1.15
"""Memory of a step to that of its tensors in the order of the program: a framework runs operations side by side and
not in that order, kernels have buffers of their own, and not every gap between tensors can be filled."""

SCORED_TOGETHER = 16
"""Images that go through the network at a time where nothing is learned: in validation, for batch norm's statistics."""

_VALUE: dict[Precision, int] = {"float32": FLOAT32, "bfloat16": 2}
_MOMENTS: dict[OptimizerName, int] = {"adam": 2, "adamw": 2, "sgd": 1}


@dataclass(frozen=True, slots=True)
class StageMemory:
    """What one row of the shape flow takes, in bytes.

    Attributes:
        name: The stage's name.
        role: inputs, encoder, bottleneck, decoder or outputs.
        weights: All of its weights, trained or not.
        gradients: Of those that are trained.
        moments: What the optimizer keeps for each of those.
        activations: Outputs of its layers that the backward pass reads, for the whole batch.
    """

    name: str
    role: str
    weights: int
    gradients: int
    moments: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.moments + self.activations


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """What training takes at its peak, in bytes.

    Attributes:
        batch_size: Images a step.
        stages: In the order of the shape flow.
        batch: The images of a step, as bytes and as floating-point numbers, and their labels.
        workspace: What is there for a moment at the peak: gradients of activations, the loss, buffers of kernels.
        runtime: The process with its frameworks, without the network.
    """

    batch_size: int
    stages: tuple[StageMemory, ...]
    batch: int
    workspace: int
    runtime: int

    @property
    def weights(self) -> int:
        """Of all stages."""
        return sum([stage.weights for stage in self.stages])

    @property
    def gradients(self) -> int:
        """Of all stages."""
        return sum([stage.gradients for stage in self.stages])

    @property
    def moments(self) -> int:
        """Of all stages."""
        return sum([stage.moments for stage in self.stages])

    @property
    def activations(self) -> int:
        """Of all stages."""
        return sum([stage.activations for stage in self.stages])

    @property
    def network(self) -> int:
        """All but the runtime."""
        return sum([stage.total for stage in self.stages]) + self.batch + self.workspace

    @property
    def total(self) -> int:
        """All of it."""
        return self.network + self.runtime

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `python -m fcnlab flow --json` prints it; bytes."""
        kinds = {kind: getattr(self, kind) for kind in ("weights", "gradients", "moments", "activations")}
        rest = {"batch": self.batch, "workspace": self.workspace, "runtime": self.runtime, "total": self.total}
        stages = [asdict(stage) for stage in self.stages]
        return {"batch_size": self.batch_size, **kinds, **rest, "stages": stages}


@dataclass(frozen=True, slots=True)
class MemoryModel:
    """What training a network takes, as a function of the batch size.

    Attributes:
        empty: The need without any image.
        activations: Bytes that each stage keeps for one image.
        batch: Bytes of one image with its labels.
        step: Bytes of one image at the peak of a training step.
        inference: Bytes of `SCORED_TOGETHER` images at the peak of a forward pass alone.
    """

    empty: MemoryNeed
    activations: tuple[int, ...]
    batch: int
    step: int
    inference: int

    def at(self, batch_size: int) -> MemoryNeed:
        """The need with so many images a step."""
        pairs = zip(self.empty.stages, self.activations, strict=True)
        stages = [
            StageMemory(stage.name, stage.role, stage.weights, stage.gradients, stage.moments, kept * batch_size)
            for stage, kept in pairs
        ]
        lasting = (sum(self.activations) + self.batch) * batch_size
        workspace = max(self.step * batch_size, self.inference) - lasting
        return MemoryNeed(batch_size, tuple(stages), self.batch * batch_size, workspace, self.empty.runtime)

    def largest_batch(self, budget: int) -> int:
        """The most images a step that fit into a budget of bytes; 0 where not even one does."""
        room = budget - self.empty.total
        return max(room // self.step, 0) if room >= self.inference else 0


@lru_cache(maxsize=256)
def memory_model(spec: NetSpec, *, precision: Precision = "float32", optimizer: OptimizerName = "adam") -> MemoryModel:
    """Work out what a network takes to be trained.

    Args:
        spec: The network.
        precision: Of convolutions and of what is kept between layers; weights, moments and loss are float32.
        optimizer: Adam and AdamW keep two moments for each trained weight, SGD one (its momentum).

    Raises:
        SpecError: The network does not fit together.
    """
    graph = expand(spec)
    rows = [(INPUTS, "inputs"), *_rows(spec), (OUTPUTS, "outputs")]
    if graph.broken:
        names = ", ".join([rows[row][0] for row in sorted(graph.broken)])
        raise SpecError(
            f"The memory of {spec.name} cannot be told, because {names} does not fit together.", "Mend the network."
        )
    value = _VALUE[precision]
    program = training_program(graph, value)
    image = graph.layers[0]
    kept = [0] * len(rows)
    for name, size in program.kept.items():
        if name not in (IMAGE, image.name):  # they are counted with the batch
            kept[program.stages[name]] += size
    batch = values(image) * (1 + value) + image.shape[0] * image.shape[1]
    stages = tuple(_without_images(graph, row, *row_of, _MOMENTS[optimizer]) for row, row_of in enumerate(rows))
    step = max(round(SLACK * peak(program.ops).size), sum(kept) + batch)
    inference = round(SLACK * SCORED_TOGETHER * peak(inference_program(graph)).size)
    return MemoryModel(MemoryNeed(0, stages, 0, 0, PROCESS + GRAPHS), tuple(kept), batch, step, inference)


def _rows(spec: NetSpec) -> list[tuple[str, str]]:
    """Name and role of each stage."""
    encoder = [(stage.name, "encoder") for stage in spec.encoder]
    bottleneck = [(stage.name, "bottleneck") for stage in spec.bottleneck]
    return [*encoder, *bottleneck, *[(stage.name, "decoder") for stage in spec.decoder]]


def _without_images(graph: Graph, row: int, name: str, role: str, moments: int) -> StageMemory:
    layers = [layer for layer in graph.layers if layer.stage == row]
    weights = FLOAT32 * sum([layer.params for layer in layers])
    trained = weights - FLOAT32 * sum([layer.frozen for layer in layers])
    return StageMemory(name, role, weights, trained, moments * trained, 0)


def training_memory(
    spec: NetSpec, batch_size: int, *, precision: Precision = "float32", optimizer: OptimizerName = "adam"
) -> MemoryNeed:
    """What training a network takes at its peak.

    Args:
        spec: The network.
        batch_size: Images a step, at least one.
        precision: See `memory_model`.
        optimizer: See `memory_model`.

    Raises:
        SpecError: The network does not fit together.
    """
    return memory_model(spec, precision=precision, optimizer=optimizer).at(batch_size)
