"""What training takes of a memory, on paper: the walk through a step, the sums by stage, and what fits."""

from random import Random

import pytest

from fcnlab.arch import PRESETS, NetSpec, expand, preset
from fcnlab.arch.edit import change
from fcnlab.arch.memory import (
    GB,
    GRAPHS,
    PROCESS,
    SCORED_TOGETHER,
    fits,
    fitting_size,
    memory_model,
    resized,
    training_memory,
    verdict,
)
from fcnlab.arch.memory.liveness import Op, peak
from fcnlab.arch.memory.need import SLACK
from fcnlab.arch.memory.program import training_program
from fcnlab.errors import SpecError
from fcnlab.plan import VALIDATION_BATCH

TWO_STAGES = NetSpec.model_validate(
    {
        "name": "two",
        "input": {"height": 4, "width": 4},
        "encoder": [{"name": "down", "convs": [{"filters": 8}]}],
        "bottleneck": [{"name": "middle", "conv": {"filters": 2, "kernel": 1, "norm": "none", "activation": "none"}}],
        "decoder": [{"name": "up", "up": {"filters": 4, "bias": False}, "skip": {"source": "inputs"}}],
    }
)


def test_a_two_stage_network_by_hand() -> None:
    need = training_memory(TWO_STAGES, 10)
    down, middle, up, outputs = need.stages[1:]
    # 3·3·3·8 weights, batch norm's scale and shift; its mean and variance are not trained.
    assert (down.weights, down.gradients, down.moments) == (4 * (216 + 32), 4 * (216 + 16), 8 * (216 + 16))
    # Kept at 2×2×8: what batch norm reads, and what ReLU wrote (which the next convolution reads, too).
    assert down.activations == 10 * 4 * 2 * (2 * 2 * 8)
    assert (middle.weights, middle.activations) == (4 * 8 * 2, 10 * 4 * 2 * 2 * 2)
    # The transposed convolution's output is read by nobody but the output's convolution, which wants one tensor of
    # it and the images: 4 + 3 channels.
    assert (up.weights, up.activations) == (4 * 3 * 3 * 4 * 2, 0)
    assert outputs.activations == 10 * 4 * 4 * 4 * (7 + 3)
    assert need.batch == 10 * (4 * 4 * 3 * (1 + 4) + 4 * 4)
    assert need.runtime == PROCESS + GRAPHS
    assert need.total == sum(stage.total for stage in need.stages) + need.batch + need.workspace + need.runtime


