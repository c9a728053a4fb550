"""Training: time to the first loss of a network never seen before, images per second after it, and memory.

`python -m benchmarks.training PEER NET...` measures one peer alone and prints one JSON line.
"""

import argparse
import json
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.child import ask, installed
from benchmarks.comparison import Comparison
from benchmarks.limit import operations
from benchmarks.same_network import prove
from benchmarks.training_peers import LEARNING_RATE, PEERS, Peer
from benchmarks.turns import Player, pause, players
from fcnlab.arch import preset
from fcnlab.lab.training.peak import forget_peak, peak_memory
from fcnlab.net.precision import processor_has_bfloat16

NETS = ("follow-me", "unet-small")
BATCHES = (16, 32, 64)
IMAGES = 64
FIRST = 3
"""Steps of the first turn; the second and third do not count, because frameworks still lay out memory in them."""
TURNS = 4
"""Further turns, in which the speed is measured; each of `IMAGES` images."""

SETTING = (
    f"160×160, mean cross-entropy over all pixels, Adam {LEARNING_RATE}, built-in images; "
    "the lab converts bytes and flips at each step, its peers are given float32 arrays and do not flip"
)

Tell = Callable[[dict[str, Any]], None]


def run(rounds: int, *, slow: bool = False) -> list[Comparison]:
    """Every peer, network and batch size; a round starts every peer in processes of its own and lets them take turns.

    A process trains one network, by batches that grow, so that what it kept of smaller ones hides no peak.
    """
    usable, missing = _usable(slow)
    limits = _limits()
    tables = {(net, batch): _tables(net, batch, missing) for net in NETS for batch in BATCHES}
    for number in range(rounds):
        order = usable[number % len(usable) :] + usable[: number % len(usable)]
        for net in NETS:
            with players("benchmarks.training", {name: ["--turns", name, net] for name in order}) as started:
                for player in started.values():
                    player.listen()  # it has imported its framework and is warm
                for batch in BATCHES:
                    for name, found in _round(started, batch).items():
                        for figure, table in tables[net, batch].items():
                            table.add(PEERS[name].title, found[figure])
    for (net, _), figures in tables.items():
        figures["images_per_second"].notes += _shares(net, figures["images_per_second"], limits)
    return [table for figures in tables.values() for table in figures.values()]


def _usable(slow: bool) -> tuple[list[str], list[str]]:
    """The peers that can be measured, and a sentence on each that cannot."""
    usable, missing = [], []
    for name, peer in PEERS.items():
        if not installed(peer.package):
            missing.append(f"{peer.title}: {peer.package} is not installed")
        elif name == "lab-bfloat16" and not processor_has_bfloat16():
            missing.append(f"{peer.title}: the processor has no instructions for it")
        elif slow or not peer.slow:
            usable.append(name)
    return usable, missing


def _round(started: dict[str, Player], batch: int) -> dict[str, dict[str, float]]:
    """One network and batch size: the first losses one after the other, then bursts of steps in turn."""
    found = {name: player.turn() for name, player in started.items()}
    bursts: dict[str, list[dict[str, Any]]] = {name: [] for name in started}
    for _ in range(TURNS):
        for name, player in started.items():
            bursts[name].append(player.turn())
    return {name: {**found[name], **_figures(batch, bursts[name])} for name in started}


def _figures(batch: int, bursts: list[dict[str, Any]]) -> dict[str, float]:
    return {
        "images_per_second": batch / median(seconds for burst in bursts for seconds in burst["steps"]),
        "work": 1000 * median(seconds for burst in bursts for seconds in burst["work"]) / batch,
        "memory": max(burst["memory"] for burst in bursts),
    }


def _limits() -> dict[str, float]:
    """Operations a second of the machine's fastest convolutions by peers' titles."""
    found = ask("benchmarks.limit", "float32", *(["bfloat16"] if processor_has_bfloat16() else []))
    return {f"lab, {precision}": limit for precision, limit in found.items()}


