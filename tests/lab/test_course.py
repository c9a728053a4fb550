"""The course of a training: what its events tell, in a size that does not grow with its steps."""

from typing import Any

from fcnlab.draw.buckets import MOST_BUCKETS
from fcnlab.lab.history.course import RECENT, CourseKeeper, class_iou, course_of, mean_iou


def step(number: int, loss: float | None = 0.5, epoch: int = 1, **more: Any) -> dict[str, Any]:
    told = {"kind": "step", "step": number, "epoch": epoch, "loss": loss, "learning_rate": 0.01}
    return {**told, "seconds": 0.5, "images": 4, **more}


def test_events_are_sorted_into_curves_epochs_and_notes() -> None:
    epoch = {"kind": "epoch", "step": 2, "epoch": 1, "loss": 0.4, "seconds": 2.0}
    note = {"kind": "note", "step": 2, "message": "Paused."}
    found = course_of([step(1, 0.6), step(2, 0.2), epoch, note, {"kind": "status", "message": "x"}])
    assert found.steps == 2
    assert found.loss == ((1, 0.6), (2, 0.2))
    assert found.rates == ((1, 0.01), (2, 0.01))
    assert found.first_losses == (0.6, 0.2)
    assert (found.epochs, found.notes) == ((epoch,), (note,))
    assert dict(found.in_steps) == {1: 1.0}
    assert found.broken_since is None


def test_a_loss_that_is_no_number_is_told_by_its_first_step_as_long_as_it_lasts() -> None:
    keeper = CourseKeeper()
    keeper.add([step(1), step(2, None), step(3, None)])
    assert keeper.course().broken_since == 2
    assert keeper.course().loss == ((1, 0.5),)
    keeper.add([step(4)])
    assert keeper.course().broken_since is None


def test_a_course_stays_small_and_does_not_change_afterwards() -> None:
    keeper = CourseKeeper()
    keeper.add(step(number, epoch=1 + number // 100) for number in range(1, 5_001))
    before = keeper.course()
    keeper.add([step(5_001)])
    assert (before.steps, keeper.course().steps) == (5_000, 5_001)
    assert len(before.loss) <= 2 * MOST_BUCKETS + 2
    assert len(before.recent) == RECENT
    assert len(before.in_steps) == 2


def test_figures_of_an_epoch_may_be_missing() -> None:
    epoch = {"validation": {"mean_iou": 0.5, "class_iou": [0.9, None]}, "training": None}
    assert (mean_iou(epoch), mean_iou(epoch, "training"), mean_iou(None)) == (0.5, None, None)
    assert (class_iou(epoch), class_iou(epoch, "training")) == ([0.9, None], [])
