"""The Build page in a real browser: what only a browser can show."""

import re
from pathlib import Path

import pytest
from lab_server import Lab
from playwright.sync_api import Browser, Locator, Page, expect

from fcnlab.arch import from_json, preset

pytestmark = pytest.mark.browser


@pytest.fixture
def build(lab: Lab, page: Page) -> Page:
    page.goto(f"{lab.url}/Build")
    expect(block(page, "decoder5, 160 by 160 by 16")).to_be_visible()
    return page


def block(page: Page, name: str) -> Locator:
    """A block of the diagram, by the beginning of its name."""
    return page.locator("svg.diagram").get_by_role("button", name=re.compile(f"^{re.escape(name)}"))


def row(page: Page, name: str) -> Locator:
    """A row of the table."""
    return page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True))


def stage_name(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Name", exact=True)


def test_a_click_on_a_block_opens_its_settings(build: Page) -> None:
    block(build, "encoder2x,").click()
    expect(stage_name(build)).to_have_value("encoder2x")
    expect(build.get_by_role("spinbutton", name="Filters")).to_have_value("128")
    expect(row(build, "encoder2x")).to_have_class(re.compile("selected"))


def test_a_click_on_a_row_of_the_table_opens_its_settings(build: Page) -> None:
    row(build, "decoder4").get_by_role("button").click()
    expect(stage_name(build)).to_have_value("decoder4")
    expect(block(build, "decoder4,")).to_have_attribute("aria-pressed", "true")


def test_the_diagram_works_by_keyboard_and_keeps_the_focus(build: Page) -> None:
    block(build, "encoder1,").focus()
    build.keyboard.press("ArrowRight")
    build.keyboard.press("ArrowRight")
    build.keyboard.press("Enter")
    expect(stage_name(build)).to_have_value("encoder2x")
    expect(block(build, "encoder2x,")).to_be_focused()
    build.keyboard.press("ArrowRight")
    build.keyboard.press("Space")
    expect(stage_name(build)).to_have_value("encoder2xx")


def test_a_changed_filter_count_changes_table_diagram_and_totals_at_once(build: Page) -> None:
    filters = build.get_by_role("spinbutton", name="Filters")
    filters.fill("24")
    filters.press("Enter")
    expect(block(build, "encoder1, 80 by 80 by 24")).to_be_visible()
    expect(row(build, "encoder1")).to_contain_text("80×80×24")
    expect(build.get_by_test_id("stMetricValue").first).not_to_have_text("651,465")
    expect(filters).to_be_focused()


def test_after_a_rename_the_page_goes_on_and_undo_takes_it_back(build: Page) -> None:
    block(build, "encoder2x,").click()
    expect(stage_name(build)).to_have_value("encoder2x")
    stage_name(build).fill("middle")
    stage_name(build).press("Enter")
    expect(row(build, "middle")).to_be_visible()
    block(build, "encoder1,").click()
    expect(stage_name(build)).to_have_value("encoder1")
    build.get_by_role("button", name="Undo").click()
    expect(row(build, "encoder2x")).to_be_visible()
    build.get_by_role("button", name="Redo").click()
    expect(row(build, "middle")).to_be_visible()
    expect(block(build, "middle,")).to_be_visible()


def test_many_quick_changes_all_arrive(build: Page) -> None:
    more = build.get_by_test_id("stNumberInputStepUp").first
    for _ in range(6):
        more.click()
    expect(block(build, "encoder1, 80 by 80 by 64")).to_be_visible()
    expect(build.get_by_role("spinbutton", name="Filters")).to_have_value("64")


def test_the_address_reopens_the_network_elsewhere(build: Page, browser: Browser) -> None:
    build.get_by_role("spinbutton", name="Filters").fill("40")
    build.keyboard.press("Enter")
    expect(block(build, "encoder1, 80 by 80 by 40")).to_be_visible()
    expect(row(build, "encoder1")).to_contain_text("80×80×40")
    build.wait_for_url(lambda address: "net=fcn1." in address)
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(build.url)
    expect(block(elsewhere, "encoder1, 80 by 80 by 40")).to_be_visible()
    elsewhere.reload()
    expect(block(elsewhere, "encoder1, 80 by 80 by 40")).to_be_visible()
    elsewhere.context.close()


def test_the_link_to_copy_is_the_address(build: Page) -> None:
    build.get_by_role("button", name="Share").click()
    build.wait_for_url(lambda address: "net=fcn1." in address)
    expect(build.get_by_test_id("stCode")).to_have_text(build.url)


def test_the_network_survives_a_page_switch_and_back_undoes(build: Page) -> None:
    before = build.url
    build.get_by_role("spinbutton", name="Filters").fill("48")
    build.keyboard.press("Enter")
    expect(block(build, "encoder1, 80 by 80 by 48")).to_be_visible()
    build.wait_for_url(lambda address: address != before)
    after = build.url
    build.get_by_role("link", name="Home").click()
    expect(build.get_by_role("heading", name="FCN Lab")).to_be_visible()
    build.get_by_role("link", name="Build", exact=True).first.click()
    expect(block(build, "encoder1, 80 by 80 by 48")).to_be_visible()
    build.wait_for_url(after)
    build.get_by_role("button", name="Undo").click()
    expect(block(build, "encoder1, 80 by 80 by 16")).to_be_visible()
    build.wait_for_url(before)
    build.go_back()
    expect(block(build, "encoder1, 80 by 80 by 48")).to_be_visible()


def test_a_problem_is_marked_in_diagram_and_table_and_mended_by_one_click(build: Page) -> None:
    block(build, "inputs,").click()
    height = build.get_by_role("spinbutton", name="Height")
    height.fill("150")
    height.press("Enter")
    expect(build.get_by_role("alert").first).to_contain_text("150 is not divisible by 2⁴ = 16: use 144 or 160.")
    expect(row(build, "inputs")).to_have_class(re.compile("wrong"))
    build.get_by_role("button", name="Use 160×160 pixels").first.click()
    expect(build.get_by_text("Everything fits together")).to_be_visible()
    expect(row(build, "inputs")).not_to_have_class(re.compile("wrong"))


@pytest.mark.parametrize(
    ("width", "name"), [(390, "follow-me"), (390, "unet-small"), (390, "fcn-8s"), (1280, "linknet-small")]
)
def test_the_page_does_not_scroll_sideways(lab: Lab, page: Page, width: int, name: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{lab.url}/Build?net={name}")
    expect(block(page, "outputs,")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name of the network")).to_have_value(name)
    assert page.locator(".stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [("JSON", b"{"), ("Keras script", b'"""follow-me'), ("Diagram SVG", b"<svg"), ("Diagram PNG", b"\x89PNG")],
)
def test_the_network_can_be_downloaded(build: Page, tmp_path: Path, kind: str, beginning: bytes) -> None:
    build.get_by_role("button", name="Share").click()
    with build.expect_download() as download:
        build.get_by_role("button", name=kind, exact=True).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.read_bytes().startswith(beginning)
    if kind == "JSON":
        assert from_json(path.read_bytes()) == preset("follow-me")