def _shares(net: str, table: Comparison, limits: dict[str, float]) -> list[str]:
    """What part of the machine's limit the lab's speeds are."""
    done = operations(preset(net))
    return [
        f"{title}: {median(table.values[title]) * done / limit:.0%} of the limit of {limit / 1e9:,.0f} GFLOP/s that "
        "dense convolutions reached before the first round"
        for title, limit in limits.items()
        if title in table.values
    ]


def _tables(net: str, batch: int, missing: list[str]) -> dict[str, Comparison]:
    """A table for each figure."""
    lab = PEERS["lab-bfloat16" if processor_has_bfloat16() else "lab"].title
    what = f"{net}, batch {batch}"
    tables = {
        "images_per_second": Comparison(f"Training speed, {what}", "images/s", lab, more_is_better=True),
        "work": Comparison(
            f"Processor time of training, an image, {what}",
            "ms",
            lab,
            notes=["all threads together: a busy machine changes it less, but waiting threads may spin"],
        ),
        "memory": Comparison(
            f"Memory of training, {what}", "MB", lab, notes=["the process's largest resident memory while it trains"]
        ),
    }
    if batch != BATCHES[0]:
        return tables
    same = [prove(net)] if installed("torch") else []
    begins = "from the network's definition to the first loss, in a process that has trained another network before"
    work = "the same stretch in seconds of processor time, all threads together: a busy machine changes it less"
    return {
        "first_loss": Comparison(f"Time to first loss, {what}", "s", lab, notes=[begins, SETTING, *same, *missing]),
        "first_loss_work": Comparison(f"Processor time to first loss, {what}", "s", lab, notes=[work]),
        **tables,
    }


def main() -> None:
    """Measure one peer: by itself and at once, or, for `run`, in turns."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("peer", choices=PEERS)
    options.add_argument("nets", nargs="+")
    options.add_argument("--turns", action="store_true", help="wait for a line of input before each turn")
    asked = options.parse_args()
    peer = PEERS[asked.peer]
    peer.warm()
    if asked.turns:
        pause({"ready": asked.peer})
    found: dict[str, Any] = {}
    for net in asked.nets:
        for batch in BATCHES:
            told: list[dict[str, Any]] = []
            train(peer, net, batch, pause if asked.turns else told.append)
            if told:
                found[f"{net}, batch {batch}"] = {**told[0], **_figures(batch, told[1:]), "last_loss": told[-1]["loss"]}
    print(json.dumps(found))


def train(peer: Peer, net: str, batch: int, tell: Tell) -> None:
    """Train one network from its definition; `tell` is called after each turn and may take its time."""
    from fcnlab.data import open_dataset

    spec = preset(net)
    size = (spec.input.height, spec.input.width)
    pairs = open_dataset("shapes").load("train", size, spec.input.channels, range(IMAGES))
    burst = IMAGES // batch
    watch = Stopwatch(tell, burst)
    peer.train(spec, pairs, batch, FIRST + TURNS * burst, watch.tick)


class Stopwatch:
    """Times the steps between turns.

    Args:
        tell: Called after each turn.
        burst: Steps of each turn after the first.
    """

    def __init__(self, tell: Tell, burst: int) -> None:
        self._tell = tell
        self._burst = burst
        self._count = 0
        self._first: dict[str, Any] = {}
        self._steps: list[float] = []
        self._work: list[float] = []
        self._started, self._used = perf_counter(), process_time()

    def tick(self, loss: float) -> None:
        """A step has ended."""
        self._steps.append(perf_counter() - self._started)
        self._work.append(process_time() - self._used)
        self._count += 1
        if self._count == 1:
            self._first = {"first_loss": self._steps[0], "first_loss_work": self._work[0], "loss": loss}
        if self._count == FIRST:
            self._next_turn(self._first)
        elif self._count > FIRST and len(self._steps) == self._burst:
            told = {"steps": self._steps, "work": self._work, "memory": peak_memory() / 1e6, "loss": loss}
            self._next_turn(told)
        self._started, self._used = perf_counter(), process_time()

    def _next_turn(self, told: dict[str, Any]) -> None:
        self._tell(told)
        forget_peak()
        self._steps, self._work = [], []


if __name__ == "__main__":
    main()
