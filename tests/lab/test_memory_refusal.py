"""A training that does not fit into the memory is refused with what would."""

import pytest
from fake_trainer import NET as TINY
from fake_trainer import install

from fcnlab.arch import preset
from fcnlab.arch.memory import GB, fits, fitting_size, resized
from fcnlab.errors import PlanError
from fcnlab.lab import Run
from fcnlab.lab.tasks import create_run, resume_here, train_here, train_run
from fcnlab.lab.training import budget, task
from fcnlab.lab.training.budget import Budget, budget_here, free_memory, gpu_memory
from fcnlab.lab.training.fit import largest_batch, largest_batch_left, require_memory
from fcnlab.plan import Change, Phase, Plan

NET = resized(preset("follow-me"), (256, 256))
PLAN = Plan(phases=(Phase(batch_size=8), Phase(batch_size=64)))
FOUR = Budget(4 * GB, "the GPU's memory")


def test_a_batch_too_large_is_refused_with_the_batch_and_the_size_that_fit() -> None:
    with pytest.raises(PlanError) as told:
        require_memory(NET, PLAN, FOUR)
    assert "Training follow-me at 256×256 with batch 64 takes about" in told.value.message
    assert "the GPU's memory has 4 GB for it" in told.value.message
    height, width = fitting_size(NET, FOUR.size, 64)
    batch = fits(NET, FOUR.size)
    assert told.value.fix == f"What fits is batch {batch} at this size or {height}×{width} pixels with this batch."
    require_memory(NET, Plan(phases=(Phase(batch_size=batch),)), FOUR)
    require_memory(resized(NET, (height, width)), PLAN, FOUR)


def test_where_nothing_fits_another_network_or_machine_is_told() -> None:
    with pytest.raises(PlanError, match=r"Take a smaller network, or a machine with more memory\."):
        require_memory(NET, PLAN, Budget(GB // 2, "this machine's memory"))


# Where and when the work is done


@pytest.fixture
def room(monkeypatch):
    """So many bytes for the training in this process."""
    install(monkeypatch)

    def set_to(size):
        monkeypatch.setattr(task, "budget_of_worker", lambda: Budget(size, "this machine's memory"))

    set_to(100 * GB)
    return set_to


@pytest.fixture
def run(tmp_path, room):
    plan = Plan(phases=(Phase(epochs=2, batch_size=4),), subset=8)
    return create_run(tmp_path / "run", TINY, plan, "shapes:0.1")


def test_a_run_is_refused_when_its_turn_comes_and_there_is_no_room_any_more(run, room):
    room(1)
    with pytest.raises(
        PlanError, match=r"Training tiny at 32×32 with batch 4 takes about .* this machine's memory has"
    ):
        train_run(str(run.path))
    assert run.state() == "failed"
    assert run.status.message.startswith("Training tiny at 32×32 with batch 4 takes about")
    resume_here(run.path, force=True)
    assert run.state() == "done"


def test_a_run_that_was_made_with_force_is_not_refused(tmp_path, room):
    room(1)
    train_here(
        TINY, Plan(phases=(Phase(epochs=1, batch_size=4),), subset=8), "shapes:0.1", tmp_path / "run", force=True
    )
    assert Run.open(tmp_path / "run").state() == "done"


def test_a_batch_size_without_room_is_not_taken_and_the_training_goes_on(run, room):
    def ask(event):
        if event.get("step") == 1 and event["kind"] == "step":
            room(1)
            run.request_change(batch_size=8, learning_rate=0.5)

    train_run(str(run.path), ask)
    assert run.state() == "done"
    assert run.changes() == ()
    notes = [event["message"] for event in run.read_metrics()[0] if event["kind"] == "note"]
    assert len(notes) == 1
    assert notes[0].startswith("Nothing was changed. Training tiny at 32×32 with batch 8 takes about")


def test_only_what_is_still_to_come_counts():
    plan = Plan(phases=(Phase(epochs=1, batch_size=8), Phase(epochs=1, batch_size=4)), subset=8)
    assert largest_batch_left(plan, 100, (), step=0) == 8
    assert largest_batch_left(plan, 100, (), step=1) == 4
    assert largest_batch_left(plan, 100, (Change(step=1, batch_size=50),), step=1) == 8  # no batch is larger than all
    assert largest_batch_left(plan, 100, (), step=3) == 0


def test_a_batch_is_never_larger_than_the_images_there_are() -> None:
    assert largest_batch(PLAN, 50) == 50
    assert largest_batch(PLAN.model_copy(update={"subset": 20}), 50) == 20
    assert largest_batch(PLAN, 1000) == 64


def test_several_devices_share_a_batch() -> None:
    assert largest_batch(PLAN) == 64
    assert largest_batch(PLAN.model_copy(update={"devices": 3})) == 22


def test_a_containers_limit_counts(tmp_path) -> None:
    whole = free_memory(tmp_path)
    assert whole > 0
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert free_memory(tmp_path) == 2_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory(tmp_path) > 2_000_000


def test_what_the_process_holds_already_counts_as_free(monkeypatch) -> None:
    import os

    monkeypatch.setattr(budget, "free_memory", lambda: 1000)
    assert budget_here().size == 1000
    assert budget_here(os.getpid()).size > 1_000_000
    assert budget_here(2**22 + 1).size == 1000  # no such process


def test_a_gpus_memory_is_what_its_driver_tells(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_memory() == []
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 4096\necho 81559\n")
    program.chmod(0o755)
    assert gpu_memory() == [4096 * 2**20, 81559 * 2**20]
    program.write_text("#!/bin/sh\nexit 9\n")
    assert gpu_memory() == []
