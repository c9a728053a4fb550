"""Memory: what `fcnlab.arch.memory` says that training takes, against what a process that trains has taken.

`python -m benchmarks.memory` measures every case, each in a process of its own, and prints a table; with `--json FILE`
the values, too. `python -m benchmarks.memory NET SIZE BATCH [--precision P] [--optimizer O]` measures one case in this
process and prints one line of JSON.

Measured is the largest resident memory of the process (Linux' VmHWM) over an epoch of three steps with its validation,
less what it had after it had trained a tiny network (the runtime) and less the arrays of images. Beside it stands the
largest memory of tensors by the framework's own counter: that of the GPU where one is there, else that of the
processor's memory.
"""

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.child import ask
from benchmarks.machine import machine
from fcnlab.arch import NetSpec, preset
from fcnlab.arch.memory import PROCESS, resized, training_memory
from fcnlab.plan import Plan

STEPS = 3
SCORED = 16


class Case(NamedTuple):
    """A network, the side of its images, a batch size, and how it is computed."""

    net: str
    size: int
    batch: int
    precision: str = "float32"
    optimizer: str = "adam"


CASES = (
    Case("follow-me", 96, 4),
    Case("follow-me", 160, 16),
    Case("follow-me", 160, 64),
    Case("follow-me", 256, 16),
    Case("follow-me", 160, 32, precision="bfloat16"),
    Case("follow-me-no-skips", 160, 32, optimizer="sgd"),
    Case("student-3", 160, 16),
    Case("unet-small", 96, 4),
    Case("unet-small", 160, 16),
    Case("unet-small", 256, 8, optimizer="adamw"),
    Case("fcn-32s", 256, 16),
    Case("fcn-16s", 192, 16),
    Case("fcn-8s", 160, 32),
    Case("linknet-small", 96, 64),
    Case("linknet-small", 160, 16),
    Case("segnet-like", 160, 8),
)


def network(case: Case) -> NetSpec:
    """The case's network."""
    return resized(preset(case.net), (case.size, case.size))


def told(case: Case) -> int:
    """Bytes beyond the runtime, on paper."""
    need = training_memory(network(case), case.batch, precision=case.precision, optimizer=case.optimizer)  # type: ignore[arg-type]
    return need.total - PROCESS


def measured(case: Case) -> dict[str, int]:
    """The same bytes of a process of its own, and its runtime."""
    options = ("--precision", case.precision, "--optimizer", case.optimizer)
    found: dict[str, int] = ask("benchmarks.memory", case.net, str(case.size), str(case.batch), *options)
    return found


def train(case: Case) -> dict[str, int]:
    """Train in this process, and look at its memory."""
    from fcnlab.net import Trainer
    from fcnlab.net.warm import warm_up

    warm_up()
    training, validation = _images(case, max(2 * case.batch, 32)), _images(case, SCORED)
    phase = {"epochs": 1, "batch_size": case.batch, "steps_per_epoch": STEPS}
    plan = Plan.model_validate({"phases": [phase], "precision": case.precision, "optimizer": case.optimizer})
    runtime = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew
    for _ in Trainer(network(case), plan, training, validation).run():
        pass
    return {"runtime": runtime, "added": _status("VmHWM") - runtime, "tensors": _by_framework()}


def _images(case: Case, count: int) -> Any:
    import numpy as np

    from fcnlab.data import Pairs

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, case.size, case.size, 3), np.uint8)
    labels = random.integers(0, 3, images.shape[:3], np.uint8)
    presence = np.uint8(1) << labels
    return Pairs(images, labels, presence, tuple(map(str, range(count))), 3)


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _by_framework() -> int:
    """The most bytes of tensors, by TensorFlow's counter; 0 where it has none."""
    import tensorflow as tf

    device = "GPU:0" if tf.config.list_physical_devices("GPU") else "CPU:0"
    try:
        return int(tf.config.experimental.get_memory_info(device)["peak"])
    except ValueError:
        return 0


HEAD = """
| network | images | batch | computed | on paper | measured | error | tensors, by TensorFlow |
|---|---|---|---|---|---|---|---|"""


def line(case: Case, values: dict[str, int]) -> str:
    """A case in a line of Markdown."""
    how = f"{case.precision}, {case.optimizer}"
    sizes = [f"{size / 1e6:,.0f} MB" for size in (told(case), values["added"], values["tensors"])]
    cells = [case.net, f"{case.size}×{case.size}", str(case.batch), how, *sizes[:2], f"{error(case, values):+.0%}"]
    return f"| {' | '.join([*cells, sizes[2]])} |"


def error(case: Case, values: dict[str, int]) -> float:
    """What is told beyond what was measured, as a share of that."""
    return told(case) / values["added"] - 1


def summary(found: dict[Case, dict[str, int]]) -> str:
    """The errors, and the runtime."""
    sizes = [abs(error(case, values)) for case, values in found.items()]
    runtime = median(values["runtime"] for values in found.values())
    return f"Error: {median(sizes):.0%} in the median, {max(sizes):.0%} at worst. Runtime: {runtime / 1e6:,.0f} MB."


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("net", nargs="?")
    options.add_argument("size", type=int, nargs="?", default=160)
    options.add_argument("batch", type=int, nargs="?", default=16)
    options.add_argument("--precision", default="float32")
    options.add_argument("--optimizer", default="adam")
    options.add_argument("--json", type=Path, help="write all values to this file as well")
    given = options.parse_args()
    if given.net:
        print(json.dumps(train(Case(given.net, given.size, given.batch, given.precision, given.optimizer))))
        return
    print("\n".join(f"- {name}: {value}" for name, value in machine().items()), flush=True)
    print(HEAD, flush=True)
    found: dict[Case, dict[str, int]] = {}
    for case in CASES:
        found[case] = measured(case)
        print(line(case, found[case]), flush=True)
    print(f"\n{summary(found)}")
    if given.json:
        values = [{**case._asdict(), "told": told(case), **value} for case, value in found.items()]
        given.json.write_text(json.dumps(values, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
