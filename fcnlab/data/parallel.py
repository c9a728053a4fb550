"""Run one piece of work for each index on a few threads, in order."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")
Progress = Callable[[int, int], None]


def parallel(work: Callable[[int], Result], count: int, progress: Progress | None = None) -> Iterator[Result]:
    """Yield `work(0)`, `work(1)`, … `work(count - 1)`.

    Pillow and numpy let go of Python's lock while they decode, resize and calculate, so that threads are enough
    and nothing has to be copied between processes.

    Args:
        work: Called on a worker thread with an index.
        count: How often.
        progress: Called on the caller's thread with (done, count) after each result.

    Raises:
        Exception: The first one of `work`; what has not begun is cancelled.
    """
    with ThreadPoolExecutor(max_workers=max(1, min(8, _processors(), count))) as pool:
        for done, result in enumerate(pool.map(work, range(count)), start=1):
            if progress is not None:
                progress(done, count)
            yield result


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
