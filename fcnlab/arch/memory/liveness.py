"""How much memory a list of operations needs when each tensor is freed after its last use.

That is what frameworks do: a tensor's buffer goes back as soon as the last operation that reads it has run, and an
operation that works value by value may write into the buffer of an input that nobody reads any more.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Op(NamedTuple):
    """One operation.

    Attributes:
        writes: The tensor it makes; no two operations make the same one.
        size: Of that tensor, in bytes.
        reads: Tensors that were made before it.
        in_place: Whether the tensor may take the buffer of one of those, if nobody reads that later and it is at
            least as large.
        scratch: Bytes that it needs while it runs, and gives back.
    """

    writes: str
    size: int
    reads: tuple[str, ...] = ()
    in_place: bool = False
    scratch: int = 0


class Peak(NamedTuple):
    """The moment of most memory.

    Attributes:
        size: Bytes that are in use then.
        at: The tensor that is made then.
    """

    size: int
    at: str


def peak(ops: Sequence[Op], held: Iterable[str] = ()) -> Peak:
    """Run the operations in order, and find when most memory is in use.

    Args:
        ops: In the order in which they run.
        held: Tensors that are kept to the end, whoever reads them.
    """
    last = {name: number for number, op in enumerate(ops) for name in (*op.reads, op.writes)}
    last |= dict.fromkeys(held, len(ops))
    sizes: dict[str, int] = {}
    alive, most = 0, Peak(0, "")
    for number, op in enumerate(ops):
        done = {name for name in op.reads if last[name] == number}
        if op.in_place:
            taken = next((name for name in op.reads if name in done and sizes[name] >= op.size), "")
            done.discard(taken)
            alive -= sizes.get(taken, 0)
        sizes[op.writes] = op.size
        alive += op.size
        if alive + op.scratch > most.size:
            most = Peak(alive + op.scratch, op.writes)
        alive -= sum([sizes[name] for name in done])
        if last[op.writes] == number:
            alive -= op.size
    return most
