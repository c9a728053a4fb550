"""What looking at one picture brings back: its prediction, and the feature maps, small enough to travel."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcnlab.net.inside.statistics import LayerStatistics

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
ClassIoU = tuple[float | None, ...]


@dataclass(frozen=True)
class LayerMaps:
    """The feature maps of one row of the shape flow, or of one single layer, small enough to travel.

    Attributes:
        name: The stage's or the layer's name.
        role: inputs, encoder, bottleneck, decoder or outputs.
        kind: The layer's kind (`fcnlab.arch.Layer`); of a stage, that of its last layer.
        layer: The layer's name; of a stage, that of its last layer.
        maps: uint8 [H, W, C]; each channel runs from its `low` (0) to its `high` (255).
        low: float32 [C], the smallest value of each channel.
        high: float32 [C], the largest value of each channel.
        statistics: What the channels are like.
    """

    name: str
    role: str
    kind: str
    layer: str
    maps: Bytes
    low: Floats
    high: Floats
    statistics: LayerStatistics

    def values(self) -> Floats:
        """The feature maps float32 [H, W, C], to within 1/510 of each channel's range."""
        span: Floats = (self.high - self.low) / np.float32(255)
        return self.maps * span + self.low


@dataclass(frozen=True)
class Look:
    """What a network sees in one image.

    Attributes:
        image: uint8 [H, W, C], as the network got it.
        truth: Labels uint8 [H, W]; None for an uploaded image.
        labels: The most probable class of each pixel, uint8 [H, W].
        shares: Mean probability of each class over the image, float32 [K].
        iou: IoU of each class in this image, None for a class that neither truth nor prediction shows; None as a
            whole without truth.
        stages: The feature maps of every row of the shape flow, or of every layer.
        epoch: Of the checkpoint.
    """

    image: Bytes
    truth: Bytes | None
    labels: Bytes
    shares: Floats
    iou: ClassIoU | None
    stages: tuple[LayerMaps, ...]
    epoch: int
