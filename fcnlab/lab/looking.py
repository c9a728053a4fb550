"""Looking inside of a trained run: predictions, feature maps, skips switched off, scores.

Runs in a worker of the engine, which keeps the last few networks ready, or in the caller's own process. `net` is
imported inside of the functions, so that handing them over costs the web process no TensorFlow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fcnlab.arch import NetSpec, flow
from fcnlab.data import Pairs, choose, open_dataset, read_image
from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab.runs import Run
from fcnlab.lab.training import net_of

if TYPE_CHECKING:
    from fcnlab.net import Features, SkipSwitch
    from fcnlab.net.features import Maps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
ClassIoU = tuple[float | None, ...]
Progress = Callable[[int, int], None]

NETWORKS_KEPT = 4
REFERENCE_IMAGES = 32


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


@dataclass(frozen=True)
class StageMaps:
    """The feature maps of one row of the shape flow, small enough to travel.

    Attributes:
        name: The row's name.
        role: inputs, encoder, bottleneck, decoder or outputs.
        maps: uint8 [H, W, C]; each channel runs from its `low` (0) to its `high` (255).
        low: float32 [C], the smallest value of each channel.
        high: float32 [C], the largest value of each channel.
    """

    name: str
    role: str
    maps: Bytes
    low: Floats
    high: Floats

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
        stages: The feature maps of every row of the shape flow.
        epoch: Of the checkpoint.
    """

    image: Bytes
    truth: Bytes | None
    labels: Bytes
    shares: Floats
    iou: ClassIoU | None
    stages: tuple[StageMaps, ...]
    epoch: int


@dataclass(frozen=True)
class Switched:
    """The same image with some skips off.

    Attributes:
        labels: The most probable class of each pixel, uint8 [H, W].
        shares: Mean probability of each class over the image, float32 [K].
        iou: As in `Look`.
        change: By how much each pixel's probabilities moved: half of the sum over classes of the absolute
            differences (total variation), 0 to 1, float32 [H, W].
    """

    labels: Bytes
    shares: Floats
    iou: ClassIoU | None
    change: Floats


class _Loaded:
    """A run's network at one checkpoint, with what was compiled for it."""

    def __init__(self, run: Run, epoch: int, weights: Path) -> None:
        from fcnlab.net import build
        from fcnlab.net.checkpoint import load_weights

        self.run = run
        self.epoch = epoch
        self.spec: NetSpec = net_of(run)
        self.model = build(self.spec)
        load_weights(self.model, weights)
        self._features: Features | None = None
        self._switch: SkipSwitch | None = None

    @property
    def features(self) -> "Features":
        from fcnlab.net import Features

        self._features = self._features or Features(self.spec, self.model)
        return self._features

    @property
    def switch(self) -> "SkipSwitch":
        from fcnlab.net import SkipSwitch

        if self._switch is None:
            self._switch = SkipSwitch(self.spec, self.model, self._reference())
        return self._switch

    def _reference(self) -> Bytes:
        """Training images, evenly spread; none when the dataset has gone."""
        size, channels = (self.spec.input.height, self.spec.input.width), self.spec.input.channels
        try:
            dataset = open_dataset(self.run.record.dataset)
            spread = np.linspace(0, dataset.splits["train"] - 1, REFERENCE_IMAGES).round()
            return dataset.load("train", size, channels, sorted({int(index) for index in spread})).images
        except (FcnLabError, KeyError):
            return np.zeros((0, *size, channels), np.uint8)


def look(path: str, picture: Picture, epoch: int | None = None) -> Look:
    """Run one image through a run's network, once, and bring back what every stage made of it.

    Args:
        path: The run folder.
        picture: A dataset's image or an uploaded one.
        epoch: Which checkpoint; None takes the last.

    Raises:
        FcnLabError: The run has no such checkpoint, the image cannot be read, or values overflow in the network.
    """
    loaded = _load(path, epoch)
    image, truth = _read(loaded.spec, picture)
    maps = loaded.features.stages(image)
    roles = [row.role for row in flow(loaded.spec).rows]
    _require_finite(maps)
    stages = tuple(_quantised(name, role, values) for role, (name, values) in zip(roles, maps.items(), strict=True))
    probabilities = list(maps.values())[-1]
    labels = _labels(probabilities)
    iou = _iou(truth, labels, probabilities.shape[-1])
    return Look(image, truth, labels, _shares(probabilities), iou, stages, loaded.epoch)


def switch_skips(
    path: str, picture: Picture, off: tuple[str, ...], baseline: str = "zero", epoch: int | None = None
) -> Switched:
    """The prediction for one image with the skips in `off` switched off, and how far it moved.

    Raises:
        FcnLabError: No such checkpoint, skip or baseline, or the image cannot be read.
    """
    loaded = _load(path, epoch)
    image, truth = _read(loaded.spec, picture)
    switch = loaded.switch
    whole, without = switch.predict(image[None], (), baseline)[0], switch.predict(image[None], off, baseline)[0]
    change = np.abs(without - whole).sum(axis=-1) / 2
    labels = _labels(without)
    return Switched(labels, _shares(without), _iou(truth, labels, without.shape[-1]), change)


