"""The commands that need no training: networks on paper."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from fcnlab import arch
from fcnlab.cli.output import say as tell
from fcnlab.cli.output import show, show_json, size, table, write_file

Net = Annotated[str, typer.Argument(metavar="NET", help="A preset's name, a network file (JSON) or a share code.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]

UNKNOWN = "—"
FLOAT32 = 4


def presets(json: Json = False) -> None:
    """List the networks to start from, and what each teaches."""
    found = {name: (arch.flow(entry.make()), entry.lesson) for name, entry in arch.PRESETS.items()}
    if json:
        show_json(
            {
                "presets": [
                    {"name": name, "lesson": lesson, "params": total.params, "macs": total.macs}
                    for name, (total, lesson) in found.items()
                ]
            }
        )
        return
    for name, (total, lesson) in found.items():
        show(f"{name}  ({total.params:,} parameters, {_gigamacs(total.macs)})\n    {lesson}")


def flow(
    net: Net,
    json: Json = False,
    layers: Annotated[bool, typer.Option("--layers", help="One row a layer instead of one a stage.")] = False,
    batch_size: Annotated[
        int, typer.Option(min=1, max=4096, metavar="B", help="Images a step, for the memory of a training.")
    ] = 16,
    budget: Annotated[
        float, typer.Option(min=0.1, metavar="GB", help="Gigabytes of memory, to tell the batch that fits.")
    ] = 4,
) -> None:
    """Print a network's shape flow: shapes, parameters, multiply–adds, receptive field, memory."""
    spec = arch.load_spec(net)
    result = arch.layer_flow(spec) if layers else arch.flow(spec)
    if json:
        training = _training_memory(spec, batch_size, budget) if result.complete else None
        show_json({**result.to_json(), "memory": training})
    else:
        show(_flow_table(result))
        show(_flow_totals(result))
        if result.complete:
            show(_training_told(_training_memory(spec, batch_size, budget)))
    errors = len(arch.check(spec).errors)
    if errors:
        unknown = "" if result.complete else f" Rows with {UNKNOWN} depend on it."
        has = "an error" if errors == 1 else f"{errors} errors"
        tell(f"This network has {has}: `python -m fcnlab check {shlex.quote(net)}` tells where.{unknown}")


def check(net: Net, json: Json = False) -> None:
    """Tell what does not fit in a network, where, and how to mend it; exit status 2 when it has errors."""
    spec = arch.load_spec(net)
    report = arch.check(spec)
    if json:
        show_json(report.to_json())
    else:
        for problem in (*report.errors, *report.warnings):
            show(f"{problem.severity}: {problem.where}: {problem.message}")
            for fix in problem.fixes:
                show(f"    fix: {fix.label}")
        show(f"{spec.name}: {_count(len(report.errors), 'error')}, {_count(len(report.warnings), 'warning')}.")
    if not report.ok:
        raise typer.Exit(2)


def draw(
    net: Net,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Ends in .svg, .png, .pdf or .dot.")],
) -> None:
    """Draw a network's diagram into a file."""
    from fcnlab.draw import write_diagram

    write_diagram(arch.load_spec(net), out)
    tell(f"Wrote {out}.")


def export(
    net: Net,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.py", help="The script to write.")],
) -> None:
    """Write a standalone Keras script that rebuilds the same network."""
    write_file(out, arch.to_script(arch.load_spec(net)), "The script")
    tell(f"Wrote {out}.")


def _flow_table(result: arch.Flow) -> str:
    rows = []
    for row in result.rows:
        shape = f"(?, {', '.join(map(str, row.shape))})"
        costs = [UNKNOWN if cost is None else f"{cost:,}" for cost in (row.params, row.macs)]
        memory = UNKNOWN if row.params is None else size(row.activations * FLOAT32)
        rows.append([row.name, shape, row.kind, *costs, f"{row.receptive_field:,}", memory])
    header = ["", "shape", "what it does", "params", "MACs", "receptive field", "memory"]
    return table(header, rows, left=3)


def _flow_totals(result: arch.Flow) -> str:
    trainable = result.params - result.frozen
    return (
        f"\n{result.params:,} parameters, {trainable:,} of them trainable; {_gigamacs(result.macs)} and "
        f"{size(result.activations * FLOAT32)} of activations (float32) for one image."
    )


def _training_memory(spec: arch.NetSpec, batch_size: int, gigabytes: float) -> dict[str, Any]:
    from fcnlab.arch import memory

    budget = int(gigabytes * memory.GB)
    sizes = ((spec.input.height, spec.input.width), (160, 160), (256, 256))
    told = {
        "budget": budget,
        "largest_batch": memory.fits(spec, budget),
        "verdict": memory.verdict(spec, budget, sizes),
    }
    return {**memory.training_memory(spec, batch_size).to_json(), **told}


def _training_told(memory: dict[str, Any]) -> str:
    kinds = ("weights", "gradients", "moments", "activations", "batch", "workspace", "runtime")
    parts = ", ".join(f"{kind} {size(memory[kind])}" for kind in kinds)
    return f"Training with batch {memory['batch_size']} takes {size(memory['total'])}: {parts}.\n{memory['verdict']}"


def _gigamacs(macs: int) -> str:
    return f"{macs / 1e9:,.4f} GMAC"


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
