"""The training loop.

A lean one: one compiled step around forward pass, gradient and update, arrays of bytes that are ready in memory,
and events handed out by a generator, so that whoever trains decides between any two steps whether to go on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil, cos, pi
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fcnlab.arch import NetSpec
from fcnlab.data import Pairs, flip
from fcnlab.data.dataset import IGNORE
from fcnlab.errors import PlanError
from fcnlab.net import backend, checkpoint
from fcnlab.net.augment import Augmenter
from fcnlab.net.builder import build, scores_model
from fcnlab.net.losses import has_ignored, plan_loss
from fcnlab.net.metrics import ScoreBoard
from fcnlab.net.predict import BATCH, Predictor
from fcnlab.net.statistics import settle_statistics
from fcnlab.plan import Phase, Plan, steps_in_epoch


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step was taken.

    Attributes:
        step: How many were taken, this one included.
        epoch: The epoch it belongs to, from 1.
        loss: Of this step's batch, before the step.
        learning_rate: With which it was taken.
        seconds: It took, the making of its batch included.
        images: In the batch.
    """

    step: int
    epoch: int
    loss: float
    learning_rate: float
    seconds: float
    images: int


@dataclass(frozen=True, slots=True)
class EpochDone:
    """One epoch was finished and validated.

    Attributes:
        step: How many steps were taken so far.
        epoch: The epoch, from 1.
        loss: Mean over its steps since training began or went on.
        seconds: From its first step to the end of its validation.
        validation: Images scored, loss, mean IoU and IoU by class; None without validation images.
    """

    step: int
    epoch: int
    loss: float
    seconds: float
    validation: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class _Epoch:
    """Where an epoch lies: its number (from 1), phase, first step and number of steps, and those of its phase."""

    number: int
    phase: Phase
    first: int
    steps: int
    phase_first: int
    phase_steps: int


