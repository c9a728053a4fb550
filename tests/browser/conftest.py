"""The running lab and a real Chromium, for tests that do what a person does."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_server import Lab
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from fcnlab.lab import Engine

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_PATIENCE = 60.0
"""Seconds for the server to answer."""

expect.set_options(timeout=20_000)  # a page on a busy machine


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The lab on a port of its own, with an empty runs folder of its own; one for all browser tests."""
    folder = tmp_path_factory.mktemp("lab")
    runs, log = folder / "runs", folder / "server.log"
    runs.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "FCNLAB_RUNS": str(runs)}, stdout=output, stderr=output
        )
    try:
        _await_health(f"http://127.0.0.1:{port}/_stcore/health", server, log)
        yield Lab(f"http://127.0.0.1:{port}", runs, log, server.pid)
    finally:
        server.terminate()
        server.wait(20)
        Engine.at(runs).end()


def _await_health(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.read() == b"ok":  # unknown paths answer 200 too
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The lab did not answer:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, with the reason."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    if found is None:
        pytest.skip("No Chromium found: install it, or name one with CHROMIUM=/path/to/chromium.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests, so that the browser loads Streamlit's scripts once; sessions live in pages."""
    profile = browser.new_context(viewport={"width": 1280, "height": 1000})
    yield profile
    profile.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A fresh visitor's page, 1280 pixels wide."""
    tab = context.new_page()
    yield tab
    tab.close()
