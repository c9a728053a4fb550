"""Render a dataset: plan the pictures, take them in parallel, write them in the Follow-Me layout."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fcnlab.errors import RenderError
from fcnlab.sim.crew import take_all
from fcnlab.sim.files import RenderFolder
from fcnlab.sim.picture import Batch
from fcnlab.sim.request import WORLD_PICTURES, RenderRequest, Series, plan

MOST_WORKERS = 64


@dataclass(frozen=True)
class Rendered:
    """What a rendering did.

    Attributes:
        pairs: Pairs of image and mask it added; those that were there already do not count.
        seconds: How long it took.
        rate: Pairs a second.
        splits: Name and number of pairs that the request has in each split now.
    """

    pairs: int
    seconds: float
    rate: float
    splits: dict[str, int]


def render_dataset(
    out: Path,
    request: RenderRequest,
    progress: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> Rendered:
    """Render a request into a folder.

    Picture i of a split depends on the request and on i alone, neither on the number of workers nor on `count`.
    Pictures of the same request that are there already are kept, so that a render that was stopped goes on.

    Args:
        out: A new or empty folder, or one of rendered pictures, to which these are added.
        request: What to render.
        progress: Called with (done, count) after each pair.
        workers: Programs at once; None takes one for each core.

    Raises:
        RenderError: No OpenGL works here, or the folder cannot be used.
    """
    started = time.monotonic()
    number = _processors() if workers is None else workers
    if not 1 <= number <= MOST_WORKERS:
        raise RenderError(f"{number} workers were asked for; 1 to {MOST_WORKERS} are possible.")
    series = plan(request)
    with RenderFolder(out, request) as folder:
        batches = [batch for part in series for batch in _batches(request, part, folder)]
        done = there = request.count - sum(len(batch.pictures) for batch in batches)
        if progress is not None:
            progress(done, request.count)
        for taken, image, mask in take_all(batches, number) if batches else ():
            folder.add(taken.folder, taken.stem, taken.record, image, mask)
            done += 1
            if progress is not None:
                progress(done, request.count)
    seconds = time.monotonic() - started
    return Rendered(done - there, seconds, (done - there) / seconds, {part.split: part.count for part in series})


def _batches(request: RenderRequest, series: Series, folder: RenderFolder) -> list[Batch]:
    """The pictures of a series that are missing, by world."""
    kinds = series.kinds(request.seed)
    worlds: dict[int, list[int]] = {}
    for number in folder.missing(series, request.mark):
        worlds.setdefault(number // WORLD_PICTURES, []).append(number)
    return [
        Batch(
            folder=series.folder,
            mark=request.mark,
            seed=request.seed,
            stream=series.stream,
            world=world,
            pictures=tuple((number, kinds[number]) for number in numbers),
            distance=request.distance,
            size=request.size,
        )
        for world, numbers in worlds.items()
    ]


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
