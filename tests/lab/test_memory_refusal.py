"""A training that does not fit into the memory is refused with what would."""

import pytest

from fcnlab.arch import preset
from fcnlab.arch.memory import GB, fits, fitting_size, resized
from fcnlab.errors import PlanError
from fcnlab.lab.training import budget
from fcnlab.lab.training.budget import Budget, budget_here, free_memory, gpu_memory
from fcnlab.lab.training.fit import largest_batch, require_memory
from fcnlab.plan import Phase, Plan

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
