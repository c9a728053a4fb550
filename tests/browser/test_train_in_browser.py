"""Training in a real browser, with a real engine: a run is followed, found again after a reload, and stopped."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from fcnlab.arch import preset, to_code
from fcnlab.arch.edit import resize
from fcnlab.lab import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WARM_UP = 120_000
"""Milliseconds for workers on a busy machine to load TensorFlow and take a first step."""


SMALL = to_code(resize(preset("follow-me"), 48, 48))
"""A network whose steps take no time worth mentioning."""


def open_form(page: Page, url: str, **settings: object) -> None:
    """The form with the small network, easy shapes, and these settings in its address."""
    values = "&".join(f"train.{name}={value}" for name, value in settings.items())
    page.goto(f"{url}/Train?net={SMALL}&train.alpha=0.2&{values}")
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


def begin(page: Page, runs: Path, name: str) -> Run:
    field = page.get_by_label("Name of the run")
    field.fill(name)
    field.press("Enter")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]run="))
    return Run.open(runs / name)


def progress(page: Page) -> Locator:
    return page.get_by_test_id("stProgress")


def test_a_run_is_found_again_after_a_reload_and_a_page_switch_and_ends(lab, page):
    open_form(page, lab.url, images=16, epochs=8, batch=4)
    expect(page.get_by_text("4 steps × 4 images = 16 of 16 images")).to_be_visible()
    run = begin(page, lab.runs, "followed")

    expect(progress(page)).to_have_text(re.compile(r"step [1-9]\d* of 32"), timeout=WARM_UP)
    assert run.state() == "running"
    page.reload()
    expect(page.get_by_role("heading", name="followed")).to_be_visible()
    expect(
        page.get_by_role("img", name=re.compile("Image 1, its truth, and the prediction, after epoch"))
    ).to_be_visible()

    page.get_by_role("link", name="Build").first.click()
    expect(page.get_by_role("heading", name="Build")).to_be_visible()
    page.get_by_role("link", name="Train").first.click()
    expect(page.get_by_role("heading", name="followed")).to_be_visible()
    expect(page.get_by_text("Finished 8 epochs.")).to_be_visible(timeout=WARM_UP)
    expect(page.get_by_role("row", name=re.compile("followed.*done.*8 of 8"))).to_be_visible()
    assert [epoch for epoch, _ in run.checkpoints()] == list(range(1, 9))


def test_stop_stops_within_an_epoch_and_go_on_takes_it_up_again(lab, page):
    open_form(page, lab.url, images=200, epochs=50, batch=4)
    run = begin(page, lab.runs, "stopped")
    expect(progress(page)).to_have_text(re.compile(r"step [1-9]\d* of"), timeout=WARM_UP)

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Stopped after step \d+ of"))).to_be_visible()
    assert run.state() == "stopped"
    assert run.status.epoch < 50
    stopped_at = run.status.step

    page.get_by_role("button", name="Go on").click()
    expect(progress(page)).not_to_have_text(re.compile(rf"step (0|{stopped_at}) of"), timeout=WARM_UP)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert run.status.step > stopped_at


def test_pause_change_and_continue_are_told_in_the_log(lab, page):
    open_form(page, lab.url, images=200, epochs=50, batch=4)
    run = begin(page, lab.runs, "paused")
    expect(progress(page)).to_have_text(re.compile(r"step [1-9]\d* of"), timeout=WARM_UP)

    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_visible()
    assert run.state() == "paused"
    page.get_by_role("button", name="Change").click()
    rate = page.get_by_role("spinbutton", name="Learning rate")
    rate.fill("0.003")
    rate.press("Enter")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_text("Asked for.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.get_by_text("Log", exact=True).click()
    expect(page.get_by_text("Changed the learning rate to 0.003.")).to_be_visible()

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert [change.learning_rate for change in run.changes()] == [0.003]


MOST_TABS = 150
"""Presses of Tab that lead once around the whole page, and more."""


def press(page: Page, name: str, key: str = "Enter") -> None:
    """Walk to a button by the Tab key alone, and press it."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_enabled()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            page.keyboard.press(key)
            return
    pytest.fail(f"The Tab key does not lead to “{name}”.")


def test_a_training_is_planned_started_rested_and_stopped_by_keys_alone(lab, page):
    open_form(page, lab.url, images=200, epochs=50, batch=4)
    press(page, "Add a phase")
    expect(page.get_by_role("spinbutton", name="Epochs, phase 2")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    press(page, "Remove phase 1")
    expect(page.get_by_role("spinbutton", name="Epochs, phase 2")).to_have_count(0)
    press(page, "Start training")
    expect(page).to_have_url(re.compile(r"[?&]run="))
    run = Run.open(lab.runs / page.url.split("run=")[1].split("&")[0])
    expect(progress(page)).to_have_text(re.compile(r"step [1-9]\d* of"), timeout=WARM_UP)
    press(page, "Pause", "Space")
    press(page, "Continue")
    press(page, "Stop")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert run.state() == "stopped"
