"""One value of a feature map, explained: the arithmetic that made it, and what of the picture it can see."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcnlab.arch import Layer, expand
from fcnlab.arch.receptive import Reach, reaches
from fcnlab.errors import FcnLabError
from fcnlab.lab.inside.loaded import load_for
from fcnlab.lab.inside.pictures import Picture
from fcnlab.net.inside.steps import PixelStep

__all__ = ["PixelStep", "PixelStory", "explain_pixel"]

Floats = npt.NDArray[np.float32]
Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class PixelStory:
    """How one value of a feature map came to be.

    Attributes:
        layer, channel, y, x: Which value.
        value: It.
        steps: From the layer that reads neighbours or channels to the value: a convolution, its norm, its activation.
        window: Top, left, bottom, right (exclusive) of the theoretical receptive field, input pixels, cut at the edges.
        size: Height and width of the whole theoretical field, not cut.
        effective: |d value / d input|, summed over the input's channels, as float32 [H, W]; all zero where a ReLU is
            closed.
        effective_share: The share of `effective` that lies in the middle quarter of `window`'s area; None if all zero.
    """

    layer: str
    channel: int
    y: int
    x: int
    value: float
    steps: tuple[PixelStep, ...]
    window: Window
    size: tuple[int, int]
    effective: Floats
    effective_share: float | None


def explain_pixel(
    path: str, picture: Picture, layer: str, y: int, x: int, channel: int, epoch: int | None = None
) -> PixelStory:
    """Explain one value of a layer's output.

    Raises:
        FcnLabError: There is no such checkpoint, layer, position or channel, or the image cannot be read.
    """
    from fcnlab.net.inside.arithmetic import explain

    loaded, image, _ = load_for(path, picture, epoch)
    layers = {one.name: one for one in expand(loaded.spec).layers}
    require_layer(layers, layer)
    _require_place(layers[layer], y, x, channel)
    maps, gradient = loaded.gradients.of_value(image, layer, (y, x, channel))
    steps = explain(layers, loaded.weights, maps, loaded.spec.norm_epsilon, layer, (y, x, channel))
    effective = np.abs(gradient).sum(axis=-1)
    window, size = receptive_window(tuple(layers.values()), layer, y, x)
    value = float(maps[layer][y, x, channel])
    share = _middle_share(effective, window)
    return PixelStory(layer, channel, y, x, value, steps, window, size, effective, share)


def require_layer(layers: dict[str, Layer], name: str) -> None:
    """Refuse a layer that the network does not have.

    Raises:
        FcnLabError: There is no such layer.
    """
    if name not in layers:
        raise FcnLabError(f"The network has no layer called {name!r}.", f"It has {', '.join(layers)}.")


def require_channel(layer: Layer, channel: int) -> None:
    """Refuse a channel that a layer does not have.

    Raises:
        FcnLabError: There is no such channel.
    """
    if not 0 <= channel < layer.shape[2]:
        raise FcnLabError(f"{layer.name} has no channel {channel}.", f"Its channels are 0 to {layer.shape[2] - 1}.")


def _require_place(layer: Layer, y: int, x: int, channel: int) -> None:
    height, width, _ = layer.shape
    if not (0 <= y < height and 0 <= x < width):
        raise FcnLabError(
            f"{layer.name} has no value at row {y}, column {x}.",
            f"Its rows are 0 to {height - 1}, its columns 0 to {width - 1}.",
        )
    require_channel(layer, channel)


def receptive_window(layers: tuple[Layer, ...], name: str, y: int, x: int) -> tuple[Window, tuple[int, int]]:
    """The theoretical receptive field of one position of a layer.

    Returns:
        Top, left, bottom and right (exclusive) in input pixels, cut at the picture's edges, and the height and width
        of the field before it is cut; both 0 where a transposed convolution leaves a gap that nothing fills.
    """
    which = [layer.name for layer in layers].index(name)
    height, width, _ = layers[0].shape
    top, bottom = _interval(reaches(layers, 0)[which], y)
    left, right = _interval(reaches(layers, 1)[which], x)
    window = (max(top, 0), max(left, 0), min(bottom, height), min(right, width))
    return window, (bottom - top, right - left)


def _interval(reach: Reach, position: int) -> tuple[int, int]:
    first = reach.first(position)
    return first, max(reach.last(position) + 1, first)


def _middle_share(effective: Floats, window: Window) -> float | None:
    total = float(effective.sum())
    if not total > 0:
        return None
    top, left, bottom, right = window
    rows, columns = (bottom - top) // 4, (right - left) // 4
    return float(effective[top + rows : bottom - rows, left + columns : right - columns].sum()) / total
