"""What the Train page computes before it draws: plans, steps, pace, titles and pictures."""

import numpy as np
import pytest

from fcnlab.arch import plain, preset
from fcnlab.errors import PlanError
from fcnlab.lab import Run
from fcnlab.plan import Augmentation, Phase, Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.augment import ON_TRAIN
from fcnlab.ui.train.curve import last_epoch, mean_iou
from fcnlab.ui.train.form import BATCH, EPOCHS, FLIP, IMAGES, LOSS, RATE, SCHEDULE, SEED, WARM_UP, read_plan
from fcnlab.ui.train.numbers import arithmetic, duration, pace
from fcnlab.ui.train.pictures import GAP, prediction_picture
from fcnlab.ui.train.runs import dataset_title

SETTINGS = {
    IMAGES: 60,
    EPOCHS: 3,
    BATCH: 16,
    RATE: 0.01,
    LOSS: "cross-entropy+dice",
    SCHEDULE: "cosine",
    FLIP: True,
    SEED: 0,
    WARM_UP: 10,
}


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [(EPOCHS, 0, "epochs: .*greater than or equal to 1, received 0"), (BATCH, None, "batch size: .*received None")],
)
def test_settings_are_checked_again_behind_the_browser(key, value, says):
    with pytest.raises(PlanError, match=says):
        read_plan({**SETTINGS, key: value})


def test_augmentation_goes_into_the_plan():
    plan = read_plan({**SETTINGS, ON_TRAIN.shift: 0.1, ON_TRAIN.rotate: 15, ON_TRAIN.color: 0.5})
    assert plan.augment == Augmentation(shift=0.1, rotate=15, color=0.5)
    assert read_plan(SETTINGS).augment == Augmentation()
    with pytest.raises(PlanError, match=r"augment, shift: .*less than or equal to 0\.5, received 0\.7"):
        read_plan({**SETTINGS, ON_TRAIN.shift: 0.7})


def test_fewer_images_than_a_batch_are_one_step():
    plan = Plan(phases=(Phase(epochs=2, batch_size=16),), subset=5)
    assert arithmetic(plan, 400).startswith("One epoch: **1 step** × 5 images = 5 of 5 images.")


def test_more_images_than_there_are_means_all():
    plan = Plan(phases=(Phase(epochs=1, batch_size=2),), subset=500)
    assert "2 steps** × 2 images = 4 of 5 images; 1 is left out" in arithmetic(plan, 5)


def test_the_pace_leaves_the_first_step_out_and_counts_validation():
    steps = [{"step": n, "epoch": 1, "seconds": 9.0 if n == 1 else 0.5, "images": 10} for n in (1, 2, 3)]
    assert pace(steps[:1], [], 9, 3) is None
    epoch = {"step": 3, "epoch": 1, "seconds": 12.0}
    found = pace(steps, [epoch], 9, 3)
    assert found is not None
    assert found.images_per_second == 20
    assert found.seconds_left == pytest.approx(6 * 0.5 + 2 * (12 - 10))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (3900, "1 h 5 min")]
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


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
