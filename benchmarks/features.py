"""Looking inside: one pass that gives every map (`fcnlab.net.Features`) against one sub-model a layer.

`python -m benchmarks.features NET` measures in this process and prints one JSON line.
"""

import argparse
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import looks
from benchmarks.child import ask
from benchmarks.comparison import Comparison
from fcnlab.arch import NetSpec, expand, preset

NET = "follow-me"
WHATS = ("stages", "layers")
LAB = "lab, one pass"
PREDICT = "a sub-model each, predict"
CALL = "a sub-model each, called"
TOGETHER = "one model of all outputs, predict"
TOLERANCE = 1e-4

Maps = dict[str, npt.NDArray[np.float32]]
Look = Callable[[], Maps]
Samples = dict[str, list[float]]


def run(rounds: int) -> list[Comparison]:
    """Stages and layers, first look and warm; then what the page asks."""
    found = ask("benchmarks.features", NET, "--rounds", str(rounds))
    comparisons = []
    for what, (first, warm, count) in found.items():
        notes = [f"{count} maps of one image; all peers give the same numbers"]
        began = "from a built network: what each peer makes for it (graphs, sub-models) included"
        comparisons += [
            Comparison(f"First look at all {what} of {NET}", "s", LAB, first, notes=[began, *notes]),
            Comparison(f"Further look at all {what} of {NET}", "ms", LAB, warm, notes=notes),
        ]
    return comparisons + looks.run(rounds)


def main() -> None:
    """Print stages and layers → first looks in seconds, warm looks in milliseconds, number of maps."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("net")
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    print(json.dumps({what: measure(preset(asked.net), what, asked.rounds) for what in WHATS}))


def measure(spec: NetSpec, what: str, rounds: int) -> tuple[Samples, Samples, int]:
    """Each round makes every peer anew, takes its first look, then a warm one."""
    from fcnlab.data import open_dataset
    from fcnlab.net import build, warm_up

    warm_up()
    size = (spec.input.height, spec.input.width)
    image = open_dataset("shapes").load("train", size, spec.input.channels, [0]).images[0]
    peers = {LAB: _one_pass, PREDICT: _predicted, CALL: _called, TOGETHER: _predicted_together}
    for make in peers.values():  # as `warm_up` does for the lab: nobody pays for the process's first call
        _seconds(make(spec, build(spec), image, "stages"))
    first: Samples = {name: [] for name in peers}
    warm: Samples = {name: [] for name in peers}
    for _ in range(rounds):
        model = build(spec, seed=0)
        reference: Maps = {}
        for name, make in peers.items():
            begun = perf_counter()
            look = make(spec, model, image, what)
            maps = look()
            first[name].append(perf_counter() - begun)
            warm[name].append(_seconds(look) * 1000)
            reference = reference or maps
            _check(reference, maps, name)
    return first, warm, len(reference)


def _one_pass(spec: NetSpec, model: Any, image: npt.NDArray[np.uint8], what: str) -> Look:
    from fcnlab.net import Features

    features = Features(spec, model)
    return lambda: getattr(features, what)(image)


def _predicted(spec: NetSpec, model: Any, image: npt.NDArray[np.uint8], what: str) -> Look:
    batch, parts = _standardised(image), _sub_models(spec, model, what)
    return lambda: {name: part.predict(batch, verbose=0)[0] for name, part in parts.items()}


def _called(spec: NetSpec, model: Any, image: npt.NDArray[np.uint8], what: str) -> Look:
    batch, parts = _standardised(image), _sub_models(spec, model, what)
    return lambda: {name: np.asarray(part(batch, training=False))[0] for name, part in parts.items()}


def _predicted_together(spec: NetSpec, model: Any, image: npt.NDArray[np.uint8], what: str) -> Look:
    import keras

    batch, parts = _standardised(image), _sub_models(spec, model, what)
    together = keras.Model(model.input, {str(number): part.output for number, part in enumerate(parts.values())})

    def look() -> Maps:
        found = together.predict(batch, verbose=0)
        return {name: found[str(number)][0] for number, name in enumerate(parts)}

    return look


def _sub_models(spec: NetSpec, model: Any, what: str) -> dict[str, Any]:
    """The usual recipe: a model from the inputs to each layer's output."""
    import keras

    graph = expand(spec)
    wanted = [graph.layers[end].name for end in graph.ends] if what == "stages" else [x.name for x in graph.layers]
    return {name: keras.Model(model.input, model.get_layer(name).output) for name in wanted}


def _standardised(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return image[None].astype(np.float32) / 127.5 - 1


def _check(expected: Maps, found: Maps, peer: str) -> None:
    """By position: the lab names stages, the sub-models their last layers."""
    for (name, left), right in zip(expected.items(), found.values(), strict=True):
        if not np.allclose(left, right, atol=TOLERANCE):
            raise RuntimeError(f"{peer}: the map {name} differs by {np.abs(left - right).max():.2g}.")


def _seconds(look: Look, times: int = 3) -> float:
    begun = perf_counter()
    for _ in range(times):
        look()
    return (perf_counter() - begun) / times


if __name__ == "__main__":
    main()
