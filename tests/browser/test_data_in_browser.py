"""The Data page in a real browser: looking through the pictures by mouse and by keyboard, on a phone, and twins."""

import re

import pytest
from lab_server import Lab
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DATASET = "set=shapes&alpha=0.2"


@pytest.fixture
def data(lab: Lab, page: Page) -> Page:
    page.goto(f"{lab.url}/Data?{DATASET}")
    expect(page.get_by_text("400 of 400 pictures")).to_be_visible()
    return page


def test_a_click_opens_a_picture_large_and_next_leads_on(data: Page) -> None:
    data.get_by_role("button", name=re.compile("^Picture 3,")).click()
    dialog = data.get_by_role("dialog")
    expect(dialog.get_by_text("Picture 3, 4 of 400")).to_be_visible()
    expect(dialog.get_by_alt_text(re.compile("^The picture with its mask over it"))).to_be_visible()
    dialog.get_by_role("button", name="Next").click()
    expect(dialog.get_by_text("Picture 4, 5 of 400")).to_be_visible()
    expect(data).to_have_url(re.compile("picture=4"))
    data.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(data).not_to_have_url(re.compile("picture="))


def test_by_keyboard_alone(data: Page) -> None:
    first = data.get_by_role("button", name=re.compile("^Picture 0,"))
    first.focus()
    data.keyboard.press("ArrowRight")
    data.keyboard.press("Enter")
    expect(data.get_by_role("dialog").get_by_text("Picture 1, 2 of 400")).to_be_visible()
    data.keyboard.press("Escape")
    expect(data.get_by_role("button", name=re.compile("^Picture 1,"))).to_be_focused()


def test_a_link_holds_conditions_order_and_page(lab: Lab, data: Page) -> None:
    data.get_by_text("Target and conditions").click()
    data.get_by_role("spinbutton", name="Fewer pixels than").fill("900")
    data.get_by_role("spinbutton", name="Fewer pixels than").press("Enter")
    expect(data.get_by_text("400 of 400 pictures")).to_be_hidden()
    told = data.get_by_text(re.compile(r"^\d+ of 400 pictures$")).inner_text()
    address = data.url
    data.goto(f"{lab.url}/Build")
    expect(data.get_by_role("heading", name="Build", exact=True)).to_be_visible()
    data.goto(address)
    expect(data.get_by_text(told)).to_be_visible()
    expect(data.get_by_role("spinbutton", name="Fewer pixels than")).to_have_value("900")


def test_a_phone_has_no_horizontal_scroll(lab: Lab, data: Page) -> None:
    data.set_viewport_size({"width": 390, "height": 800})
    main = data.get_by_test_id("stMain")
    for view in ("Pictures", "What is in it", "Twins"):
        data.goto(f"{lab.url}/Data?{DATASET}&data.view={view.replace(' ', '+')}")
        expect(data.get_by_role("combobox", name=re.compile("Split"))).to_be_visible()
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
