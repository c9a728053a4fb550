"""The Inspect page in a real browser: tiles of every stage, and a mask that changes with the skips."""

import re

import pytest
from lab_server import Lab
from playwright.sync_api import Page, expect

from fcnlab.arch import NetSpec, flow, preset
from fcnlab.lab.tasks import train_here
from fcnlab.plan import Phase, Plan

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ENGINE_PATIENCE = 240_000
"""Milliseconds for the workers to load TensorFlow on a busy machine."""

NAME = "prepared"


def small() -> NetSpec:
    net = preset("follow-me")
    return net.model_copy(update={"input": net.input.model_copy(update={"height": 64, "width": 64})})


@pytest.fixture(scope="module")
def run(lab: Lab) -> str:
    """A run of a few steps on the built-in set."""
    plan = Plan(phases=(Phase(epochs=2, batch_size=8),), subset=32, validation_images=4)
    train_here(small(), plan, "shapes:0.1", lab.runs / NAME)
    return NAME


@pytest.fixture
def inspect(lab: Lab, run: str, page: Page) -> Page:
    page.goto(f"{lab.url}/Inspect?run={run}&image=3")
    expect(page.get_by_text("Feature maps", exact=True)).to_be_visible(timeout=ENGINE_PATIENCE)
    expect(page.locator(f".st-key-maps-{len(flow(small()).rows) - 1} img")).to_be_visible()
    return page


def masks(page: Page) -> list[str]:
    """Sources of the pictures with and without skips, and of their difference."""
    pictures = page.locator(".st-key-inspect-switched img")
    expect(pictures).to_have_count(3)
    return [str(picture.get_attribute("src")) for picture in pictures.all()]


def test_tiles_of_every_stage_arrive(inspect: Page) -> None:
    for number, row in enumerate(flow(small()).rows):
        picture = inspect.locator(f".st-key-maps-{number} img")
        expect(picture).to_have_attribute("alt", re.compile(f"^Feature maps of {re.escape(row.name)}: "))
        loaded = "picture => picture.decode().then(() => picture.naturalWidth)"
        assert picture.evaluate(loaded) > 100


def test_on_a_wide_screen_a_decoder_stage_stands_beside_the_source_of_its_skip(inspect: Page) -> None:
    rows = {row.name: number for number, row in enumerate(flow(small()).rows)}
    for name, skip in small().skips:
        decoder = inspect.locator(f".st-key-maps-{rows[name]}").bounding_box()
        source = inspect.locator(f".st-key-maps-{rows[skip.source]}").bounding_box()
        assert decoder is not None
        assert source is not None
        assert decoder["y"] == pytest.approx(source["y"], abs=2)
        assert decoder["x"] > source["x"] + source["width"]


def test_a_skip_switched_off_changes_the_mask_and_its_link_shows_the_same(inspect: Page) -> None:
    before = masks(inspect)
    assert before[0] == before[1]
    inspect.get_by_role("button", name="All off").click()
    expect(inspect.get_by_text("All skips off")).to_be_visible()
    after = masks(inspect)
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert after[2] != before[2]
    expect(inspect.get_by_text(re.compile("pixels changed"))).to_be_visible()
    expect(inspect).to_have_url(re.compile(r"skip\.decoder5=false"))
    inspect.reload()
    expect(inspect.get_by_text("All skips off")).to_be_visible()
    assert masks(inspect) == after


def test_the_switches_are_there_for_the_keyboard(inspect: Page) -> None:
    switch = inspect.get_by_role("switch", name="decoder4 ← encoder1").or_(
        inspect.get_by_role("checkbox", name="decoder4 ← encoder1")
    )
    switch.focus()
    inspect.keyboard.press("Space")
    expect(inspect.get_by_text("Off: decoder4", exact=True)).to_be_visible()


def test_another_picture_is_a_click_on_its_small_preview(inspect: Page) -> None:
    expect(inspect.get_by_text("Prediction for validation 3")).to_be_visible()
    inspect.get_by_role("button", name=re.compile("^Picture 5:")).click()
    expect(inspect.get_by_text("Prediction for validation 5")).to_be_visible()
    expect(inspect).to_have_url(re.compile("image=5"))


def test_a_file_that_is_no_picture_is_one_sentence(inspect: Page) -> None:
    inspect.get_by_role("radio", name="Upload one").click()
    chooser = inspect.locator("input[type=file]")
    chooser.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(inspect.get_by_text("notes.txt is not a picture that can be read.")).to_be_visible()


def test_a_phone_has_no_horizontal_scroll(inspect: Page) -> None:
    inspect.set_viewport_size({"width": 390, "height": 800})
    expect(inspect.locator(".st-key-maps-0 img")).to_be_visible()
    main = inspect.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
