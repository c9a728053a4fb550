"""Training a run: from its folder to its last checkpoint.

Runs in a worker of the engine, or in the caller's own process for the command line and notebooks. `net` is imported
inside of the functions, so that handing them over costs the web process no TensorFlow.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcnlab.arch import NetSpec, plain, require_valid
from fcnlab.data import Dataset, Pairs, choose, open_dataset
from fcnlab.errors import RunError, SpecError
from fcnlab.files import writing
from fcnlab.lab.fit import require_fit
from fcnlab.lab.heartbeat import Heartbeat
from fcnlab.lab.runs import Run
from fcnlab.plan import Plan

if TYPE_CHECKING:
    from fcnlab.net import EpochDone, StepDone, Trainer

OnEvent = Callable[[dict[str, Any]], None]

PREVIEW_IMAGES = 4


class _Stopped(Exception):  # noqa: N818 - not an error: somebody pressed Stop
    """Stop was asked for before the first step."""


def net_of(run: Run) -> NetSpec:
    """The network that a run trains.

    Raises:
        SpecError: The run's record holds no valid network, or one that is no encoder–decoder of the lab's kind.
    """
    if run.record.kind == "layers":
        raise SpecError(
            f"The network of run {run.name} was imported and is no encoder–decoder of the lab's kind.",
            "Look at its feature maps layer by layer.",
        )
    return NetSpec.parse(run.record.net, what=f"the network of run {run.name}", error=SpecError)


def create_run(out: Path, net: NetSpec, plan: Plan, dataset: str) -> Run:
    """Make a run folder at `out`, after everything that can be told beforehand was found to be right.

    Raises:
        FcnLabError: The network has errors, the dataset cannot be used or does not go with it, or the folder
            cannot be made.
    """
    require_valid(net)
    opened = open_dataset(dataset)
    require_fit(net, opened)
    return Run.create(out, net=plain(net), plan=plan, dataset=opened.name)


def train_here(net: NetSpec, plan: Plan, dataset: str, out: Path, on_event: OnEvent | None = None) -> None:
    """Make a run at `out` and train it in this process.

    Args:
        net: The network.
        plan: How to train it.
        dataset: A built-in set's name or a folder.
        out: The run folder to make.
        on_event: Called with each event of the run's metrics, and with {"kind": "status", "message": …}.

    Raises:
        FcnLabError: See `create_run`; or the dataset cannot be read.
    """
    train_run(str(create_run(out, net, plan, dataset).path), on_event)


def resume_here(path: Path, on_event: OnEvent | None = None) -> None:
    """Go on with a run in this process from its last checkpoint, or from the start when it has none.

    Raises:
        RunError: There is no such run, it is being trained, or it has reached its plan's end.
    """
    run = Run.open(path)
    requeue(run)
    train_run(str(run.path), on_event)


def requeue(run: Run, pid: int | None = None) -> None:
    """Mark a run that ended early as waiting again.

    Raises:
        RunError: It is being trained, or it has reached its plan's end.
    """
    if run.state() == "done":
        raise RunError(f"The run {run.name} has reached the end of its plan.", "Start a new run to train longer.")
    run.queue(pid)


def train_run(path: str, on_event: OnEvent | None = None, worker: str = "") -> None:
    """Train a queued run from its last checkpoint, or from the start, to its plan's end or a request to stop.

    Raises:
        FcnLabError: It is not queued, or its dataset or checkpoint cannot be used; the run then shows as failed
            with that sentence.
    """
    run = Run.open(path)
    with Heartbeat(run, worker=worker) as beat:
        try:
            _train(run, beat, on_event or (lambda _: None))
        except _Stopped:
            beat.update(state="stopped", message="Stopped before the first step.")


def _train(run: Run, beat: Heartbeat, on_event: OnEvent) -> None:
    def say(message: str) -> None:
        beat.update(message=message)
        on_event({"kind": "status", "message": message})

    def reading(done: int, total: int) -> None:
        beat.update(message=f"Reading the images: {done} of {total}.")
        if run.stop_requested():
            raise _Stopped

    say("Reading the images.")
    net, plan = net_of(run), run.record.plan
    dataset = open_dataset(run.record.dataset)
    require_fit(net, dataset)
    training, validation = read_images(net, plan, dataset, reading)

    say("Building the network.")
    from fcnlab.net import StepDone, Trainer

    trainer = Trainer(net, plan, training, validation)
    checkpoints = run.checkpoints()
    if checkpoints:
        epoch, weights = checkpoints[-1]
        trainer.restore(weights, run.optimizer_path(epoch))
        say(f"Going on after step {trainer.step}.")
    run.truncate_metrics(trainer.step)
    preview = _Preview(run, trainer, validation if validation is not None and len(validation) else training)

    beat.update(state="running", step=trainer.step, steps=trainer.steps, epoch=trainer.epoch, message="Training.")
    for event in trainer.run():
        told = _told(event)
        run.append_metric(told)
        on_event(told)
        beat.update(step=event.step, epoch=event.epoch)
        if not isinstance(event, StepDone):
            preview.write(event.epoch)
            _save(run, trainer)
        if isinstance(event, StepDone) and trainer.at_epoch_end:
            continue  # a stop now would leave the epoch unscored for good: its scoring is the next event
        if run.stop_requested() and event.step < trainer.steps:
            beat.update(state="stopping", message=f"Stopping after step {event.step}.")
            if isinstance(event, StepDone):
                trainer.settle()
                preview.write(trainer.epoch)
                _save(run, trainer)
            beat.update(state="stopped", message=f"Stopped after step {event.step} of {trainer.steps}.")
            return
    beat.update(message=f"Finished {plan.epochs} epochs.")


def read_images(
    net: NetSpec, plan: Plan, dataset: Dataset, progress: Callable[[int, int], None] | None = None
) -> tuple[Pairs, Pairs | None]:
    """The images a plan trains on and those it validates on (None without a validation split), kept for the next time.

    They are mapped from the disk, and so may take more than there is memory.
    """
    size, channels = (net.input.height, net.input.width), net.input.channels
    chosen = choose(dataset.splits["train"], plan.subset, plan.seed)
    training = dataset.load("train", size, channels, chosen, progress, keep=True)
    count = dataset.splits.get("validation", 0)
    if not count:
        return training, None
    chosen = choose(count, plan.validation_images, plan.seed)
    return training, dataset.load("validation", size, channels, chosen, progress, keep=True)


def _told(event: "StepDone | EpochDone") -> dict[str, Any]:
    return {"kind": "epoch" if hasattr(event, "validation") else "step", **asdict(event)}


def _save(run: Run, trainer: "Trainer") -> None:
    epoch = trainer.epoch
    with (
        writing(run.checkpoint_path(epoch)) as weights,
        writing(run.optimizer_path(epoch)) as optimizer,
    ):
        trainer.save(weights, optimizer)


class _Preview:
    """The same few images after each epoch: the images and truth once, the predicted labels each time."""

    def __init__(self, run: Run, trainer: "Trainer", pairs: Pairs) -> None:
        self._run = run
        self._trainer = trainer
        chosen = _telling(pairs)
        self._images = pairs.images[chosen]
        with writing(run.preview_path(0)) as path:
            np.savez_compressed(path, images=self._images, truth=pairs.labels[chosen])

    def write(self, epoch: int) -> None:
        labels = self._trainer.predict(self._images).argmax(axis=-1).astype(np.uint8)
        with writing(self._run.preview_path(epoch)) as path:
            np.savez_compressed(path, labels=labels)


def _telling(pairs: Pairs, count: int = PREVIEW_IMAGES) -> list[int]:
    """Indices of images whose targets (last class) run from large to small; others fill up where there are few."""
    sizes = np.array([np.count_nonzero(labels == pairs.num_classes - 1) for labels in pairs.labels])
    order = np.argsort(-sizes, kind="stable")
    there = order[: max(int((sizes > 0).sum()), min(count, len(order)))]
    picks = np.linspace(0, len(there) - 1, min(count, len(there))).round().astype(int)
    return [int(there[pick]) for pick in picks]
