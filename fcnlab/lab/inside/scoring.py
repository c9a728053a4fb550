"""A run's checkpoint, scored on a dataset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fcnlab.data import open_dataset
from fcnlab.lab.inside.loaded import load


def score_run(path: Path, dataset: str, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """All figures of a run's best or last checkpoint on a dataset; see `fcnlab.net.scoring`.

    Raises:
        FcnLabError: The run has no checkpoint, or the dataset cannot be used.
    """
    opened = open_dataset(dataset)  # what is wrong with it is told before Keras is loaded
    loaded = load(path)
    from fcnlab.net import score

    return {"run": loaded.run.name, "epoch": loaded.epoch} | score(loaded.model, opened, progress)
