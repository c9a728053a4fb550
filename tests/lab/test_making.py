"""More pictures of what a run misses: a job that renders them into a dataset which extends another."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from own_pictures import make_folder, make_follow_me

from fcnlab.data import open_dataset
from fcnlab.errors import DataError
from fcnlab.lab import background
from fcnlab.lab.datasets import list_datasets
from fcnlab.lab.making import MakingJob, can_be_extended, make_in_background, making_jobs, queue_making, stop_making


@pytest.fixture
def base(tmp_path):
    """A dataset with the simulator's three classes."""
    make_follow_me(tmp_path / "frames", 3, "validation")
    (tmp_path / "frames" / "classes.txt").write_text("background\nother people\nhero\n")
    return make_follow_me(tmp_path / "frames")


@pytest.fixture
def simulator(monkeypatch):
    """The simulator, which only writes pictures; `during` runs after the first one."""

    class Simulator:
        asked = None

        def during(self, progress):
            pass

        def render(self, out, request, progress, workers=None):
            self.asked = request
            progress(1, request.count)
            self.during(progress)
            make_follow_me(out, request.count)
            progress(request.count, request.count)
            return SimpleNamespace(pairs=request.count)

    made = Simulator()
    monkeypatch.setattr("fcnlab.sim.render_dataset", made.render)
    monkeypatch.setattr(background, "WRITE_EVERY", 0.0)
    return made


def order(base, **changes):
    fields = {"title": "frames and 4 more", "kind": "patrol-target", "distance": (40.0, 60.0), "count": 4, "seed": 7}
    return MakingJob(base=str(base), **fields | changes)


def test_a_dataset_that_extends_another_is_made_and_ready_to_train_on(base, datasets, simulator):
    path = queue_making("frames-more", order(base), os.getpid())
    assert list_datasets() == []
    make_in_background(str(path))

    (own,) = list_datasets()
    assert (own.name, own.title, own.path) == ("frames-more", "frames and 4 more", datasets / "frames-more")
    made = open_dataset(own.path)
    assert made.splits == {"train": 6 + 4, "validation": 3}
    assert made.classes == open_dataset(base).classes
    assert made.file_names("train")[-1] == "rendered_train_3.png"
    assert making_jobs() == []


def test_the_simulator_is_asked_for_training_pictures_of_that_kind_and_distance(base, datasets, simulator):
    make_in_background(str(queue_making("more", order(base), None)))
    asked = simulator.asked
    assert (asked.kind, asked.distance, asked.count, asked.seed) == ("patrol-target", (40.0, 60.0), 4, 7)
    assert asked.split == "train"


def test_progress_is_told_by_a_file_that_a_reload_finds_again(base, datasets, simulator):
    told = []
    simulator.during = lambda progress: (progress(2, 4), told.extend(making_jobs(str(base))))
    make_in_background(str(queue_making("more", order(base), None)))
    ((name, job),) = told
    assert (name, job.state, job.done, job.total, job.pid) == ("more", "running", 2, 4, os.getpid())
    assert making_jobs("another dataset") == []


def test_stop_ends_the_rendering_and_leaves_nothing(base, datasets, simulator):
    simulator.during = lambda progress: (stop_making("more"), progress(2, 4))
    make_in_background(str(queue_making("more", order(base), None)))
    assert list(datasets.iterdir()) == []


def test_one_that_waits_is_taken_back_and_not_begun(base, datasets, simulator):
    path = queue_making("more", order(base), None)
    stop_making("more")
    make_in_background(str(path))
    assert simulator.asked is None
    assert list(datasets.iterdir()) == []


def test_a_simulator_that_cannot_run_leaves_its_sentence(base, datasets, simulator):
    def during(_):
        raise DataError("There is no OpenGL.", "Install libegl1.")

    simulator.during = during
    make_in_background(str(queue_making("more", order(base), None)))
    ((_, job),) = making_jobs()
    assert (job.state, job.message) == ("failed", "There is no OpenGL. Install libegl1.")
    assert list_datasets() == []
    stop_making("more")
    assert list(datasets.iterdir()) == []


def test_a_worker_that_dies_leaves_an_interrupted_job_that_can_be_put_away(base, datasets):
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    path = queue_making("more", order(base), done.pid)
    assert json.loads((path / "making.json").read_text())["state"] == "queued"
    ((_, job),) = making_jobs()
    assert job.state == "interrupted"
    assert job.message.startswith("The process that worked on the dataset has ended")
    stop_making("more")
    assert making_jobs() == []


def test_a_dataset_of_other_classes_cannot_be_extended(tmp_path, datasets):
    leaves = make_folder(tmp_path / "leaves")
    assert not can_be_extended(open_dataset(leaves).classes)
    with pytest.raises(DataError, match=r"leaves tells .* apart; the simulator renders background, other people, hero"):
        queue_making("more", order(leaves), None)


def test_a_name_that_is_taken_is_refused(base, datasets):
    queue_making("more", order(base), None)
    with pytest.raises(DataError, match="There is a dataset 'more' already"):
        queue_making("more", order(base), None)


def test_the_simulators_own_pictures_join_the_training_images(base, datasets):
    path = queue_making("more", order(base, count=2, distance=(8.0, 10.0)), None)
    make_in_background(str(path))
    for _, job in making_jobs():
        if "OpenGL" in job.message:
            pytest.skip(job.message)
    made = open_dataset(path)
    assert made.splits["train"] == 6 + 2
    assert [8 <= record.distance <= 10 for record in made.records("train")[6:]] == [True, True]
