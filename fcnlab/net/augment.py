"""Random changes of training images and their masks, by Keras' preprocessing layers.

A layer's numbers are drawn from a seed of their own for each batch, so that a step's batch is the same whether
training went on without a break or began again there; what is done with them is compiled once.

Shift, zoom and rotation are drawn by three layers and done in one: three resamplings, one after the other, would blur
the image, round the mask's edges three times and take three times as long.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt
from keras import layers, ops

from fcnlab.net import backend
from fcnlab.plan import Augmentation

Bytes = npt.NDArray[np.uint8]
Drawn = dict[str, npt.NDArray[Any]]
Floats = npt.NDArray[np.float32]
Maker = Callable[[Augmentation], Any]

_RANGE: Final = {"value_range": (0, 1)}

MOVING: Final[dict[str, Maker]] = {
    "shift": lambda asked: asked.shift and layers.RandomTranslation(asked.shift, asked.shift),
    "zoom": lambda asked: asked.zoom and layers.RandomZoom(asked.zoom),
    "rotate": lambda asked: asked.rotate and layers.RandomRotation(asked.rotate / 360),
}
COLORING: Final[dict[str, Maker]] = {
    "brightness": lambda asked: asked.brightness and layers.RandomBrightness(asked.brightness, **_RANGE),
    "contrast": lambda asked: asked.contrast and layers.RandomContrast(asked.contrast, **_RANGE),
    "saturation": lambda asked: asked.color and layers.RandomSaturation(_saturation(asked.color), **_RANGE),
    "hue": lambda asked: asked.color and layers.RandomHue((0, 0.2 * asked.color), **_RANGE),
}
"""Layers by name, in the order in which they are applied; one that is to do nothing is not made."""

_IN_COLOR: Final = ("saturation", "hue")
_WHAT_COUNTS: Final = {
    "shift": "translations",
    "zoom": "height_zoom",
    "rotate": "rotation_matrix",
    "brightness": "rgb_delta",
    "contrast": "contrast_factor",
    "saturation": "factor",
    "hue": "factor",
}
"""Where a layer keeps what it drew."""


class Augmenter:
    """Changes batches of images and labels as an augmentation says; several threads may call it.

    What comes into an image from outside of it is filled with the image's reflection, so that no edge is seen that no
    camera makes; the label there is `IGNORE`, because nobody knows what is there.

    Args:
        augmentation: How far. What is pasted is not its part: see `fcnlab.data.pasting`.
    """

    def __init__(self, augmentation: Augmentation) -> None:
        self.augmentation = augmentation
        self._moving = _made(MOVING, augmentation)
        self._coloring = _made(COLORING, augmentation)
        self._generator = keras.random.SeedGenerator(0)
        self._drawing = Lock()
        of_all = keras.Sequential([*self._moving.values(), *self._coloring.values()])
        self._draw = backend.current().compiled(of_all, self._drawn)
        self._apply = backend.current().compiled(of_all, self._changed)

    def __call__(self, images: Bytes, labels: Bytes, seed: Sequence[int]) -> tuple[Bytes, Bytes]:
        """Change a batch.

        Args:
            images: uint8 [N, H, W, C]; those in grey (C = 1) have no colours to change.
            labels: uint8 [N, H, W].
            seed: Whole numbers from 0 on, e.g. of a plan, an epoch and a step: the same ones change the same batch
                in the same way.

        Returns:
            New arrays of the same shapes; those given where there is nothing to change.
        """
        if not len(images) or not (self._moving or self._coloring):
            return images, labels
        # A seed for each layer there is, so that what one draws does not depend on which others are used.
        seeds = np.random.SeedSequence(tuple(seed)).generate_state(len(_WHAT_COUNTS)) >> 1
        # All threads draw by one generator's state.
        with self._drawing:
            drawn = self._draw(np.zeros((*images.shape[:3], 0), np.uint8), seeds.astype(np.int64))
        coloring = [drawn[name] for name in self._colors(images.shape[-1])]
        changed, moved = self._apply(images, labels[..., None], _matrices(drawn, images.shape), *coloring)
        return changed, moved[..., 0]

    def _drawn(self, images: Any, seeds: Any) -> dict[str, Any]:
        """What each layer is to do with each of N images, whose pixels are not looked at."""
        found = {}
        for number, name in enumerate(_WHAT_COUNTS):
            layer = self._moving.get(name) or self._coloring.get(name)
            if layer:
                state = self._generator.state
                state.assign(ops.cast(ops.stack([seeds[number], ops.zeros_like(seeds[number])]), state.dtype))
                drawn = layer.get_random_transformation(images, training=True, seed=self._generator)
                found[name] = drawn[_WHAT_COUNTS[name]]
        return found

    def _colors(self, channels: int) -> list[str]:
        return [name for name in self._coloring if channels == 3 or name not in _IN_COLOR]

    def _changed(self, images: Any, labels: Any, matrices: Any, *coloring: Any) -> tuple[Any, Any]:
        """Images uint8 [N, H, W, C] and labels uint8 [N, H, W, 1], changed."""
        found = ops.cast(images, "float32") / 255
        if self._moving:
            found = ops.image.affine_transform(found, matrices, interpolation="bilinear", fill_mode="reflect")
            # In bytes, one higher: what is filled with 0 becomes 255, IGNORE, once it is one lower again.
            one = ops.ones((), "uint8")
            labels = ops.image.affine_transform(
                labels + one, matrices, interpolation="nearest", fill_mode="constant", fill_value=0
            )
            labels = labels - one
        told = dict(zip(self._colors(images.shape[-1]), coloring, strict=True))
        in_color = [told.pop(name) for name in _IN_COLOR if name in told]
        for name, drawn in told.items():
            found = self._coloring[name].transform_images(found, {_WHAT_COUNTS[name]: drawn}, training=True)
        if in_color:
            found = _recolored(found, *in_color)
        return ops.cast(ops.clip(ops.round(found * 255), 0, 255), "uint8"), labels


def _made(makers: dict[str, Maker], augmentation: Augmentation) -> dict[str, Any]:
    made = {name: make(augmentation) for name, make in makers.items()}
    return {name: layer for name, layer in made.items() if layer}


def _recolored(images: Any, saturation: Any, hue: Any) -> Any:
    """What `RandomSaturation` and `RandomHue` do with the numbers they drew, in one conversion instead of four.

    The way back from hue, saturation and value is channel = v − chroma · clip(min(k, 4 − k), 0, 1) with
    k = (n + 6 · hue) mod 6 and n = 5, 3, 1 for red, green and blue (Smith 1978, doi:10.1145/800248.807361).

    Args:
        images: float32 [N, H, W, 3] from 0 to 1.
        saturation: Factors [N].
        hue: Parts of the colour circle to add [N].
    """
    red, green, blue = (images[..., channel] for channel in range(3))
    value = ops.maximum(ops.maximum(red, green), blue)
    chroma = value - ops.minimum(ops.minimum(red, green), blue)
    scale = 1 / ops.where(chroma > 0, chroma, ops.ones_like(chroma))
    sextant = ops.where(
        value == red,
        (green - blue) * scale,
        ops.where(value == green, 2 + (blue - red) * scale, 4 + (red - green) * scale),
    )
    turned = sextant + 6 * ops.reshape(hue, (-1, 1, 1))
    chroma = ops.minimum(chroma * ops.reshape(saturation, (-1, 1, 1)), value)
    ways = (turned + n - 6 * ops.floor((turned + n) / 6) for n in (5, 3, 1))
    return ops.stack([value - chroma * ops.clip(ops.minimum(k, 4 - k), 0, 1) for k in ways], axis=-1)


def _saturation(color: float) -> tuple[float, float]:
    """Keras multiplies the saturation by f / (1 − f): from a ninth to nine times at 1."""
    return 0.5 - 0.4 * color, 0.5 + 0.4 * color


def _matrices(drawn: Drawn, shape: tuple[int, ...]) -> Floats:
    """For each image where a point of the changed image comes from, as eight numbers of a projective matrix [N, 8].

    Keras' layers each say so for themselves (x to the right, y down, zoom and rotation about the middle); a point goes
    back through the rotation, then the zoom, then the shift.
    """
    count, height, width, _ = shape
    matrix = np.tile(np.eye(3), (count, 1, 1))
    if "shift" in drawn:
        matrix[:, :2, 2] = -drawn["shift"]
    if "zoom" in drawn:
        zoom = np.tile(np.eye(3), (count, 1, 1))
        zoom[:, [0, 1], [0, 1]] = drawn["zoom"]
        zoom[:, :2, 2] = (1 - drawn["zoom"]) * (np.array([width, height]) - 1) / 2
        matrix = matrix @ zoom
    if "rotate" in drawn:
        matrix = matrix @ np.concatenate([drawn["rotate"], np.ones((count, 1))], axis=1).reshape(count, 3, 3)
    return matrix.reshape(count, 9)[:, :8].astype(np.float32)
