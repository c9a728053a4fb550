"""The whole way of a person: build, train, look inside, switch a skip off; and what it cost the web process."""

import re
import sys
import time
from pathlib import Path

import psutil
import pytest
from lab_server import Lab
from playwright.sync_api import Page, expect

from fcnlab.lab import Engine, Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 240_000
"""Milliseconds for workers on a busy machine to load TensorFlow and compile a network."""


def test_from_an_edit_to_a_skip_that_is_switched_off(lab: Lab, page: Page) -> None:
    page.goto(lab.url)
    expect(page.get_by_role("heading", name="FCN Lab")).to_be_visible()
    page.get_by_role("link", name="Build").first.click()

    # Build: a smaller picture, another width in the first stage; table and diagram follow.
    diagram, table = page.locator("svg.diagram"), page.get_by_role("table")
    expect(table).to_contain_text("651,465")
    diagram.get_by_role("button", name=re.compile("^inputs,")).click()
    for side in ("Height", "Width"):
        field = page.get_by_role("spinbutton", name=side)
        field.fill("64")
        field.press("Enter")
    diagram.get_by_role("button", name=re.compile("^encoder1, 32 by 32 by 16")).click()
    filters = page.get_by_role("spinbutton", name="Filters")
    expect(filters).to_have_value("16")
    filters.fill("24")
    filters.press("Enter")
    expect(table).to_contain_text("32×32×24")
    expect(diagram.get_by_role("button", name=re.compile("^encoder1, 32 by 32 by 24"))).to_be_visible()
    expect(table).not_to_contain_text("651,465")

    # Train it on the built-in set, reload in the middle, see it end.
    page.get_by_role("link", name="Train").first.click()
    for label, value in (("Images", "32"), ("Epochs", "12"), ("Batch size", "8")):
        field = page.get_by_role("spinbutton", name=label, exact=True)
        field.fill(value)
        field.press("Enter")
    expect(page.get_by_text("4 steps × 8 images = 32 of 32 images")).to_be_visible()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_test_id("stProgress")).to_have_text(re.compile(r"step [1-9]\d* of 48"), timeout=PATIENCE)
    page.reload()
    expect(page.get_by_text("Finished 12 epochs.")).to_be_visible(timeout=PATIENCE)
    name = re.search(r"[?&]run=([^&]+)", page.url)
    assert name
    run = Run.open(lab.runs / name[1])
    assert run.record.net["encoder"][0]["convs"][0]["filters"] == 24

    # Inspect: feature maps of every stage, then a mask that changes when the skips go.
    page.get_by_role("button", name="Look inside").click()
    expect(page.locator("section.block")).to_have_count(11, timeout=PATIENCE)
    page.get_by_role("radio", name="Skips in this picture").click()
    turned = page.locator(".st-key-skips-turned")
    expect(turned.locator("img")).to_have_count(3, timeout=PATIENCE)
    before = [picture.get_attribute("src") for picture in turned.locator("img").all()]
    page.get_by_role("button", name="All off").click()
    expect(turned.get_by_text(re.compile("pixels changed"))).to_be_visible()
    after = [picture.get_attribute("src") for picture in turned.locator("img").all()]
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.skipif(sys.platform != "linux", reason="reads which libraries a process has loaded from /proc")
def test_the_web_process_has_not_loaded_tensorflow_after_every_page_was_opened(lab: Lab, page: Page) -> None:
    for name, heading in (("", "FCN Lab"), ("Build", "Build"), ("Train", "Train"), ("Inspect", "Inspect")):
        page.goto(f"{lab.url}/{name}")
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    engine = Engine.at(lab.runs)
    deadline = time.monotonic() + PATIENCE / 1000
    while engine.state().phase != "ready":
        assert time.monotonic() < deadline, engine.state().sentence
        time.sleep(0.2)
    workers = psutil.Process(engine.pid).children(recursive=True)
    assert max(libraries(worker.pid) for worker in workers) > 0, "the workers have it, so the search finds it"
    assert libraries(lab.pid) == 0


def libraries(pid: int) -> int:
    """How many of TensorFlow's shared libraries a process has loaded."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return len({line.split()[-1] for line in lines if "/tensorflow/" in line and ".so" in line})
