"""The Inspect page in a real browser: choosing a picture, and a phone's width."""

import re

import pytest
from lab_server import ENGINE_PATIENCE, Lab, make_run
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

NAME = "prepared"


@pytest.fixture(scope="module")
def run(lab: Lab) -> str:
    """A run of a few steps on the built-in set."""
    return make_run(lab, NAME)


@pytest.fixture
def inspect(lab: Lab, run: str, page: Page) -> Page:
    page.goto(f"{lab.url}/Inspect?run={run}&image=3")
    expect(page.get_by_role("heading", name=re.compile("^Prediction for"))).to_be_visible(timeout=ENGINE_PATIENCE)
    return page


def test_another_picture_is_a_click_on_its_small_preview(inspect: Page) -> None:
    expect(inspect.get_by_role("heading", name=re.compile(r"validation 3"))).to_be_visible()
    inspect.get_by_role("button", name=re.compile("^Picture 5:")).click()
    expect(inspect.get_by_role("heading", name=re.compile(r"validation 5"))).to_be_visible()
    expect(inspect).to_have_url(re.compile("image=5"))


def test_a_file_that_is_no_picture_is_one_sentence(inspect: Page) -> None:
    inspect.get_by_role("radio", name="Upload one").click()
    chooser = inspect.locator("input[type=file]")
    chooser.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(inspect.get_by_text("notes.txt is not a picture that can be read.")).to_be_visible()


def test_a_phone_has_no_horizontal_scroll(inspect: Page) -> None:
    inspect.set_viewport_size({"width": 390, "height": 800})
    expect(inspect.get_by_alt_text("The picture")).to_be_visible()
    main = inspect.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
