"""The queue on the Train page: places, the list, and who is asking."""

from types import SimpleNamespace

import pytest

from fcnlab.lab import Run, Status
from fcnlab.lab.training.people import person_here
from fcnlab.lab.training.queueing import QueueState, Waiting
from fcnlab.plan import Plan
from fcnlab.ui.train.watching import queue
from fcnlab.ui.train.watching.queue import NAME, person, place_sentence, place_text, queue_text


def waits(name, place, person="", ahead=()):
    return Waiting(SimpleNamespace(name=name), place, person, ahead)


def test_a_place_names_who_is_ahead_and_what_is_in_training():
    mine = waits("mine", 3, ahead=("x (Ann)", "y (Bob)"))
    assert place_text(mine, 4, ["z (Cy)"]) == (
        "Waiting: place 3 of 4, after x (Ann) and y (Bob). In training now: z (Cy)."
    )


def test_the_first_place_is_the_next_one():
    assert place_text(waits("mine", 1), 1, []) == "Waiting: place 1 of 1, the next one."


def test_many_runs_ahead_are_counted():
    mine = waits("mine", 7, ahead=tuple("abcdef"))
    assert place_text(mine, 7, []) == "Waiting: place 7 of 7, after a, b, c and 3 more."


def test_a_run_finds_its_place_on_disk(tmp_path):
    runs = [Run.create(tmp_path / name, net={}, plan=Plan(), dataset="shapes") for name in ("a", "b", "by hand")]
    for since, run in enumerate(runs[:2]):
        run.write_status(Status(heartbeat=float(since)))
        (run.path / "waiting").touch()
    assert place_sentence(runs[1], tmp_path) == "Waiting: place 2 of 2, after a."
    assert place_sentence(runs[2], tmp_path) == ""


def test_the_list_shows_names_without_addresses_and_marks_the_run_on_the_page():
    state = QueueState((waits("one", 1, "Ann · 10.0.0.7"), waits("two", 2, "10.0.0.8")), ())
    assert queue_text(state, shown="two").splitlines()[2:] == ["1. one \\(Ann\\)", "2. **two**"]


def test_a_long_list_is_cut_and_counted():
    state = QueueState(tuple(waits(f"r{place}", place) for place in range(1, 15)), ())
    assert queue_text(state).endswith("10. r10\n\nand 4 more.")


@pytest.mark.parametrize(
    ("user", "address", "typed", "expected"),
    [
        ({"is_logged_in": True, "email": "ann@example.com"}, "10.0.0.7", "Bob", "ann@example.com"),
        ({}, "10.0.0.7", " Ann ", "Ann · 10.0.0.7"),
        ({}, "10.0.0.7", "", "10.0.0.7"),
        ({}, None, "Ann", "Ann"),
        ({}, None, "", person_here()),
    ],
)
def test_a_visitor_is_told_by_login_or_by_name_and_address(monkeypatch, user, address, typed, expected):
    context = SimpleNamespace(ip_address=address)
    monkeypatch.setattr(queue, "st", SimpleNamespace(user=user, context=context, session_state={NAME: typed}))
    assert person() == expected
