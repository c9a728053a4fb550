"""What the Train page computes before it draws: pace, titles and pictures."""

import numpy as np
import pytest

from fcnlab.arch import plain, preset
from fcnlab.lab import Run
from fcnlab.lab.history.course import course_of
from fcnlab.plan import Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.pictures import GAP, prediction_picture
from fcnlab.ui.train.records.runs import dataset_title
from fcnlab.ui.train.watching.curve import last_epoch, mean_iou
from fcnlab.ui.train.watching.numbers import FORWARD, brief, duration, pace, time_taken


def test_the_pace_leaves_the_first_step_out_and_counts_validation():
    steps = [
        {"kind": "step", "step": n, "epoch": 1, "loss": 1.0, "seconds": 9.0 if n == 1 else 0.5, "images": 10}
        for n in (1, 2, 3)
    ]
    assert pace(course_of(steps[:1]), 9, 3) is None
    epoch = {"kind": "epoch", "step": 3, "epoch": 1, "seconds": 12.0}
    found = pace(course_of([*steps, epoch]), 9, 3)
    assert found is not None
    assert found.images_per_second == 20
    assert found.seconds_left == pytest.approx(6 * 0.5 + 2 * (12 - 10))


def test_until_an_epoch_was_measured_the_time_for_it_is_told_from_the_steps():
    steps = [{"kind": "step", "step": n, "epoch": 1, "loss": 1.0, "seconds": 0.5, "images": 10} for n in (1, 2)]
    found = pace(course_of(steps), 6, 2, measured=100)
    assert found is not None
    assert found.seconds_left == pytest.approx(4 * 0.5 + 2 * 100 / (20 * FORWARD))


def test_the_time_taken_is_that_of_all_epochs_and_of_the_steps_since():
    events = []
    for epoch in (1, 2, 3):
        events += [
            {"kind": "step", "step": 2 * epoch + n, "epoch": epoch, "loss": 1.0, "seconds": 0.5, "images": 10}
            for n in (-1, 0)
        ]
        events += [{"kind": "epoch", "step": 2 * epoch, "epoch": epoch, "seconds": 3.0}] if epoch < 3 else []
    assert time_taken(course_of(events)) == pytest.approx(3 + 3 + 2 * 0.5)
    assert time_taken(course_of(events[:1])) == 0.5


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (3900, "1 h 5 min")]
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(59, "59 s"), (599, "9 min 59 s"), (1470, "24 min"), (3900, "1.1 h")])
def test_in_narrow_places_seconds_are_left_out_where_they_say_little(seconds, text):
    assert brief(seconds) == text


def test_the_last_epoch_is_found_however_long_ago(tmp_path):
    run = Run.create(tmp_path / "run", net=plain(preset("follow-me")), plan=Plan(), dataset="shapes")
    assert last_epoch(run) is None
    run.append_metric({"kind": "epoch", "epoch": 1, "step": 1, "validation": {"mean_iou": 0.25}})
    for step in range(700):
        run.append_metric({"kind": "step", "step": step, "note": "x" * 100})
    assert mean_iou(last_epoch(run)) == 0.25


def test_a_picture_without_a_prediction_keeps_its_place():
    image, truth = np.zeros((160, 160, 1), np.uint8), np.zeros((160, 160), np.uint8)
    width, height = 3 * 160 + 2 * GAP, 160
    for labels in (None, truth):
        png = prediction_picture(image, truth, labels, 2)
        assert png[:4] == b"\x89PNG"
        assert [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)] == [width, height]


def test_names_are_shown_as_they_are():
    assert literal("my_set :red[x] $a$") == "my\\_set \\:red\\[x\\] \\$a\\$"


def test_datasets_have_short_titles():
    titles = [dataset_title(name) for name in ("shapes", "shapes:0.3:7", "/data/nuclei/", "C:\\data\\nuclei")]
    assert titles == ["shapes", "shapes, α 0.3", "nuclei", "nuclei"]
