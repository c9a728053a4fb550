"""Scoring a network on a dataset."""

from collections.abc import Callable
from typing import Any

import keras

from fcnlab.data import Dataset, open_dataset
from fcnlab.errors import DataError
from fcnlab.net.metrics import ScoreBoard, report
from fcnlab.net.predict import Predictor

CHUNK = 128
"""Images in memory at a time."""


def score(
    model: keras.Model, dataset: Dataset | str, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """All figures of a network on a dataset: on its three evaluation sets, or on what it has for testing.

    The target is the last class. Without evaluation sets the split `test` is scored, without one `validation`,
    and `final` is None.

    Args:
        model: Images float32 in [-1, 1] to class probabilities.
        dataset: Or a built-in set's name, or a folder; read at the model's input size.
        progress: Called with images done and in all.

    Raises:
        DataError: The dataset has other classes than the network, or nothing to score.
    """
    if isinstance(dataset, str):
        dataset = open_dataset(dataset)
    _, height, width, channels = model.input.shape
    num_classes = model.output.shape[-1]
    require_classes(model, dataset)
    names = scored_splits(dataset)
    predict = Predictor(model)
    boards: dict[str, ScoreBoard] = {}
    done, total = 0, sum(dataset.splits[name] for name in names)
    for name in names:
        boards[name] = ScoreBoard(num_classes)
        for start in range(0, dataset.splits[name], CHUNK):
            indices = range(start, min(start + CHUNK, dataset.splits[name]))
            pairs = dataset.load(name, (height, width), channels, indices)
            planes = pairs.planes()
            for part, probabilities in predict.batches(pairs.images):
                boards[name].add(probabilities, planes[part], pairs.labels[part])
            done += len(pairs)
            if progress:
                progress(done, total)
    return {"classes": list(dataset.classes), "target": dataset.classes[-1], **report(boards, num_classes - 1)}


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
