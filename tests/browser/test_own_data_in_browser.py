"""One's own data in a real browser: a zip is uploaded, its classes named, its pictures seen, and training offers it."""

import re
from pathlib import Path

import pytest
from lab_server import Lab
from own_pictures import make_folder, zipped
from playwright.sync_api import Page, expect

from fcnlab.data import open_dataset
from fcnlab.lab.datasets import datasets_root

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def test_a_zip_becomes_a_dataset_that_training_offers(lab: Lab, page: Page, tmp_path: Path) -> None:
    archive = tmp_path / "my leaves.zip"
    archive.write_bytes(zipped(make_folder(tmp_path / "leaves")).getvalue())
    page.goto(f"{lab.url}/Data?data.view=Your own")
    page.locator("input[type=file]").set_input_files(archive)
    expect(page.get_by_text("my leaves.zip")).to_be_visible()
    expect(page.get_by_placeholder("my-leaves")).to_be_visible()
    page.get_by_role("button", name="Unpack it").click()

    expect(page.get_by_text("my-leaves was unpacked: 8 train, 2 validation pairs.")).to_be_visible()
    expect(page.get_by_text("Masks: class numbers; values: 0, 1, 2.")).to_be_visible()
    expect(page.get_by_role("img", name="and its mask")).to_have_count(4)
    name = page.get_by_role("textbox", name="Name of class 2")
    name.fill("leaf")
    name.press("Tab")
    page.get_by_role("button", name="Save the classes").click()
    expect(page.get_by_text("The classes of my-leaves were saved.")).to_be_visible()
    assert open_dataset(datasets_root() / "my-leaves").classes == ("class 0", "class 1", "leaf")

    page.reload()
    expect(name).to_have_value("leaf")
    page.get_by_role("button", name="Look through its pictures").click()
    expect(page.get_by_role("button", name=re.compile("^8|picture", re.IGNORECASE)).first).to_be_visible()
    expect(page).to_have_url(re.compile(r"set=my-leaves"))
    page.get_by_text("Your own", exact=True).click()
    page.get_by_role("button", name="Train on it").click()
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    expect(page.get_by_text("my-leaves · 3 classes · images: 8 train, 2 validation")).to_be_visible()
