"""The theoretical receptive field: which input pixels can reach one value of a layer, over all paths.

Along one axis, the inputs that position i of a tensor sees form an interval [lo(i), hi(i)]. Strides and
upsamplings make that interval depend on i only through i modulo a period, so that a layer's whole receptive field
is known from one period, exactly, without an image (cf. Araujo et al. 2019, distill.pub/2019/computing-receptive-
fields, extended by upsampling and by taking the union where paths meet). The picture's edge is left out of account:
these are the fields of positions in the middle of a large picture.
"""

from collections.abc import Callable
from math import gcd, lcm
from typing import NamedTuple

from fcnlab.arch.graph import Layer

MAX_ENTRIES = 4096
"""Intervals kept for one period. No network without errors needs more: its period divides its input's size."""


class Reach(NamedTuple):
    """The intervals of one period along one axis.

    Position i = (q·n + r)·grain + s, with n intervals, r < n and s < grain, sees the inputs from q·advance + lo[r]
    to q·advance + hi[r]. Where a transposed convolution leaves a gap, lo is that of the next position that sees
    something and hi that of the one before: no longer than theirs, so that `size` stays exact. The grain is 1 up to a
    period of `MAX_ENTRIES`; beyond it neighbours share the interval that holds them all.
    """

    advance: int
    lo: tuple[int, ...]
    hi: tuple[int, ...]
    grain: int = 1

    @property
    def period(self) -> int:
        """Positions after which the intervals repeat, `advance` input pixels further on."""
        return len(self.lo) * self.grain

    @property
    def size(self) -> int:
        """Length of the longest interval, in input pixels."""
        return max([high - low + 1 for low, high in zip(self.lo, self.hi, strict=True)])

    @property
    def jump(self) -> float:
        """Input pixels from one position to the next."""
        return self.advance / self.period

    def first(self, position: int) -> int:
        """The first input pixel that `position` sees; it may lie outside of the picture."""
        cycle, phase = divmod(position // self.grain, len(self.lo))
        return cycle * self.advance + self.lo[phase]

    def last(self, position: int) -> int:
        """The last input pixel that `position` sees; it may lie outside of the picture."""
        cycle, phase = divmod(position // self.grain, len(self.hi))
        return cycle * self.advance + self.hi[phase]


START = Reach(1, (0,), (0,))


def reaches(layers: tuple[Layer, ...], axis: int) -> list[Reach]:
    """The reach of every layer along `axis` (0 height, 1 width), in the order of `layers`."""
    found: list[Reach] = []
    by_name: dict[str, tuple[Reach, int]] = {}
    for layer in layers:
        sources = [by_name[name] for name in layer.inputs]
        reach = _after(layer, [reach for reach, _ in sources], sources[0][1] if sources else 0)
        found.append(reach)
        by_name[layer.name] = (reach, layer.shape[axis])
    return found


def _after(layer: Layer, sources: list[Reach], size: int) -> Reach:
    if not sources:
        return START
    source = sources[0]
    match layer.kind:
        case "conv" | "separable" | "max_pool" | "average_pool":
            if layer.kernel == layer.stride == 1:
                return source
            outputs = -(-size // layer.stride)
            padding = max((outputs - 1) * layer.stride + layer.kernel - size, 0) // 2
            return _window(source, layer.kernel, layer.stride, padding)
        case "transposed":
            return _transposed(source, layer.kernel, layer.stride)
        case "nearest" | "bilinear" | "bilinear-tf1":
            return _interpolated(source, layer.kind, layer.stride)
        case _:
            return source if len(sources) == 1 else _union(sources)


def _spread(advance: int, period: int, first: Callable[[int], int], last: Callable[[int], int]) -> Reach:
    """One period of intervals; `first` and `last` give those of a position, and both grow with it."""
    grain = -(-period // MAX_ENTRIES)
    starts = range(0, period, grain)
    return Reach(advance, tuple([first(i) for i in starts]), tuple([last(i + grain - 1) for i in starts]), grain)


def _window(source: Reach, kernel: int, stride: int, padding: int) -> Reach:
    """Position i reads the source from i·stride − padding on, `kernel` positions."""
    period = source.period // gcd(source.period, stride)
    return _spread(
        source.advance * stride * period // source.period,
        period,
        lambda i: source.first(i * stride - padding),
        lambda i: source.last(i * stride - padding + kernel - 1),
    )


def _transposed(source: Reach, kernel: int, stride: int) -> Reach:
    """Position o reads the positions i of the source for which 0 ≤ o + padding − i·stride < kernel."""
    padding = max(kernel - stride, 0) // 2
    return _spread(
        source.advance,
        source.period * stride,
        lambda o: source.first(-(-(o + padding - kernel + 1) // stride)),
        lambda o: source.last((o + padding) // stride),
    )


def _interpolated(source: Reach, kind: str, factor: int) -> Reach:
    """Position o reads the source at (2·o + shift)/(2·factor), and its neighbour where that lies between two."""
    shift, twice = (1 - factor if kind == "bilinear" else 0), 2 * factor
    if kind == "nearest":
        return _spread(
            source.advance,
            source.period * factor,
            lambda o: source.first(o // factor),
            lambda o: source.last(o // factor),
        )
    return _spread(
        source.advance,
        source.period * factor,
        lambda o: source.first((2 * o + shift) // twice),
        lambda o: source.last(-(-(2 * o + shift) // twice)),
    )


def _union(sources: list[Reach]) -> Reach:
    period = lcm(*(source.period for source in sources))
    return _spread(
        sources[0].advance * period // sources[0].period,
        period,
        lambda i: min([source.first(i) for source in sources]),
        lambda i: max([source.last(i) for source in sources]),
    )
