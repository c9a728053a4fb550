"""The training of one run from step to step: what it writes, what it looks for, and when it keeps a checkpoint."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fcnlab.lab.runs.heartbeat import Heartbeat
from fcnlab.lab.runs.run import Run
from fcnlab.lab.training.peak import peak_memory

if TYPE_CHECKING:
    from fcnlab.lab.runs.previews import Preview
    from fcnlab.net import EpochDone, StepDone, Trainer
    from fcnlab.plan import Change

OnEvent = Callable[[dict[str, Any]], None]

CHECKPOINT_EVERY = 20.0
"""Seconds between two checkpoints within an epoch; FCNLAB_CHECKPOINT_SECONDS says otherwise."""

PAUSE_LOOK = 0.1
"""Seconds between two looks for the end of a pause."""


class Loop:
    """Trains a run whose trainer stands where it should go on.

    Args:
        run: The run.
        beat: Its sign of life.
        trainer: At the step from which to go on.
        preview: Its pictures.
        on_event: Gets each event that is written to the curve.
    """

    def __init__(self, run: Run, beat: Heartbeat, trainer: "Trainer", preview: "Preview", on_event: OnEvent) -> None:
        self.run = run
        self.trainer = trainer
        self._beat = beat
        self._preview = preview
        self._on_event = on_event
        self._every = float(os.environ.get("FCNLAB_CHECKPOINT_SECONDS") or CHECKPOINT_EVERY)
        self._kept = time.monotonic()
        self._kept_step = trainer.step

    def train(self) -> bool:
        """Train to the plan's end; False when a request to stop came before it."""
        self._take_change()
        self._tell_progress(state="running", message="Training.")
        for event in self.trainer.run():
            finished = hasattr(event, "validation")
            self._write("epoch" if finished else "step", event)
            self._beat.progress(event.step, event.epoch)
            if finished:
                self._preview.write(event.epoch)
                self._keep(show=True)
                self._tell_progress()
            elif self.trainer.at_epoch_end:
                continue  # the epoch is told as soon as it is scored, which is the next event
            if self._at_end:
                continue
            if self.run.pause_requested():
                self._rest()
            if self.run.stop_requested():
                self._stop(finished)
                return False
            self._take_change()
            if time.monotonic() - self._kept >= self._every:
                self._keep(show=False)
        return True

    def note(self, message: str) -> None:
        """Write a sentence into the curve, at the step where the training stands."""
        self._append({"kind": "note", "step": self.trainer.step, "message": message})

    @property
    def _at_end(self) -> bool:
        return self.trainer.step >= self.trainer.steps or bool(self.trainer.ended_early)

    def _write(self, kind: str, event: "StepDone | EpochDone") -> None:
        memory = {"memory": peak_memory()} if kind == "epoch" else {}
        self._append({"kind": kind, **asdict(event), **memory})

    def _append(self, event: dict[str, Any]) -> None:
        told = {**event, "time": round(time.time(), 3)}
        self.run.append_metric(told)
        self._on_event(told)

    def _keep(self, *, show: bool) -> None:
        """Keep a checkpoint; the curve up to it is on the disk first."""
        self.run.metrics.flush()
        self.run.kept.keep(self.trainer.step, self.trainer.epoch, self.trainer.save, show=show)
        self._kept, self._kept_step = time.monotonic(), self.trainer.step

    def _stop(self, finished: bool) -> None:
        """Leave a network that can be looked at; after an epoch there is one already."""
        trainer = self.trainer
        self._tell_progress(state="stopping", message=f"Stopping after step {trainer.step}.")
        if not finished:
            trainer.settle()
            self._preview.write(trainer.epoch)
            self._keep(show=True)
        self._tell_progress(state="stopped", message=f"Stopped after step {trainer.step} of {trainer.steps}.")

    def _rest(self) -> None:
        """Wait until nobody wants a pause any more, or somebody wants the end."""
        if self._kept_step != self.trainer.step:
            self._keep(show=False)
        self.note("Paused.")
        self._tell_progress(state="paused", message=f"Paused after step {self.trainer.step} of {self.trainer.steps}.")
        while self.run.pause_requested() and not self.run.stop_requested():
            self._take_change()
            time.sleep(PAUSE_LOOK)
        self.run.clear_pause()
        self._kept = time.monotonic()
        self.note("Went on after a pause.")
        self._tell_progress(state="running", message="Training.")

    def _take_change(self) -> None:
        """What somebody asked to change holds for the next step; it was written down before."""
        change = self.run.take_change(self.trainer.step)
        if change is not None:
            self.trainer.change(change)
            self.note(_sentence(change))
            self._tell_progress()

    def _tell_progress(self, **changes: Any) -> None:
        trainer = self.trainer
        best = trainer.best[0] if trainer.best else 0
        self._beat.update(
            step=trainer.step, steps=trainer.steps, epoch=trainer.epoch, epochs=trainer.epochs, best=best, **changes
        )


def _sentence(change: "Change") -> str:
    rate, size = change.learning_rate, change.batch_size
    parts = [f"the learning rate to {rate:g}"] if rate is not None else []
    parts += [f"the batch size, from the next epoch on, to {size}"] if size is not None else []
    return f"Changed {' and '.join(parts)}."
