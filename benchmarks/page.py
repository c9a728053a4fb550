"""The first page, a reload and an edit in a real Chromium, against a five-line Streamlit script."""

import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.child import ROOT, installed
from benchmarks.comparison import Comparison
from benchmarks.server import Server, serving
from fcnlab.plan import Phase, Plan

FIVE_LINES = """\
import streamlit as st
st.title("Five lines")
filters = st.number_input("Filters", min_value=1, value=16)
st.markdown(f"| stage | shape |\\n| --- | --- |\\n| encoder1 | 80×80×{filters:.0f} |")
st.graphviz_chart(f'digraph {{ rankdir=LR; inputs -> "encoder1 {filters:.0f}" -> outputs }}')
"""
LAB, PLAIN = "lab", "five-line Streamlit script"
TRAINING = "lab, while it trains follow-me"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
EDITS = range(17, 23)
EDIT_NOTE = "the lab's Build page computes and draws all of follow-me, the script one row and two arrows"
WARM_PATIENCE = 180.0


def run(rounds: int) -> list[Comparison]:
    """Both servers in turn, each round with servers and browser windows that are new."""
    tables = _tables()
    executable = _chromium()
    if not executable or not installed("playwright"):
        tables.first.notes.append("skipped: needs playwright and Chromium, or CHROMIUM=/path/to/chromium")
        return [tables.first]
    with TemporaryDirectory() as folder, _browser(executable) as browser:
        plain = Path(folder) / "five_lines.py"
        plain.write_text(FIVE_LINES, encoding="utf-8")
        for number in range(rounds):
            both = [("lab", LAB, ROOT / "app.py"), ("plain", PLAIN, plain)]
            for name, peer, script in both if number % 2 else reversed(both):
                runs = Path(folder) / f"runs-{name}-{number}"
                runs.mkdir()
                with _ended(runs), serving(script, runs) as server:
                    _measure(browser, server, peer, runs, tables)
    tables.first.notes.append(_later(tables.first))
    return list(tables)


def _later(first: Comparison) -> str:
    """The difference in seconds, which is what the lab promises a bound for."""
    pairs = zip(first.values[LAB], first.values[PLAIN], strict=True)
    return f"the lab's page is there {median(own - plain for own, plain in pairs):+.2f} s after the script's"


class Tables(NamedTuple):
    """The five questions."""

    first: Comparison
    reload: Comparison
    edit: Comparison
    busy: Comparison
    memory: Comparison


def _tables() -> Tables:
    warm = "the lab's workers have warmed up before; they are processes of their own"
    return Tables(
        Comparison("First page: from the server's start until heading and script are done", "s", LAB),
        Comparison("Reload, until heading and script are done", "s", LAB, notes=[warm]),
        Comparison("Edit: from the key to the new value in table and picture", "ms", LAB, notes=[EDIT_NOTE, warm]),
        Comparison(
            "The same edit while a worker trains", "ms", LAB, notes=["on the same machine and all of its cores"]
        ),
        Comparison("Memory of the server's process", "MB", LAB, notes=[warm]),
    )


def _measure(browser: Any, server: Server, peer: str, runs: Path, tables: Tables) -> None:
    """One round of one peer."""
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.goto(server.url)
    _ready(page)
    tables.first.add(peer, time.perf_counter() - server.started)
    if peer == LAB:
        _await_warm(runs)
    tables.reload.add(peer, _seconds(lambda: _reload(page)))
    if peer == LAB:
        page.goto(f"{server.url}/Build")
        _ready(page)
    edit = _edits(page, peer, EDITS)
    tables.edit.add(peer, edit)
    if peer == LAB:
        tables.busy.add(LAB, edit)
        with _training(runs):
            tables.busy.add(TRAINING, _edits(page, peer, reversed(EDITS)))
    tables.memory.add(peer, server.megabytes())
    page.context.close()


def _ready(page: Any) -> None:
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_selector(IDLE)


def _reload(page: Any) -> None:
    page.reload()
    _ready(page)


def _edits(page: Any, peer: str, values: Iterable[int]) -> float:
    """Milliseconds of an edit, the median; the first one also fetches what the browser lacks, and does not count."""
    return median([_edit(page, peer, value) for value in values][1:]) * 1000


def _edit(page: Any, peer: str, value: int) -> float:
    """Change the filters of the stage that is chosen; both pages tell them in a table and in a picture."""
    field = page.get_by_role("spinbutton", name="Filters").first
    table = page.get_by_role("table").get_by_text(re.compile(rf"80×80×{value}$")).first
    if peer == LAB:
        picture = page.locator("svg.diagram").get_by_role("button", name=re.compile(rf"80 by 80 by {value}\b"))
    else:
        picture = page.locator("svg text").filter(has_text=re.compile(rf"^encoder1 {value}$"))

    def change() -> None:
        field.press("Enter")
        table.wait_for()
        picture.first.wait_for()

    field.fill(str(value))
    return _seconds(change)


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def _browser(executable: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        browser.new_page().goto("about:blank")
        yield browser
        browser.close()


@contextmanager
def _ended(runs: Path) -> Iterator[None]:
    """The engine outlives its server on purpose; a measurement leaves none behind."""
    from fcnlab.lab import Engine

    try:
        yield
    finally:
        Engine.at(runs).end()


def _await_warm(runs: Path) -> None:
    """Until the workers have loaded TensorFlow, which would take the cores away from the next measurements."""
    from fcnlab.lab import Engine

    engine = Engine.at(runs)
    _await(lambda: engine.state().phase == "ready", lambda: f"The engine is still not warm: {engine.state().sentence}")


@contextmanager
def _training(runs: Path) -> Iterator[None]:
    """Have the lab's worker train, from the third step on, in which it is at its full speed."""
    from fcnlab.arch import preset
    from fcnlab.lab import Engine
    from fcnlab.lab.tasks import create_run
    from fcnlab.lab.training.queueing import submit_training

    plan = Plan(phases=(Phase(epochs=1000, batch_size=16),), validation_images=16)
    run = create_run(runs / "training", preset("follow-me"), plan, "shapes")
    submit_training(Engine.at(runs), run)
    _await(lambda: run.status.step > 2, lambda: f"The training does not begin: {run.status.message}")
    try:
        yield
    finally:
        run.request_stop()
        _await(lambda: run.state() == "stopped", lambda: f"The training does not end: {run.status.message}")


def _await(condition: Callable[[], bool], told: Callable[[], str]) -> None:
    end = time.monotonic() + WARM_PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(told())
        time.sleep(0.2)


def _chromium() -> str:
    found = subprocess.run([ROOT / "scripts" / "chromium"], capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else ""
