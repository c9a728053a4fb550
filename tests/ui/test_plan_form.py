"""The form of a plan without a browser: what its fields hold, the plan they make, and what it amounts to."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fcnlab.arch import plain, preset
from fcnlab.arch.edit import change
from fcnlab.draw.glossary import TERMS
from fcnlab.errors import PlanError
from fcnlab.lab import Run
from fcnlab.lab.training.doubts import doubts
from fcnlab.plan import Augmentation, Drawing, EarlyStop, Phase, Plan
from fcnlab.plans import PLANS
from fcnlab.ui.train.plan.amounts import arithmetic, judged
from fcnlab.ui.train.plan.augment import ON_TRAIN
from fcnlab.ui.train.plan.drawing import SEED
from fcnlab.ui.train.plan.filling import ALL_IMAGES, IMAGES, plan_values, read_plan, same_plan
from fcnlab.ui.train.plan.form import DEFAULT
from fcnlab.ui.train.plan.judging import PATIENCE
from fcnlab.ui.train.plan.kept_plans import MOST_BYTES, parse_plan
from fcnlab.ui.train.plan.learning import DECAY, OPTIMIZER, WEIGHTING, weight_key
from fcnlab.ui.train.plan.meanings import MEANINGS, meaning
from fcnlab.ui.train.plan.phases import BATCH, COUNT, EPOCHS, RATE, SCHEDULE, STEPS, cell
from fcnlab.ui.train.plan.speed import Speed, last_speed, measured, training_seconds

NET = preset("follow-me")

EVERYTHING = Plan(
    phases=(
        Phase(epochs=20, batch_size=64, learning_rate=0.01, steps_per_epoch=70, validation_steps=50, workers=2),
        Phase(epochs=10, batch_size=80, learning_rate=0.005, schedule="constant"),
    ),
    warmup_steps=0,
    optimizer="sgd",
    momentum=0.8,
    loss="focal+dice",
    class_weights=(1, 2, 6),
    focal_gamma=1.5,
    dice_weight=0.5,
    precision="bfloat16",
    flip=False,
    augment=Augmentation(shift=0.1, rotate=12.5, color=0.3, paste=0.5),
    draw=Drawing(target=2, small_target=3, small_below=0.01),
    metric="target_iou",
    early_stop=EarlyStop(patience=4, least=0.01),
    keep_best=True,
    seed=7,
    validation_images=None,
    devices=2,
)
"""A plan in which every field that the form has differs from its first value."""


# Between a plan and the fields


@pytest.mark.parametrize("plan", [EVERYTHING, *PLANS.values()], ids=["everything", *PLANS])
def test_the_form_holds_any_plan_whole(plan):
    assert read_plan(plan_values(plan)) == plan


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Phase,
            epochs=st.integers(1, 50),
            schedule=st.sampled_from([None, "constant", "cosine"]),
            steps_per_epoch=st.none() | st.integers(1, 99),
            validation_steps=st.none() | st.integers(1, 99),
            workers=st.integers(0, 4),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["constant", "cosine"]),
)
def test_each_phase_keeps_its_own_schedule(phases, schedule):
    plan = Plan(phases=tuple(phases), schedule=schedule)
    found = read_plan(plan_values(plan))
    assert [phase.schedule or found.schedule for phase in found.phases] == [
        phase.schedule or schedule for phase in phases
    ]
    assert [phase.model_copy(update={"schedule": None}) for phase in found.phases] == [
        phase.model_copy(update={"schedule": None}) for phase in phases
    ]


def test_a_link_of_the_one_phase_form_still_means_the_same_plan():
    old = {
        "train.images": 60,
        "train.epochs": 3,
        "train.batch": 16,
        "train.rate": 0.01,
        "train.loss": "cross-entropy",
        "train.schedule": "constant",
        "train.flip": False,
        "train.seed": 4,
        "train.warmup": 0,
        "train.rotate": 15,
    }
    phase = Phase(epochs=3, batch_size=16, learning_rate=0.01)
    assert read_plan(old) == Plan(
        phases=(phase,),
        subset=60,
        loss="cross-entropy",
        schedule="constant",
        flip=False,
        seed=4,
        warmup_steps=0,
        augment=Augmentation(rotate=15),
    )


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        (EPOCHS, 0, "phases, number 1, epochs: .*greater than or equal to 1, received 0"),
        (BATCH, None, "batch size: .*received None"),
        (SEED, -1, "seed: .*received -1"),
        (ON_TRAIN.shift, 0.7, r"augment, shift: .*less than or equal to 0\.5, received 0\.7"),
        (PATIENCE, 100_000, "early stop, patience: .*received 100000"),
    ],
)
def test_settings_are_checked_again_behind_the_browser(key, value, says):
    with pytest.raises(PlanError, match=says):
        read_plan({**plan_values(DEFAULT), key: value})


def test_a_fault_in_a_later_phase_names_it():
    values = plan_values(EVERYTHING)
    with pytest.raises(PlanError, match="phases, number 2, learning rate"):
        read_plan({**values, cell(RATE, 2): 0.0})


def test_a_number_that_its_optimizer_has_no_use_for_does_not_count():
    values = {**plan_values(DEFAULT), DECAY: 0.5}
    assert read_plan(values) == DEFAULT
    assert read_plan({**values, OPTIMIZER: "adamw"}).weight_decay == 0.5


def test_class_weights_are_taken_one_by_one_only_when_asked_for():
    values = {**plan_values(DEFAULT), weight_key(0): 1.0, weight_key(1): 4.0}
    assert read_plan(values).class_weights is None
    assert read_plan({**values, WEIGHTING: "balanced"}).class_weights == "balanced"
    assert read_plan({**values, WEIGHTING: "each"}).class_weights == (1.0, 4.0)


def test_all_images_leaves_the_number_alone():
    values = {**plan_values(DEFAULT), ALL_IMAGES: True, IMAGES: 50}
    assert read_plan(values).subset is None


def test_plans_that_train_alike_are_the_same():
    one = Plan(schedule="constant", phases=(Phase(), Phase()))
    other = Plan(schedule="cosine", phases=(Phase(schedule="constant"), Phase(schedule="constant")))
    assert same_plan(one, other)
    assert not same_plan(one, Plan(phases=(Phase(), Phase())))


def test_rows_that_were_taken_away_leave_nothing_behind():
    values = {**plan_values(EVERYTHING), COUNT: 1}
    assert len(read_plan(values).phases) == 1


# A plan as a file


def test_a_plan_comes_back_from_its_file():
    assert parse_plan(EVERYTHING.model_dump_json(indent=2).encode(), "plan.json") == EVERYTHING


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not a plan", "The plan file mine.json is not valid JSON"),
        (b'{"phases": []}', "phases: at least 1 needed"),
        (b'{"epochs": 3}', "epochs: there is no such field here"),
        (b" " * (MOST_BYTES + 1), "a plan has at most 100,000"),
    ],
)
def test_a_file_that_is_no_plan_gets_one_sentence(data, says):
    with pytest.raises(PlanError, match=says):
        parse_plan(data, "mine.json")


# What it amounts to


def test_fewer_images_than_a_batch_are_one_step():
    plan = Plan(phases=(Phase(epochs=2, batch_size=16),), subset=5)
    assert arithmetic(plan, 400).startswith("One epoch: **1 step** × 5 images = 5 of 5 images.")


def test_more_images_than_there_are_means_all():
    plan = Plan(phases=(Phase(epochs=1, batch_size=2),), subset=500)
    assert "2 steps** × 2 images = 4 of 5 images; 1 is left out" in arithmetic(plan, 5)


def test_the_reference_plan_on_its_dataset():
    told = arithmetic(PLANS["reference-1"], 4131, Speed("before", 64.0, between=3.0))
    assert "**70 steps** × 64 images = 4,480 images, each of the 4,131 about 1.08 times." in told
    assert "× 20 epochs = **1,400 steps in all**." in told
    assert "About **24 min 20 s**, at the 64 images a second of before." in told
    assert judged(PLANS["reference-1"], 1184) == (
        "After each epoch all 1,184 validation images are judged, 19 batches of 64; "
        "as many training images are, for comparison, 200 at most."
    )


def test_several_phases_get_a_line_each():
    told = arithmetic(EVERYTHING, 4131)
    assert "Phase 1: 70 × 64 images (each image 1.08 times an epoch) × 20 epochs = **1,400 steps**." in told
    assert "Phase 2: 51 × 80 images (each image 0.988 times an epoch) × 10 epochs = **510 steps**." in told
    assert "30 epochs, **1,910 steps in all**." in told
    assert "no run here trained this network in" in told
    assert judged(EVERYTHING.model_copy(update={"validation_images": 100}), 5000) == (
        "In phase 1 3,200 of 5,000 validation images are judged, 50 batches of 64. "
        "In phase 2 100 of 5,000 validation images are judged, 7 batches of 16. "
        "As many training images are, for comparison, 200 at most."
    )


def test_without_validation_images_it_says_so():
    assert judged(DEFAULT, 0) == "No validation: the dataset has no images for it."


def plan(**phase):
    fields = {"warmup_steps": phase.pop("warmup", 10), "optimizer": phase.pop("optimizer", "adam")}
    return Plan(phases=(Phase(**phase),), **fields)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (plan(batch_size=500, epochs=40), "A batch of 500 is more than the 400 images"),
        (plan(steps_per_epoch=10), "An epoch sees 160 of 400 images, less than half: 25 steps"),
        (plan(learning_rate=0.1), "0.1 is above what is known to work with Adam (0.02)"),
        (plan(learning_rate=1.0, optimizer="sgd"), "1 is above what is known to work with SGD (0.5)"),
        (plan(learning_rate=1e-8), "hardly changes the weights"),
        (plan(warmup=500), "The warm-up of 500 steps is as long as the training of 125"),
        (plan(epochs=1), "25 steps are few for a network with batch norm"),
        (plan(batch_size=2), "Batch norm measures each batch, and in 2 images most of that is chance"),
        (Plan(early_stop=EarlyStop(patience=9)), "waits 9 epochs and the plan has 5"),
    ],
)
def test_what_looks_wrong_is_said_beforehand(asked, says):
    assert [doubt for doubt in doubts(asked, NET, 400) if says in doubt]


@pytest.mark.parametrize("name", PLANS)
def test_the_kept_plans_look_right_on_their_dataset(name):
    assert doubts(PLANS[name], NET, 4131) == []


def test_a_rate_that_is_large_for_adam_is_none_for_sgd():
    assert doubts(plan(learning_rate=0.1, optimizer="sgd"), NET, 400) == []


def test_a_network_without_batch_norm_needs_none_of_its_care():
    net = NET
    for stage in range(4):
        net = change(net, ("encoder", stage, "convs", 0, "norm"), "none")
        net = change(net, ("decoder", stage, "convs", 0, "norm"), "none")
    net = change(net, ("bottleneck", 0, "conv", "norm"), "none")
    assert doubts(plan(epochs=1, batch_size=2, warmup=0), net, 20) == []
    assert len(doubts(plan(epochs=1, batch_size=2, warmup=0), NET, 20)) == 2


# How long it takes


def steps(first, last, epoch, seconds=0.5):
    return [
        {"kind": "step", "step": step, "epoch": epoch, "seconds": seconds, "images": 16}
        for step in range(first, last + 1)
    ]


def test_speed_leaves_the_first_step_out_and_tells_what_lies_between_epochs():
    assert measured(steps(1, 1, 1, seconds=9.0)) is None
    events = [*steps(1, 1, 1, 9.0), *steps(2, 4, 1), {"kind": "epoch", "step": 4, "epoch": 1, "seconds": 12.5}]
    assert measured(events) == (32.0, 2.0)
    assert measured(events[2:]) == (32.0, 0.0)  # the epoch's first steps are missing


def test_time_counts_every_phase():
    plan = Plan(phases=(Phase(epochs=2, batch_size=10), Phase(epochs=1, batch_size=20, steps_per_epoch=3)))
    assert training_seconds(plan, 100, Speed("before", 10.0, between=4.0)) == (200 + 60) / 10 + 3 * 4


def test_the_newest_run_of_the_same_network_and_precision_tells_the_speed(tmp_path):
    def run(name, net=NET, precision="float32", pace=0.5):
        made = Run.create(tmp_path / name, net=plain(net), plan=Plan(precision=precision), dataset="shapes")
        for event in steps(1, 4, 1, pace):
            made.append_metric(event)
        return made

    renamed = change(NET, ("name",), "mine")
    other = run("other", net=preset("unet-small"))
    assert last_speed([other], NET, "float32") is None
    found = last_speed([other, run("half", precision="bfloat16", pace=0.1), run("older", net=renamed)], NET, "float32")
    assert found == Speed("older", 32.0, 0.0)
    away = run("away", pace=0.25)
    away.write_status(away.status.with_(host="elsewhere", heartbeat=time.time()))
    assert last_speed([away], NET, "float32") is None


# Words


def test_every_field_says_what_it_does_in_the_glossarys_words():
    for group in MEANINGS.values():
        for name, found in group.items():
            assert meaning(name).startswith(TERMS[found.term])
            assert bool(found.small) == bool(found.large), name


def test_a_field_says_what_goes_wrong():
    assert "Too small: training crawls. Too large: the loss jumps about" in meaning("rate")


def test_the_columns_of_the_table_have_names_of_their_own_in_each_row():
    assert (cell(STEPS, 1), cell(STEPS, 2), cell(SCHEDULE, 3)) == ("train.steps", "train.steps.2", "train.schedule.3")