def test_what_is_kept_for_each_kind_of_activation() -> None:
    def kept(function: str) -> dict[str, int]:
        net = change(TWO_STAGES, ("encoder", 0, "convs", 0, "activation"), function)
        program = training_program(expand(net))
        return {name: size // 4 for name, size in program.kept.items() if program.stages[name] == 1}

    values = 2 * 2 * 8
    assert kept("relu") == {"down_conv1": values, "down_relu1": values}
    assert kept("elu") == {"down_conv1": values, "down_elu1": values}
    # These read their input; the convolution after them reads their output.
    assert kept("silu") == {"down_conv1": values, "down_norm1": values, "down_silu1": values}
    assert sum(kept("gelu").values()) == (1 + 3 + 1) * values


def test_a_separable_convolution_keeps_what_lies_between_its_halves() -> None:
    net = preset("follow-me")
    program = training_program(expand(net))
    assert program.kept["encoder2_conv1/depthwise"] == 4 * 40 * 40 * 16
    assert "encoder1_conv1/depthwise" not in program.kept  # of 3 channels: computed as a full convolution


def test_bfloat16_halves_what_is_kept_and_leaves_weights_and_moments() -> None:
    net = preset("follow-me")
    full, half = training_memory(net, 16), training_memory(net, 16, precision="bfloat16")
    assert half.activations * 2 == full.activations
    assert (half.weights, half.gradients, half.moments) == (full.weights, full.gradients, full.moments)
    assert half.total < full.total


def test_optimizers_keep_one_or_two_moments() -> None:
    net = preset("follow-me")
    moments = {name: training_memory(net, 1, optimizer=name).moments for name in ("adam", "adamw", "sgd")}
    assert moments["adam"] == moments["adamw"] == 2 * moments["sgd"] == 2 * 4 * 649_033


@pytest.mark.parametrize("name", PRESETS)
def test_more_images_take_more_and_the_largest_batch_is_the_last_that_fits(name: str) -> None:
    net = preset(name)
    sizes = [training_memory(net, batch).total for batch in range(1, 40)]
    assert sizes == sorted(sizes)
    for budget in (1 * GB, 2 * GB, 6 * GB):
        most = fits(net, budget)
        assert training_memory(net, most + 1).total > budget
        assert most == 0 or training_memory(net, most).total <= budget


def test_the_parts_are_never_negative_and_add_up() -> None:
    for name in PRESETS:
        need = training_memory(preset(name), 1)
        assert need.workspace >= 0
        parts = need.weights + need.gradients + need.moments + need.activations + need.batch + need.workspace
        assert need.network == parts
        assert need.to_json()["total"] == need.total


def test_a_small_batch_takes_as_much_as_a_validation() -> None:
    model = memory_model(preset("follow-me"))
    assert model.at(1).total == model.empty.total + model.inference
    assert model.at(64).total == model.empty.total + 64 * model.step
    assert SCORED_TOGETHER == VALIDATION_BATCH


def test_the_verdict_tells_the_batch_for_each_size() -> None:
    net = preset("follow-me")
    small, large = fits(net, 4 * GB, (160, 160)), fits(net, 4 * GB, (256, 256))
    assert small > 2 * large > 0
    told = verdict(net, 4 * GB, [(160, 160), (256, 256), (160, 160)])
    assert told == f"In 4 GB: 160×160 fits to batch {small}, 256×256 to batch {large}."


def test_the_verdict_tells_what_does_not_fit_at_all() -> None:
    net = preset("follow-me")
    assert verdict(net, GB // 2, [(160, 160)]) == "In 0.5 GB: 160×160 does not fit with a single image."
    assert verdict(net, 4 * GB, [(150, 150)]) == "In 4 GB: 150×150 does not go through this network."
    assert fits(net, GB // 2) == 0


def test_the_size_that_fits_is_one_that_goes_through_the_network() -> None:
    net = resized(preset("follow-me"), (256, 320))
    size = fitting_size(net, 3 * GB, 64)
    assert size is not None
    height, width = size
    assert height % 16 == width % 16 == 0
    assert height < 256
    assert abs(width / height - 320 / 256) < 0.15
    assert fits(net, 3 * GB, size) >= 64
    assert fitting_size(net, 3 * GB, 4) == (256, 320)
    assert fitting_size(net, GB // 2, 4) is None


def test_a_network_that_does_not_fit_together_has_no_memory() -> None:
    with pytest.raises(SpecError, match=r"The memory of follow-me cannot be told, because decoder.* Mend the network"):
        training_memory(resized(preset("follow-me"), (150, 150)), 16)


def test_a_tensor_is_freed_after_its_last_reader() -> None:
    ops = [Op("a", 4), Op("b", 2, ("a",)), Op("c", 3, ("b",)), Op("d", 1, ("c", "b"))]
    assert peak(ops).size == 6  # a and b; then b and c, 5; then b, c and d
    assert peak(ops, held=["a"]).size == 10


def test_an_operation_in_place_takes_the_buffer_of_an_input_that_nobody_needs_later() -> None:
    assert peak([Op("a", 4), Op("b", 4, ("a",), in_place=True)]).size == 4
    assert peak([Op("a", 4), Op("b", 4, ("a",), in_place=True), Op("c", 1, ("a", "b"))]).size == 9
    assert peak([Op("a", 3), Op("b", 4, ("a",), in_place=True)]).size == 7  # too small a buffer


def test_scratch_is_there_only_while_its_operation_runs() -> None:
    found = peak([Op("a", 1), Op("b", 1, ("a",), scratch=5), Op("c", 2, ("b",))])
    assert (found.size, found.at) == (7, "b")


def random_program(random: Random) -> list[Op]:
    ops: list[Op] = []
    for number in range(random.randint(1, 12)):
        reads = random.sample([op.writes for op in ops], random.randint(0, min(3, len(ops))))
        size, scratch = random.randint(0, 9), random.randint(0, 3)
        ops.append(Op(f"t{number}", size, tuple(reads), random.random() < 0.5, scratch))
    return ops


@pytest.mark.parametrize("seed", range(20))
def test_the_peak_is_that_of_counting_every_tensor_at_every_moment(seed: int) -> None:
    random = Random(seed)
    for _ in range(50):
        ops = random_program(random)
        assert peak(ops).size == counted(ops), ops


def counted(ops: list[Op]) -> int:
    last = {op.writes: max([n for n, user in enumerate(ops) if op.writes in user.reads], default=made)
            for made, op in enumerate(ops)}  # fmt: skip
    most = 0
    for moment, op in enumerate(ops):
        there = {made.writes: made.size for made in ops[: moment + 1] if last[made.writes] >= moment}
        ending = [name for name in op.reads if last[name] == moment and there[name] >= op.size]
        if op.in_place and ending:
            del there[ending[0]]
        most = max(most, sum(there.values()) + op.scratch)
    return most


def test_a_step_takes_more_than_its_tensors_in_order() -> None:
    model = memory_model(preset("follow-me"))
    assert model.step == round(SLACK * peak(training_program(expand(preset("follow-me"))).ops).size)
