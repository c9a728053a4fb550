"""Training: time to the first loss of a network never seen before, and images per second after it.

`python -m benchmarks.training PEER NET...` measures one peer alone and prints one JSON line.
"""

import argparse
import json
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.child import installed
from benchmarks.comparison import Comparison
from benchmarks.same_network import prove
from benchmarks.training_peers import BATCH, LEARNING_RATE, PEERS, Peer
from benchmarks.turns import Player, pause, players
from fcnlab.arch import preset

NETS = ("follow-me", "unet-small")
IMAGES = 64
FIRST = 3
"""Steps of the first turn; the second and third do not count, because frameworks still lay out memory in them."""
TURNS = 4
"""Further turns, in which the speed is measured."""
BURST = 4
"""Steps of each."""

SETTING = (
    f"160×160, batches of {BATCH}, mean cross-entropy over all pixels, Adam {LEARNING_RATE}, built-in images; "
    "the lab converts bytes and flips at each step, its peers are given float32 arrays and do not flip"
)

Tell = Callable[[dict[str, Any]], None]


def run(rounds: int, *, slow: bool = False) -> list[Comparison]:
    """Every peer and network; a round starts every peer in a process of its own and lets them take turns."""
    chosen = {name: peer for name, peer in PEERS.items() if slow or not peer.slow}
    usable = [name for name, peer in chosen.items() if installed(peer.package)]
    missing = [f"{peer.title}: {peer.package} is not installed" for name, peer in chosen.items() if name not in usable]
    tables = {net: _tables(net, missing) for net in NETS}
    for number in range(rounds):
        order = usable[number % len(usable) :] + usable[: number % len(usable)]
        with players("benchmarks.training", {name: ["--turns", name, *NETS] for name in order}) as started:
            for player in started.values():
                player.listen()  # it has imported its framework and is warm
            for net in NETS:
                for name, found in _round(started).items():
                    for figure, table in tables[net].items():
                        table.add(PEERS[name].title, found[figure])
    return [table for net in NETS for table in tables[net].values()]


def _round(started: dict[str, Player]) -> dict[str, dict[str, float]]:
    """One network: the first losses one after the other, then bursts of steps in turn."""
    found = {name: player.turn() for name, player in started.items()}
    seconds: dict[str, list[float]] = {name: [] for name in started}
    for _ in range(TURNS):
        for name, player in started.items():
            seconds[name] += player.turn()["steps"]
    return {name: {**found[name], "images_per_second": BATCH / median(seconds[name])} for name in started}


def _tables(net: str, missing: list[str]) -> dict[str, Comparison]:
    """A table for each figure."""
    lab = PEERS["lab"].title
    same = [prove(net)] if installed("torch") else []
    begins = "from the network's definition to the first loss, in a process that has trained another network before"
    work = "the same stretch in seconds of processor time, all threads together: a busy machine changes it less"
    return {
        "first_loss": Comparison(f"Time to first loss, {net}", "s", lab, notes=[begins, SETTING, *same, *missing]),
        "first_loss_work": Comparison(f"Processor time to first loss, {net}", "s", lab, notes=[work]),
        "images_per_second": Comparison(
            f"Training speed, {net}", "images/s", lab, more_is_better=True, notes=[SETTING, *same]
        ),
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
        for net in asked.nets:
            train(peer, net, pause)
        return
    told: dict[str, list[dict[str, Any]]] = {net: [] for net in asked.nets}
    for net, turns in told.items():
        train(peer, net, turns.append)
    print(json.dumps({net: _alone(turns) for net, turns in told.items()}))


def _alone(turns: list[dict[str, Any]]) -> dict[str, Any]:
    first, *bursts = turns
    steps = [seconds for burst in bursts for seconds in burst["steps"]]
    return {**first, "last_loss": bursts[-1]["loss"], "images_per_second": BATCH / median(steps)}


def train(peer: Peer, net: str, tell: Tell) -> None:
    """Train one network from its definition; `tell` is called after each turn and may take its time."""
    from fcnlab.data import open_dataset

    spec = preset(net)
    size = (spec.input.height, spec.input.width)
    pairs = open_dataset("shapes").load("train", size, spec.input.channels, range(IMAGES))
    watch = Stopwatch(tell)
    peer.train(spec, pairs, FIRST + TURNS * BURST, watch.tick)


class Stopwatch:
    """Times the steps between turns."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._count = 0
        self._first: dict[str, Any] = {}
        self._steps: list[float] = []
        self._started = perf_counter()
        self._used = process_time()

    def tick(self, loss: float) -> None:
        """A step has ended."""
        now = perf_counter()
        self._count += 1
        self._steps.append(now - self._started)
        if self._count == 1:
            work = process_time() - self._used
            self._first = {"first_loss": self._steps[0], "first_loss_work": work, "loss": loss}
        if self._count == FIRST:
            self._next_turn(self._first)
        elif self._count > FIRST and len(self._steps) == BURST:
            self._next_turn({"steps": self._steps, "loss": loss})
        self._started = perf_counter()

    def _next_turn(self, told: dict[str, Any]) -> None:
        self._tell(told)
        self._steps = []


if __name__ == "__main__":
    main()
