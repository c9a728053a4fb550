"""The way through a network from its input to its output, and the skips that join it from the side."""

from typing import NamedTuple

from fcnlab.arch.foreign.operations import Operation


class Joint(NamedTuple):
    """A place where a skip joins the way.

    Attributes:
        tap: Position on the way of the tensor that the skip carries.
        merge: "concat", "add" or "gate".
        project: Whether a 1×1 convolution brings the skip to the width.
        layers: The foreign layers of the joint's own weights, in the order of `fcnlab.arch.graph`.
        first: Channels of the skip where it comes first in the concatenation (the lab puts it last); 0 else.
    """

    tap: int
    merge: str
    project: bool
    layers: tuple[str, ...]
    first: int


class Way(NamedTuple):
    """The operations from the input to the output.

    Attributes:
        operations: In order.
        joints: By position on the way: the concatenations and sums.
    """

    operations: tuple[Operation, ...]
    joints: dict[int, Joint]


class _Side(NamedTuple):
    """What comes from the side: the tapped operation's number, and what happens to it."""

    tap: int
    merge: str = ""
    project: bool = False
    layers: tuple[str, ...] = ()


def find_way(operations: list[Operation], problems: list[str]) -> Way:
    """Follow the network back from its output: at a joint, the way is the side that went deeper.

    Args:
        operations: Each reads only those before it; the last is the output.
        problems: Gets a sentence for every joint that is no skip of the lab's kind.
    """
    depth: list[int] = []
    for operation in operations:
        depth.append(1 + max((depth[source] for source in operation.inputs), default=0))
    numbers = [len(operations) - 1]
    sides: dict[int, tuple[_Side, bool]] = {}
    while operations[numbers[-1]].inputs:
        number = numbers[-1]
        operation = operations[number]
        if len(operation.inputs) == 1:
            numbers.append(operation.inputs[0])
            continue
        main, side = _branches(operations, operation, depth)
        sides[number] = (_side(operations, operation, main, side), operation.inputs[0] == side)
        numbers.append(main)
    numbers.reverse()
    position = {number: place for place, number in enumerate(numbers)}
    joints = {}
    for number, (found, skip_first) in sides.items():
        operation = operations[number]
        wrong = _trouble(operation, found, position)
        if wrong:
            problems.append(f"{operation.layer}: {wrong}.")
            continue
        width = operations[found.tap].channels if skip_first and operation.kind == "concat" else 0
        merge = found.merge or operation.kind
        joints[position[number]] = Joint(position[found.tap], merge, found.project, found.layers, width)
    return Way(tuple(operations[number] for number in numbers), joints)


def _branches(operations: list[Operation], joint: Operation, depth: list[int]) -> tuple[int, int]:
    """The way and the side. A gate hangs on the way itself, so that its depth says nothing."""
    one, other = joint.inputs[:2]
    if joint.kind == "concat":
        for side, main in ((one, other), (other, one)):
            if _gate(operations, main, side):
                return main, side
    return (one, other) if depth[one] >= depth[other] else (other, one)


def _side(operations: list[Operation], joint: Operation, main: int, side: int) -> _Side:
    if joint.kind == "concat":
        return _gate(operations, main, side) or _Side(side)
    operation = operations[side]
    projects = operation.kind == "conv" and operation.kernel == operation.stride == 1
    if joint.kind == "add" and projects:
        return _Side(operation.inputs[0], project=True, layers=(operation.layer,))
    return _Side(side)


def _gate(operations: list[Operation], main: int, side: int) -> _Side | None:
    """Oktay et al. 2018 as `fcnlab.arch.graph` has it: tap × σ(1×1(relu(1×1(way) + 1×1(tap)))); None for others."""

    def reads(number: int, kind: str, function: str = "") -> tuple[int, ...] | None:
        operation = operations[number]
        plain = operation.kind != "conv" or (operation.kernel == operation.stride == 1)
        return operation.inputs if operation.kind == kind and operation.function == function and plain else None

    for tap, alpha in _both_orders(reads(side, "multiply")):
        score = reads(alpha, "activation", "sigmoid")
        relu = score and operations[score[0]].channels == 1 and reads(score[0], "conv")
        total = relu and reads(relu[0], "activation", "relu")
        for signal, key in _both_orders((total and reads(total[0], "add")) or None):
            fits = reads(signal, "conv") == (main,) and reads(key, "conv") == (tap,) and not operations[key].bias
            width = max(operations[tap].channels // 2, 1)
            if score and fits and operations[signal].channels == width:
                layers = tuple(operations[number].layer for number in (signal, key, score[0]))
                return _Side(tap, "gate", layers=layers)
    return None


def _both_orders(pair: tuple[int, ...] | None) -> list[tuple[int, int]]:
    return [(pair[0], pair[1]), (pair[1], pair[0])] if pair and len(pair) == 2 else []


def _trouble(joint: Operation, side: _Side, position: dict[int, int]) -> str:
    """Why a joint is no skip of the lab's kind; empty if it is one."""
    if joint.kind not in ("concat", "add"):
        return f"it joins two tensors by {joint.kind}; the lab's skips are concatenated, added or gated"
    if side.tap not in position:
        return "what it joins is computed beside the network's way; a skip carries a tensor of the encoder as it is"
    return ""
