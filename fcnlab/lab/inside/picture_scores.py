"""How a checkpoint does on every single picture of a split, kept in the run folder under scores/.

One file a question: `scores/epoch-0010-train-1a2b3c4d.npz`, the arrays with a line of JSON that says what they are
about. An answer about a checkpoint or pictures that have changed since is none.
"""

import contextlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fcnlab.data import Dataset, open_dataset
from fcnlab.data.parallel import Progress
from fcnlab.errors import DataError
from fcnlab.files import writing
from fcnlab.lab.inside.loaded import load
from fcnlab.lab.runs.run import Run
from fcnlab.lab.training.task import net_of
from fcnlab.net import banding
from fcnlab.net.banding import Band

VERSION: Final = 1
"""Of the figures' definitions and of the file's layout; files of another version are not read."""

_ARRAYS: Final = {
    "size": np.int64,
    "found": np.bool_,
    "iou": np.float64,
    "missed": np.int64,
    "false": np.int64,
    "distance": np.float64,
    "occlusion": np.float64,
}


@dataclass(frozen=True, eq=False)
class PictureScores:
    """What a network's prediction of the target is worth, picture by picture, N of them in the split's order.

    A pixel counts as predicted where floor(255 p) > 127, as in the official score; see `fcnlab.net.metrics`.

    Attributes:
        dataset: As `fcnlab.data.Dataset.name` tells it.
        split: Of the dataset.
        epoch: Of the checkpoint.
        names: N file names.
        target: The target's class number, the last one.
        size: True target pixels at the network's resolution, [N].
        found: More than three pixels were predicted, [N]: a hit where the target is there, else a false alarm.
        iou: Official IoU, [N]; 0 where the target is in neither truth nor prediction.
        missed: Target pixels that were not predicted, [N].
        false: Predicted pixels that are not the target's, [N].
        distance: Metres to the target from the dataset's records, [N]; NaN where there is none.
        occlusion: Share of the target that is hidden, 0 to 1, from the records, [N]; NaN where there is none.
    """

    dataset: str
    split: str
    epoch: int
    names: tuple[str, ...]
    target: int
    size: npt.NDArray[np.int64]
    found: npt.NDArray[np.bool_]
    iou: npt.NDArray[np.float64]
    missed: npt.NDArray[np.int64]
    false: npt.NDArray[np.int64]
    distance: npt.NDArray[np.float64]
    occlusion: npt.NDArray[np.float64]

    def worst(self) -> npt.NDArray[np.int64]:
        """All indices, the picture with the lowest IoU first; of equals the one with more wrong pixels.

        Pictures in which nothing is to be found and nothing was are right, and last.
        """
        wrong = self.missed + self.false
        iou = np.where((self.size == 0) & (wrong == 0), 1.0, self.iou)
        return np.lexsort((-wrong, iou)).astype(np.int64)

    def by_size(self) -> tuple[Band, ...]:
        """See `fcnlab.net.banding.by_size`."""
        return banding.by_size(self.size, self.found, self.iou)

    def by_distance(self) -> tuple[Band, ...]:
        """See `fcnlab.net.banding.by_distance`."""
        return banding.by_distance(self.distance, self.size, self.found, self.iou)

    def by_occlusion(self) -> tuple[Band, ...]:
        """See `fcnlab.net.banding.by_occlusion`."""
        return banding.by_occlusion(self.occlusion, self.size, self.found, self.iou)


def picture_scores(
    path: str, dataset: str, split: str, epoch: int | None = None, progress: Progress | None = None
) -> PictureScores:
    """The scores of every picture of a split, from the run folder or worked out and kept there.

    Args:
        path: The run folder.
        dataset: A built-in set's name or a folder.
        split: Of the dataset.
        epoch: Which checkpoint; None takes the default one, 0 the weights before the first step.
        progress: Called with pictures done and in all, unless they are kept already.

    Raises:
        FcnLabError: No such checkpoint or split, the dataset cannot be read, or it has other classes than the network.
    """
    opened = _require_pictures(open_dataset(dataset), split)  # told before Keras is loaded
    run = Run.open(path)
    number = _epoch(run, epoch)
    kept = None if number is None else _read(run, opened, split, number)
    if kept is not None:
        return kept
    loaded = load(path, epoch)
    from fcnlab.net.scoring import score_splits

    target = loaded.spec.output.classes - 1
    board = score_splits(loaded.predict, opened, (split,), progress)[split]
    found = board.pictures(target)
    records = opened.records(split)
    scores = PictureScores(
        dataset=opened.name,
        split=split,
        epoch=loaded.epoch,
        names=opened.file_names(split),
        target=target,
        size=found.size,
        found=found.found,
        iou=found.iou,
        missed=found.size - found.hit,
        false=found.predicted - found.hit,
        distance=banding.recorded(records, "distance"),
        occlusion=banding.recorded(records, "occlusion"),
    )
    _keep(run, opened, scores)
    return scores


