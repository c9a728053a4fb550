"""The curve of a run for other programs: as CSV, and as event files for TensorBoard."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fcnlab.errors import RunError
from fcnlab.files import writing
from fcnlab.lab.history.eventfile import Scalar, event_file
from fcnlab.lab.runs.metrics import Event
from fcnlab.lab.runs.run import Run

_PLAIN = ("kind", "step", "epoch", "time", "seconds", "images", "learning_rate", "loss", "memory")
_SETS = ("validation", "training")
_FIGURES = ("images", "loss", "mean_iou")


class TrainedEvent(NamedTuple):
    """An event of a step or an epoch, and when it came, in Unix seconds."""

    time: float
    event: Event


def timed_events(run: Run) -> list[TrainedEvent]:
    """The events of steps and epochs, oldest first; where none was noted, the time is reckoned from their length."""
    clock = run.status.started or run.record.created.timestamp()
    found: list[TrainedEvent] = []
    in_epoch = 0.0
    for event in run.read_metrics()[0]:
        kind, seconds = event.get("kind"), event.get("seconds") or 0.0
        if kind not in ("step", "epoch"):
            continue
        own = seconds if kind == "step" else max(seconds - in_epoch, 0.0)
        in_epoch = in_epoch + own if kind == "step" else 0.0
        clock = event.get("time") or clock + own
        found.append(TrainedEvent(clock, event))
    return found


# CSV


def csv_columns(classes: int) -> list[str]:
    """The columns of `metrics_csv` for a network of so many classes: the same ones for every run of it."""
    figures = [*_FIGURES, *(f"iou_{index}" for index in range(classes))]
    return [*_PLAIN, *(f"{name}_{figure}" for name in _SETS for figure in figures)]


def metrics_csv(run: Run) -> str:
    """The curve as CSV: a row a step and a row an epoch; what an event does not tell stays empty.

    `time` is in Unix seconds, `seconds` what the step or the epoch took, `memory` in bytes; `validation_…` and
    `training_…` are the figures after an epoch on images of either kind, `…_iou_2` that of class 2.
    """
    memory = io.StringIO()
    writer = csv.DictWriter(memory, csv_columns(_classes(run)), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for time, event in timed_events(run):
        plain = {name: event.get(name) for name in _PLAIN}
        figures = {key: value for name in _SETS for key, value in _figures(name, event.get(name))}
        writer.writerow({**plain, "time": f"{time:.3f}", **figures})
    return memory.getvalue()


def _figures(name: str, seen: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(seen, Mapping):
        return
    for figure in _FIGURES:
        yield f"{name}_{figure}", seen.get(figure)
    for index, value in enumerate(seen.get("class_iou") or []):
        yield f"{name}_iou_{index}", value


def _classes(run: Run) -> int:
    return int(run.record.net.get("output", {}).get("classes", 2))


# TensorBoard


def tensorboard_files(run: Run) -> dict[str, bytes]:
    """Event files by their path in a log directory: what is trained on and what is validated on, side by side.

    As Keras' own callback does it: two folders with tags of the same name, so that TensorBoard draws the curves of
    training and of validation into one chart. Tags that end in `_by_step` have a point a step, the others one an epoch.
    """
    events = timed_events(run)
    begun = events[0].time if events else run.record.created.timestamp()
    name = f"events.out.tfevents.{int(begun)}.fcnlab"
    folders = {"train": _of_training(events), "validation": _of_validation(events)}
    return {f"{run.name}/{folder}/{name}": event_file(begun, scalars) for folder, scalars in folders.items()}


def tensorboard_zip(run: Run) -> bytes:
    """The event files as a zip, to be unpacked into TensorBoard's log directory."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in tensorboard_files(run).items():
            archive.writestr(path, data)
    return memory.getvalue()


def write_tensorboard(run: Run, folder: Path) -> list[Path]:
    """Write the event files into TensorBoard's log directory, in a folder of the run's name.

    Raises:
        RunError: They cannot be written.
    """
    written = []
    for path, data in tensorboard_files(run).items():
        try:
            with writing(folder / path) as temporary:
                temporary.write_bytes(data)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise RunError(f"The event files cannot be written to {folder} ({reason}).", "Choose another.") from None
        written.append(folder / path)
    return written


def _of_training(events: Iterable[TrainedEvent]) -> Iterator[Scalar]:
    for time, event in events:
        step = int(event.get("step", 0))
        if event["kind"] == "step":
            tags = {"loss_by_step": event.get("loss"), "learning_rate_by_step": event.get("learning_rate")}
            seconds, images = event.get("seconds"), event.get("images")
            tags["images_per_second_by_step"] = images / seconds if images and seconds else None
        else:
            tags = {**_by_epoch(event.get("training")), "loss": event.get("loss"), "memory": event.get("memory")}
        yield from _scalars(time, step, tags)


def _of_validation(events: Iterable[TrainedEvent]) -> Iterator[Scalar]:
    for time, event in events:
        if event["kind"] == "epoch":
            yield from _scalars(time, int(event.get("step", 0)), _by_epoch(event.get("validation")))


def _by_epoch(seen: Any) -> dict[str, Any]:
    if not isinstance(seen, Mapping):
        return {}
    classes = {f"class_iou/{index}": value for index, value in enumerate(seen.get("class_iou") or [])}
    return {"loss": seen.get("loss"), "mean_iou": seen.get("mean_iou"), **classes}


def _scalars(time: float, step: int, values: Mapping[str, Any]) -> Iterator[Scalar]:
    for tag, value in values.items():
        if isinstance(value, int | float):
            yield Scalar(time, step, tag, float(value))
