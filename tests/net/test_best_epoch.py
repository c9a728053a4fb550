"""The best epoch and the early stop, by each metric."""

import pytest

from fcnlab.net.best import Contest, metric_value
from fcnlab.plan import EarlyStop


def figures(value):
    return {"loss": value, "mean_iou": value, "class_iou": [0.9, value]}


def contest(values, metric="mean_iou", **stop):
    found = Contest(metric, EarlyStop(**stop) if stop else None)
    for epoch, value in enumerate(values, start=1):
        found.add(epoch, figures(value))
        if found.ended:
            break
    return found


def test_a_metric_is_taken_from_the_validation():
    seen = {"loss": 0.5, "mean_iou": 0.6, "class_iou": [0.9, None, 0.2]}
    assert [metric_value(seen, name) for name in ("loss", "mean_iou", "target_iou")] == [0.5, 0.6, 0.2]
    assert metric_value({**seen, "class_iou": [0.9, None]}, "target_iou") is None
    assert metric_value({**seen, "loss": float("nan")}, "loss") is None
    assert metric_value(None, "loss") is None


@pytest.mark.parametrize(("metric", "best"), [("loss", (3, 0.1)), ("mean_iou", (2, 0.7)), ("target_iou", (2, 0.7))])
def test_the_best_epoch_has_the_lowest_loss_or_the_highest_iou(metric, best):
    assert contest([0.5, 0.7, 0.1, 0.7], metric).best == best


def test_it_ends_after_so_many_epochs_without_a_better_value():
    found = contest([0.1, 0.3, 0.2, 0.3, 0.2, 0.9], patience=3)
    assert found.ended == 5
    assert found.sentence == (
        "Ended after epoch 5: the mean IoU did not get better for 3 epochs, 0.3000 after epoch 2, was the best."
    )
    assert contest([0.1, 0.3, 0.2, 0.3, 0.2, 0.9]).ended == 0


def test_a_value_that_is_better_by_too_little_is_the_best_and_does_not_count():
    found = contest([0.5, 0.504, 0.508], patience=2, least=0.01)
    assert (found.ended, found.best) == (3, (3, 0.508))
    assert contest([0.5, 0.504, 0.511], patience=2, least=0.01).ended == 0


def test_values_that_are_no_numbers_are_waited_out():
    found = contest([float("nan")] * 3, patience=2)
    assert (found.ended, found.best) == (2, None)
    assert found.sentence == "Ended after epoch 2: the mean IoU did not get better for 2 epochs."


def test_its_memory_goes_on_where_it_was():
    one, other = contest([0.5, 0.2], patience=2), Contest("mean_iou", EarlyStop(patience=2))
    other.remember(one.memory())
    assert other == one
    other.add(3, figures(0.3))
    assert other.ended == 3
    other.go_on()
    assert (other.ended, other.waited, other.best) == (0, 0, (1, 0.5))
    other.remember({})
    assert (other.best, other.ended, other.waited) == (None, 0, 0)
