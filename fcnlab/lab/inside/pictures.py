"""Which picture is looked at, and reading it at a network's input size."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt

from fcnlab.arch import NetSpec
from fcnlab.data import Dataset, open_dataset, read_image
from fcnlab.errors import FcnLabError

Bytes = npt.NDArray[np.uint8]

REFERENCE_IMAGES = 32
"""Pictures over which means are taken, and among which channels are judged."""


@dataclass(frozen=True)
class Sample:
    """An image of a dataset."""

    dataset: str
    split: str
    index: int


@dataclass(frozen=True)
class Upload:
    """An image file's bytes, and its name for messages."""

    data: bytes
    name: str


Picture = Sample | Upload


def read_picture(spec: NetSpec, picture: Picture) -> tuple[Bytes, Bytes | None]:
    """The picture uint8 [H, W, C] as the network gets it, and its truth uint8 [H, W] where it has one.

    Raises:
        FcnLabError: It cannot be read.
    """
    return read_sized(picture, (spec.input.height, spec.input.width), spec.input.channels)


def read_sized(picture: Picture, size: tuple[int, int], channels: int) -> tuple[Bytes, Bytes | None]:
    """`read_picture` at a height and width, in so many channels."""
    if isinstance(picture, Upload):
        file = BytesIO(picture.data)
        file.name = picture.name  # which the error's sentence shows
        return read_image(file, size, channels), None
    pairs = open_dataset(picture.dataset).load(picture.split, size, channels, [picture.index])
    return pairs.images[0], pairs.labels[0]


def reference_pictures(spec: NetSpec, dataset: str | Dataset, count: int = REFERENCE_IMAGES) -> Bytes:
    """Training pictures uint8 [N, H, W, C], evenly spread; none when the dataset has gone."""
    size, channels = (spec.input.height, spec.input.width), spec.input.channels
    try:
        opened = open_dataset(dataset) if isinstance(dataset, str) else dataset
        split = "train" if opened.splits.get("train") else next(name for name, many in opened.splits.items() if many)
        spread = np.linspace(0, opened.splits[split] - 1, count).round()
        return opened.load(split, size, channels, sorted({int(index) for index in spread})).images
    except (FcnLabError, StopIteration):
        return np.zeros((0, *size, channels), np.uint8)
