"""Bringing one's own network to the Inspect page in a real browser, by keyboard."""

import re
from pathlib import Path

import pytest
from lab_server import Lab
from playwright.sync_api import Page, expect

from fcnlab.arch import preset
from fcnlab.arch.edit import resize

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

IMPORT_PATIENCE = 240_000
"""Milliseconds for the workers to load TensorFlow on a busy machine."""


@pytest.fixture
def network(tmp_path: Path) -> Path:
    from fcnlab.net import build

    build(resize(preset("follow-me"), 32, 32), seed=0).save(tmp_path / "theirs.keras")
    return tmp_path / "theirs.keras"


def test_a_file_becomes_the_run_that_is_looked_into(lab: Lab, page: Page, network: Path) -> None:
    page.goto(f"{lab.url}/Inspect")
    fold = page.get_by_role("button", name="Bring your own network")
    fold.focus()
    page.keyboard.press("Enter")
    chooser = page.get_by_role("region", name=re.compile("^Network:")).locator("input[type=file]")
    chooser.set_input_files(network)
    name = page.get_by_label("Name of the run")
    expect(name).to_have_attribute("placeholder", "theirs")
    page.get_by_role("button", name="Import the network").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("follow-me was imported: 4 skips")).to_be_visible(timeout=IMPORT_PATIENCE)
    expect(page).to_have_url(re.compile("run=theirs"))
    expect(name).to_have_count(0)  # folded away again
    expect(page.get_by_text("The network follow-me, imported from theirs.keras.")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Prediction for"))).to_be_visible(timeout=IMPORT_PATIENCE)
