"""Training and looking inside from the command line: what is refused, what is handed on, what is printed."""

import json
import os
import signal
from types import SimpleNamespace

import pytest

from fcnlab.arch import PRESETS, check, preset
from fcnlab.data import open_dataset
from fcnlab.lab import Run, tasks
from fcnlab.plan import Augmentation, EarlyStop, Phase, Plan
from fcnlab.plans import PLANS

RUN = ("--data", "shapes", "--out", "run")
STEP = {"kind": "step", "step": 1, "epoch": 1, "loss": 0.5, "learning_rate": 0.004, "seconds": 0.1, "images": 16}
EPOCH = {"kind": "epoch", "step": 1, "epoch": 1, "loss": 0.5, "seconds": 2.0, "validation": {"mean_iou": 0.25}}


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """Stands in for the training itself: keeps what it was given, and tells a few events."""
    calls = []

    def train_here(spec, plan, dataset, out, on_event, *, force):
        calls.append((spec, plan, dataset, out))
        print("a library that talks on stdout")  # noqa: T201
        for event in ({"kind": "status", "message": "Training."}, STEP, EPOCH):
            on_event(event)

    monkeypatch.setattr(tasks, "train_here", train_here)
    monkeypatch.chdir(tmp_path)
    return calls


# train


def test_training_takes_the_plans_own_values_where_nothing_is_given(call, trained):
    ended = call("train", "follow-me", *RUN)
    assert (ended.status, ended.out) == (0, "")
    spec, plan, dataset, out = trained[0]
    assert (spec, plan, str(out)) == (preset("follow-me"), Plan(), "run")
    assert dataset == open_dataset("shapes").name


def test_what_looks_wrong_with_a_plan_is_said_and_trained_all_the_same(call, trained):
    ended = call("train", "follow-me", *RUN, "--subset", "60", "--batch-size", "200", "--epochs", "1")
    assert "A doubt about the plan: A batch of 200 is more than the 60 images" in ended.err
    assert (ended.status, len(trained)) == (0, 1)
    assert "doubt" not in call("train", "follow-me", *RUN).err


def test_the_options_make_the_plan(call, trained):
    options = ["--subset", "40", "--seed", "7", "--no-flip"]
    options += ["--epochs", "3", "--batch-size", "8", "--learning-rate", "0.01"]
    assert call("train", "follow-me", *RUN, *options).status == 0
    phase = Phase(epochs=3, batch_size=8, learning_rate=0.01)
    assert trained[0][1] == Plan(phases=(phase,), subset=40, seed=7, flip=False)


def test_a_plan_may_come_from_a_file_and_still_take_subset_and_seed(call, trained, tmp_path):
    plan = Plan(phases=(Phase(epochs=1), Phase(epochs=2, learning_rate=0.001)), schedule="constant", seed=3)
    (tmp_path / "plan.json").write_text(plan.model_dump_json())
    assert call("train", "follow-me", *RUN, "--plan", "plan.json", "--subset", "9").status == 0
    assert trained[0][1] == plan.model_copy(update={"subset": 9})


def test_augmentation_is_chosen_by_options_alone_or_over_a_plans(call, trained, tmp_path):
    options = ["--shift", "0.1", "--zoom", "0.2", "--rotate", "15"]
    options += ["--brightness", "0.3", "--contrast", "0.4", "--color", "0.5", "--paste", "0.6"]
    assert call("train", "follow-me", *RUN, *options).status == 0
    everything = Augmentation(shift=0.1, zoom=0.2, rotate=15, brightness=0.3, contrast=0.4, color=0.5, paste=0.6)
    assert trained[0][1] == Plan(augment=everything)
    (tmp_path / "plan.json").write_text(Plan(augment=everything, seed=3).model_dump_json())
    assert call("train", "follow-me", *RUN, "--plan", "plan.json", "--zoom", "0").status == 0
    assert trained[1][1] == Plan(augment=everything.model_copy(update={"zoom": 0.0}), seed=3)


