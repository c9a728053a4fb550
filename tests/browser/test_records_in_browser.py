"""Records in a real browser: a training played back by the keyboard, runs found while typing, deleted and had back."""

import re

import pytest
from lab_server import Lab
from playwright.sync_api import Page, expect

from fcnlab.arch import plain, preset
from fcnlab.lab import Run
from fcnlab.plan import Phase, Plan

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def recorded(lab: Lab, name: str) -> Run:
    """A training of 200 seconds, without weights."""
    plan = Plan(phases=(Phase(epochs=10),))
    run = Run.create(lab.runs / name, net=plain(preset("follow-me")), plan=plan, dataset="shapes:0.3:0")
    for step in range(1, 101):
        event = {"step": step, "epoch": (step + 9) // 10, "loss": 1 / step, "learning_rate": 0.01}
        run.append_metric({"kind": "step", **event, "seconds": 2.0, "images": 8})
        if step % 10 == 0:
            seen = {"images": 9, "loss": 0.7, "mean_iou": step / 200, "class_iou": [0.9, 0.4, 0.2]}
            run.append_metric({"kind": "epoch", **event, "seconds": 20.0, "validation": seen})
    run.write_status(run.status.with_(state="done", epoch=10, epochs=10, step=100, steps=100))
    return run


def test_a_training_is_played_back_paused_and_sought_by_the_keyboard_alone(lab: Lab, page: Page) -> None:
    recorded(lab, "played")
    page.goto(f"{lab.url}/Train?replay=played&train.speed=20×")
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_have_text("Epoch 0 of 10, step 0 of 100")
    page.keyboard.press("p")
    expect(bar).to_have_text(re.compile(r"step [1-9]\d of 100"))
    page.keyboard.press("p")
    expect(page.get_by_role("button", name=re.compile("^Play"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]at=\d+"))
    slider = page.get_by_role("slider", name=re.compile("Moment of the training, which took 3 min 20 s"))
    slider.press("Home")
    expect(bar).to_have_text("Epoch 0 of 10, step 0 of 100")
    slider.press("End")
    expect(bar).to_have_text("Epoch 10 of 10, step 100 of 100")
    expect(page.get_by_test_id("stMetric").filter(has_text="Best mean IoU")).to_contain_text("0.500")


def test_runs_are_found_while_typing_and_a_deleted_one_comes_back(lab: Lab, page: Page) -> None:
    for name in ("keep me", "throw me away"):
        recorded(lab, name)
    page.goto(f"{lab.url}/Train")
    page.get_by_role("searchbox", name="Find").press_sequentially("throw")
    found = page.get_by_role("table", name="Runs, sorted by newest")
    expect(found.get_by_role("button")).to_have_text(["throw me away"])
    found.get_by_role("button", name="throw me away").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("The run throw me away was deleted.")).to_be_visible()
    assert not (lab.runs / "throw me away").exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("was deleted.")).to_be_hidden()
    assert (lab.runs / "throw me away" / "run.json").is_file()
