"""What goes wrong in a training, told in plain words: on made-up curves, and on plans that really are bad."""

from pathlib import Path
from typing import Any

import pytest

from fcnlab.arch import preset
from fcnlab.arch.edit import resize
from fcnlab.data.catalogue import assets_root
from fcnlab.lab import Run
from fcnlab.lab.history.course import course_of
from fcnlab.lab.history.warnings import TrainingWarning, best_epoch, training_warnings
from fcnlab.lab.tasks import train_here
from fcnlab.plan import Drawing, Phase, Plan

PLAN = Plan(phases=(Phase(learning_rate=0.01),), warmup_steps=0, loss="cross-entropy")
Events = list[dict[str, Any]]


def steps(losses: list[float | None], rate: float = 0.01, waits: float = 0.0) -> Events:
    return [
        {
            "kind": "step",
            "step": number,
            "epoch": 1,
            "loss": loss,
            "learning_rate": rate,
            "seconds": 0.1,
            "images": 4,
            "time": number * (0.1 + waits),
        }
        for number, loss in enumerate(losses, 1)
    ]


def epochs(losses: list[float], judged: list[float], ious: list[float] | None = None, **more: Any) -> Events:
    ious = ious or [0.5] * len(losses)
    return [
        {
            "kind": "epoch",
            "epoch": number,
            "step": 10 * number,
            "loss": loss,
            "validation": {"loss": seen, "mean_iou": (0.9 + iou) / 2, "class_iou": [0.9, iou]},
            **more,
        }
        for number, (loss, seen, iou) in enumerate(zip(losses, judged, ious, strict=True), 1)
    ]


def told(events: Events, plan: Plan = PLAN) -> list[TrainingWarning]:
    return training_warnings(plan, course_of(events))


def test_a_good_training_gets_no_warning() -> None:
    falling = [1.0 * 0.98**number for number in range(200)]
    assert told([]) == []
    assert told([*steps(falling), *epochs([0.5, 0.3, 0.2], [0.6, 0.4, 0.35])]) == []


def test_a_loss_that_is_no_number_is_the_only_thing_told() -> None:
    events = [*steps([0.5] * 30 + [None] * 70), *epochs([0.5, 0.5], [0.5, 0.5], [0.0, 0.0])]
    (warning,) = told(events)
    assert (warning.level, warning.since) == ("error", 31)
    assert "no number since step 31" in warning.sentence
    assert "from epoch 2" in warning.hint
    assert "learning rate of 0.002" in warning.hint
    assert "start a new run" in told(steps([None, None]))[0].hint


def test_only_background_is_told_after_two_epochs_with_what_the_plan_lacks() -> None:
    blind = epochs([0.5, 0.4, 0.3], [0.5, 0.4, 0.3], [0.2, 0.0, 0.0])
    assert told(blind[:2]) == []
    (warning,) = told(blind)
    assert "predicts only background: for 2 epochs" in warning.sentence
    assert "a loss with Dice, class weights, drawing images with a target more often" in warning.hint
    assert warning.since == 20
    full = PLAN.model_copy(update={"loss": "focal+dice", "class_weights": "balanced", "draw": Drawing(target=2)})
    assert "more steps can help" in told(blind, full)[0].hint


def test_only_background_under_a_huge_learning_rate_is_told_to_be_that() -> None:
    events = [*steps([1.0] * 20, rate=1.0), *epochs([0.5, 0.4], [0.5, 0.4], [0.0, 0.0])]
    assert "far above the usual: try 0.2" in told(events)[0].hint


def test_a_warning_goes_when_the_training_comes_round() -> None:
    assert told(epochs([0.5, 0.4, 0.3], [0.5, 0.4, 0.3], [0.0, 0.0, 0.1])) == []


def test_statistics_that_lag_are_not_mistaken_for_only_background() -> None:
    """With training images scored, and for runs that have no such figures."""
    fine = steps([1.0 * 0.97**number for number in range(60)])
    bad = {"training": {"loss": 2.0, "mean_iou": 0.3}}
    for more in (bad, {}):
        (warning,) = told([*fine, *epochs([0.4, 0.3, 0.2], [2.1, 2.0, 1.9], [0.0, 0.0, 0.0], **more)])
        assert "batch norm's statistics lag" in warning.sentence
        assert "since epoch 1," in warning.sentence


def test_overfitting_is_no_lag_of_statistics() -> None:
    good = {"training": {"loss": 0.2, "mean_iou": 0.9}}
    fine = steps([1.0 * 0.97**number for number in range(60)])
    found = told([*fine, *epochs([0.4, 0.3, 0.2, 0.1], [1.0, 1.5, 1.9, 2.2], [0.4, 0.3, 0.2, 0.2], **good)])
    assert ["Overfitting begins" in one.sentence for one in found] == [True]