class Trainer:
    """Trains one network by one plan on arrays in memory, or mapped from a disk and larger than memory.

    Args:
        spec: The network.
        plan: How to train it. Its seed fixes weights, order and augmentation: two trainings on the same CPU with
            the same seed end with the same weights.
        training: Images uint8 and labels at the network's input size; at least one pair.
        validation: Scored after each epoch; None or empty for no validation.

    Raises:
        SpecError: The network has errors.
        PlanError: There is nothing to train on.
    """

    def __init__(self, spec: NetSpec, plan: Plan, training: Pairs, validation: Pairs | None = None) -> None:
        if not len(training):
            raise PlanError("There are no training images.", "Choose a dataset whose train split is not empty.")
        self.plan = plan
        self.training = training
        self.validation = validation
        self.step = 0
        self._epochs = _lay_out(plan, len(training))
        self._ends = frozenset(epoch.first + epoch.steps for epoch in self._epochs)
        self.model = build(spec, seed=plan.seed)
        self.optimizer = keras.optimizers.Adam(plan.phases[0].learning_rate)
        scores = scores_model(self.model)
        activate = self.model.layers[-1]
        loss_of = plan_loss(plan.loss, spec.output.activation, spec.output.classes)

        def step(loss: backend.Loss) -> Callable[..., Any]:
            return backend.current().training_step(scores, self.optimizer, loss)

        def judge(loss: backend.Loss) -> Callable[..., Any]:
            def judged(images: Any, labels: Any) -> Any:
                found = scores(backend.standardise(images), training=False)
                return activate(found), loss(labels, found)

            return backend.current().compiled(self.model, judged)

        self._take_step = _ByLabels(step, loss_of)
        self._judge = _ByLabels(judge, loss_of)
        self._augment = Augmenter(plan.augment)
        self.predict = Predictor(self.model)

    @property
    def steps(self) -> int:
        """Steps of the whole plan."""
        return self._epochs[-1].first + self._epochs[-1].steps

    @property
    def epoch(self) -> int:
        """The epoch of the last step taken, from 1; 0 before the first."""
        return next((e.number for e in reversed(self._epochs) if e.first < self.step), 0)

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step taken was its epoch's last, so that the next event tells of the epoch."""
        return self.step in self._ends

    def run(self) -> Iterator[StepDone | EpochDone]:
        """Train from where the trainer stands to the plan's end.

        Between two events the trainer is in a state that can be saved. Stop by not asking for the next event.
        """
        for epoch in self._epochs:
            if epoch.first + epoch.steps > self.step:
                yield from self._run_epoch(epoch)

    def settle(self) -> None:
        """Re-estimate batch norm's statistics with the weights as they are; call before the network is used."""
        settle_statistics(self.model, self.training.images)

    def save(self, weights: Path, optimizer: Path) -> None:
        """Write a checkpoint: the weights as a Keras `.weights.h5`, and optimizer and position as `.npz`."""
        checkpoint.save_optimizer(self.optimizer, self.step, optimizer)
        self.model.save_weights(weights)

    def restore(self, weights: Path, optimizer: Path) -> None:
        """Go back to a checkpoint that `save` wrote; what follows is the same as if nothing had come between.

        Raises:
            RunError: The checkpoint is damaged or of another network.
        """
        checkpoint.load_weights(self.model, weights)
        self.step = checkpoint.load_optimizer(self.optimizer, optimizer)

    def validate(self) -> dict[str, object] | None:
        """Images scored, loss, mean IoU and IoU by class on the validation images."""
        if not self.validation:
            return None
        board, total, counted = ScoreBoard(self.model.output.shape[-1]), 0.0, 0.0
        for start in range(0, len(self.validation), BATCH):
            part = slice(start, start + BATCH)
            labels = self.validation.labels[part]
            probabilities, loss = self._judge(self.validation.images[part], labels)
            board.add(probabilities, self.validation.planes(part), labels)
            share = float((labels != IGNORE).mean()) * len(labels)
            total, counted = total + float(loss) * share, counted + share
        loss = total / counted if counted else 0.0
        return {"images": board.images, "loss": loss, "mean_iou": board.mean_iou, "class_iou": board.class_iou}

    def _run_epoch(self, epoch: _Epoch) -> Iterator[StepDone | EpochDone]:
        started, losses = perf_counter(), []
        batches = _batches(self.training, epoch, self.plan)
        for _ in range(self.step - epoch.first):
            next(batches)
        for images, labels in batches:
            begun = perf_counter()
            rate = self._learning_rate(epoch)
            self.optimizer.learning_rate.assign(rate)
            images, labels = self._augment(images, labels, (self.plan.seed, epoch.number, self.step))
            losses.append(self._take_step(images, labels))
            self.step += 1
            seconds = perf_counter() - begun
            yield StepDone(self.step, epoch.number, losses[-1], rate, seconds, len(images))
        self.settle()
        seen = self.validate()
        loss = sum(losses) / len(losses)
        yield EpochDone(self.step, epoch.number, loss, perf_counter() - started, seen)

    def _learning_rate(self, epoch: _Epoch) -> float:
        rate = epoch.phase.learning_rate
        if self.step < self.plan.warmup_steps:
            rate *= (self.step + 1) / self.plan.warmup_steps
        if self.plan.schedule == "constant":
            return rate
        done = (self.step - epoch.phase_first) / epoch.phase_steps
        return rate * 0.5 * (1 + cos(pi * done))


class _ByLabels:
    """A compiled function of images and labels for either kind of loss; that for ignored pixels only once it is needed.

    Args:
        make: Compiles it for a loss.
        loss_of: The loss, from whether it looks for ignored pixels.
    """

    def __init__(self, make: Callable[[backend.Loss], Callable[..., Any]], loss_of: Callable[[bool], backend.Loss]):
        self._plain = make(loss_of(False))
        self._ignoring = cache(lambda: make(loss_of(True)))

    def __call__(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> Any:
        return (self._ignoring() if has_ignored(labels) else self._plain)(images, labels)


def _lay_out(plan: Plan, images: int) -> list[_Epoch]:
    epochs: list[_Epoch] = []
    first = 0
    for phase in plan.phases:
        steps = steps_in_epoch(phase, images)
        start = first
        for _ in range(phase.epochs):
            epochs.append(_Epoch(len(epochs) + 1, phase, first, steps, start, steps * phase.epochs))
            first += steps
    return epochs


def _batches(
    training: Pairs, epoch: _Epoch, plan: Plan
) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    """The epoch's batches; the seed and the epoch's number alone decide them, so that any of them can come first."""
    generator = np.random.default_rng([plan.seed, epoch.number])
    count = len(training)
    size = min(epoch.phase.batch_size, count)
    rounds = ceil(epoch.steps * size / count)
    order = np.concatenate([generator.permutation(count) for _ in range(rounds)])
    flipped = generator.random(epoch.steps * size) < 0.5
    for start in range(0, epoch.steps * size, size):
        chosen = order[start : start + size]
        images, labels = training.images[chosen], training.labels[chosen]
        if plan.flip:
            images, labels = flip(images, labels, flipped[start : start + size])
        yield images, labels