def score_run(path: Path, dataset: str, progress: Progress | None = None) -> dict[str, Any]:
    """All figures of a run's last checkpoint on a dataset; see `fcnlab.net.scoring`.

    Raises:
        FcnLabError: The run has no checkpoint, or the dataset cannot be used.
    """
    opened = open_dataset(dataset)  # what is wrong with it is told before Keras is loaded
    loaded = _load(str(path), None)
    from fcnlab.net import score

    return {"run": loaded.run.name, "epoch": loaded.epoch} | score(loaded.model, opened, progress)


def skip_report(
    path: Path, dataset: str, baseline: str = "zero", subset: int | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """What each skip of a run contributes on a dataset's scored images; see `fcnlab.net.contribution`.

    Args:
        path: The run folder.
        dataset: A built-in set's name or a folder.
        baseline: What a skip that is off carries: "zero" or "mean".
        subset: At most this many images of each scored split, chosen by seed 0; None takes all.
        progress: Called with the skip sets done and their number.

    Raises:
        FcnLabError: The run has no checkpoint or no skips, or the dataset cannot be used.
    """
    opened = open_dataset(dataset)  # as in `score_run`
    loaded = _load(str(path), None)
    from fcnlab.net import contributions
    from fcnlab.net.scoring import require_classes, scored_splits

    require_classes(loaded.model, opened)
    size, channels = (loaded.spec.input.height, loaded.spec.input.width), loaded.spec.input.channels
    parts = [
        opened.load(split, size, channels, choose(opened.splits[split], subset, seed=0))
        for split in scored_splits(opened)
    ]
    return {"run": loaded.run.name} | contributions(loaded.switch, _joined(parts), baseline, progress)


def write_features(path: Path, image: Path, out: Path, layers: bool = False) -> dict[str, Any]:
    """Write one PNG of tiles for every stage, or every single layer, and the prediction.

    Returns:
        What was written, as `index.json` in `out` holds it too.

    Raises:
        FcnLabError: The run has no checkpoint, the image cannot be read or `out` cannot be written.
    """
    from fcnlab.lab.feature_files import write

    loaded = _load(str(path), None)
    size, channels = (loaded.spec.input.height, loaded.spec.input.width), loaded.spec.input.channels
    pixels = read_image(image, size, channels)
    maps = loaded.features.layers(pixels) if layers else loaded.features.stages(pixels)
    return write(out, loaded.run.name, loaded.epoch, image, pixels, maps)


def _load(path: str, epoch: int | None) -> _Loaded:
    run = Run.open(path)
    checkpoints = dict(run.checkpoints())
    if not checkpoints:
        raise RunError(f"The run {run.name} has no checkpoint yet.", "Wait for the end of its first epoch.")
    number = max(checkpoints) if epoch is None else epoch
    if number not in checkpoints:
        known = ", ".join(map(str, checkpoints))
        raise RunError(f"The run {run.name} has no checkpoint of epoch {number}.", f"It has {known}.")
    return _ready(str(run.path), number, checkpoints[number].stat().st_mtime_ns)


@lru_cache(maxsize=NETWORKS_KEPT)
def _ready(path: str, epoch: int, _written: int) -> _Loaded:
    """Keyed on when the checkpoint was written: one that was replaced is loaded anew."""
    run = Run.open(path)
    return _Loaded(run, epoch, run.checkpoint_path(epoch))


def _read(spec: NetSpec, picture: Picture) -> tuple[Bytes, Bytes | None]:
    size, channels = (spec.input.height, spec.input.width), spec.input.channels
    if isinstance(picture, Upload):
        file = BytesIO(picture.data)
        file.name = picture.name  # which the error's sentence shows
        return read_image(file, size, channels), None
    pairs = open_dataset(picture.dataset).load(picture.split, size, channels, [picture.index])
    return pairs.images[0], pairs.labels[0]


def _quantised(name: str, role: str, values: Floats) -> StageMaps:
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    span = np.where(high > low, high - low, 1)
    return StageMaps(name, role, np.rint((values - low) / span * 255).astype(np.uint8), low, high)


def _require_finite(maps: "Maps") -> None:
    for name, values in maps.items():
        if not np.isfinite(values).all():
            raise RunError(
                f"The values in {name} have overflowed: they are no numbers any more.",
                "Take an earlier checkpoint, or train with a smaller learning rate.",
            )


def _iou(truth: Bytes | None, labels: Bytes, classes: int) -> ClassIoU | None:
    from fcnlab.net.overlap import count_confusion, iou_by_class

    return None if truth is None else tuple(iou_by_class(count_confusion(truth, labels, classes)))


def _labels(probabilities: Floats) -> Bytes:
    labels: Bytes = probabilities.argmax(axis=-1).astype(np.uint8)
    return labels


def _shares(probabilities: Floats) -> Floats:
    shares: Floats = probabilities.mean(axis=(0, 1))
    return shares


def _joined(parts: list[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.presence for part in parts]),
        tuple(name for part in parts for name in part.names),
        parts[0].num_classes,
    )
