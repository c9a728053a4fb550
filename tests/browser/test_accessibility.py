"""Every page by axe-core, in both themes and at two widths: no violation of WCAG 2.2 A or AA."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from lab_server import ENGINE_PATIENCE, Lab, make_run
from playwright.sync_api import Browser, Page, expect

from fcnlab.lab import Run
from fcnlab.plan import Plan

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = [
    pytest.param(("light", 1280), id="light-1280"),
    pytest.param(("dark", 390), id="dark-390"),
    pytest.param(("light", 390), id="light-390", marks=pytest.mark.long),
    pytest.param(("dark", 1280), id="dark-1280", marks=pytest.mark.long),
]

STILL = "*, *::before, *::after {transition: none !important; animation: none !important}"
"""Colours halfway from one to another are not what a person reads."""

SETTLED = "() => !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSpinner], [data-stale=true]')"


@pytest.fixture(scope="module")
def run(lab: Lab) -> str:
    return make_run(lab, "accessible")


@pytest.fixture(params=LOOKS)
def tab(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    theme, width = request.param
    profile = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=theme, bypass_csp=True)
    page = profile.new_page()
    yield page
    profile.close()


def violations(page: Page) -> list[str]:
    """What axe finds, a line each: the rule, and the first element that breaks it."""
    page.wait_for_function(SETTLED)
    page.add_style_tag(content=STILL)
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("levels => axe.run(document, {runOnly: levels})", LEVELS)
    return [
        f"{rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:300]} {rule['nodes'][0]['failureSummary']}"
        for rule in found["violations"]
    ]


@pytest.mark.parametrize("path", ["", "Build", "Build?net=follow-me", "Train"])
def test_pages_before_any_training(lab: Lab, tab: Page, path: str) -> None:
    tab.goto(f"{lab.url}/{path}")
    expect(tab.locator("h1")).to_be_visible(timeout=ENGINE_PATIENCE)
    assert violations(tab) == []


@pytest.mark.parametrize("what", ["run", pytest.param("replay", marks=pytest.mark.long)])
def test_train_with_a_run(lab: Lab, run: str, tab: Page, what: str) -> None:
    tab.goto(f"{lab.url}/Train?{what}={run}")
    expect(tab.locator("h1")).to_be_visible(timeout=ENGINE_PATIENCE)
    assert violations(tab) == []


@pytest.fixture
def queued(lab: Lab) -> Iterator[str]:
    """Two runs that wait for a worker; no worker is told of them."""
    runs = [
        Run.create(lab.runs / f"waits-{number}", net={}, plan=Plan(), dataset="shapes", person=f"Ann {number}")
        for number in (1, 2)
    ]
    for run in runs:
        (run.path / "waiting").touch()
    yield runs[1].name
    for run in runs:
        shutil.rmtree(run.path)


def test_train_with_a_queue(lab: Lab, tab: Page, queued: str) -> None:
    tab.goto(f"{lab.url}/Train")
    expect(tab.get_by_text("Waiting for a worker")).to_be_visible(timeout=ENGINE_PATIENCE)
    expect(tab.get_by_text(queued)).to_have_count(2)  # in the queue and among the runs
    assert violations(tab) == []


def test_data(lab: Lab, tab: Page) -> None:
    views = {
        "Pictures": "100 of 100 pictures",
        "Pictures&picture=1": "Picture 1, 2 of 100",
        "What is in it": "Where in the picture",
        "Twins": "Within validation",
        "Training images": "of 400 training images",
        "Training images&data.training=Arithmetic": "steps",
        "Your own": "Where the pictures are",
    }
    for view, seen in views.items():
        tab.goto(f"{lab.url}/Data?set=shapes&alpha=0.2&split=validation&data.view={view.replace(' ', '+')}")
        expect(tab.get_by_text(seen).first).to_be_visible(timeout=ENGINE_PATIENCE)
        assert violations(tab) == [], view


@pytest.mark.parametrize(
    "view",
    [
        "Feature maps",
        "Feature maps&layer=encoder1_relu1&channel=1",
        "Skips in this picture",
        "Skips on a dataset",
        "Side by side",
    ],
    ids=lambda view: view,
)
def test_inspect(lab: Lab, run: str, tab: Page, view: str) -> None:
    tab.goto(f"{lab.url}/Inspect?run={run}&image=3&view={view.replace(' ', '+')}")
    expect(tab.get_by_text("Prediction for")).to_be_visible(timeout=ENGINE_PATIENCE)
    assert violations(tab) == []