def test_how_it_learns_is_chosen_by_options(call, trained):
    options = ["--optimizer", "adamw", "--loss", "focal", "--class-weights", "1,2,6.5", "--schedule", "constant"]
    options += ["--precision", "bfloat16", "--warmup-steps", "0", "--steps-per-epoch", "7", "--workers", "2"]
    options += ["--metric", "target_iou", "--keep-best", "--early-stop", "4"]
    assert call("train", "follow-me", *RUN, *options).status == 0
    learning = {"optimizer": "adamw", "loss": "focal", "class_weights": (1, 2, 6.5), "schedule": "constant"}
    learning |= {"precision": "bfloat16", "warmup_steps": 0, "metric": "target_iou", "keep_best": True}
    learning |= {"early_stop": EarlyStop(patience=4), "phases": (Phase(steps_per_epoch=7, workers=2),)}
    assert trained[0][1] == Plan.model_validate(learning)
    assert call("train", "follow-me", *RUN, "--class-weights", "balanced").status == 0
    assert trained[1][1] == Plan(class_weights="balanced")


def test_a_kept_plan_is_chosen_by_name(call, trained):
    assert call("train", "follow-me", *RUN, "--plan", "reference-2", "--seed", "4").status == 0
    assert trained[0][1] == PLANS["reference-2"].model_copy(update={"seed": 4})


def test_a_run_may_begin_with_the_weights_of_another(call, trained, monkeypatch):
    asked = []

    def branch_run(run, epoch, **how):
        asked.append((run, epoch, how["net"], how["plan"], str(how["out"])))
        return SimpleNamespace(path="run"), tasks.Carried(("a", "b"), (tasks.LeftOut("c", "it is new"),))

    monkeypatch.setattr(tasks, "parse_branch", lambda text: (text, 3))
    monkeypatch.setattr(tasks, "branch_run", branch_run)
    monkeypatch.setattr(tasks, "train_run", lambda path, on_event: asked.append(path))
    ended = call("train", "follow-me", *RUN, "--from", "other@3", "--epochs", "2")
    assert ended.err.splitlines() == [
        "Layers that begin with the weights of other@3: a, b.",
        "c begins at random: it is new.",
        "Done: run",
    ]
    assert asked == [("other@3", 3, preset("follow-me"), Plan(phases=(Phase(epochs=2),)), "run"), "run"]


