"""Feature maps in a real browser, with a real engine: order, one channel, one value that adds up, side by side."""

import re

import pytest
from lab_server import ENGINE_PATIENCE, Lab, make_run, small_net
from playwright.sync_api import Locator, Page, expect

from fcnlab.arch import flow
from fcnlab.lab.tasks import Sample, look

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"

NAME, IMAGE = "maps", 3


@pytest.fixture(scope="module")
def run(lab: Lab) -> str:
    """A run of a few steps on the built-in set."""
    return make_run(lab, NAME)


@pytest.fixture
def maps(lab: Lab, run: str, page: Page) -> Page:
    page.goto(f"{lab.url}/Inspect?run={run}&image={IMAGE}&split=validation")
    expect(stage(page, "outputs")).to_be_visible(timeout=ENGINE_PATIENCE)
    expect(page.locator(IDLE)).to_be_attached()
    return page


def stage(page: Page, title: str) -> Locator:
    """The block of a stage, or of a side."""
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("section.block").filter(has=heading)


def tiles(place: Locator) -> Locator:
    return place.get_by_role("button", name=re.compile("^Channel "))


def channels(place: Locator) -> list[int]:
    """The channels of the tiles, in their order."""
    names = [str(tile.get_attribute("aria-label")) for tile in tiles(place).all()]
    return [int(found.group(1)) for found in (re.match(r"Channel (\d+)", name) for name in names) if found]


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").strip("()"))


def test_tiles_of_every_stage_arrive(maps: Page) -> None:
    for row in flow(small_net()).rows:
        shown = tiles(stage(maps, row.name))
        expect(shown).to_have_count(min(16, row.shape[2]))
        loaded = "tile => tile.querySelector('img').decode().then(() => tile.querySelector('img').naturalWidth)"
        assert shown.first.evaluate(loaded) == row.shape[1]


def test_on_a_wide_screen_a_decoder_stage_stands_beside_the_source_of_its_skip(maps: Page) -> None:
    for name, skip in small_net().skips:
        decoder, source = stage(maps, name).bounding_box(), stage(maps, skip.source).bounding_box()
        assert decoder is not None
        assert source is not None
        assert decoder["y"] == pytest.approx(source["y"], abs=2)
        assert decoder["x"] > source["x"] + source["width"]


def test_order_by_sparsity(lab: Lab, maps: Page) -> None:
    assert channels(stage(maps, "encoder1")) == list(range(16))
    maps.get_by_role("combobox", name="Order").click()
    maps.keyboard.type("Sparsity")
    expect(maps.get_by_role("option")).to_have_count(1)
    maps.keyboard.press("Enter")
    expect(maps).to_have_url(re.compile("order=Sparsity"))
    found = look(str(lab.runs / NAME), Sample("shapes:0.1:0", "validation", IMAGE)).stages[1]
    active = found.statistics.active
    expected = sorted(range(16), key=lambda channel: float(active[channel]))
    expect(tiles(stage(maps, "encoder1")).first).to_have_attribute(
        "aria-label", re.compile(f"^Channel {expected[0]}\\b")
    )
    shares = [float(active[channel]) for channel in channels(stage(maps, "encoder1"))]
    assert shares == pytest.approx(sorted(shares), abs=0.01)  # a byte rounds the smallest values to zero


def test_a_channel_is_opened_a_value_picked_and_its_numbers_add_up(maps: Page) -> None:
    tiles(stage(maps, "encoder2")).nth(2).click()
    dialog = maps.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="One channel of encoder2_relu1")).to_be_visible()
    expect(maps).to_have_url(re.compile("layer=encoder2_relu1&channel=2"))
    field = dialog.get_by_role("application")
    box = field.bounding_box()
    assert box is not None
    field.click(position={"x": box["width"] * 5.5 / 16, "y": box["height"] * 9.5 / 16})
    expect(dialog.get_by_role("heading", name=re.compile("^Row 9, column 5: "))).to_be_visible()
    expect(maps).to_have_url(re.compile("y=9&x=5"))
    told = dialog.locator(".steps .sum").last.inner_text()  # of the batch norm
    parts = re.fullmatch(r"(\S+) \(.*γ\) \+ (\S+) \(β\) = (\S+)", told)
    assert parts is not None
    scaled, shift, value = map(number, parts.groups())
    assert scaled + shift == pytest.approx(value, abs=0.002)
    products = dialog.locator(".terms").first.locator("tbody tr td:last-child").all_inner_texts()
    *terms, total = map(number, products)
    assert sum(terms) == pytest.approx(total, abs=0.002)