def test_overfitting_names_the_best_epoch_by_the_plans_metric() -> None:
    events = epochs([0.6, 0.5, 0.4, 0.3, 0.2], [0.6, 0.5, 0.55, 0.6, 0.65], [0.3, 0.4, 0.5, 0.4, 0.3])
    (warning,) = told(events)
    assert "since epoch 2 (0.5 to 0.65)" in warning.sentence
    assert "The best epoch so far is 3, with a mean IoU of 0.700: it is the one to use" in warning.hint
    assert warning.since == 30
    by_loss = PLAN.model_copy(update={"metric": "loss", "keep_best": True})
    assert "is 2, with a validation loss of 0.500: the run's end takes it" in told(events, by_loss)[0].hint


@pytest.mark.parametrize(
    ("losses", "judged"),
    [
        ([0.6, 0.5, 0.4, 0.3], [0.6, 0.5, 0.55, 0.6]),
        ([0.6, 0.5, 0.4, 0.3, 0.2], [0.6, 0.5, 0.505, 0.51, 0.515]),
        ([0.6, 0.5, 0.55, 0.6, 0.65], [0.6, 0.5, 0.55, 0.6, 0.65]),
    ],
    ids=["too early", "hardly risen", "training loss rises as well"],
)
def test_not_every_rise_is_overfitting(losses: list[float], judged: list[float]) -> None:
    assert told(epochs(losses, judged)) == []


def test_a_loss_that_grows_asks_for_a_smaller_learning_rate() -> None:
    (warning,) = told(steps([1.0 - number / 200 if number < 100 else number / 100 for number in range(200)]))
    assert "The loss grows: from " in warning.sentence
    assert warning.hint == "The learning rate is too large: try 0.002."


@pytest.mark.parametrize(
    ("rate", "swing", "says"),
    [
        (1e-6, 0.0, "too small: try 1e-05"),
        (0.5, 0.0, "too large: try 0.1"),
        (0.01, 0.9, "too large: try 0.002"),
        (0.01, 0.0, "Try another learning rate, 0.003 or 0.03"),
    ],
)
def test_a_loss_that_does_not_fall_asks_for_another_learning_rate(rate: float, swing: float, says: str) -> None:
    losses: list[float | None] = [1.0 + swing * (-1) ** number for number in range(100)]
    assert told(steps(losses[:40], rate)) == []
    (warning,) = told(steps(losses, rate))
    assert "The loss does not fall: it began at 1 and is " in warning.sentence
    assert says in warning.hint


def test_a_loss_that_fell_at_once_may_stay() -> None:
    assert told(steps([1.0] * 10 + [0.1] * 990)) == []


def test_waiting_for_batches_is_told_with_the_number_of_workers() -> None:
    falling: list[float | None] = [1.0 * 0.99**number for number in range(50)]
    assert told(steps(falling, waits=0.01)) == []
    (warning,) = told(steps(falling, waits=0.1))
    assert warning.level == "notice"
    assert "50% of the time" in warning.sentence
    assert "(now 0)" in warning.hint


def test_the_gravest_comes_first() -> None:
    events = [*steps([1.0] * 100, waits=1.0), *epochs([1.0, 1.0], [1.0, 1.0], [0.0, 0.0])]
    assert [one.level for one in told(events)] == ["warning", "warning", "notice"]


def test_the_best_epoch_is_by_the_metric() -> None:
    found = epochs([0.6, 0.5], [0.4, 0.6], [0.3, 0.4])
    by = {metric: best_epoch(PLAN.model_copy(update={"metric": metric}), found) for metric in ("loss", "target_iou")}
    assert by == {"loss": (1, 0.4), "target_iou": (2, 0.4)}
    assert best_epoch(PLAN, []) is None


@pytest.mark.parametrize("name", ["example-follow-me", "example-follow-me-no-skips", "example-unet-small"])
def test_trainings_that_went_well_end_without_a_warning(name: str) -> None:
    run = Run.open(assets_root() / "runs" / name)
    assert told(run.read_metrics()[0], run.record.plan) == []


BAD = {
    "too small": ({"rate": 1e-6, "epochs": 3}, "does not fall", "too small: try 1e-05"),
    "too large": ({"rate": 3.0, "epochs": 3}, "predicts only background", "far above the usual: try 0.6"),
    "too few images": ({"rate": 0.01, "epochs": 16, "steps": 8, "subset": 4}, "Overfitting begins", "The best epoch"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", BAD)
def test_a_bad_plan_gets_its_warning(tmp_path: Path, name: str) -> None:
    asked, says, hint = BAD[name]
    phase = Phase(
        epochs=asked["epochs"], steps_per_epoch=asked.get("steps", 30), batch_size=4, learning_rate=asked["rate"]
    )
    some = {"subset": asked.get("subset", 16), "validation_images": 16, "warmup_steps": 0, "flip": False}
    plan = Plan(phases=(phase,), schedule="constant", **some)
    train_here(resize(preset("follow-me"), 48, 48), plan, "shapes:0.1", tmp_path / "run")
    found = told(Run.open(tmp_path / "run").read_metrics()[0], plan)
    assert any(says in one.sentence and hint in one.hint for one in found), found
