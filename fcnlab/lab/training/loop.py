"""The training of one run from step to step: what it writes, what it looks for, and when it keeps a checkpoint."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fcnlab.errors import PlanError
from fcnlab.lab.runs.heartbeat import Heartbeat
from fcnlab.lab.runs.run import Run
from fcnlab.lab.training.peak import peak_memory

if TYPE_CHECKING:
    from fcnlab.lab.runs.previews import Preview
    from fcnlab.net import EpochDone, Measuring, StepDone, Trainer
    from fcnlab.plan import Change

OnEvent = Callable[[dict[str, Any]], None]

CHECKPOINT_EVERY = 20.0
"""Seconds between two checkpoints within an epoch; FCNLAB_CHECKPOINT_SECONDS says otherwise."""

PAUSE_LOOK = 0.1
"""Seconds between two looks for the end of a pause."""

MAKES_ROOM_AFTER = 2.0
"""Seconds between two looks of a paused training for others that wait."""

MEASURING_TOLD = 0.5
"""Seconds between two messages on how far the measuring of an epoch is."""

MEASURED_TO_END = 0.5
"""Seconds for which an epoch is measured further when somebody wants the end: most then have their figures."""


class Loop:
    """Trains a run whose trainer stands where it should go on.

    Args:
        run: The run.
        beat: Its sign of life.
        trainer: At the step from which to go on.
        preview: Its pictures.
        on_event: Gets each event that is written to the curve.
        others_wait: Whether another run waits for this process.
        require_batch: Raises PlanError for a batch size that this process has no memory for.
    """

    def __init__(
        self,
        run: Run,
        beat: Heartbeat,
        trainer: "Trainer",
        preview: "Preview",
        on_event: OnEvent,
        others_wait: Callable[[], bool],
        require_batch: Callable[[int], None],
    ) -> None:
        self.run = run
        self.trainer = trainer
        self._beat = beat
        self._preview = preview
        self._on_event = on_event
        self._others_wait = others_wait
        self._require_batch = require_batch
        self._every = float(os.environ.get("FCNLAB_CHECKPOINT_SECONDS") or CHECKPOINT_EVERY)
        self._kept = self._measured = time.monotonic()
        self._kept_step = trainer.step
        self._stop_seen: float | None = None

    def train(self) -> bool:
        """Train to the plan's end; False when a request to stop, or another run, came before it."""
        self._take_change()
        self._tell_progress(state="running", message="Training.")
        for event in self.trainer.run():
            if event.kind == "measuring":
                if self._left_while_measuring(event):
                    return False
                continue
            finished = event.kind == "epoch"
            self._write(event)
            self._beat.progress(event.step, event.epoch)
            if finished:
                self._preview.write(event.epoch)
                self._keep(show=True)
                self._tell_progress(message="Training.")
            elif self.trainer.at_epoch_end:
                continue  # the epoch is told when it is measured, and what comes next asks for a stop, too
            if self._at_end:
                continue
            if self.run.pause_requested() and not self._rest():
                return False
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

    def _write(self, event: "StepDone | EpochDone") -> None:
        memory = {"memory": peak_memory()} if event.kind == "epoch" else {}
        self._append({"kind": event.kind, **asdict(event), **memory})

    def _append(self, event: dict[str, Any]) -> None:
        told = {**event, "time": round(time.time(), 3)}
        self.run.append_metric(told)
        self._on_event(told)

    def _keep(self, *, show: bool) -> None:
        """Keep a checkpoint; the curve up to it is on the disk first."""
        self.run.metrics.flush()
        self.run.kept.keep(self.trainer.step, self.trainer.epoch, self.trainer.save, show=show)
        self._kept, self._kept_step = time.monotonic(), self.trainer.step

    def _left_while_measuring(self, event: "Measuring") -> bool:
        """Whether somebody asked for the end while an epoch is measured, and the rest of it would take too long."""
        now = time.monotonic()
        if not event.done or now - self._measured >= MEASURING_TOLD:
            self._measured = now
            self._beat.update(
                message=f"Measuring epoch {self.trainer.epoch}: {event.done:,} of {event.total:,} images."
            )
        if not self.run.stop_requested():
            self._stop_seen = None
            return False
        self._stop_seen = self._stop_seen or now
        if now - self._stop_seen < MEASURED_TO_END:
            return False
        self._stop(finished=False)
        return True

    def _stop(self, finished: bool) -> None:
        """Leave a network that can be looked at; after an epoch there is one already."""
        trainer = self.trainer
        self._tell_progress(
            state="stopping", message=f"Stopping after step {trainer.step}: what was learnt is being kept."
        )
        if not finished:
            trainer.settle()
            self._preview.write(trainer.epoch)
            self._keep(show=True)
        self._tell_progress(state="stopped", message=f"Stopped after step {trainer.step} of {trainer.steps}.")

    def _rest(self) -> bool:
        """Wait until nobody wants a pause any more, or somebody wants the end; False when another run needs the place.

        What waits is asked for twice, `MAKES_ROOM_AFTER` seconds apart: another worker may be about to take it.
        """
        if self._kept_step != self.trainer.step:
            self._keep(show=False)
        self.note("Paused.")
        self._tell_progress(state="paused", message=f"{self._paused}.")
        looked, waited = time.monotonic(), False
        while self.run.pause_requested() and not self.run.stop_requested():
            if self._take_change():
                self._tell_progress(message=f"{self._paused}.")
            time.sleep(PAUSE_LOOK)
            if time.monotonic() - looked < MAKES_ROOM_AFTER:
                continue
            looked, before, waited = time.monotonic(), waited, self._others_wait()
            if before and waited:
                self.note("Made room for a run that waits.")
                self._tell_progress(state="stopped", message=f"{self._paused}, and made room for a run that waits.")
                return False
        self.run.clear_pause()
        self._kept = time.monotonic()
        self.note("Went on after a pause.")
        self._tell_progress(state="running", message="Training.")
        return True

    @property
    def _paused(self) -> str:
        return f"Paused after step {self.trainer.step} of {self.trainer.steps}"

    def _take_change(self) -> bool:
        """Have what somebody asked for hold from the next step on; False where nobody did, or it cannot be."""
        try:
            change = self.run.take_change(self.trainer.step, self._require_possible)
        except PlanError as problem:
            self.note(f"Nothing was changed. {problem}")
            return False
        if change is None:
            return False
        self.trainer.change(change)
        self.note(_sentence(change))
        self._tell_progress()
        return True

    def _require_possible(self, change: "Change") -> None:
        """Refuse what would end the training, before it is written down and cannot be taken back."""
        self.trainer.require_change(change)
        if change.batch_size is not None:
            self._require_batch(change.batch_size)

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
