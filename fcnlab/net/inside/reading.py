"""Which positions of its source one value of a layer reads, along one axis. Every windowed layer pads `same`."""

from typing import NamedTuple


class Span(NamedTuple):
    """Neighbouring positions, and what each is taken with.

    Attributes:
        first: The first position; it may lie beyond the edge.
        shares: How much of each position from `first` on is taken.
    """

    first: int
    shares: tuple[float, ...]


def window_start(position: int, size: int, kernel: int, stride: int) -> int:
    """The first position that a convolution's or a pooling's window covers; below 0 beyond the edge.

    TensorFlow's rule for `same`: with ceil(size / stride) outputs, what is missing is put around the source, the
    odd one at the end.
    """
    outputs = -(-size // stride)
    missing = max((outputs - 1) * stride + kernel - size, 0)
    return position * stride - missing // 2


def painters(position: int, size: int, kernel: int, factor: int) -> list[tuple[int, int]]:
    """The positions that paint one output of a transposed convolution, each with the place of its kernel that does.

    Position i paints the outputs from i·factor − padding on, `kernel` of them.
    """
    shifted = position + max(kernel - factor, 0) // 2
    first, last = -(-(shifted - kernel + 1) // factor), shifted // factor
    return [(i, shifted - i * factor) for i in range(max(first, 0), min(last, size - 1) + 1)]


def nearest(position: int, factor: int) -> Span:
    """The one position that is repeated."""
    return Span(position // factor, (1.0,))


def bilinear(position: int, size: int, factor: int) -> Span:
    """One or two positions around the output's centre, at half-pixel centres; the edge is repeated."""
    # In units of 1 / (2 · factor), so that no rounding decides between two positions.
    first, rest = divmod(2 * position + 1 - factor, 2 * factor)
    return _between(first, rest / (2 * factor), size)


def bilinear_tf1(position: int, size: int, factor: int) -> Span:
    """One or two positions on TensorFlow 1's grid, where output o lies at o / factor; the edge is repeated."""
    first, rest = divmod(position, factor)
    return _between(first, rest / factor, size)


def _between(first: int, share: float, size: int) -> Span:
    """The position `first` and its neighbour, which gets `share`; what lies beyond the edge is the edge's own."""
    if share == 0 or first < 0 or first + 1 >= size:
        return Span(min(max(first + (first < 0), 0), size - 1), (1.0,))
    return Span(first, (1 - share, share))
