"""A network of others as a list of plain layers, and the error that tells everything that was not understood."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from fcnlab.errors import SpecError

MAX_LAYERS: Final = 1000
SHOWN = 6
"""Problems that the error's sentence spells out; `problems` holds them all."""


class ForeignLayer(NamedTuple):
    """One layer of a network that was made elsewhere.

    Attributes:
        name: Unique in the network, and allowed as a layer's name in Keras 3.
        kind: A class of `fcnlab.arch.foreign.vocabulary`.
        config: Its settings: plain numbers, words and lists, each known to that class.
        inputs: Names of the layers it reads.
        origin: Its name in the file it came from, by which its weights are found.
        group: Where Keras 3 keeps its weights: the class in snake case with a count ("conv2d_1").
    """

    name: str
    kind: str
    config: dict[str, Any]
    inputs: tuple[str, ...]
    origin: str
    group: str


class ForeignNet(NamedTuple):
    """A network that was made elsewhere: one picture in, one tensor out.

    Attributes:
        name: As its configuration calls it.
        layers: Each reads only layers before it; the first is the input, the last the output.
        shapes: Of each layer's output by name, without the batch: [H, W, C], or [C] behind a Flatten and the like.
    """

    name: str
    layers: tuple[ForeignLayer, ...]
    shapes: dict[str, tuple[int, ...]]


class NotUnderstoodError(SpecError):
    """A network that cannot be read: every reason, each as a sentence that names its layer.

    Args:
        message: What was to be done with it.
        problems: The reasons.
        fix: What to do instead.
    """

    def __init__(self, message: str, problems: Sequence[str], fix: str) -> None:
        self.problems = tuple(problems)
        more = len(problems) - SHOWN
        rest = f" (and {more} more)" if more > 0 else ""
        told = " ".join(problems[:SHOWN])
        super().__init__(f"{message} {told}{rest}", fix)
