"""One channel, closely: the pictures of a dataset that move it most."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcnlab.arch import expand
from fcnlab.data import Dataset, open_dataset
from fcnlab.lab.inside.gallery import Gallery
from fcnlab.lab.inside.loaded import Loaded, load
from fcnlab.lab.inside.pixels import require_channel, require_layer

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LOOKED_THROUGH = 96

GALLERIES_KEPT = 2
"""For each network: a gallery of 96 pictures of 160×160 takes 7 MB."""


@dataclass(frozen=True)
class TopPicture:
    """A picture of the dataset that a channel answers strongly.

    Attributes:
        split, index, name: Where it is in the dataset.
        value: The channel's highest value in it.
        peak: Row and column of that value in the feature map.
        image: uint8 [H, W, C] as the network got it.
        map: The channel's feature map float32 [h, w].
    """

    split: str
    index: int
    name: str
    value: float
    peak: tuple[int, int]
    image: Bytes
    map: Floats


def top_pictures(
    path: str,
    dataset: str,
    split: str,
    layer: str,
    channel: int,
    epoch: int | None = None,
    images: int = LOOKED_THROUGH,
    count: int = 6,
) -> tuple[TopPicture, ...]:
    """The pictures, among `images` evenly spread ones of a split, in which a channel's value rises highest.

    The first question about a checkpoint passes all of them through the network, once for all layers.

    Args:
        path: The run folder.
        dataset: A built-in set's name or a folder.
        split: Of the dataset.
        layer: A layer's name (`LayerMaps.layer`).
        channel: From 0.
        epoch: Which checkpoint.
        images: Looked through.
        count: Given back at most, highest first.

    Raises:
        FcnLabError: There is no such checkpoint, layer or channel, or the dataset cannot be read.
    """
    loaded = load(path, epoch)
    layers = {one.name: one for one in expand(loaded.spec).layers}
    require_layer(layers, layer)
    require_channel(layers[layer], channel)
    gallery = _gallery(loaded, open_dataset(dataset), split, images)
    if not gallery.indices:
        return ()
    peaks = gallery.peaks[layer][:, channel]
    winners = np.argsort(-peaks, kind="stable")[:count]
    return tuple(_top_picture(loaded, gallery, int(winner), layer, channel) for winner in winners)


def _gallery(loaded: Loaded, dataset: Dataset, split: str, count: int) -> Gallery:
    """Evenly spread pictures of a split and every channel's peaks in them, made once for a network and a dataset."""
    key = (dataset.name, str(getattr(dataset, "stamp", "")), split, count)
    if key not in loaded.galleries:
        while len(loaded.galleries) >= GALLERIES_KEPT:
            loaded.galleries.pop(next(iter(loaded.galleries)))
        loaded.galleries[key] = _made_gallery(loaded, dataset, split, count)
    return loaded.galleries[key]


def _made_gallery(loaded: Loaded, dataset: Dataset, split: str, count: int) -> Gallery:
    from fcnlab.net.inside.peaks import channel_peaks

    taken = loaded.spec.input
    last = dataset.splits.get(split, 0) - 1
    spread = sorted({int(index) for index in np.linspace(0, last, count).round()}) if last >= 0 else []
    pairs = dataset.load(split, (taken.height, taken.width), taken.channels, spread)
    peaks = channel_peaks(loaded.model, pairs.images) if spread else {}
    return Gallery(split, tuple(spread), pairs.names, pairs.images, peaks)


def _top_picture(loaded: Loaded, gallery: Gallery, number: int, layer: str, channel: int) -> TopPicture:
    image = gallery.images[number]
    own = loaded.features.layers(image)[layer][:, :, channel].copy()  # a view would keep the whole layer
    y, x = np.unravel_index(own.argmax(), own.shape)
    name, index = gallery.names[number], gallery.indices[number]
    return TopPicture(gallery.split, index, name, float(own[y, x]), (int(y), int(x)), image, own)
