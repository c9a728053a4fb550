"""The queue: fair between people, visible places, limits, and how runs enter and leave it."""

import os
import socket
import threading
import time

import engine_chores as chores
import pytest

from fcnlab.errors import EngineError, RunError
from fcnlab.lab import Engine, EngineState, Heartbeat, Run, Status
from fcnlab.lab.training import queueing
from fcnlab.lab.training.people import LIMIT, person_from, person_here, runs_per_person, shown_name
from fcnlab.lab.training.queueing import Entry, in_turn, queue_state, stop_training, submit_training, take_next, waiting
from fcnlab.plan import Plan


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def line_up(root):
    """Put a run into the queue: its name, its person, and since when it waits."""

    def put(name, person="", since=0.0):
        run = Run.create(root / name, net={}, plan=Plan(), dataset="shapes", person=person)
        run.write_status(Status(heartbeat=since))
        (run.path / "waiting").touch()
        return run

    return put


@pytest.fixture
def at_work(root):
    """A run in training."""

    def put(name, person="", started=0.0):
        run = Run.create(root / name, net={}, plan=Plan(), dataset="shapes", person=person)
        run.write_status(Status(state="running", heartbeat=time.time(), started=started, pid=os.getpid()))
        return run

    return put


class Named(str):
    """Stands for a run where only its name matters."""

    @property
    def name(self):
        return str(self)


def turn(*queued, working=(), served=None):
    """Runs "person:since" in their turn."""
    entries = [Entry(Named(run), run.split(":")[0], float(run.split(":")[1])) for run in queued]
    return " ".join(entry.run for entry in in_turn(entries, working, served or {}))


# The order


def test_one_persons_runs_are_trained_in_the_order_of_their_starts():
    assert turn("ann:3", "ann:1", "ann:2") == "ann:1 ann:2 ann:3"


def test_people_take_turns_however_many_runs_one_has_started():
    assert turn("ann:1", "ann:2", "ann:3", "bob:4", "cy:5") == "ann:1 bob:4 cy:5 ann:2 ann:3"


def test_who_has_fewer_runs_in_training_goes_first():
    assert turn("ann:1", "bob:2", working=["ann"]) == "bob:2 ann:1"
    assert turn("ann:1", "ann:2", "bob:3", "bob:4", working=["ann"]) == "bob:3 ann:1 bob:4 ann:2"


def test_among_equals_the_one_whose_last_training_began_longest_ago_goes_first():
    assert turn("ann:1", "bob:2", served={"ann": 200.0, "bob": 100.0}) == "bob:2 ann:1"
    assert turn("ann:1", "bob:2", served={"ann": 200.0}) == "bob:2 ann:1"


def test_the_order_shown_is_the_order_in_which_one_worker_takes_them(root, line_up, at_work):
    busy = at_work("a0", "ann", started=1.0)
    for name, person, since in (
        ("a1", "ann", 2),
        ("a2", "ann", 3),
        ("b1", "bob", 4),
        ("c1", "cy", 5),
        ("b2", "bob", 6),
    ):
        line_up(name, person, float(since))
    shown = [one.run.name for one in waiting(root)]
    taken = []
    for clock in range(10, 15):
        busy.write_status(Status(state="done", started=busy.status.started))
        busy = take_next(root)
        busy.write_status(Status(state="running", heartbeat=time.time(), started=float(clock), pid=os.getpid()))
        taken.append(busy.name)
    assert taken == shown == ["b1", "c1", "a1", "b2", "a2"]


# Places


def test_a_waiting_run_knows_its_place_and_who_is_ahead(root, line_up, at_work):
    at_work("first", "zoe@example.com")
    line_up("x", "Ann", 1.0)
    line_up("y", "Bob · 10.0.0.7", 2.0)
    line_up("mine", "Cy", 3.0)
    mine = waiting(root)[2]
    assert (mine.run.name, mine.place, mine.person, mine.ahead) == ("mine", 3, "Cy", ("x (Ann)", "y (Bob)"))
    assert queue_state(root).working == ("first (zoe)",)


def test_runs_that_ended_or_are_trained_by_hand_do_not_wait(root, line_up):
    line_up("gone", since=1.0).write_status(Status(pid=2**22 + 1, host=os.uname().nodename))
    line_up("done").write_status(Status(state="done"))
    Run.create(root / "by hand", net={}, plan=Plan(), dataset="shapes")
    assert waiting(root) == []
    assert take_next(root) is None
    assert waiting(root / "nowhere") == []


def test_a_run_is_taken_by_one_worker_only(root, line_up):
    for number in range(20):
        line_up(f"r{number}")
    taken = []
    together = threading.Barrier(4)

    def work():
        together.wait()
        while run := take_next(root):
            taken.append(run.name)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == sorted(f"r{number}" for number in range(20))


# Entering and leaving


class NoEngine:
    """Takes everything, does nothing."""

    pid = None

    def __init__(self, refusal=None):
        self.refusal = refusal
        self.errands = []

    def state(self):
        return EngineState("ready", "The engine is ready.")

    def submit(self, function, *args, role):
        if self.refusal:
            raise self.refusal
        self.errands.append((function, args, role))
        return self

    def when_done(self, tell):
        """It never ends."""


