"""What the rules of `fast` speak of: tensors in parts along the channels, and gradients of weights."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

Parts = tuple[Any, ...]
"""One layer's output [N, H, W, C], cut along C: what a concatenation would only copy is left where it is."""

Pull = Callable[[Parts], list[Parts]]
"""From the loss's gradient towards a layer's output to those towards its inputs, part by part."""


class Work:
    """What the rules share during one step.

    Args:
        dtype: In which tensors between layers are kept and convolutions are computed.

    Attributes:
        gradients: By the identity of a weight, float32.
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        self.gradients: dict[int, Any] = {}
        self._cast: dict[int, Any] = {}

    def weight(self, variable: Any) -> Any:
        """A weight in the dtype of the work; cast once a step."""
        if id(variable) not in self._cast:
            self._cast[id(variable)] = tf.cast(variable.value, self.dtype)
        return self._cast[id(variable)]

    def learn(self, variable: Any, gradient: Any) -> None:
        """Keep the loss's gradient towards a weight."""
        self.gradients[id(variable)] = tf.cast(gradient, tf.float32)


def whole(parts: Parts) -> Any:
    """The tensor that the parts are parts of."""
    return parts[0] if len(parts) == 1 else tf.concat(parts, axis=-1)


def widths(parts: Parts) -> list[int]:
    """Channels of each part."""
    return [part.shape[-1] for part in parts]


def cut(tensor: Any, like: Parts) -> Parts:
    """The reverse of `whole`."""
    return (tensor,) if len(like) == 1 else tuple(tf.split(tensor, widths(like), axis=-1))


def total(gradients: list[Parts]) -> Parts:
    """The gradient towards an output that several layers read."""
    if len(gradients) == 1:
        return gradients[0]
    return tuple(tf.add_n(list(each)) for each in zip(*gradients, strict=True))
