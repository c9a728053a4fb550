"""Skips in a real browser, with a real engine: one is turned to 0, a set is picked, a dataset's report is made."""

import re

import pytest
from lab_server import ENGINE_PATIENCE, Lab, make_run
from playwright.sync_api import Locator, Page, expect

from fcnlab.lab.tasks import saved_reports

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

NAME = "skips"
HERE = f"run={NAME}&image=3&view=Skips+in+this+picture"
DATASET = f"run={NAME}&image=3&view=Skips+on+a+dataset&images=10"


@pytest.fixture(scope="module")
def run(lab: Lab) -> str:
    """A run of a few steps on the built-in set."""
    return make_run(lab, NAME)


@pytest.fixture
def here(lab: Lab, run: str, page: Page) -> Page:
    page.goto(f"{lab.url}/Inspect?{HERE}")
    expect(page.locator(".st-key-skips-lattice svg")).to_be_visible(timeout=ENGINE_PATIENCE)
    expect(page.locator(".st-key-skips-set img")).to_have_count(3)
    return page


def sources(place: Locator) -> list[str]:
    """What the pictures as trained, as changed, and of their difference show."""
    found = place.locator("img")
    expect(found).to_have_count(3)
    return [str(picture.get_attribute("src")) for picture in found.all()]


def test_a_skip_turned_to_zero_by_the_keyboard_changes_the_mask_and_its_link_shows_the_same(here: Page) -> None:
    place = here.locator(".st-key-skips-turned")
    before = sources(place)
    assert before[0] == before[1]
    handle = here.get_by_role("slider", name="decoder5 ← inputs")
    handle.focus()
    here.keyboard.press("Home")
    expect(place.get_by_text("decoder5 off")).to_be_visible()
    expect(place.get_by_text(re.compile("Probabilities moved by"))).to_be_visible()
    after = sources(place)
    assert after[0] == before[0]
    assert after[1] != before[1]
    expect(here).to_have_url(re.compile(r"skip\.decoder5=0"))
    here.reload()
    expect(place.get_by_text("decoder5 off")).to_be_visible()
    assert sources(place) == after


def test_all_off_and_all_on(here: Page) -> None:
    place = here.locator(".st-key-skips-turned")
    before = sources(place)
    here.get_by_role("button", name="All off").click()
    expect(place.get_by_text("All skips off")).to_be_visible()
    assert sources(place)[1] != before[1]
    here.get_by_role("button", name="All on").click()
    expect(place.get_by_text("All skips on")).to_be_visible()
    assert sources(place) == before


def test_a_skip_swapped_with_another_pictures(here: Page) -> None:
    place = here.locator(".st-key-skips-turned")
    before = sources(place)
    here.get_by_role("button", name="decoder5 ← inputs", exact=True).click()
    expect(place.get_by_text("decoder5 swapped")).to_be_visible()
    assert sources(place)[1] != before[1]
    expect(here.get_by_alt_text(re.compile("^The other picture, validation"))).to_be_visible()


def test_a_set_picked_in_the_lattice_is_shown_large(here: Page) -> None:
    place = here.locator(".st-key-skips-set")
    expect(place.get_by_text("No skip on.", exact=False).first).to_be_visible()
    none = sources(place)
    every = here.locator(".st-key-skips-lattice [data-stage='15']")
    every.focus()
    here.keyboard.press("Enter")
    expect(place.get_by_text("All skips on.")).to_be_visible()
    assert sources(place)[1] != none[1]
    assert sources(place)[0] == sources(place)[1]
    expect(here).to_have_url(re.compile(r"[?&]set=15"))


@pytest.mark.parametrize(
    ("button", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<?xml"), ("PDF", b"%PDF"), ("CSV", b"set,decoder4xx,")]
)
def test_the_lattice_and_its_numbers_can_be_saved(here: Page, button: str, begins: bytes) -> None:
    here.get_by_role("button", name="Save").click()
    with here.expect_download() as download:
        here.get_by_role("button", name=button, exact=True).first.click()
    assert download.value.path().read_bytes().startswith(begins)


def test_a_report_on_the_built_in_set_is_worked_out_and_found_again_after_a_reload(
    lab: Lab, run: str, page: Page
) -> None:
    page.goto(f"{lab.url}/Inspect?{DATASET}")
    start = page.get_by_role("button", name="Work out the report")
    expect(start).to_be_enabled(timeout=ENGINE_PATIENCE)
    expect(page.get_by_text("There is no report on these images yet.")).to_be_visible()
    start.click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    table = page.get_by_role("region", name=re.compile("^Points of the measure"))
    expect(table).to_be_visible(timeout=ENGINE_PATIENCE)
    shown = table.inner_text()
    page.reload()
    expect(table).to_be_visible(timeout=ENGINE_PATIENCE)
    assert table.inner_text() == shown
    report = saved_reports(lab.runs / run)[0]
    assert set(report["baselines"]) == {"zero", "mean", "position", "resample"}
    assert sum(skip["shapley"] for skip in report["skips"]) == pytest.approx(report["all"] - report["none"])


def test_a_phone_has_no_horizontal_scroll(here: Page) -> None:
    here.set_viewport_size({"width": 390, "height": 800})
    expect(here.locator(".st-key-skips-turned img").first).to_be_visible()
    main = here.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
