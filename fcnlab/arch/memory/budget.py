"""What fits into a given memory: the largest batch at an input size, the largest input size at a batch."""

from collections.abc import Iterable
from math import sqrt

from fcnlab.arch.flow import flow
from fcnlab.arch.graph import expand
from fcnlab.arch.memory.need import MemoryModel, OptimizerName, Precision, memory_model
from fcnlab.arch.spec import NetSpec

Size = tuple[int, int]
"""Height and width of a network's input in pixels."""

MOST = 4096
"""Images a step that a plan may have at most."""

GB = 10**9


def resized(spec: NetSpec, size: Size) -> NetSpec:
    """The same network for images of another height and width."""
    height, width = size
    return spec.model_copy(update={"input": spec.input.model_copy(update={"height": height, "width": width})})


def fits(
    spec: NetSpec,
    budget: int,
    size: Size | None = None,
    *,
    precision: Precision = "float32",
    optimizer: OptimizerName = "adam",
) -> int:
    """The largest batch that can be trained in a memory.

    Args:
        spec: The network.
        budget: Bytes, the process with its frameworks included.
        size: Of the images; None takes the network's own.
        precision: See `memory_model`.
        optimizer: See `memory_model`.

    Returns:
        Images a step, at most 4096; 0 where not even one fits.

    Raises:
        SpecError: The network does not fit together at that size.
    """
    net = resized(spec, size) if size else spec
    return _largest(memory_model(net, precision=precision, optimizer=optimizer), budget)


def fitting_size(
    spec: NetSpec,
    budget: int,
    batch_size: int,
    *,
    precision: Precision = "float32",
    optimizer: OptimizerName = "adam",
) -> Size | None:
    """The largest input size, up to the network's own and of about its shape, at which a batch fits into a memory.

    Args:
        spec: The network.
        budget: Bytes.
        batch_size: Images a step.
        precision: See `memory_model`.
        optimizer: See `memory_model`.

    Returns:
        Height and width, which the network's downsampling divides; None where none is found.

    Raises:
        SpecError: The network does not fit together.
    """
    model = memory_model(spec, precision=precision, optimizer=optimizer)
    need = model.at(batch_size)
    fixed = model.empty.total
    share = min(sqrt(max(budget - fixed, 0) / max(need.total - fixed, 1)), 1.0)
    height, width, unit = spec.input.height, spec.input.width, _unit(spec)
    longest = int(max(height, width) * share) // unit + 1
    for units in range(longest, 0, -1):
        scale = units * unit / max(height, width)
        if scale > 1:
            continue
        size = _whole_units(height * scale, unit), _whole_units(width * scale, unit)
        net = resized(spec, size)
        if not expand(net).broken and fits(net, budget, precision=precision, optimizer=optimizer) >= batch_size:
            return size
    return None


def verdict(
    spec: NetSpec,
    budget: int,
    sizes: Iterable[Size],
    *,
    precision: Precision = "float32",
    optimizer: OptimizerName = "adam",
) -> str:
    """What fits into a memory, in a sentence such as "In 4 GB: 160×160 fits to batch 120, 256×256 to batch 40.".

    Args:
        spec: The network.
        budget: Bytes.
        sizes: To be told of, each once.
        precision: See `memory_model`.
        optimizer: See `memory_model`.
    """
    fitting: list[str] = []
    other: list[str] = []
    for height, width in dict.fromkeys(sizes):
        net, size = resized(spec, (height, width)), f"{height}×{width}"
        if expand(net).broken:
            other.append(f"{size} does not go through this network")
            continue
        batch = fits(net, budget, precision=precision, optimizer=optimizer)
        if not batch:
            other.append(f"{size} does not fit with a single image")
        elif batch == MOST:
            fitting.append(f"{size} fits to any batch" if not fitting else f"{size} to any batch")
        else:
            fitting.append(f"{size} fits to batch {batch:,}" if not fitting else f"{size} to batch {batch:,}")
    return f"In {in_gigabytes(budget)}: {', '.join([*fitting, *other])}."


def in_gigabytes(size: int) -> str:
    """Bytes for people: "4 GB", "7.6 GB"."""
    return f"{size / GB:,.2g} GB" if size < 10 * GB else f"{size / GB:,.0f} GB"


def _largest(model: MemoryModel, budget: int) -> int:
    return min(model.largest_batch(budget), MOST)


def _unit(spec: NetSpec) -> int:
    """By what a network's input sizes are divided on the way down."""
    return max(round(max(row.jump for row in flow(spec).rows)), 1)


def _whole_units(length: float, unit: int) -> int:
    return max(int(length / unit + 0.5), 1) * unit
