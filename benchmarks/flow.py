"""The shape flow: `fcnlab.arch.flow` against what one does without it, a Keras build and `model.summary()`."""

import argparse
import json
from time import perf_counter
from typing import Any

from benchmarks.child import ask
from benchmarks.comparison import Comparison
from fcnlab.arch import PRESETS, NetSpec, flow, layer_flow, preset

LAB, LAYERS, KERAS = "lab, by stage", "lab, by layer", "Keras build + summary"
CALLS = 20
"""Calls that a round's value of the lab is the mean of: one alone is near the clock's resolution."""


def run(rounds: int) -> list[Comparison]:
    """Every preset, measured in one process of its own."""
    comparisons = []
    for name, values in ask("benchmarks.flow", "--rounds", str(rounds)).items():
        notes = ["Keras was imported and had built every preset once before"] if not comparisons else []
        comparisons.append(Comparison(f"Shape flow of {name}", "ms", LAB, values, notes=notes))
    return comparisons


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
    values: dict[str, dict[str, list[float]]] = {name: {LAB: [], LAYERS: [], KERAS: []} for name in specs}
    for _ in range(rounds):
        for name, spec in specs.items():
            values[name][LAB].append(_milliseconds(lambda spec=spec: flow(spec), CALLS))
            values[name][KERAS].append(_milliseconds(lambda build=builds[name]: _summary(build()), 1))
            values[name][LAYERS].append(_milliseconds(lambda spec=spec: layer_flow(spec), CALLS))
    return values


def _check(spec: NetSpec, model: Any) -> None:
    """Both tell the same network, or the comparison is void."""
    told, built = flow(spec).params, model.count_params()
    if told != built:
        raise RuntimeError(f"{spec.name}: the flow tells {told} parameters, Keras builds {built}.")


def _summary(model: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines)


def _milliseconds(work: Any, calls: int) -> float:
    begun = perf_counter()
    for _ in range(calls):
        work()
    return (perf_counter() - begun) * 1000 / calls


if __name__ == "__main__":
    main()
