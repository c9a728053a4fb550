"""What the rules of this package speak of: tensors, and the operations that make them."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from fcnlab.arch.memory.liveness import Op

FLOAT32 = 4
"""Bytes of a value."""


LEARNED = "/weights"
"""Ends the name of a gradient towards weights (a number may follow)."""


class Tensor(NamedTuple):
    """A tensor of a step, for one image.

    Attributes:
        name: Of its own.
        size: Its bytes.
        channels: Of a layer's output; not told of others.
    """

    name: str
    size: int
    channels: int = 0


Parts = tuple[Tensor, ...]
"""A layer's output, cut along its channels: what a concatenation would only copy is left where it is."""

Pull = Callable[[Parts], list[Parts]]
"""From the loss's gradient towards a layer's output to those towards its inputs, part by part."""


class Trace:
    """The operations so far.

    Args:
        value: Bytes of one value of what is kept between layers.
    """

    def __init__(self, value: int) -> None:
        self.value = value
        self.ops: list[Op] = []
        self._names: dict[str, int] = {}

    def make(
        self,
        name: str,
        size: int,
        reads: Iterable[Tensor] = (),
        *,
        in_place: bool = False,
        scratch: int = 0,
        channels: int = 0,
    ) -> Tensor:
        """One more operation; its tensor gets a number where the name is taken."""
        count = self._names[name] = self._names.get(name, 0) + 1
        tensor = Tensor(name if count == 1 else f"{name} {count}", size, channels)
        self.ops.append(Op(tensor.name, size, tuple([read.name for read in reads]), in_place, scratch))
        return tensor

    def learn(self, name: str, reads: Iterable[Tensor]) -> None:
        """The gradient towards some of a layer's weights, whose own memory is counted elsewhere."""
        self.make(f"{name}{LEARNED}", 0, reads)

    def whole(self, name: str, parts: Parts) -> Tensor:
        """One tensor of all parts."""
        if len(parts) == 1:
            return parts[0]
        return self.make(f"{name}/whole", total(parts), parts, channels=sum([part.channels for part in parts]))

    def cut(self, name: str, tensor: Tensor, like: Parts) -> Parts:
        """The reverse of `whole`."""
        return (tensor,) if len(like) == 1 else tuple([self.make(f"{name}/cut", part.size, (tensor,)) for part in like])

    def add_up(self, name: str, gradients: list[Parts]) -> Parts:
        """The gradient towards an output that several layers read."""
        if len(gradients) == 1:
            return gradients[0]
        pairs = zip(*gradients, strict=True)
        return tuple([self.make(f"{name}/sum", each[0].size, each, in_place=True) for each in pairs])


def total(parts: Iterable[Tensor]) -> int:
    """Bytes of all parts."""
    return sum([part.size for part in parts])


def useful(ops: Iterable[Op], wanted: Iterable[str] = ()) -> list[Op]:
    """The operations without those that nothing comes of: neither gradients of weights nor what is wanted.

    A framework leaves them out, too, e.g. the gradient towards the images.
    """
    needed, found = set(wanted), []
    for op in reversed(list(ops)):
        if op.writes in needed or LEARNED in op.writes:
            needed.update(op.reads)
            found.append(op)
    return found[::-1]
