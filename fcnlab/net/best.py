"""Which epoch was the best so far, and whether to wait for a better one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fcnlab.plan import EarlyStop, ValidationMetric

_NAMES = {"loss": "validation loss", "mean_iou": "mean IoU", "target_iou": "target's IoU"}


def metric_value(figures: Mapping[str, Any] | None, metric: ValidationMetric) -> float | None:
    """An epoch's value of the plan's metric, from its validation; None where there is none, or it is no number."""
    if not figures:
        return None
    value = figures["class_iou"][-1] if metric == "target_iou" else figures[metric]
    return None if value is None or not np.isfinite(value) else float(value)


@dataclass
class Contest:
    """Compares epochs by a metric; its memory is part of a checkpoint.

    Attributes:
        metric: By which epochs are compared.
        stop: When to end early; None never does.
        best: Epoch and value of the best one so far; None before the first value.
        ended: The epoch after which to end, since the metric no longer gets better; 0 while it may.
        mark: The last value that was better by enough to count.
        waited: Epochs since then.
    """

    metric: ValidationMetric
    stop: EarlyStop | None = None
    best: tuple[int, float] | None = None
    ended: int = 0
    mark: float = np.nan
    waited: int = 0

    def add(self, epoch: int, figures: Mapping[str, Any] | None) -> bool:
        """Take an epoch's validation; whether it is the best so far."""
        value = metric_value(figures, self.metric)
        best = value is not None and (self.best is None or self._gain(value, self.best[1]) > 0)
        if value is not None and best:
            self.best = (epoch, value)
        if value is not None and not self._gain(value, self.mark) <= (self.stop.least if self.stop else 0.0):
            self.mark, self.waited = value, 0
        else:
            self.waited += 1
        if self.stop and self.waited >= self.stop.patience:
            self.ended = epoch
        return best

    def go_on(self) -> None:
        """Somebody wants more epochs: begin to wait anew."""
        self.ended = self.waited = 0

    @property
    def sentence(self) -> str:
        """Why the training ended early; nothing where it did not."""
        if not self.ended:
            return ""
        best = f", {self.best[1]:.4f} after epoch {self.best[0]}, was the best" if self.best else ""
        many = f"{self.waited} epochs" if self.waited > 1 else "an epoch"
        return f"Ended after epoch {self.ended}: the {_NAMES[self.metric]} did not get better for {many}{best}."

    def memory(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        epoch, value = self.best or (0, np.nan)
        return {"contest": np.array([epoch, value, self.ended, self.mark, self.waited], np.float64)}

    def remember(self, memory: Mapping[str, Any]) -> None:
        """Take up what `memory` gave; a checkpoint of before has nothing of it."""
        epoch, value, ended, mark, waited = memory.get("contest", (0, np.nan, 0, np.nan, 0))
        self.best = (int(epoch), float(value)) if epoch else None
        self.ended, self.mark, self.waited = int(ended), float(mark), int(waited)

    def _gain(self, value: float, other: float) -> float:
        """By how much a value is better than another one; NaN where there is no other."""
        return other - value if self.metric == "loss" else value - other
