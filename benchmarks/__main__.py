"""`python -m benchmarks [flow|training|features|skips|data|page|live …] [--rounds N] [--json FILE]`."""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import data, features, flow, live, page, skips, training
from benchmarks.comparison import Comparison, render
from benchmarks.machine import machine

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Measure, and print each part's tables as soon as they are there."""
    parts: dict[str, Callable[[int], list[Comparison]]]
    parts = {"flow": flow.run, "training": training.run, "features": features.run, "skips": skips.run}
    parts |= {"data": data.run, "page": page.run, "live": live.run}
    options = argparse.ArgumentParser(prog="python -m benchmarks", description="The lab against its peers.")
    options.add_argument("part", nargs="*", help=f"of {', '.join(parts)}; all if none is named")
    options.add_argument("--rounds", type=_positive, default=3, help="each peer is measured so often (3)")
    options.add_argument("--json", type=Path, help="write all values to this file as well")
    options.add_argument("--slow", action="store_true", help="measure the peers that take minutes, too")
    asked = options.parse_args()
    unknown = [name for name in asked.part if name not in parts]
    if unknown:
        options.error(f"there is no part {unknown[0]!r}; parts are {', '.join(parts)}")
    parts["training"] = partial(training.run, slow=asked.slow)
    report: dict[str, Any] = {"machine": machine(), "rounds": asked.rounds, "parts": {}}
    print("# Benchmarks\n")
    print("\n".join(f"- {name}: {value}" for name, value in report["machine"].items()))
    for name in asked.part or parts:
        print(f"\n## {name.capitalize()}, {asked.rounds} rounds\n", flush=True)
        comparisons = parts[name](asked.rounds)
        report["parts"][name] = [comparison.to_json() for comparison in comparisons]
        for comparison in comparisons:
            print(render(comparison), flush=True)
        if asked.json:
            asked.json.write_text(json.dumps(report, indent=2, ensure_ascii=False), encoding="utf-8")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1, received {number}")
    return number


if __name__ == "__main__":
    main()
