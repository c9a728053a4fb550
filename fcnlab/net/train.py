"""The training loop.

A lean one: one compiled step around forward pass, gradient and update, arrays of bytes that are ready in memory,
and events handed out by a generator, so that whoever trains decides between any two steps whether to go on.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Literal

from fcnlab.arch import NetSpec
from fcnlab.data import Pairs
from fcnlab.errors import PlanError
from fcnlab.net import backend, checkpoint
from fcnlab.net.best import Contest
from fcnlab.net.builder import build, scores_model
from fcnlab.net.judge import Figures, Judge, Measuring
from fcnlab.net.losses import class_weights, plan_loss
from fcnlab.net.optimizers import plan_optimizer
from fcnlab.net.order import Batches
from fcnlab.net.parallel import require_share, require_shares, spread
from fcnlab.net.predict import Predictor
from fcnlab.net.statistics import settle_statistics
from fcnlab.plan import COMPARED_IMAGES, Change, Plan, PlannedEpoch, lay_out, learning_rate, require_plan, scored_images


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

    kind: ClassVar[Literal["step"]] = "step"
    step: int
    epoch: int
    loss: float
    learning_rate: float
    seconds: float
    images: int


@dataclass(frozen=True, slots=True)
class EpochDone:
    """One epoch was finished and measured.

    Attributes:
        step: How many steps were taken so far.
        epoch: The epoch, from 1.
        loss: Mean over its steps.
        seconds: From its first step, or the first one after going on, to the end of its validation.
        validation: Images scored, loss, mean IoU and IoU by class; None without validation images.
        training: The same of a few training images, always the same ones and unchanged: as many as were validated,
            at most 200, so that both can be compared.
    """

    kind: ClassVar[Literal["epoch"]] = "epoch"
    step: int
    epoch: int
    loss: float
    seconds: float
    validation: Figures | None
    training: Figures | None = None


class Trainer:
    """Trains one network by one plan on arrays in memory, or mapped from a disk and larger than memory.

    Args:
        spec: The network.
        plan: How to train it. Its seed fixes weights, order and augmentation: two trainings on the same CPU with
            the same seed end with the same weights.
        training: Images uint8 and labels at the network's input size; at least one pair.
        validation: Scored after each epoch; None or empty for no validation.
        changes: What was changed since the plan was made, at steps taken or still to come.
        start: A `.weights.h5` of some of the network's layers to begin with; the others begin at random.

    Attributes:
        plan: The plan that it began with.
        changes: All changes, also those that `change` made.
        step: Steps that were taken.
        model: The network. Once the last epoch has been told, it has the best epoch's weights if the plan keeps them.
        optimizer: Keras' optimizer.
        predict: Class probabilities for images, with the weights as they are.

    Raises:
        SpecError: The network has errors.
        PlanError: There is nothing to train on, or the plan does not go with the network, the images or the device.
        RunError: The weights to begin with cannot be used.
    """

    def __init__(
        self,
        spec: NetSpec,
        plan: Plan,
        training: Pairs,
        validation: Pairs | None = None,
        changes: Sequence[Change] = (),
        start: Path | None = None,
    ) -> None:
        if not len(training):
            raise PlanError("There are no training images.", "Choose a dataset whose train split is not empty.")
        classes = spec.output.classes
        require_plan(plan, classes, len(validation or ()))
        require_shares(plan, len(training))
        self.plan = plan
        self.training = training
        self.validation = validation
        self.changes = tuple(changes)
        self.step = 0
        self._told = 0
        self._losses = (0.0, 0)
        self._epochs = lay_out(plan, len(training), self.changes)
        self._contest = Contest(plan.metric, plan.early_stop)
        self._best: list[Any] | None = None
        self._last: list[Any] | None = None
        loss = plan_loss(plan, spec.output.activation, classes, class_weights(plan, training.labels, classes))
        make_step = backend.current().training_step
        with spread(plan.devices):
            self.model = build(spec, seed=plan.seed)
            self.optimizer = plan_optimizer(plan, self.model)
            self._take_step = make_step(scores_model(self.model), self.optimizer, loss, precision=plan.precision)
        if start is not None:
            checkpoint.load_present(self.model, start)
        self._judge = Judge(self.model, loss)
        self._batches = Batches(plan, training)
        self.predict = Predictor(self.model)

    @property
    def steps(self) -> int:
        """Steps of the whole run, as it is planned now."""
        return self._epochs[-1].end

    @property
    def epochs(self) -> int:
        """Epochs of the whole run, as it is planned now."""
        return len(self._epochs)

    @property
    def epoch(self) -> int:
        """The epoch of the last step taken, from 1; 0 before the first."""
        return bisect_left(self._epochs, self.step, key=lambda epoch: epoch.first)

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step taken was its epoch's last, so that the next event tells of the epoch."""
        return self._told < len(self._epochs) and self.step == self._epochs[self._told].end

    @property
    def best(self) -> tuple[int, float] | None:
        """The best epoch so far by the plan's metric, and its value; None without one."""
        return self._contest.best

    @property
    def ended_early(self) -> str:
        """A sentence on why there are no more epochs; nothing where early stopping has not ended the run."""
        return self._contest.sentence

    def run(self) -> Iterator[StepDone | Measuring | EpochDone]:
        """Train from where the trainer stands to the plan's end.

        Between two events the trainer is in a state that can be saved. Stop by not asking for the next event; an
        epoch that is then not measured to its end is measured anew when the training goes on.
        """
        if self._last is not None:
            self.model.set_weights(self._last)
            self._last = None
        while self._told < len(self._epochs) and not self._contest.ended:
            yield from self._run_epoch()
        if self._best is not None:
            self._last = self.model.get_weights()
            self.model.set_weights(self._best)

    def change(self, change: Change) -> None:
        """Train what follows otherwise; between two events, or after the last one.

        Raises:
            PlanError: The change is for another step than the one where the trainer stands, or its batches cannot be
            shared out to the plan's devices.
        """
        self.require_change(change)
        self.changes = (*self.changes, change)
        self._epochs = lay_out(self.plan, len(self.training), self.changes)
        self._go_on_for_more()

    def require_change(self, change: Change) -> None:
        """Raise PlanError where `change` would."""
        if change.step != self.step:
            raise PlanError(f"A change after {change.step} steps was made after {self.step}.", "Give the present step.")
        if change.batch_size is not None:
            require_share(min(change.batch_size, len(self.training)), self.plan.devices)

    def settle(self) -> None:
        """Re-estimate batch norm's statistics with the weights as they are; call before the network is used."""
        settle_statistics(self.model, self.training.images)

    def save(self, weights: Path, optimizer: Path) -> None:
        """Write a checkpoint: the weights as a Keras `.weights.h5`, and optimizer, position and memory as `.npz`.

        The memory is that of early stopping, and the best epoch's weights if the plan keeps them.
        """
        best = {f"best{index}": values for index, values in enumerate(self._best or ())}
        position = {"step": self.step, "told": self._told, "losses": self._losses}
        checkpoint.save_optimizer(self.optimizer, {**position, **self._contest.memory(), **best}, optimizer)
        self.model.save_weights(weights)

    def restore(self, weights: Path, optimizer: Path) -> None:
        """Go back to a checkpoint that `save` wrote; what follows is the same as if nothing had come between.

        Raises:
            RunError: The checkpoint is damaged or of another network.
        """
        checkpoint.load_weights(self.model, weights)
        memory = checkpoint.load_optimizer(self.optimizer, optimizer)
        self.step = int(memory["step"])
        ended = sum(epoch.end <= self.step for epoch in self._epochs)
        self._told = int(memory.get("told", ended))
        total, count = memory.get("losses", (0.0, 0))
        self._losses = float(total), int(count)
        self._contest.remember(memory)
        weights_kept = [memory[f"best{index}"] for index in range(len(self.model.weights)) if f"best{index}" in memory]
        self._best, self._last = weights_kept or None, None
        self._go_on_for_more()

    def _run_epoch(self) -> Iterator[StepDone | Measuring | EpochDone]:
        started, epoch = perf_counter(), self._epochs[self._told]
        if self.step == epoch.first:
            self._losses = (0.0, 0)
        with closing(self._batches.of(epoch, self.step - epoch.first)) as batches:
            while self.step < epoch.end:
                yield self._run_step(batches)
        self.settle()
        count = scored_images(self.plan, epoch.phase, len(self.validation or ()))
        compared = min(count, COMPARED_IMAGES, len(self.training))
        validation = yield from self._judge(self.validation, count, 0, count + compared)
        training = yield from self._judge(self.training, compared, count, count + compared)
        yield self._measured(epoch, started, validation, training)

    def _run_step(self, batches: Iterator[Any]) -> StepDone:
        begun, epoch = perf_counter(), self._epochs[self._told]  # a change may have given it another learning rate
        rate = learning_rate(self.plan, epoch, self.step)
        images, labels = next(batches)
        self.optimizer.learning_rate.assign(rate)
        loss = self._take_step(images, labels)
        self.step += 1
        self._losses = (self._losses[0] + loss, self._losses[1] + 1)
        return StepDone(self.step, epoch.number, loss, rate, perf_counter() - begun, len(images))

    def _measured(
        self, epoch: PlannedEpoch, started: float, validation: Figures | None, training: Figures | None
    ) -> EpochDone:
        if self._contest.add(epoch.number, validation) and self.plan.keep_best:
            self._best = self.model.get_weights()
        self._told = epoch.number
        self._go_on_for_more()
        total, steps = self._losses
        loss = total / steps if steps else 0.0
        return EpochDone(self.step, epoch.number, loss, perf_counter() - started, validation, training)

    def _go_on_for_more(self) -> None:
        """Early stopping has ended the run, but somebody wanted more epochs after that."""
        if self._contest.ended and any(change.more and change.step >= self.step for change in self.changes):
            self._contest.go_on()
