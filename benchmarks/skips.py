"""Every set of skips: shared encoder, decoder prefixes and halves of convolutions against 2^k masked networks.

`python -m benchmarks.skips NET` is the process that measures; it prints one JSON document.
"""

import argparse
import json
from collections.abc import Callable
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.child import ask
from benchmarks.comparison import Comparison
from fcnlab.arch import NetSpec, plain, preset
from fcnlab.data import Pairs

NET = "follow-me"
IMAGES = 64
BATCH = 16
LAB = "lab"
MASKED = "a masked network for each set, whole"
TOLERANCE = 1e-6

Work = Callable[[], Any]
Samples = dict[str, list[float]]
Bytes = npt.NDArray[np.uint8]


def run(rounds: int) -> list[Comparison]:
    """Forward passes alone, forward passes and counting, and a single picture."""
    found = ask("benchmarks.skips", NET, "--rounds", str(rounds))
    sets = found["sets"]
    same = f"{IMAGES} images; the masked networks take them in batches of {BATCH}; both give the same mean IoUs"
    rates = [
        ("passes", f"All {sets} sets of {NET}'s skips, predicted", ["as images that have passed all sets", same]),
        ("counted", f"All {sets} sets of {NET}'s skips, predicted and counted for every metric", [same]),
    ]
    comparisons = [
        Comparison(title, "images/s", LAB, found[key], more_is_better=True, notes=notes) for key, title, notes in rates
    ]
    whole = "the lab's figure is the whole answer for the page: picture read, masks, IoUs and shares of every set"
    return [
        *comparisons,
        Comparison(f"One picture under all {sets} sets, warm", "ms", LAB, found["one"], notes=[whole]),
    ]


def main() -> None:
    """Print number of sets, and samples in images/s and ms."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("net")
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    print(json.dumps(measure(preset(asked.net), asked.rounds)))


class Peers(NamedTuple):
    """What each peer does, for one question."""

    lab: Work
    masked: Work

    def samples(self, rounds: int, value: Callable[[float], float]) -> Samples:
        """Each round both peers, one after the other; the first call of each, which compiles, does not count."""
        peers = {LAB: self.lab, MASKED: self.masked}
        for work in peers.values():
            work()
        found: Samples = {name: [] for name in peers}
        for _ in range(rounds):
            for name, work in peers.items():
                begun = perf_counter()
                work()
                found[name].append(value(perf_counter() - begun))
        return found


def measure(spec: NetSpec, rounds: int) -> dict[str, Any]:
    """All three questions."""
    from fcnlab.data import open_dataset
    from fcnlab.net import Lattice, SkipSwitch, build, warm_up
    from fcnlab.net.skips.counting import in_batches

    warm_up()
    model = _uneven(build(spec, seed=0))
    pairs = open_dataset("shapes").load("test", (spec.input.height, spec.input.width), indices=range(IMAGES))
    switch = SkipSwitch(spec, model, pairs.images[:8])
    lattice = Lattice(switch.cut)
    (off,) = switch.baselines.of("zero")
    networks = _masked_networks(spec, model)
    _check(_board_of_sets(networks, pairs), _counted(switch, lattice, pairs)["mean_iou"][:, 0])

    def predict() -> None:
        for _, encoded in in_batches(lattice.cut, pairs.images):
            lattice.codes(encoded, off)

    def predict_masked() -> None:
        for network in networks:
            for start in range(0, IMAGES, BATCH):
                network(pairs.images[start : start + BATCH])

    passes = Peers(predict, predict_masked)
    counted = Peers(lambda: _counted(switch, lattice, pairs), lambda: _board_of_sets(networks, pairs))
    with TemporaryDirectory() as folder:
        one = Peers(_one_picture(spec, model, folder), lambda: [network(pairs.images[:1]) for network in networks])
        return {
            "sets": lattice.sets,
            "passes": passes.samples(rounds, lambda seconds: IMAGES / seconds),
            "counted": counted.samples(rounds, lambda seconds: IMAGES / seconds),
            "one": one.samples(rounds, lambda seconds: seconds * 1000),
        }


def _uneven(model: Any) -> Any:
    """Norms and biases as after a training; with all skips off, fresh ones leave scores that rounding orders."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        if len(weight.shape) == 1:
            weight.assign(weight + random.uniform(0, 0.5, weight.shape))
    return model


def _masked_networks(spec: NetSpec, model: Any) -> list[Callable[[Bytes], npt.NDArray[np.float32]]]:
    """A compiled forward pass for each set: the same layers, with zeros where a skip is off."""
    import keras

    from fcnlab.net import backend
    from fcnlab.net.skips.cut import Cut

    cut = Cut(spec, model)
    compiled = []
    for number in range(2 ** len(cut.skips)):
        carried = [model.get_layer(skip.layer).output * float(number >> bit & 1) for bit, skip in enumerate(cut.skips)]
        tensor = model.get_layer(cut.rows[0].entry).output
        for row in cut.rows:
            tensor = cut.run(row, tensor, None if row.skip is None else carried[row.skip])
        network = keras.Model(model.input, tensor)

        def forward(images: Any, network: Any = network) -> Any:
            return network(backend.standardise(images), training=False)

        compiled.append(backend.current().compiled(network, forward))
    return compiled


def _board_of_sets(networks: list[Any], pairs: Pairs) -> list[float | None]:
    """Mean IoU of every set, by one score board a set."""
    from fcnlab.net.metrics import ScoreBoard

    planes = pairs.planes()
    found = []
    for network in networks:
        board = ScoreBoard(pairs.num_classes)
        for start in range(0, len(pairs), BATCH):
            part = slice(start, start + BATCH)
            board.add(network(pairs.images[part]), planes[part], pairs.labels[part])
        found.append(board.mean_iou)
    return found


def _counted(switch: Any, lattice: Any, pairs: Pairs) -> Any:
    """Every metric of every set."""
    from fcnlab.net.skips.counting import count_sets
    from fcnlab.net.skips.values import measure as measured

    (tally,) = count_sets(lattice, switch.baselines, ["zero"], [("test", pairs)])["zero"]
    return measured(tally, np.ones((1, len(pairs))))


def _one_picture(spec: NetSpec, model: Any, folder: str) -> Work:
    from fcnlab.lab import Run
    from fcnlab.lab.tasks import Sample, skip_sets
    from fcnlab.plan import Plan

    run = Run.create(f"{folder}/run", net=plain(spec), plan=Plan(), dataset="shapes")
    run.checkpoint_path(1).parent.mkdir()
    model.save_weights(run.checkpoint_path(1))
    return lambda: skip_sets(str(run.path), Sample("shapes", "test", 0))


def _check(expected: list[float | None], found: npt.NDArray[np.float64]) -> None:
    if not np.allclose(np.array(expected, float), found, atol=TOLERANCE):
        raise RuntimeError(f"The peers disagree: {expected} and {found.tolist()}.")


if __name__ == "__main__":
    main()