def saved_picture_scores(path: str, dataset: str, split: str, epoch: int | None = None) -> PictureScores | None:
    """What `picture_scores` kept, without Keras; None where it was never asked or no longer holds.

    Raises:
        FcnLabError: There is no such run or dataset.
    """
    run, opened = Run.open(path), open_dataset(dataset)
    number = _epoch(run, epoch)
    return None if number is None or split not in opened.splits else _read(run, opened, split, number)


def predict_pictures(
    path: str, dataset: str, split: str, indices: Sequence[int], epoch: int | None = None
) -> npt.NDArray[np.uint8]:
    """The most probable class of every pixel of some pictures, uint8 [n, H, W] at the network's input size.

    Args:
        path: The run folder.
        dataset: A built-in set's name or a folder.
        split: Of the dataset.
        indices: Which pictures of the split, n of them.
        epoch: Which checkpoint; None takes the default one, 0 the weights before the first step.

    Raises:
        FcnLabError: No such checkpoint or picture, or the dataset cannot be read.
    """
    spec = net_of(Run.open(path))
    size = (spec.input.height, spec.input.width)
    images = open_dataset(dataset).load(split, size, spec.input.channels, indices).images
    if not len(images):
        return np.zeros((0, *size), np.uint8)
    labels: npt.NDArray[np.uint8] = load(path, epoch).predict(images).argmax(axis=-1).astype(np.uint8)
    return labels


def _require_pictures(dataset: Dataset, split: str) -> Dataset:
    """A dataset whose split has pictures.

    Raises:
        DataError: It has no such split, or an empty one.
    """
    if not dataset.splits.get(split):
        known = ", ".join(name for name, count in dataset.splits.items() if count)
        raise DataError(f"{dataset.title} has no pictures in a split {split!r}.", f"It has {known}.")
    return dataset


def _epoch(run: Run, epoch: int | None) -> int | None:
    """The checkpoint that is meant; None where the run has none."""
    return run.default_epoch() if epoch is None else epoch


def _keep(run: Run, dataset: Dataset, scores: PictureScores) -> None:
    """Write them; a folder that cannot be written keeps none."""
    about = {**_about(run, dataset, scores.split, scores.epoch), "target": scores.target, "names": scores.names}
    arrays = {name: getattr(scores, name) for name in _ARRAYS}
    with contextlib.suppress(OSError), writing(_path(run, dataset, scores.split, scores.epoch), durable=False) as path:
        np.savez_compressed(path, about=np.array(json.dumps(about)), **arrays)


def _read(run: Run, dataset: Dataset, split: str, epoch: int) -> PictureScores | None:
    try:
        with _path(run, dataset, split, epoch).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {name: file[name].astype(kind) for name, kind in _ARRAYS.items()}
        names, target = tuple(map(str, about.pop("names"))), int(about.pop("target"))
    except (OSError, ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    whole = all(array.shape == (dataset.splits[split],) for array in arrays.values())
    if not whole or about != _about(run, dataset, split, epoch):
        return None
    return PictureScores(dataset=dataset.name, split=split, epoch=epoch, names=names, target=target, **arrays)


def _about(run: Run, dataset: Dataset, split: str, epoch: int) -> dict[str, Any]:
    """What the figures follow from; they hold as long as it is the same."""
    written = run.checkpoint_path(epoch).stat().st_mtime_ns if epoch else 0
    return {"version": VERSION, "checkpoint_written": written, "pictures": dataset.fingerprint(split)}


def _path(run: Run, dataset: Dataset, split: str, epoch: int) -> Path:
    asked = sha256(json.dumps([dataset.name, split]).encode()).hexdigest()[:8]
    return run.path / "scores" / f"epoch-{epoch:04d}-{split}-{asked}.npz"
