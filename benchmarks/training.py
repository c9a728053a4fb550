"""Training: time to the first loss of a network never seen before, and images per second after it.

`python -m benchmarks.training PEER NET...` measures one peer in this process and prints one JSON line.
"""

import argparse
import json
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.child import ask, installed
from benchmarks.comparison import Comparison
from benchmarks.same_network import prove
from benchmarks.training_peers import BATCH, LEARNING_RATE, PEERS, Peer
from fcnlab.arch import preset

NETS = ("follow-me", "unet-small")
STEPS = 10
SKIPPED = 2
"""Steps before the speed counts: frameworks still lay out memory in the first two."""
IMAGES = 64
SETTING = (
    f"160×160, batches of {BATCH}, mean cross-entropy over all pixels, Adam {LEARNING_RATE}, built-in images; "
    "the lab converts bytes and flips at each step, its peers are given float32 arrays and do not flip"
)


def run(rounds: int, *, slow: bool = False) -> list[Comparison]:
    """Every peer and network; each round starts every peer once, in a process of its own."""
    peers = {name: peer for name, peer in PEERS.items() if slow or not peer.slow}
    missing = [f"{peer.title}: {peer.package} is not installed" for peer in peers.values() if not _usable(peer)]
    tables = {net: _tables(net, missing) for net in NETS}
    for _ in range(rounds):
        for name, peer in peers.items():
            if not _usable(peer):
                continue
            for net, found in ask("benchmarks.training", name, *NETS).items():
                for figure, table in tables[net].items():
                    table.add(peer.title, found[figure])
    return [table for net in NETS for table in tables[net].values()]


def _tables(net: str, missing: list[str]) -> dict[str, Comparison]:
    """A table for each figure that `measure` gives."""
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


def _usable(peer: Peer) -> bool:
    return installed(peer.package)


def main() -> None:
    """Measure one peer; prints network → what `measure` gives, as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("peer", choices=PEERS)
    options.add_argument("nets", nargs="+")
    asked = options.parse_args()
    peer = PEERS[asked.peer]
    peer.warm()
    print(json.dumps({net: measure(peer, net) for net in asked.nets}))


def measure(peer: Peer, net: str) -> dict[str, Any]:
    """One network, from its definition through STEPS steps: seconds, images per second, first and last loss."""
    from fcnlab.data import open_dataset

    spec = preset(net)
    size = (spec.input.height, spec.input.width)
    pairs = open_dataset("shapes").load("train", size, spec.input.channels, range(IMAGES))
    losses, ends, work = [], [], []

    def tick(loss: float) -> None:
        ends.append(perf_counter())
        work.append(process_time())
        losses.append(loss)

    begun, used = perf_counter(), process_time()
    peer.train(spec, pairs, STEPS, tick)
    steps = [end - start for start, end in zip(ends[SKIPPED - 1 :], ends[SKIPPED:], strict=False)]
    return {
        "first_loss": ends[0] - begun,
        "first_loss_work": work[0] - used,
        "images_per_second": BATCH / median(steps),
        "losses": [losses[0], losses[-1]],
    }


if __name__ == "__main__":
    main()
