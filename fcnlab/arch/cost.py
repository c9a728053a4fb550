"""What a layer costs: weights, and multiply–adds for one image.

A multiply–add is one multiplication of an activation with a weight and its addition to a sum. Biases,
normalisation, activations, pooling, fixed interpolation and merges are not counted: they are additions,
comparisons or a few per cent, and leaving them out is the custom of the field (Howard et al. 2017, arXiv
1704.04861, section 3.1, from which the formula for separable convolutions is taken).
"""

from typing import NamedTuple


class Cost(NamedTuple):
    """All weights, those among them that no gradient trains, and multiply–adds for one image."""

    params: int = 0
    frozen: int = 0
    macs: int = 0


FREE = Cost()


def standard(shape: tuple[int, int, int], channels: int, kernel: int, bias: bool) -> Cost:
    """A convolution from `channels` to an output of `shape` (height, width, filters): k²·C·F weights."""
    height, width, filters = shape
    weights = kernel * kernel * channels * filters
    return Cost(weights + filters * bias, 0, height * width * weights)


def separable(shape: tuple[int, int, int], channels: int, kernel: int, bias: bool) -> Cost:
    """A depthwise convolution (k²·C weights), then a 1×1 convolution (C·F weights), both at the output's size."""
    height, width, filters = shape
    weights = kernel * kernel * channels + channels * filters
    return Cost(weights + filters * bias, 0, height * width * weights)


def transposed(source: tuple[int, int, int], filters: int, kernel: int, bias: bool) -> Cost:
    """A transposed convolution: every pixel of the input (shape `source`) paints k² outputs in F channels."""
    height, width, channels = source
    weights = kernel * kernel * channels * filters
    return Cost(weights + filters * bias, 0, height * width * weights)


def norm(shape: tuple[int, int, int]) -> Cost:
    """Batch norm: a scale and a shift that are trained, a running mean and variance that are not."""
    return Cost(4 * shape[2], 2 * shape[2], 0)
