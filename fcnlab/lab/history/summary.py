"""What a run's curve amounts to: its best score, its epochs, the time it took."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """What a curve amounts to.

    Attributes:
        epochs: Epochs that were finished.
        best: The highest mean IoU on validation images after any of them; None where none was validated.
        best_epoch: After which; 0 where none was validated.
        seconds: That they took, validation included. Pauses and nights between two stretches are not counted.
    """

    epochs: int
    best: float | None
    best_epoch: int
    seconds: float


def summarise(path: Path) -> Summary:
    """Read a curve's epochs; one that is missing counts as empty."""
    epochs, best, best_epoch, seconds = 0, None, 0, 0.0
    for event in _epochs(path):
        number, took = event.get("epoch"), event.get("seconds")
        epochs = max(epochs, number) if isinstance(number, int) else epochs
        seconds += took if isinstance(took, int | float) else 0.0
        score = (event.get("validation") or {}).get("mean_iou")
        if isinstance(score, int | float) and (best is None or score > best):
            best, best_epoch = float(score), epochs
    return Summary(epochs, best, best_epoch, seconds)


def _epochs(path: Path) -> Iterator[dict[str, Any]]:
    """The events of epochs. Lines of steps, nearly all of the file, are passed over unread."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    for line in data.splitlines():
        if b'"epoch"' not in line or b'"validation"' not in line:
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("kind") == "epoch":
            yield event
