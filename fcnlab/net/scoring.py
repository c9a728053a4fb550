"""Scoring a network on a dataset."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from fcnlab.data import Dataset, open_dataset
from fcnlab.errors import DataError
from fcnlab.net import banding
from fcnlab.net.metrics import ScoreBoard, report
from fcnlab.net.predict import Predictor

CHUNK = 128
"""Images in memory at a time."""


def score(
    model: keras.Model, dataset: Dataset | str, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """All figures of a network on a dataset: on its three evaluation sets, or on what it has for testing.

    The target is the last class. Without evaluation sets the split `test` is scored, without one `validation`,
    and `final` is None. `by_size`, `by_distance` and `by_occlusion` hold bands of `fcnlab.net.banding`.

    Args:
        model: Images float32 in [-1, 1] to class probabilities.
        dataset: Or a built-in set's name, or a folder; read at the model's input size.
        progress: Called with images done and in all.

    Raises:
        DataError: The dataset has other classes than the network, or nothing to score.
    """
    if isinstance(dataset, str):
        dataset = open_dataset(dataset)
    names = scored_splits(dataset)
    boards = score_splits(Predictor(model), dataset, names, progress)
    target = len(dataset.classes) - 1
    return {
        "classes": list(dataset.classes),
        "target": dataset.classes[-1],
        **report(boards, target),
        **_bands(dataset, boards, target),
    }


def score_splits(
    predict: Predictor, dataset: Dataset, names: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> dict[str, ScoreBoard]:
    """The figures of a network on some splits of a dataset, by split.

    Args:
        predict: The network.
        dataset: Read at the network's input size.
        names: Of the splits.
        progress: Called with images done and in all.

    Raises:
        DataError: The dataset has other classes than the network, no such split, or a file that cannot be read.
    """
    require_classes(predict.model, dataset)
    _, height, width, channels = predict.model.input.shape
    boards = {name: ScoreBoard(len(dataset.classes)) for name in names}
    done, total = 0, sum(dataset.splits[name] for name in names)
    for name, board in boards.items():
        for start in range(0, dataset.splits[name], CHUNK):
            indices = range(start, min(start + CHUNK, dataset.splits[name]))
            pairs = dataset.load(name, (height, width), channels, indices)
            planes = pairs.planes()
            for part, probabilities in predict.batches(pairs.images):
                board.add(probabilities, planes[part], pairs.labels[part])
            done += len(pairs)
            if progress:
                progress(done, total)
    return boards


def _bands(dataset: Dataset, boards: Mapping[str, ScoreBoard], target: int) -> dict[str, list[dict[str, Any]]]:
    """By size, and by distance and occlusion where the dataset's records tell them; over all images of all sets."""
    records = [record for name in boards for record in dataset.records(name)]
    counts = [board.pictures(target) for board in boards.values()]
    size, found, iou = (np.concatenate([getattr(part, field) for part in counts]) for field in ("size", "found", "iou"))
    bands = {
        "by_size": banding.by_size(size, found, iou),
        "by_distance": banding.by_distance(banding.recorded(records, "distance"), size, found, iou),
        "by_occlusion": banding.by_occlusion(banding.recorded(records, "occlusion"), size, found, iou),
    }
    return {name: [band.to_json() for band in found] for name, found in bands.items()}


def require_classes(model: keras.Model, dataset: Dataset) -> None:
    """Refuse a dataset with another number of classes than the network's.

    Raises:
        DataError: They differ.
    """
    num_classes = model.output.shape[-1]
    if len(dataset.classes) != num_classes:
        raise DataError(
            f"{dataset.title} has {len(dataset.classes)} classes, the network tells {num_classes} apart.",
            "Score it on a dataset with the same classes.",
        )


def scored_splits(dataset: Dataset) -> tuple[str, ...]:
    """The splits that a score is taken on.

    Raises:
        DataError: There are none.
    """
    if dataset.evaluation_sets:
        return dataset.evaluation_sets
    for name in ("test", "validation"):
        if dataset.splits.get(name):
            return (name,)
    raise DataError(f"{dataset.title} has no evaluation sets, test or validation images to score on.")
