"""Where a skip meets the upsampled tensor, taken apart so that each side is computed once.

After a concatenation or an addition, a convolution is linear: what it makes of the upsampled tensor and what it
makes of the skip can be computed apart and added. With S sets of the lower skips there are S upsampled tensors and
two versions of the skip, on and off: S + 2 halves instead of 2·S whole convolutions. Batch norm is affine once it is
trained; right after the convolution it is folded into the kernels.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

from keras import ops

from fcnlab.arch import Layer
from fcnlab.net.skips.cut import Cut, Row

Function = Callable[[Any], Any]
LINEAR = ("conv", "separable")
JOINS = ("concat", "add")


class Meeting(Protocol):
    """A row that has a skip; everything in it lives inside of one compiled function."""

    def upper(self, entering: Any) -> Any:
        """What the row makes of the tensor that enters it, before the skip has any part in it."""

    def side(self, carried: Any) -> Any:
        """What the row makes of the skip alone; `carried` [N, H, W, C], N 1 where it is the same for all pictures."""

    def join(self, upper: Any, side: Any) -> Any:
        """The row's output, of both."""


def meeting(cut: Cut, row: Row) -> Meeting:
    """The cheapest exact way through a row that has a skip.

    To be called inside of the function that is compiled, so that the network's present weights are used.
    """
    sorted_out = _Sorted(cut, row)
    first, *after = sorted_out.mixed
    # A gate comes back to the skip after its addition; else each layer reads the one before it and nothing more.
    single_file = all(layer.inputs == (before.name,) for before, layer in pairwise(sorted_out.mixed))
    if first.kind in JOINS and single_file:
        if after and after[0].kind in LINEAR:
            return _Halves(sorted_out, first, after)
        if first.kind == "add":
            return _Sum(sorted_out, first, after)
    return _Whole(sorted_out)


class _Sorted:
    """A row's layers by what they depend on: the entering tensor alone, the skip alone, or both."""

    def __init__(self, cut: Cut, row: Row) -> None:
        assert row.skip is not None
        self.cut = cut
        self.entry = row.entry
        self.tapped = cut.skips[row.skip].layer
        self.upper: list[Layer] = []
        self.side: list[Layer] = []
        self.mixed: list[Layer] = []
        below, beside = {self.entry}, {self.tapped}
        for layer in row.layers:
            sources = set(layer.inputs)
            if sources <= below:
                self.upper.append(layer)
                below.add(layer.name)
            elif sources <= beside:
                self.side.append(layer)
                beside.add(layer.name)
            else:
                self.mixed.append(layer)

    def run_upper(self, entering: Any, but: Layer | None = None) -> dict[str, Any]:
        """All layers, or all but the last one."""
        return self._run([layer for layer in self.upper if layer is not but], {self.entry: entering})

    def run_side(self, carried: Any) -> dict[str, Any]:
        return self._run(self.side, {self.tapped: carried})

    def run_mixed(self, tensors: dict[str, Any], layers: list[Layer]) -> Any:
        return self._run(layers, tensors)[layers[-1].name]

    def _run(self, layers: list[Layer], tensors: dict[str, Any]) -> dict[str, Any]:
        for layer in layers:
            tensors[layer.name] = self.cut.apply(layer, tensors)
        return tensors


class _Whole:
    """The general way: every layer that depends on both runs for every pair of them."""

    def __init__(self, row: _Sorted) -> None:
        self._row = row

    def upper(self, entering: Any) -> Any:
        return self._row.run_upper(entering)

    def side(self, carried: Any) -> Any:
        return self._row.run_side(carried)

    def join(self, upper: Any, side: Any) -> Any:
        count = ops.shape(next(iter(upper.values())))[0]
        wide = {name: ops.broadcast_to(value, (count, *value.shape[1:])) for name, value in side.items()}
        return self._row.run_mixed({**upper, **wide}, self._row.mixed)


