"""Pictures of a dataset that were looked through, with every channel's highest value in each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Gallery:
    """The pictures that were looked through.

    Attributes:
        split: Of the dataset.
        indices, names: Where each is in the split.
        images: uint8 [N, H, W, C].
        peaks: The highest value of every channel in each picture, float32 [N, C] by layer.
    """

    split: str
    indices: tuple[int, ...]
    names: tuple[str, ...]
    images: Bytes
    peaks: dict[str, Floats]