def test_a_submitted_run_waits_in_the_queue(root, until):
    engine, run = NoEngine(), Run.create(root / "a", net={}, plan=Plan(), dataset="shapes")
    submit_training(engine, run)
    until(lambda: engine.errands)
    assert engine.errands == [(queueing.work_off, (str(root),), "train")]
    assert [one.run.name for one in waiting(root)] == ["a"]


def test_stopping_a_waiting_run_ends_it_at_once(root, line_up):
    run = line_up("a")
    stop_training(run)
    assert (run.state(), run.status.message) == ("stopped", "Stopped before the first step.")
    assert take_next(root) is None


def test_stopping_a_run_in_training_asks_it_to_end(at_work):
    run = at_work("a")
    stop_training(run)
    assert run.state() == "running"
    assert run.stop_requested()


def test_an_engine_that_refuses_is_told_by_the_run(root, until):
    run = Run.create(root / "a", net={}, plan=Plan(), dataset="shapes")
    submit_training(NoEngine(EngineError("No engine.", "Start one.")), run)
    until(lambda: run.state() == "failed")
    assert run.status.message == "No engine. Start one."
    assert waiting(root) == []


def test_a_persons_runs_are_limited(root, line_up, at_work, monkeypatch):
    monkeypatch.setenv("FCNLAB_RUNS_PER_PERSON", "2")
    at_work("one", "Ann")
    line_up("two", "Ann")
    line_up("other", "Bob")
    more = Run.create(root / "three", net={}, plan=Plan(), dataset="shapes", person="Ann")
    with pytest.raises(RunError, match=r"^Ann has 2 runs waiting or in training, and 2 is the limit\. Wait for the"):
        submit_training(NoEngine(), more)
    assert more.state() == "stopped"
    assert "2 is the limit" in more.status.message
    assert len(waiting(root)) == 2


def test_the_limit_is_generous_and_a_wrong_one_is_told(monkeypatch):
    monkeypatch.delenv("FCNLAB_RUNS_PER_PERSON", raising=False)
    assert runs_per_person() == LIMIT == 50
    monkeypatch.setenv("FCNLAB_RUNS_PER_PERSON", "many")
    with pytest.raises(EngineError, match="FCNLAB_RUNS_PER_PERSON is 'many', which is no whole number"):
        runs_per_person()


# People


def test_people_are_told_apart_by_name_and_address_and_shown_by_name():
    assert person_from(" Ann \n Lee", "10.0.0.7") == "Ann Lee · 10.0.0.7"
    assert person_from("", "10.0.0.7") == "10.0.0.7"
    shown = [shown_name(one) for one in ("Ann · 10.0.0.7", "10.0.0.7", "::1", "ann@example.com", "ann.b", "")]
    assert shown == ["Ann", "", "", "ann", "ann.b", ""]


def test_on_the_command_line_a_person_is_the_user(monkeypatch):
    monkeypatch.setenv("LOGNAME", "ann")
    assert person_here() == "ann"


# Workers that die at the wrong moment


def test_a_run_whose_worker_died_before_it_began_does_not_wait_for_ever(root, line_up):
    line_up("a").write_status(Status(pid=os.getpid(), host=socket.gethostname()))
    run = take_next(root)
    assert run.state() == "queued"  # the worker is about to begin
    os.utime(run.taken_path, (time.time() - 11, time.time() - 11))
    assert run.state() == "interrupted"
    assert queue_state(root).waiting == ()
    run.queue(os.getpid())
    assert run.state() == "queued"


def test_of_another_machines_worker_it_is_seen_by_this_ones_clock(root, line_up):
    line_up("a").write_status(Status(host="elsewhere"))
    run = take_next(root)
    os.utime(run.taken_path, (time.time() - 100, time.time() - 100))  # its clock may differ from ours
    assert run.state() == "queued"


def test_a_run_that_has_begun_leaves_no_trace_of_its_taking(root, line_up):
    line_up("a")
    run = take_next(root)
    with Heartbeat(run):
        assert not run.taken_path.exists()


# With an engine


@pytest.fixture
def light(monkeypatch):
    """Trainings that need no TensorFlow."""
    monkeypatch.setattr(queueing, "work_off", chores.work_off_lightly)


def start(engine, root, name, person=""):
    run = Run.create(root / name, net={}, plan=Plan(), dataset="shapes", person=person)
    submit_training(engine, run)
    return run


def test_an_engines_worker_trains_what_waits_in_turn(engine, light, root, until):
    first = start(engine, root, "a1", "ann")
    until(lambda: first.state() == "running")
    assert first.status.worker == "train"
    second, third = start(engine, root, "a2", "ann"), start(engine, root, "b1", "bob")
    until(lambda: [one.run.name for one in waiting(root)] == ["b1", "a2"] and (second.path / "waiting").exists())
    (first.path / "go").touch()
    until(lambda: third.state() == "running")
    assert second.state() == "queued"
    (root / "go").touch()
    until(lambda: [run.state() for run in (first, second, third)] == ["done"] * 3)


def test_a_worker_that_sees_no_runs_folder_says_so_in_the_run(engine, root, monkeypatch, until):
    run = Run.create(root / "a", net={}, plan=Plan(), dataset="shapes")
    elsewhere = root / "elsewhere"
    submit = Engine.submit
    monkeypatch.setattr(Engine, "submit", lambda self, work, path, role: submit(self, work, str(elsewhere), role=role))
    submit_training(engine, run)
    until(lambda: run.state() == "failed")
    assert run.status.message.startswith(f"The worker train sees no runs folder {elsewhere}. Mount the shared folder")
