"""Run one piece of work for each index on a few threads, in order."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")
Progress = Callable[[int, int], None]

_PORTION = 8
_AHEAD = 4


def parallel(work: Callable[[int], Result], count: int, progress: Progress | None = None) -> Iterator[Result]:
    """Yield `work(0)`, `work(1)`, … `work(count - 1)`.

    Pillow and numpy let go of Python's lock while they decode, resize and calculate, so that threads are enough
    and nothing has to be copied between processes. The threads are only a little ahead of what was yielded: of a
    million pieces, only a few are in memory at once.

    Args:
        work: Called on a worker thread with an index.
        count: How often.
        progress: Called on the caller's thread with (done, count) after each result.

    Raises:
        Exception: The first one of `work`; what has not begun is cancelled.
    """
    workers = max(1, min(8, _processors(), count))
    # To hand over a portion costs no more than to hand over one piece; few pieces are spread over all threads.
    portion = max(1, min(_PORTION, count // (_AHEAD * workers)))
    done = 0
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for future in _portions(pool, work, count, portion, ahead=_AHEAD * workers):
            for result in future.result():
                done += 1
                if progress is not None:
                    progress(done, count)
                yield result


def _portions(
    pool: ThreadPoolExecutor, work: Callable[[int], Result], count: int, portion: int, ahead: int
) -> Iterator[Future[list[Result]]]:
    """The portions in order, at most `ahead` of them handed over and not yet yielded."""

    def several(start: int) -> list[Result]:
        return [work(index) for index in range(start, min(start + portion, count))]

    waiting: deque[Future[list[Result]]] = deque()
    try:
        for start in range(0, count, portion):
            waiting.append(pool.submit(several, start))
            if len(waiting) == ahead:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()


def part_of(progress: Progress | None, before: int, total: int) -> Progress | None:
    """The progress of one piece of several, told as that of the whole.

    Args:
        progress: Of the whole; None tells nothing.
        before: What is done when the piece begins.
        total: How much the whole is.
    """
    if progress is None:
        return None
    return lambda done, _: progress(before + done, total)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
