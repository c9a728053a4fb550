"""The shape flow: `fcnlab.arch.flow` against what one does without it, a Keras build and `model.summary()`."""

import argparse
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.child import ask
from benchmarks.comparison import Comparison
from fcnlab.arch import PRESETS, NetSpec, flow, layer_flow, preset

LAB, LAYERS, KERAS = "lab, by stage", "lab, by layer", "Keras build + summary"
NOTE = "Keras was imported and had built every preset once before, each with as many parameters as the flow tells"
NETS = ("follow-me", "unet-small")
CALLS = 20
"""Calls that a round's value of the lab is the mean of: one alone is near the clock's resolution."""


def run(rounds: int) -> list[Comparison]:
    """Two presets, measured in one process of their own, in which every preset was built once before."""
    found = ask("benchmarks.flow", "--rounds", str(rounds))
    return [Comparison(f"Shape flow of {name}", "ms", LAB, values, notes=[NOTE]) for name, values in found.items()]


def main() -> None:
    """Print preset → peer → milliseconds by round."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    rounds = options.parse_args().rounds
    print(json.dumps(measure(rounds)))


def measure(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Preset → peer → milliseconds by round."""
    from benchmarks.plain_keras import builder

    specs = {name: preset(name) for name in PRESETS}
    builds = {name: builder(spec) for name, spec in specs.items()}
    for name, spec in specs.items():
        _check(spec, builds[name]())
    values: dict[str, dict[str, list[float]]] = {name: {LAB: [], LAYERS: [], KERAS: []} for name in NETS}
    for _ in range(rounds):
        for name, samples in values.items():
            spec, build = specs[name], builds[name]
            samples[LAB].append(_milliseconds(flow, spec, CALLS))
            samples[LAYERS].append(_milliseconds(layer_flow, spec, CALLS))
            samples[KERAS].append(_milliseconds(_summary_of(build), spec, 1))
    return values


def _check(spec: NetSpec, model: Any) -> None:
    """Both tell the same network, or the comparison is void."""
    told, built = flow(spec).params, model.count_params()
    if told != built:
        raise RuntimeError(f"{spec.name}: the flow tells {told} parameters, Keras builds {built}.")


def _summary_of(build: Callable[[], Any]) -> Callable[[NetSpec], object]:
    """A call that builds the network in Keras and reads its summary."""

    def summary(_: NetSpec) -> str:
        lines: list[str] = []
        build().summary(print_fn=lambda line, **_: lines.append(line))
        return "\n".join(lines)

    return summary


def _milliseconds(work: Callable[[NetSpec], object], spec: NetSpec, calls: int) -> float:
    begun = perf_counter()
    for _ in range(calls):
        work(spec)
    return (perf_counter() - begun) * 1000 / calls


if __name__ == "__main__":
    main()
