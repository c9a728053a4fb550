"""What one layer did for one value, told step by step. NumPy alone: no Keras is loaded."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Place = tuple[int, int, int]
"""Row, column and channel of a value."""


@dataclass(frozen=True)
class PixelStep:
    """What one layer did for one value.

    Attributes:
        layer: The layer's name.
        kind: The layer's kind (`fcnlab.arch.Layer`), "depthwise" and "pointwise" for the halves of a separable
            convolution.
        sentence: What it does, in plain words with its numbers.
        value: The value after it.
        terms: (label, value) whose sum is `value` ("patch × kernel", "bias"); for a norm (x − mean) ÷ √(variance + ε)
            × γ, and β; for pooling, activations and the like the single term that it lets through.
        patch: What it reads: float32 [kh, kw, C] in a convolution (0 beyond the picture's edge), [kh, kw, 1] in
            pooling, interpolation and depthwise, [1, 1, C] in a 1×1 convolution, the pointwise half and softmax. None
            where one value goes in. In a transposed convolution only those input positions that paint this output
            are listed, each with its weights; None where a stride above the kernel leaves the output unpainted.
        weights: What the patch is multiplied with, of the same shape (in a maximum 1 at the value let through and 0
            elsewhere); None where there is no patch, and for softmax.
        origin: Row and column of the patch's first position in the layer it reads; it may lie beyond the edge.
        source: The layer it reads; of an addition or a gate the first one.
        inside: Positions of the patch within the picture, bool [kh, kw]; None without a patch.
        channel: The one channel of `source` that is read; None where all are. A depthwise step shows the channel that
            weighs most in the pointwise sum after it.
    """

    layer: str
    kind: str
    sentence: str
    value: float
    terms: tuple[tuple[str, float], ...]
    patch: Floats | None = None
    weights: Floats | None = None
    origin: tuple[int, int] = (0, 0)
    source: str = ""
    inside: npt.NDArray[np.bool_] | None = None
    channel: int | None = None


@dataclass(frozen=True)
class Patch:
    """What a window covers of a map: `values` [kh, kw, C], 0 beyond the edge, and which positions are `inside`."""

    values: Doubles
    inside: npt.NDArray[np.bool_]
    origin: tuple[int, int]

    @property
    def beyond(self) -> str:
        """A sentence on the positions beyond the edge, if there are any."""
        outside = int((~self.inside).sum())
        if not outside:
            return ""
        verb = "lies" if outside == 1 else "lie"
        return f" Of its {self.inside.size} positions {outside} {verb} beyond the edge."


def number(value: float) -> str:
    """A number of a sentence: four digits and a real minus sign."""
    return f"{value:.4g}".replace("-", "−")
