"""`python -m benchmarks.streaming [--cap MB] [--times N]`: train on more data than the process may have memory.

A folder of small pictures is generated; at the network's size its arrays are several times as large as the cap. A
process of its own then reads them and trains `follow-me` for some steps. The cap is on everything that it holds, the
operating system's pages of its files included (a memory cgroup, which needs root), or else on its private writable
memory alone (RLIMIT_DATA). Without the store the same load is tried in memory, and must fail.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

from benchmarks.child import ROOT, environment

SIDE, SOURCE, STEPS = 160, 24, 12
BYTES = SIDE * SIDE * 5
GROUPS = Path("/sys/fs/cgroup")


def main() -> None:
    """Generate, train under the cap, and print what was held."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cap", type=int, default=1200, help="megabytes that the process may hold (1200)")
    options.add_argument("--times", type=float, default=3, help="how many times as large the arrays are (3)")
    options.add_argument("--folder", type=Path, help="where the pictures and the cache are written for the time being")
    options.add_argument("--child", choices=("keep", "memory"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        print(json.dumps(train(given.folder, given.child == "keep")))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        count = ceil(given.cap * 1e6 * given.times / BYTES)
        generate(folder / "data", count)
        print(f"{count} pictures, {count * BYTES / 1e6:,.0f} MB of arrays; cap {given.cap:,} MB", flush=True)
        for how in ("memory", "keep"):
            with capped(given.cap * 10**6) as cap:
                print(f"{how}, {cap.told}: {child(folder, how, cap)}", flush=True)


def generate(folder: Path, count: int) -> None:
    """Pairs of tiny pictures: a few are encoded, and each file is a copy of one of them."""
    generator = np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / "train" / part).mkdir(parents=True)
    for number in range(count):
        image, mask = (folder / "train" / part / f"{number:06d}.png" for part in ("images", "masks"))
        if number < 50:
            labels = np.zeros((SOURCE, SOURCE), np.uint8)
            top, left = generator.integers(0, SOURCE - 8, 2)
            labels[top : top + 8, left : left + 8] = 1 + number % 2
            noise = generator.integers(0, 60, (SOURCE, SOURCE, 3)) + labels[..., None] * 80
            Image.fromarray(noise.astype(np.uint8)).save(image)
            Image.fromarray((np.eye(3, dtype=np.uint8) * 255)[labels]).save(mask)
        else:
            for path in (image, mask):
                shutil.copyfile(path.with_name(f"{number % 50:06d}.png"), path)


def train(folder: Path, keep: bool) -> dict[str, float]:
    """Read all pictures and train for a few steps; what was held at the most, in MB."""
    from fcnlab.arch import preset
    from fcnlab.data import open_dataset
    from fcnlab.net import StepDone, Trainer
    from fcnlab.plan import Phase, Plan

    dataset = open_dataset(folder / "data")
    plan = Plan(phases=(Phase(learning_rate=0.004, epochs=1, batch_size=16),))
    before, begun = peak(), perf_counter()
    pairs = dataset.load("train", (SIDE, SIDE), keep=keep)
    loaded, held = perf_counter() - begun, peak()
    trainer = Trainer(preset("follow-me"), plan, pairs)
    losses = [event.loss for event, _ in zip(trainer.run(), range(STEPS), strict=False) if isinstance(event, StepDone)]
    trainer.settle()
    arrays = (pairs.images.nbytes + pairs.labels.nbytes + pairs.presence.nbytes) / 1e6
    told = {"arrays": arrays, "seconds to load": loaded, "before": before, "after loading": held, "at the end": peak()}
    return {**{name: round(value, 1) for name, value in told.items()}, "loss": round(losses[-1], 3)}


def peak() -> float:
    """Private memory in MB (RssAnon): the pages of mapped files can be let go of and do not count."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("RssAnon"))


class Cap:
    """A limit for a process to come: `join` is called in it before its program starts."""

    def __init__(self, size: int, group: Path | None) -> None:
        self.size = size
        self.group = group
        self.told = f"capped by {'a memory cgroup' if group else 'RLIMIT_DATA'}"

    def join(self) -> None:
        """Put this process under the cap."""
        if self.group is None:
            resource.setrlimit(resource.RLIMIT_DATA, (self.size, self.size))
        else:
            (self.group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")

    def most(self) -> str:
        """What the whole group held at the most, and how often it ran into the cap."""
        if self.group is None:
            return ""
        files = ("memory.max_usage_in_bytes", "memory.failcnt", "memory.peak")
        found = {name: (self.group / name).read_text("ascii").strip() for name in files if (self.group / name).exists()}
        return f" {found}"


@contextmanager
def capped(size: int) -> Iterator[Cap]:
    """A cap of so many bytes."""
    version_1 = (GROUPS / "memory").is_dir()
    group = (GROUPS / "memory" if version_1 else GROUPS) / f"fcnlab-{os.getpid()}"
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if version_1 else "memory.max")).write_text(str(size), encoding="ascii")
    except OSError:
        if group.is_dir():
            group.rmdir()
        yield Cap(size, None)
        return
    try:
        yield Cap(size, group)
    finally:
        group.rmdir()


def child(folder: Path, how: str, cap: Cap) -> str:
    """What the child told, or how it ended."""
    command = [sys.executable, "-m", "benchmarks.streaming", "--folder", str(folder), "--child", how]
    room = {**environment(), "FCNLAB_CACHE": str(folder / "cache")}
    done = subprocess.run(command, cwd=ROOT, env=room, preexec_fn=cap.join, capture_output=True, text=True, check=False)
    if done.returncode < 0:
        return f"ended by signal {-done.returncode} (out of memory){cap.most()}"
    last = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines() or [""]
    return last[-1] + cap.most()


if __name__ == "__main__":
    main()
