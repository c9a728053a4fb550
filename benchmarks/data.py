"""Loading: the lab, the first time and again, against bare Pillow decoding and resizing on as many threads."""

import argparse
import json
import os
import resource
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from PIL import Image

from benchmarks.child import ask, threads
from benchmarks.comparison import Comparison
from benchmarks.streaming import SIDE, peak
from fcnlab.data import open_dataset
from fcnlab.data.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, MEMORY, AGAIN, PILLOW = "lab, first time", "lab, in memory alone", "lab, again", "bare Pillow"
SPLIT = "train"


def run(rounds: int) -> list[Comparison]:
    """Real images where FCNLAB_SHARED_DATA names them, else the built-in ones written to files."""
    with tempfile.TemporaryDirectory() as name:
        folder = _pictures(Path(name))
        found = ask("benchmarks.data", "--folder", str(folder), "--cache", f"{name}/cache", "--rounds", str(rounds))
        place = ("--folder", str(folder), "--cache", f"{name}/other")
        modes = {peer: ask("benchmarks.data", *place, "--memory", peer) for peer in (FIRST, MEMORY)}
    note = f"{found['count']} pairs at {SIDE}×{SIDE} from {folder}, {threads()} threads, files in the system's cache"
    arrays = modes[FIRST]["arrays"]
    memory = [
        f"{peer}: {told['added']:.0f} MB of private memory at the most for {arrays:.0f} MB of arrays"
        for peer, told in modes.items()
    ]
    return [
        Comparison("Loading", "s", PILLOW, found["wall"], notes=[note]),
        Comparison("Loading, processor time of all threads", "s", PILLOW, found["processor"], notes=memory),
    ]


def _pictures(folder: Path) -> Path:
    shared = os.environ.get("FCNLAB_SHARED_DATA")
    if shared:
        return Path(shared) / "followme"
    pairs = open_dataset("shapes").load(SPLIT, (256, 256))
    for part in ("images", "masks"):
        (folder / SPLIT / part).mkdir(parents=True)
    for name, image, planes in zip(pairs.names, pairs.images, pairs.planes(), strict=True):
        Image.fromarray(image).save(folder / SPLIT / "images" / f"{name}.jpeg")
        Image.fromarray(planes * 255).save(folder / SPLIT / "masks" / f"{name}.png")
    return folder


def measure(dataset: Dataset, cache: Path, rounds: int) -> dict[str, Any]:
    """Peer → seconds by round, on the clock and of the processor."""
    kept = cache / "arrays"
    peers: dict[str, Callable[[], object]] = {
        PILLOW: lambda: bare_pillow(dataset),
        FIRST: lambda: dataset.load(SPLIT, (SIDE, SIDE), keep=True),
        AGAIN: lambda: dataset.load(SPLIT, (SIDE, SIDE), keep=True),
        MEMORY: lambda: dataset.load(SPLIT, (SIDE, SIDE)),
    }
    peers[PILLOW]()  # so that all find the files in the system's cache
    wall: dict[str, list[float]] = {name: [] for name in peers}
    processor: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        shutil.rmtree(kept, ignore_errors=True)
        for name, peer in peers.items():
            begun, used = perf_counter(), _processor()
            peer()
            wall[name].append(perf_counter() - begun)
            processor[name].append(_processor() - used)
    return {"count": dataset.splits[SPLIT], "wall": wall, "processor": processor}


def bare_pillow(dataset: Dataset) -> None:
    """Decode every image and mask and resize both, and do nothing with what comes out."""
    pairs = getattr(dataset, "_files")[SPLIT]  # noqa: B009 - for the type checker it is private

    def fit(pair: tuple[Path, Path]) -> None:
        for path in pair:
            with Image.open(path) as image:
                image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)

    with ThreadPoolExecutor(threads()) as pool:
        for _ in pool.map(fit, pairs):
            pass


def memory(dataset: Dataset, mode: str) -> dict[str, float]:
    """Megabytes: of the arrays, and how much the process's private memory grew while they were loaded."""
    before, most = peak(), 0.0

    def watch(*_: int) -> None:
        nonlocal most
        most = max(most, peak())

    pairs = dataset.load(SPLIT, (SIDE, SIDE), progress=watch, keep=mode == FIRST)
    arrays = pairs.images.nbytes + pairs.labels.nbytes + pairs.presence.nbytes
    return {"arrays": arrays / 1e6, "added": max(most, peak()) - before}


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--memory", choices=(FIRST, MEMORY))
    given = options.parse_args()
    os.environ["FCNLAB_CACHE"] = str(given.cache)
    dataset = open_dataset(given.folder)
    print(json.dumps(memory(dataset, given.memory) if given.memory else measure(dataset, given.cache, given.rounds)))


if __name__ == "__main__":
    main()