def test_everything_by_the_keyboard(maps: Page) -> None:
    first = tiles(stage(maps, "encoder1")).first
    first.focus()
    maps.keyboard.press("ArrowRight")
    expect(tiles(stage(maps, "encoder1")).nth(1)).to_be_focused()
    maps.keyboard.press("ArrowDown")
    expect(first).not_to_be_focused()
    maps.keyboard.press("ArrowUp")
    maps.keyboard.press("Enter")
    dialog = maps.get_by_role("dialog")
    expect(dialog.get_by_label("Channel (0–15)")).to_have_value("1")
    row, column = dialog.get_by_label("Row (0–31)"), dialog.get_by_label("Column (0–31)")
    expect(dialog.get_by_role("heading", name=re.compile("^Row "))).to_be_visible(timeout=ENGINE_PATIENCE)
    row.fill("0")
    row.press("Enter")
    expect(dialog.get_by_role("heading", name=re.compile("^Row 0, "))).to_be_visible()
    column.fill("0")
    column.press("Enter")
    expect(dialog.get_by_role("heading", name=re.compile("^Row 0, column 0: "))).to_be_visible()
    field = dialog.get_by_role("application")
    for _ in range(20):  # by Tab alone, from wherever the dialog put the focus
        maps.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    expect(field).to_be_focused()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        maps.keyboard.press(key)
    expect(dialog.get_by_role("heading", name=re.compile("^Row 2, column 1: "))).to_be_visible()
    maps.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(maps).not_to_have_url(re.compile("layer="))
    expect(tiles(stage(maps, "encoder1")).nth(1)).to_be_focused()


def test_a_link_opens_the_same_value(lab: Lab, run: str, page: Page) -> None:
    link = f"run={run}&image={IMAGE}&split=validation&layer=decoder4_up&channel=3&y=5&x=6"
    page.goto(f"{lab.url}/Inspect?{link}")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=re.compile("^Row 5, column 6: "))).to_be_visible(timeout=ENGINE_PATIENCE)
    expect(dialog.get_by_text(re.compile("Transposed 3×3 convolution, ×2"))).to_be_visible()
    expect(dialog.locator(".tops img")).to_have_count(6, timeout=ENGINE_PATIENCE)


def test_side_by_side_with_the_untrained_network(maps: Page) -> None:
    maps.get_by_role("radio", name="Side by side").click()
    left, right = stage(maps, "Untrained"), stage(maps, "Epoch 2")
    expect(left).to_be_visible(timeout=ENGINE_PATIENCE)
    assert channels(left) == channels(right) == list(range(16))
    assert left.locator(".tiles small span").all_inner_texts() == right.locator(".tiles small span").all_inner_texts()
    expect(maps.get_by_text(re.compile("From left to right: .* pixels changed"))).to_be_visible()


def test_a_figure_and_the_numbers_are_saved(maps: Page) -> None:
    maps.get_by_role("button", name="Save").click()
    with maps.expect_download() as figure:
        maps.get_by_role("button", name="SVG").click()
    assert figure.value.suggested_filename == "feature-maps-inputs-inputs.svg"
    assert figure.value.path().read_text().startswith("<?xml")
    with maps.expect_download() as numbers:
        maps.get_by_role("button", name="CSV").click()
    lines = numbers.value.path().read_text().splitlines()
    assert len(lines) == 1 + sum(row.shape[2] for row in flow(small_net()).rows)


def test_a_phone_has_no_horizontal_scroll_neither_in_the_dialog(maps: Page) -> None:
    maps.set_viewport_size({"width": 390, "height": 800})
    main = maps.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    tiles(stage(maps, "encoder1")).first.click()
    dialog = maps.get_by_role("dialog")
    expect(dialog.locator(".terms")).to_be_visible(timeout=ENGINE_PATIENCE)
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
