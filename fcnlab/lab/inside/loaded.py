"""A run's network at one checkpoint, kept ready in the process that looks into it."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fcnlab.errors import RunError
from fcnlab.lab.inside.pictures import Picture, read_picture, reference_pictures
from fcnlab.lab.runs.run import Run
from fcnlab.lab.training.task import net_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from fcnlab.arch import NetSpec
    from fcnlab.lab.inside.gallery import Gallery
    from fcnlab.net import Features, Lattice, Predictor, SkipSwitch
    from fcnlab.net.inside.gradients import Gradients

Bytes = npt.NDArray[np.uint8]

NETWORKS_KEPT = 12
"""So that going through the epochs of a short run, back and forth, loads each once."""

UNTRAINED = 0
"""The epoch that stands for the weights a run began with, made again from its plan's seed."""


class Loaded:
    """A run's network at one checkpoint, with what was compiled for it.

    Attributes:
        run: The run.
        epoch: Of the checkpoint; `UNTRAINED` for the weights before the first step.
        spec: The network on paper.
        model: The same network in Keras.
        galleries: Pictures that were looked through, by dataset; see `fcnlab.lab.inside.channels`.
    """

    def __init__(self, run: Run, epoch: int, weights: Path | None) -> None:
        from fcnlab.net import build
        from fcnlab.net.checkpoint import load_weights

        self.run = run
        self.epoch = epoch
        self.galleries: dict[Hashable, Gallery] = {}
        self.spec: NetSpec = net_of(run)
        self.model = build(self.spec, seed=run.record.plan.seed)
        if weights is not None:
            load_weights(self.model, weights)

    @cached_property
    def features(self) -> "Features":
        """Every stage and every layer from one pass."""
        from fcnlab.net import Features

        return Features(self.spec, self.model)

    @cached_property
    def gradients(self) -> "Gradients":
        """What a class's score or a single value depends on."""
        from fcnlab.net.inside.gradients import Gradients

        return Gradients(self.spec, self.model, self.features)

    def weights(self, layer: str) -> list[npt.NDArray[np.float32]]:
        """A layer's weights, in Keras' order and layout."""
        weights: list[npt.NDArray[np.float32]] = self.model.get_layer(layer).get_weights()
        return weights

    @cached_property
    def predict(self) -> "Predictor":
        """Class probabilities of images."""
        from fcnlab.net import Predictor

        return Predictor(self.model)

    @cached_property
    def switch(self) -> "SkipSwitch":
        """The skips, ready to be switched."""
        from fcnlab.net import SkipSwitch

        return SkipSwitch(self.spec, self.model, self.reference)

    @cached_property
    def lattice(self) -> "Lattice":
        """Every set of the skips."""
        from fcnlab.net import Lattice

        return Lattice(self.switch.cut)

    @cached_property
    def reference(self) -> npt.NDArray[np.uint8]:
        """Training pictures uint8 [N, H, W, C], evenly spread; none when the dataset has gone."""
        return reference_pictures(self.spec, self.run.record.dataset)


def load(path: str | Path, epoch: int | None = None) -> Loaded:
    """A run's network at a checkpoint; the last few are kept.

    Args:
        path: The run folder.
        epoch: Which checkpoint; None takes the run's default (`Run.default_epoch`), `UNTRAINED` the weights before
            the first step.

    Raises:
        RunError: The run has no such checkpoint, or its weights do not fit.
        SpecError: The run's record holds no valid network.
    """
    run = Run.open(path)
    checkpoints = dict(run.checkpoints())
    if epoch == UNTRAINED:
        return _ready(str(run.path), UNTRAINED, 0)
    number = run.default_epoch() if epoch is None else epoch
    if number is None or not checkpoints:
        raise RunError(f"The run {run.name} has no checkpoint yet.", "Wait for the end of its first epoch.")
    if number not in checkpoints:
        known = ", ".join(map(str, checkpoints))
        raise RunError(
            f"The run {run.name} has no checkpoint of epoch {number}.",
            f"It has {known}, and 0 for the weights before training.",
        )
    return _ready(str(run.path), number, checkpoints[number].stat().st_mtime_ns)


def load_for(path: str | Path, picture: Picture, epoch: int | None = None) -> tuple[Loaded, Bytes, Bytes | None]:
    """A run's network at a checkpoint, and a picture as it gets it: image and truth, as `read_picture` gives them.

    A picture that cannot be read is told before Keras is loaded.

    Raises:
        FcnLabError: As `load` and `read_picture`.
    """
    image, truth = read_picture(net_of(Run.open(path)), picture)
    return load(path, epoch), image, truth


@lru_cache(maxsize=NETWORKS_KEPT)
def _ready(path: str, epoch: int, _written: int) -> Loaded:
    """Keyed on when the checkpoint was written: one that was replaced is loaded anew."""
    run = Run.open(path)
    return Loaded(run, epoch, run.checkpoint_path(epoch) if epoch else None)
