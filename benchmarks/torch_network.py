"""The network on paper in PyTorch: layer by layer the one that Keras builds, seen upside down.

Where `same` padding is odd, TensorFlow puts the odd pixel at the bottom and the right, PyTorch's own padding at the top
and the left. Padding by hand would copy tensors, and a good PyTorch program would not do it. So this network is the
other one turned by 180°: its kernels are, and with pictures turned as well its outputs are the other's, turned.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from fcnlab.arch import Layer, NetSpec, expand
from fcnlab.arch.graph import Shape

Weights = dict[str, list[npt.NDArray[np.float32]]]
"""A Keras network's weights by layer, in Keras' order and shapes."""

_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.2),  # Keras' slope
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "sigmoid": torch.sigmoid,
}


class TorchNetwork(nn.Module):
    """Images float32 [N, C, H, W] in [-1, 1], turned by 180° → class scores (logits) [N, classes, H, W], turned."""

    def __init__(self, spec: NetSpec) -> None:
        super().__init__()
        graph = expand(spec)
        self.plan = graph.layers[:-1]  # without the last activation: the loss takes scores
        shapes = {layer.name: layer.shape for layer in graph.layers}
        parts = {layer.name: _module(layer, shapes, spec) for layer in self.plan if layer.inputs}
        self.modules_by_name = {name: part for name, part in parts.items() if part is not None}
        self.parts = nn.ModuleList(self.modules_by_name.values())  # makes their weights known to the network

    def forward(self, images: Tensor) -> Tensor:
        """Walk the layers in order."""
        tensors = {self.plan[0].name: images}
        for layer in self.plan[1:]:
            part, sources = self.modules_by_name.get(layer.name), [tensors[name] for name in layer.inputs]
            tensors[layer.name] = part(*sources) if part else _join(layer, sources)
        return tensors[self.plan[-1].name]

    def count_params(self) -> int:
        """Weights as Keras counts them: batch norm's running statistics too, its step counter not."""
        counters = {name for name, _ in self.named_buffers() if name.endswith("num_batches_tracked")}
        return sum(tensor.numel() for name, tensor in self.state_dict().items() if name not in counters)

    def load(self, weights: Weights) -> None:
        """Take the weights of the same network in Keras."""
        for layer in self.plan:
            if layer.name in weights:
                targets = _targets(self.modules_by_name[layer.name])
                for target, array in zip(targets, weights[layer.name], strict=True):
                    target.data.copy_(torch.from_numpy(_reordered(array, layer, first=target is targets[0])))


class _Same(nn.Module):
    """A window with `same` padding, of which the odd pixel goes to the top and the left."""

    def __init__(self, window: nn.Module, shape: Shape, kernel: int, stride: int, fill: float = 0) -> None:
        super().__init__()
        totals = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in shape[:2]]
        before, after = [total - total // 2 for total in totals], [total // 2 for total in totals]
        self.window = window
        self.fill = fill
        self.pads = [before[1], after[1], before[0], after[0]]  # PyTorch names the last axis first
        if isinstance(window, nn.Conv2d) and (stride > 1 or before == after):
            # As much after as before: with a stride, no window reaches the pixel that is too many.
            window.padding = (before[0], before[1])
            self.pads = [0, 0, 0, 0]

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.window(functional.pad(x, self.pads, value=self.fill) if any(self.pads) else x)
        return y


class _Separable(nn.Module):
    """Depthwise, then pointwise."""

    def __init__(self, layer: Layer, shape: Shape) -> None:
        super().__init__()
        channels = shape[2]
        depthwise = nn.Conv2d(channels, channels, layer.kernel, layer.stride, groups=channels, bias=False)
        self.depthwise = _Same(depthwise, shape, layer.kernel, layer.stride)
        self.pointwise = nn.Conv2d(channels, layer.shape[2], 1, bias=layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.pointwise(self.depthwise(x))
        return y


class _Transposed(nn.ConvTranspose2d):
    """The transpose of a `same` convolution: of a border of kernel − stride pixels, the odd one at the top and left."""

    def __init__(self, layer: Layer, shape: Shape) -> None:
        border = layer.kernel - layer.stride
        if border < 0:
            raise ValueError(f"{layer.name}: a kernel of {layer.kernel} is smaller than the factor {layer.stride}.")
        cut, odd = border - border // 2, border % 2
        super().__init__(shape[2], layer.shape[2], layer.kernel, layer.stride, cut, odd, bias=layer.bias)


class _BilinearTF1(nn.Module):
    """Output o lies at o / factor of the input, and the last pixel is repeated; turned by 180° like all the rest."""

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        for axis in (2, 3):
            size = x.shape[axis]
            ahead = torch.cat([x.narrow(axis, 0, 1), x.narrow(axis, 0, size - 1)], axis)
            steps = [x + (ahead - x) * (step / self.factor) for step in reversed(range(self.factor))]
            x = torch.stack(steps, axis + 1).flatten(axis, axis + 1)
        return x


def _module(layer: Layer, shapes: dict[str, Shape], spec: NetSpec) -> nn.Module | None:
    shape = shapes[layer.inputs[0]]
    match layer.kind:
        case "conv":
            window = nn.Conv2d(shape[2], layer.shape[2], layer.kernel, layer.stride, bias=layer.bias)
            return _Same(window, shape, layer.kernel, layer.stride)
        case "separable":
            return _Separable(layer, shape)
        case "transposed":
            return _Transposed(layer, shape)
        case "norm":
            return nn.BatchNorm2d(shape[2], eps=spec.norm_epsilon, momentum=1 - spec.norm_momentum)
        case "max_pool":
            return _Same(nn.MaxPool2d(layer.stride), shape, layer.stride, layer.stride, fill=float("-inf"))
        case "average_pool" if not (shape[0] % layer.stride or shape[1] % layer.stride):
            return nn.AvgPool2d(layer.stride)
        case "average_pool":
            raise ValueError(f"{layer.name}: {shape[0]} × {shape[1]} is not divisible by {layer.stride}.")
        case "nearest":
            return nn.Upsample(scale_factor=layer.stride)
        case "bilinear":
            return nn.Upsample(scale_factor=layer.stride, mode="bilinear")
        case "bilinear-tf1":
            return _BilinearTF1(layer.stride)
        case _:
            return None


def _join(layer: Layer, sources: list[Tensor]) -> Tensor:
    match layer.kind:
        case "concat":
            return torch.cat(sources, 1)
        case "add":
            return sources[0] + sources[1]
        case "multiply":
            return sources[0] * sources[1]
        case _:
            return _FUNCTIONS[layer.function](sources[0])


def _targets(part: nn.Module) -> list[Any]:
    """A layer's tensors in Keras' order."""
    if isinstance(part, nn.BatchNorm2d):
        return [part.weight, part.bias, part.running_mean, part.running_var]
    return list(part.parameters())


def _reordered(array: npt.NDArray[np.float32], layer: Layer, *, first: bool) -> npt.NDArray[np.float32]:
    """Keras' kernels are [h, w, in, out], depthwise [h, w, in, 1], transposed [h, w, out, in]; turned by 180°."""
    if array.ndim != 4:
        return array
    depthwise = layer.kind == "separable" and first
    return np.ascontiguousarray(array[::-1, ::-1].transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1)))
