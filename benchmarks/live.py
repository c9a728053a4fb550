"""A training that is watched: how soon a step is on the page, and what that costs server and browser."""

import bisect
import itertools
import json
import math
import os
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.child import ROOT, installed
from benchmarks.comparison import Comparison
from benchmarks.page import _browser, _chromium, _ended
from benchmarks.server import Server, serving
from fcnlab.arch import plain, preset
from fcnlab.lab import Run
from fcnlab.plan import Phase, Plan

LENGTHS = {"50,000 steps before": 50_000, "100 steps before": 100}
A_SECOND = 30
EPOCH = 500
WATCHED = 15.0
"""Seconds over which a page is watched."""

WATCH = """() => {
  const seen = [], frames = [], long = [];
  const bar = document.querySelector('[data-testid=stProgress]');
  const look = () => seen.push([Date.now(), bar.textContent]);
  new MutationObserver(look).observe(bar, {subtree: true, childList: true, characterData: true});
  new PerformanceObserver((list) => list.getEntries().forEach((one) => long.push(one.duration)))
    .observe({entryTypes: ['longtask']});
  let last = performance.now();
  const frame = (now) => { frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  window.watched = {seen, frames, long};
}"""


class Tables(NamedTuple):
    """The questions."""

    median: Comparison
    late: Comparison
    server: Comparison
    long: Comparison
    frames: Comparison


def run(rounds: int) -> list[Comparison]:
    """A long and a short curve in turn, each written on at 30 steps a second by a stand-in for the training."""
    tables = _tables()
    executable = _chromium()
    if not executable or not installed("playwright"):
        tables.median.notes.append("skipped: needs playwright and Chromium, or CHROMIUM=/path/to/chromium")
        return [tables.median]
    with TemporaryDirectory() as folder, _browser(executable) as browser:
        runs = Path(folder) / "runs"
        runs.mkdir()
        with _ended(runs), serving(ROOT / "app.py", runs) as server:
            for number in range(rounds):
                for peer, steps in list(LENGTHS.items())[:: 1 if number % 2 else -1]:
                    _measure(browser, server, peer, _written(runs / f"{steps}-{number}", steps), tables)
    return list(tables)


def _tables() -> Tables:
    reference = next(iter(LENGTHS))
    pace = f"{A_SECOND} steps a second are written, and the page looks four times a second"
    return Tables(
        Comparison("From a step's end until it is on the page, median", "ms", reference, notes=[pace]),
        Comparison("The same, of 95 in 100 steps at most", "ms", reference),
        Comparison("The server's work for a second of watching", "ms", reference),
        Comparison("The browser's tasks over 50 ms in a second of watching", "ms", reference),
        Comparison("Between two frames of the browser, 99 of 100 at most", "ms", reference),
    )


def _measure(browser: Any, server: Server, peer: str, run: Run, tables: Tables) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    with _writing(run) as written:
        page.goto(f"{server.url}/Train?run={run.name}")
        page.get_by_test_id("stProgress").get_by_text(re.compile("step [0-9]")).wait_for()
        page.wait_for_timeout(3000)
        page.evaluate(WATCH)
        work, begun = server.cpu_seconds(), time.time()
        page.wait_for_timeout(WATCHED * 1000)
        work, ended = server.cpu_seconds() - work, time.time()
        watched = page.evaluate("window.watched")
    page.context.close()
    late = _lateness(written, watched["seen"], begun, ended - 2)
    tables.median.add(peer, median(late))
    tables.late.add(peer, quantiles(late, n=20)[-1])
    tables.server.add(peer, 1000 * work / (ended - begun))
    tables.long.add(peer, sum(watched["long"]) / (ended - begun))
    tables.frames.add(peer, quantiles(watched["frames"], n=100)[-1])


def _lateness(
    written: list[tuple[int, float]], seen: list[tuple[float, str]], begun: float, ended: float
) -> list[float]:
    """Milliseconds from the writing of each step until a text on the page tells of it or of a later one."""
    shown = [(int(found[1].replace(",", "")), at) for at, text in seen if (found := re.search(r"step ([\d,]+)", text))]
    numbers = [step for step, _ in shown]
    late = []
    for step, at in written:
        place = bisect.bisect_left(numbers, step)
        if begun < at < ended and place < len(shown):
            late.append(shown[place][1] - 1000 * at)
    return late


def _written(path: Path, steps: int) -> Run:
    """A run that has been trained for so many steps."""
    plan = Plan(phases=(Phase(epochs=120, steps_per_epoch=EPOCH),))
    run = Run.create(path, net=plain(preset("follow-me")), plan=plan, dataset="shapes")
    lines = [event for step in range(1, steps + 1) for event in _events(step)]
    run.metrics.path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return run


def _events(step: int) -> Iterator[dict[str, Any]]:
    """A step, and at an epoch's end the epoch."""
    epoch, chance = (step - 1) // EPOCH + 1, random.Random(step)
    loss = 0.2 + math.exp(-step / 8000) * (1 + 0.3 * chance.random())
    told = {"step": step, "epoch": epoch, "loss": loss}
    rate = 0.01 * (1 + math.cos(math.pi * step / (120 * EPOCH)))
    yield {"kind": "step", **told, "learning_rate": rate, "seconds": 0.03, "images": 16, "time": time.time()}
    if step % EPOCH == 0:
        scores = {"images": 200, "loss": loss + 0.1, "mean_iou": 1 - loss, "class_iou": [0.9, 0.5, 0.4]}
        yield {
            "kind": "epoch",
            **told,
            "seconds": 20.0,
            "validation": scores,
            "training": scores,
            "memory": 1_200_000_000,
        }


@contextmanager
def _writing(run: Run) -> Iterator[list[tuple[int, float]]]:
    """Write the run on at a steady pace; gives steps and their times in seconds as they come."""
    written: list[tuple[int, float]] = []
    over = threading.Event()
    first = run.metrics.read()[0][-1]["step"] + 1
    total = 120 * EPOCH

    def write() -> None:
        begun = time.monotonic()
        status = run.status.with_(state="running", steps=total, epochs=120, pid=os.getpid(), host=socket.gethostname())
        for step in itertools.count(first):
            for event in _events(step):
                run.append_metric(event)
            written.append((step, time.time()))
            if step % 6 == 0 or step == first:
                epoch = (step - 1) // EPOCH + 1
                run.write_status(
                    status.with_(step=step, epoch=epoch, heartbeat=time.time(), started=time.time() - step)
                )
            if over.wait(max(begun + (step - first + 1) / A_SECOND - time.monotonic(), 0)):
                break
        run.write_status(status.with_(state="done", message="Finished."))

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield written
    finally:
        over.set()
        thread.join()