def test_messages_and_epochs_are_lines_on_stderr(call, trained):
    assert call("train", "follow-me", *RUN).err.splitlines() == [
        "a library that talks on stdout",
        "Training.",
        "Epoch 1/5: loss 0.5000, validation mean IoU 0.2500",
        "Done: run",
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_a_dataset_of_other_classes_sets_the_networks_classes_and_says_so(call, trained, two_classes, name):
    ended = call("train", name, "--data", two_classes, "--out", "run")
    assert ended.status == 0
    assert "has 2 classes: the network gets 2 instead of 3." in ended.err.splitlines()[0]
    assert trained[0][0].output.classes == 2
    assert check(trained[0][0]).ok


@pytest.fixture
def two_classes(tmp_path):
    """A folder of ten pictures with masks of background and foreground."""
    from PIL import Image

    for kind in ("images", "masks"):
        (tmp_path / "pictures" / kind).mkdir(parents=True)
    for number in range(10):
        mask = Image.new("L", (16, 16))
        mask.paste(255, (4, 4, 8 + number % 3, 8))
        Image.new("RGB", (16, 16), (number, 90, 30)).save(tmp_path / "pictures" / "images" / f"{number}.png")
        mask.save(tmp_path / "pictures" / "masks" / f"{number}.png")
    return tmp_path / "pictures"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--epochs", "0"], "the training plan, phases, number 1, epochs: input should be greater than or equal to 1"),
        (["--shift", "0.7"], "augment, shift: input should be less than or equal to 0.5, received 0.7."),
        (["--batch-size", "-3"], "batch size: input should be greater than or equal to 1, received -3."),
        (["--learning-rate", "0"], "learning rate: input should be greater than 0, received 0.0."),
        (["--learning-rate", "nan"], "learning rate: input should be a finite number, received nan."),
        (["--subset", "0"], "the training plan, subset: input should be greater than or equal to 1, received 0."),
        (["--seed", "-1"], "the training plan, seed: input should be greater than or equal to 0, received -1."),
        (["--optimizer", "lion"], "optimizer: input should be 'adam', 'adamw' or 'sgd', received 'lion'."),
        (["--class-weights", "1,two"], "takes numbers with commas between them, or balanced; received '1,two'."),
        (["--early-stop", "0"], "early stop, patience: input should be greater than or equal to 1, received 0."),
        (
            ["--plan", "none.json"],
            "There is no plan 'none.json', and no such file. Name a JSON file, or one of ",
        ),
        (
            ["--plan", "p.json", "--epochs", "2"],
            "--plan and --epochs exclude each other. Set these in the plan's phases.",
        ),
        (
            ["--plan", "p.json", "--learning-rate", "1", "--batch-size", "2"],
            "--plan and --batch-size, --learning-rate exclude each other.",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_told_before_anything_is_made(refused, trained, tmp_path, options, sentence):
    assert sentence in refused("train", "follow-me", *RUN, *options)
    assert trained == []
    assert not (tmp_path / "run").exists()


def test_a_network_or_dataset_that_cannot_be_read_is_told(refused, trained, tmp_path):
    assert "There is no preset called 'folow-me'" in refused("train", "folow-me", *RUN)
    assert "There is no dataset folder" in refused("train", "follow-me", "--data", "nowhere", "--out", "run")
    assert trained == []
    assert not (tmp_path / "run").exists()


@pytest.fixture
def in_new_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_network_with_errors_is_not_trained(refused, in_new_folder):
    from fcnlab.arch import edit, to_json

    (in_new_folder / "net.json").write_text(to_json(edit.resize(preset("follow-me"), 150, 150)))
    assert "inputs.height: 150 is not divisible" in refused("train", "net.json", *RUN)
    assert not (in_new_folder / "run").exists()


def test_a_run_folder_that_is_not_empty_is_kept(refused, in_new_folder):
    (in_new_folder / "run").mkdir()
    (in_new_folder / "run" / "thesis.txt").write_text("precious")
    assert "is not empty. Choose another name" in refused("train", "follow-me", *RUN)
    assert [path.name for path in (in_new_folder / "run").iterdir()] == ["thesis.txt"]


# Ctrl-C


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "run", net=preset("follow-me").model_dump(mode="json"), plan=Plan(), dataset="shapes")


def test_the_first_ctrl_c_asks_the_run_to_stop(call, monkeypatch, run):
    def resume_here(path, on_event, *, force):
        os.kill(os.getpid(), signal.SIGINT)
        assert Run.open(path).stop_requested()

    monkeypatch.setattr(tasks, "resume_here", resume_here)
    before = signal.getsignal(signal.SIGINT)
    ended = call("resume", run.path)
    assert ended.status == 130
    assert ended.err.splitlines() == [
        "Stopping after the next step; Ctrl-C again breaks off at once.",
        f"Stopped. `python -m fcnlab resume {run.path}` goes on.",
    ]
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_ctrl_c_breaks_off(call, monkeypatch, run):
    def resume_here(path, on_event, *, force):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("the second Ctrl-C was not heard")

    monkeypatch.setattr(tasks, "resume_here", resume_here)
    assert call("resume", run.path).status == 130


def test_ctrl_c_before_there_is_a_run_breaks_off(call, monkeypatch, in_new_folder):
    monkeypatch.setattr(tasks, "train_here", lambda *_, force: os.kill(os.getpid(), signal.SIGINT))
    assert call("train", "follow-me", *RUN).status == 130


# The commands that need a trained run


@pytest.mark.parametrize(
    "arguments",
    [
        ["resume"],
        ["score", "--data", "shapes"],
        ["score", "--data", "shapes", "--json"],
        ["features", "picture.png", "-o", "out"],
        ["skips", "--data", "shapes"],
        ["skips", "--data", "shapes", "--json"],
    ],
)
def test_a_run_that_is_not_there_is_told(refused, in_new_folder, arguments):
    verb, *rest = arguments
    assert refused(verb, "none", *rest).startswith(f"There is no run folder {in_new_folder / 'none'}.")
    (in_new_folder / "none").mkdir()
    assert "is no run: it holds no run.json." in refused(verb, "none", *rest)


def test_a_run_without_a_checkpoint_is_told(refused, run):
    for arguments in (["--data", "shapes"], ["--data", "shapes", "--json"]):
        assert "The run run has no checkpoint yet." in refused("score", run.path, *arguments)
        assert "The run run has no checkpoint yet." in refused("skips", run.path, *arguments)
    assert "The run run has no checkpoint yet." in refused("features", run.path, "picture.png", "-o", "out")


@pytest.fixture
def scored(run):
    """A run that has a checkpoint, as far as the command line looks."""
    run.checkpoint_path(1).parent.mkdir()
    run.checkpoint_path(1).touch()
    return run


SCORE = {
    "classes": ["background", "other people", "hero"],
    "final": 0.41,
    "weight": 0.75,
    "sets": {"following_images": {"iou": 0.9, "tp": 3, "fp": 0, "fn": 1}},
    "mean_iou": 0.6,
    "class_iou": [0.99, None, float("nan")],
    "boundary_iou": 0.3,
}


def test_a_score_as_json_is_the_tasks_own_with_null_for_what_is_no_number(call, monkeypatch, scored):
    monkeypatch.setattr(tasks, "score_run", lambda *_: print("noise") or SCORE)  # noqa: T201
    ended = call("score", scored.path, "--data", "shapes", "--json")
    assert json.loads(ended.out) == {**SCORE, "class_iou": [0.99, None, None]}
    assert ended.err == "noise\n"


def test_a_score_as_text(call, monkeypatch, scored):
    monkeypatch.setattr(tasks, "score_run", lambda *_: SCORE)
    lines = call("score", scored.path, "--data", "shapes").out.splitlines()
    assert lines[0] == "final score 0.4100 (weight 0.7500)"
    assert lines[2].split() == ["following_images", "0.9000", "3", "0", "1"]
    assert lines[4] == "mean IoU 0.6000, along boundaries 0.3000"
    assert lines[5:7] == ["    background: 0.9900", "    other people: —"]


BAND = {"low": 4, "high": 20, "images": 8, "detected": 6, "recall": 0.75, "recall_interval": [0.5, 1.0]}
BAND |= {"iou": 0.6, "iou_interval": [0.45, 0.7]}
NOBODY = {"images": 0, "detected": 0, "recall": None, "recall_interval": None, "iou": None, "iou_interval": None}


def test_a_score_by_size_distance_and_occlusion_as_text(call, monkeypatch, scored):
    bands = {
        "by_size": [BAND, {**NOBODY, "low": 21, "high": 60}, {**BAND, "low": 1001, "high": None}],
        "by_distance": [{**BAND, "low": 40, "high": 60}, {**BAND, "low": 80, "high": None}],
        "by_occlusion": [],
    }
    monkeypatch.setattr(tasks, "score_run", lambda *_: {**SCORE, **bands})
    lines = call("score", scored.path, "--data", "shapes").out.splitlines()[8:]
    figures = ["8", "6", "0.7500", "0.5000", "…", "1.0000", "0.6000", "0.4500", "…", "0.7000"]
    assert lines[0] == ""
    assert lines[1].split("  ")[0] == "target's size in pixels"
    assert lines[2].split() == ["4", "to", "20", *figures]
    assert lines[3].split() == ["1001", "and", "more", *figures]
    assert lines[5].split("  ")[0] == "distance"
    assert lines[6].split() == ["40", "to", "60", "m", *figures]
    assert lines[7].split() == ["80", "m", "and", "more", *figures]
    assert len(lines) == 8


@pytest.mark.slow
def test_the_whole_way_from_a_training_to_a_feature_map(call, in_new_folder, two_classes):
    small = {"--subset": 4, "--epochs": 1, "--batch-size": 2}
    options = [str(part) for pair in small.items() for part in pair]
    assert call("train", "follow-me", "--data", two_classes, *options, "--out", "run").status == 0
    score = json.loads(call("score", "run", "--data", two_classes, "--json").out)
    assert {"final", "weight", "sets", "mean_iou", "class_iou", "boundary_iou"} <= score.keys()
    skips = json.loads(call("skips", "run", "--data", two_classes, "--json").out)
    assert {"baseline", "metric", "all", "none", "skips"} <= skips.keys()
    assert [entry["name"] for entry in skips["skips"]] == [name for name, _ in preset("follow-me").skips]
    image = two_classes / "images" / "0.png"
    assert call("features", "run", image, "-o", "maps").status == 0
    assert len(list((in_new_folder / "maps").glob("*.png"))) == 11 + 1
    ended = call("features", "run", "none.png", "-o", "maps")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert call("resume", "run").status == 2
