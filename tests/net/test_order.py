"""The order of images in an epoch, and the threads that make batches ready."""

import threading

import numpy as np
import pytest
from net_helpers import shapes

from fcnlab.net.order import Batches, ahead, epoch_order, multiplicities
from fcnlab.plan import Augmentation, Drawing, Phase, Plan, lay_out


def drawn(times, length=None, seed=0):
    times = np.array(times, float)
    order = epoch_order(np.random.default_rng(seed), len(times), length or int(times.sum()), times)
    return np.bincount(order, minlength=len(times))


def batches(workers=0, start=0, epoch=0, paste=0.5, **settings):
    phase = Phase(epochs=2, batch_size=4, workers=workers)
    plan = Plan(phases=(phase,), augment=Augmentation(shift=0.2, brightness=0.3, paste=paste), **settings)
    return Batches(plan, shapes(32, 13)).of(lay_out(plan, 13)[epoch], start)


def same(one, two):
    return all(np.array_equal(a, b) for pair in zip(one, two, strict=True) for a, b in zip(*pair, strict=True))


# Drawing


def test_images_with_targets_and_small_targets_are_drawn_more_often():
    labels = np.zeros((4, 10, 10), np.uint8)
    labels[1, 0, 0], labels[2, :2] = 2, 2
    labels[3] = 1
    drawing = Drawing(target=2, small_target=3, small_below=0.05)
    assert multiplicities(drawing, labels, 3).tolist() == [1, 6, 2, 1]
    assert multiplicities(Drawing(), labels, 3) is None


def test_in_a_round_each_image_appears_as_often_as_it_should():
    assert drawn([1, 3, 2]).tolist() == [1, 3, 2]
    assert drawn([1, 3, 2], length=12).tolist() == [2, 6, 4]


def test_the_half_of_a_multiplicity_is_drawn_anew_in_each_round():
    found = drawn([1, 1.5], length=2500)
    assert found[1] / found[0] == pytest.approx(1.5, abs=0.1)


def test_drawing_changes_which_images_are_taken_and_not_how_many():
    taken = list(batches(draw=Drawing(target=3)))
    assert [len(images) for images, _ in taken] == [4, 4, 4]
    assert not same(taken, batches())


def test_pasting_changes_images_and_labels_and_nothing_else():
    for (images, labels), (plain, unpasted) in zip(batches(paste=1), batches(paste=0), strict=True):
        assert images.shape == plain.shape
        changed = (images != plain).any(-1)
        assert 0 < changed.mean() < 0.5
        assert changed[labels != unpasted].mean() > 0.9


# Repeating


def test_an_epochs_batches_are_the_same_each_time_and_other_epochs_and_seeds_differ():
    assert same(batches(), batches())
    assert not same(batches(), batches(epoch=1))
    assert not same(batches(), batches(seed=1))


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_are_the_same_for_any_number_of_workers_and_from_any_step_on(workers):
    assert same(list(batches())[1:], batches(workers, start=1))


# Threads


def test_threads_make_a_few_ahead_and_no_more():
    made, enough = [], threading.Event()

    def make(number):
        made.append(number)
        if len(made) == 3:
            enough.set()
        return number

    found = ahead(make, range(100), workers=2)
    assert next(found) == 0
    assert enough.wait(10)
    found.close()
    assert len(made) <= 5
    assert list(ahead(make, range(3, 7), workers=2)) == [3, 4, 5, 6]


def test_what_fails_in_a_thread_fails_where_the_batch_is_asked_for():
    def make(number):
        if number == 2:
            raise ValueError("no such image")
        return number

    found = ahead(make, range(5), workers=2)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(ValueError, match="no such image"):
        next(found)


def test_no_thread_is_left_when_a_training_stops_in_the_middle_of_an_epoch():
    before = threading.active_count()
    found = batches(workers=2)
    next(found)
    found.close()
    assert threading.active_count() == before
