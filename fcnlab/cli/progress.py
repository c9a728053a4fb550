"""What a person sees while they wait, on stderr: bars on a terminal, a line an epoch elsewhere."""

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fcnlab.cli.output import say
from fcnlab.errors import RunError
from fcnlab.plan import Change, Plan, planned_epochs, planned_steps

Event = dict[str, Any]


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for work that tells `(done, total)`; nothing where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def watch_training(
    run: Path, plan: Plan, images: int, changes: Sequence[Change] = ()
) -> Iterator[Callable[[Event], None]]:
    """Show a training's events, and let Ctrl-C stop it after its next step.

    Args:
        run: The run folder, which need not exist yet.
        plan: What is trained by.
        images: In the dataset's train split.
        changes: What was changed since.

    Raises:
        typer.Exit: With status 130, when it was stopped.
    """
    total, epochs = planned_steps(plan, images, changes), planned_epochs(plan, changes)
    with _Interrupt(run) as interrupt, _TrainingBar(total, epochs) as bar:
        yield bar.take
    if interrupt.asked:
        say(f"Stopped. `python -m fcnlab resume {run}` goes on.")
        raise typer.Exit(130)
    say(f"Done: {run}")


class _TrainingBar:
    """One bar over all steps, with the loss, the speed and the time left; a line for every epoch and message."""

    def __init__(self, total: int, epochs: int) -> None:
        text = TextColumn("{task.description}")
        columns = (text, BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
        console = Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True)
        # rich takes the place of sys.stdout and sys.stderr while a bar is shown; results go their own way.
        self._progress = Progress(
            *columns, console=console, disable=not console.is_terminal, redirect_stdout=False, redirect_stderr=False
        )
        self._task = self._progress.add_task("Starting", total=total, told="")
        self._epochs = epochs
        self._recent: deque[tuple[int, float]] = deque(maxlen=20)
        self._first = True

    def __enter__(self) -> "_TrainingBar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def take(self, event: Event) -> None:
        """Show one event of a run."""
        match event.get("kind"):
            case "step":
                self._step(event)
            case "epoch":
                self._say(_epoch_line(event, self._epochs))
            case "status" | "note":
                self._say(str(event.get("message", "")))

    def _step(self, event: Event) -> None:
        if not self._first:  # the first step traces the network, which says nothing about the speed
            self._recent.append((event["images"], event["seconds"]))
        self._first = False
        seconds = sum(taken for _, taken in self._recent)
        speed = f", {sum(images for images, _ in self._recent) / seconds:.0f} images/s" if seconds else ""
        self._progress.update(
            self._task,
            completed=event["step"],
            description=f"Epoch {event['epoch']}/{self._epochs}",
            told=f"loss {_figure(event.get('loss'))}{speed}",
        )

    def _say(self, line: str) -> None:
        self._progress.console.print(line)


def _epoch_line(event: Event, epochs: int) -> str:
    scores = event.get("validation") or {}
    told = "".join(f", validation {name} {_figure(scores[key])}" for key, name in _SCORES.items() if key in scores)
    return f"Epoch {event['epoch']}/{epochs}: loss {_figure(event.get('loss'))}{told}"


_SCORES = {"loss": "loss", "mean_iou": "mean IoU"}


def _figure(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float | int) else "—"


class _Interrupt:
    """The first Ctrl-C asks the run to stop after its next step, the second one breaks off."""

    def __init__(self, run: Path) -> None:
        self.asked = False
        self._run = run
        self._before: Any = None

    def __enter__(self) -> "_Interrupt":
        if threading.current_thread() is threading.main_thread():  # elsewhere nobody may set handlers
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, _: int, frame: FrameType | None) -> None:
        from fcnlab.lab import Run

        if self.asked:
            raise KeyboardInterrupt
        try:
            Run.open(self._run).request_stop()
        except (RunError, OSError):  # no run yet: nothing to keep
            raise KeyboardInterrupt from None
        self.asked = True
        say("Stopping after the next step; Ctrl-C again breaks off at once.")