class _Sum:
    """An addition without a linear layer after it."""

    def __init__(self, row: _Sorted, add: Layer, after: list[Layer]) -> None:
        self._row = row
        self._after = after
        self._name = add.name
        self._below, self._beside = _sources(row, add)
        self._halves: tuple[Function, Function] = (_same, _same)

    def upper(self, entering: Any) -> Any:
        return self._halves[0](self._row.run_upper(entering)[self._below])

    def side(self, carried: Any) -> Any:
        return self._halves[1](self._row.run_side(carried)[self._beside])

    def join(self, upper: Any, side: Any) -> Any:
        total = upper + side
        return self._row.run_mixed({self._name: total}, self._after) if self._after else total


class _Halves(_Sum):
    """A concatenation or addition with a convolution after it: each side has its half of the convolution."""

    def __init__(self, row: _Sorted, join: Layer, after: list[Layer]) -> None:
        linear, *rest = after
        norm = rest[0] if rest and rest[0].kind == "norm" else None
        super().__init__(row, join, rest[1:] if norm else rest)
        self._name = norm.name if norm else linear.name
        if join.kind == "add":
            rows = (slice(None), slice(None))
        else:
            channels = row.cut.shapes[join.inputs[0]][2]
            rows = (slice(None, channels), slice(channels, None))
            if join.inputs[0] != self._below:
                rows = rows[::-1]
        self._halves = _halves(row.cut, linear, norm, rows)
        last = row.upper[-1] if row.upper else None
        biased = last is not None and last.kind == "transposed" and last.bias and last.name == self._below
        self._painter = last if biased else None

    def upper(self, entering: Any) -> Any:
        """Without the bias of a transposed convolution: adding it here would cost a pass for each set."""
        if self._painter is None:
            return super().upper(entering)
        layer = self._row.cut.model.get_layer(self._painter.name)
        source = self._row.run_upper(entering, self._painter)[self._painter.inputs[0]]
        steps = {"strides": self._painter.stride, "padding": "same", "data_format": "channels_last"}
        return self._halves[0](ops.conv_transpose(source, ops.convert_to_tensor(layer.kernel), **steps))

    def side(self, carried: Any) -> Any:
        """With what becomes of that bias, which is the same for every picture and every set."""
        side = super().side(carried)
        if self._painter is None:
            return side
        layer = self._row.cut.model.get_layer(self._painter.name)
        return side + self._halves[0](ops.broadcast_to(layer.bias, (1, *self._painter.shape)))


def _sources(row: _Sorted, join: Layer) -> tuple[str, str]:
    """The names of what a join reads from below, and from the skip."""
    below = {row.entry, *(layer.name for layer in row.upper)}
    first, second = join.inputs
    return (first, second) if first in below else (second, first)


def _same(tensor: Any) -> Any:
    return tensor


def _halves(cut: Cut, linear: Layer, norm: Layer | None, rows: tuple[slice, slice]) -> tuple[Function, Function]:
    """A convolution, and the norm after it, as two: the first for the input channels `rows[0]`, without any bias."""
    layer = cut.model.get_layer(linear.name)
    scale, shift = None, ops.convert_to_tensor(layer.bias) if layer.use_bias else None
    if norm is not None:
        folded = cut.model.get_layer(norm.name)
        scale = folded.gamma / ops.sqrt(folded.moving_variance + folded.epsilon)
        moved = folded.moving_mean if shift is None else folded.moving_mean - shift
        shift = folded.beta - moved * scale
    own, other = (_half(layer, linear.kind, part, scale) for part in rows)
    return own, other if shift is None else lambda tensor: other(tensor) + shift


def _half(layer: Any, kind: str, rows: slice, scale: Any) -> Function:
    """A convolution of some of its input channels; `scale` [filters] is folded into it."""
    if kind == "conv":
        return _convolution(_scaled(layer.kernel[:, :, rows], scale))
    depthwise = ops.convert_to_tensor(layer.depthwise_kernel[:, :, rows])
    across = _convolution(_scaled(layer.pointwise_kernel[:, :, rows], scale))
    return lambda tensor: across(ops.depthwise_conv(tensor, depthwise, padding="same", data_format="channels_last"))


def _scaled(kernel: Any, scale: Any) -> Any:
    return ops.convert_to_tensor(kernel) if scale is None else kernel * scale


def _convolution(kernel: Any) -> Function:
    return lambda tensor: ops.conv(tensor, kernel, padding="same", data_format="channels_last")
