"""A plan on paper: epochs, steps and learning rates, and what changes make of them."""

import json
from math import cos, pi

import pytest

from fcnlab.errors import PlanError
from fcnlab.plan import (
    Change,
    EarlyStop,
    Phase,
    Plan,
    lay_out,
    learning_rate,
    planned_epochs,
    planned_steps,
    require_plan,
    scored_images,
    validation_images,
)
from fcnlab.plans import PLANS, find_plan

TWO = Plan(
    phases=(Phase(epochs=2, batch_size=4, learning_rate=0.01), Phase(epochs=1, batch_size=8, learning_rate=0.002)),
    warmup_steps=0,
)


def laid(plan, images, *changes):
    return [(epoch.number, epoch.phase.batch_size, epoch.first, epoch.end) for epoch in lay_out(plan, images, changes)]


def rates(plan, images, *changes):
    return [
        learning_rate(plan, epoch, step)
        for epoch in lay_out(plan, images, changes)
        for step in range(epoch.first, epoch.end)
    ]


def test_epochs_follow_one_another_through_the_phases():
    assert laid(TWO, 17) == [(1, 4, 0, 4), (2, 4, 4, 8), (3, 8, 8, 10)]
    assert (planned_steps(TWO, 17), planned_epochs(TWO)) == (10, 3)


def test_a_subset_is_what_epochs_go_over():
    assert planned_steps(TWO.model_copy(update={"subset": 8}), 1000) == 2 + 2 + 1


def test_a_plan_of_before_stays_readable():
    """A plan as runs of the first version kept it."""
    phase = {"epochs": 5, "batch_size": 16, "learning_rate": 0.01, "steps_per_epoch": None}
    old = {"version": 1, "phases": [phase], "schedule": "cosine", "warmup_steps": 10, "loss": "cross-entropy+dice"}
    old |= {"flip": True, "seed": 0, "subset": None, "validation_images": 200}
    assert Plan.parse(json.dumps(old), what="the plan") == Plan()


def test_a_phase_may_have_a_schedule_of_its_own():
    phases = (Phase(epochs=1, batch_size=1, schedule="constant"), Phase(epochs=1, batch_size=1))
    plan = Plan(phases=phases, warmup_steps=0)
    assert rates(plan, 2) == pytest.approx([0.01, 0.01, 0.01, 0.005])


def test_the_learning_rate_falls_along_a_cosine_in_each_phase():
    assert rates(TWO, 8) == pytest.approx([0.005 * (1 + cos(pi * t / 4)) for t in range(4)] + [0.002])


def test_the_learning_rate_rises_over_the_first_steps():
    plan = TWO.model_copy(update={"schedule": "constant", "warmup_steps": 3})
    assert rates(plan, 8) == pytest.approx([0.01 / 3, 0.02 / 3, 0.01, 0.01, 0.002])


# Changes


def test_another_learning_rate_goes_along_the_same_schedule_and_holds_for_later_phases():
    expected = [0.005 * (1 + cos(pi * t / 4)) for t in range(4)] + [0.002]
    found = rates(TWO, 8, Change(step=3, learning_rate=0.04))
    assert found == pytest.approx([*expected[:3], 4 * expected[3], 0.04])


def test_another_batch_size_holds_from_the_next_epoch_on():
    assert laid(TWO, 16, Change(step=3, batch_size=2)) == [(1, 4, 0, 4), (2, 2, 4, 12), (3, 2, 12, 20)]
    assert laid(TWO, 16, Change(step=4, batch_size=2))[1] == (2, 2, 4, 12)
    assert laid(TWO, 16, Change(step=0, batch_size=2))[0] == (1, 2, 0, 8)
    assert planned_steps(TWO, 16, [Change(step=3, batch_size=2)]) == 20
    # The schedule goes by epochs, so that it neither jumps nor ends early.
    epochs = lay_out(TWO, 16, [Change(step=3, batch_size=2)])
    assert learning_rate(TWO, epochs[1], 4) == pytest.approx(0.005)


def test_more_phases_come_at_the_end_and_have_their_own_settings():
    changes = [Change(step=1, learning_rate=0.5, batch_size=2), Change(step=2, more=(Phase(epochs=2, batch_size=8),))]
    assert laid(TWO, 8, *changes)[-2:] == [(4, 8, 10, 11), (5, 8, 11, 12)]
    assert planned_epochs(TWO, changes) == 5
    assert rates(TWO, 8, *changes)[-2:] == pytest.approx([0.01, 0.005])


def test_what_was_planned_beyond_an_early_end_can_be_left_out():
    cut = Change(step=2, cut_after=1, more=(Phase(epochs=3, batch_size=8),))
    assert laid(TWO, 8, cut) == [(1, 4, 0, 2), (2, 8, 2, 3), (3, 8, 3, 4), (4, 8, 4, 5)]
    assert planned_epochs(TWO, [cut]) == 4
    assert planned_steps(TWO, 8, [cut]) == 5


def test_changes_count_in_the_order_of_their_steps():
    early, late = Change(step=1, batch_size=2), Change(step=2, batch_size=8)
    assert laid(TWO, 8, late, early) == laid(TWO, 8, early, late)


# Validation


def test_validation_steps_are_batches_of_the_phases_size():
    plan = Plan(phases=(Phase(batch_size=64, validation_steps=2), Phase()), validation_images=100)
    assert [scored_images(plan, phase, 1000) for phase in plan.phases] == [128, 100]
    assert scored_images(plan, plan.phases[0], 90) == 90
    assert validation_images(plan, 1000) == 128
    assert validation_images(Plan(validation_images=None), 1000) == 1000


def test_a_plan_that_does_not_go_with_network_or_dataset_is_told():
    require_plan(Plan(), 3, 0)
    with pytest.raises(PlanError, match=r"2 class weights, but the network tells 3 classes apart\. Give one weight"):
        require_plan(Plan(class_weights=(1, 2)), 3, 5)
    with pytest.raises(PlanError, match=r"All class weights of the plan are 0\."):
        require_plan(Plan(class_weights=(0, 0, 0)), 3, 5)
    for plan in (Plan(keep_best=True), Plan(early_stop=EarlyStop())):
        with pytest.raises(PlanError, match=r"compares epochs by validation, but there are no validation images\."):
            require_plan(plan, 3, 0)


# Kept plans


def test_the_reference_projects_plans_are_kept():
    found = {name: plan.phases[0] for name, plan in PLANS.items() if name.startswith("reference-")}
    figures = {
        name: (phase.learning_rate, phase.batch_size, phase.epochs, phase.steps_per_epoch)
        for name, phase in found.items()
    }
    assert figures == {
        "reference-1": (0.01, 64, 20, 70),
        "reference-2": (0.01, 80, 10, 60),
        "reference-3": (0.005, 80, 10, 60),
    }
    assert {(phase.validation_steps, phase.workers) for phase in found.values()} == {(50, 2)}
    plan = PLANS["reference-1"]
    assert (plan.optimizer, plan.loss, plan.schedule, plan.warmup_steps) == ("adam", "cross-entropy", "constant", 0)
    assert not plan.flip


def test_a_plan_is_found_by_name_or_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text(TWO.model_dump_json())
    assert find_plan("quick") == PLANS["quick"]
    assert find_plan("mine.json") == TWO
    with pytest.raises(PlanError, match=r"There is no plan 'slow', and no such file\. Name a JSON file, or one of"):
        find_plan("slow")
