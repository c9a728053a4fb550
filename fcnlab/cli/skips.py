"""The command that measures what each skip connection contributes."""

import json as json_text
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fcnlab.cli.output import say, show, show_json, stdout_for_results, table
from fcnlab.cli.paper import UNKNOWN, Json
from fcnlab.cli.runs import RunFolder, require_checkpoint
from fcnlab.cli.training import Data
from fcnlab.errors import FcnLabError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = dict[str, Any]

FIGURES = ("shapley", "necessity", "sufficiency")


def skips(
    run: RunFolder,
    data: Data,
    baseline: Annotated[
        str, typer.Option(metavar="zero|mean|position|resample|all", help="What a skip that is off carries.")
    ] = "zero",
    metric: Annotated[str | None, typer.Option(metavar="M", help="What is told first; target_iou by default.")] = None,
    subset: Annotated[int | None, typer.Option(metavar="N", help="Use this many images of each split.")] = None,
    epoch: Annotated[int | None, typer.Option(metavar="E", help="The checkpoint; 0 is before training.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Measure every checkpoint of the run.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="DIR", help="Write numbers and figures.")] = None,
    json: Json = False,
) -> None:
    """Measure what each skip connection of a run contributes: exact Shapley values with 95 % intervals."""
    from fcnlab.cli.progress import counting
    from fcnlab.lab.tasks import describe_metric, skip_history, skip_report

    if history and epoch is not None:
        raise FcnLabError("--history and --epoch exclude each other.", "Leave one of them out.")
    if history and baseline == "all":
        raise FcnLabError("--history takes one baseline.", "Choose zero, mean, position or resample.")
    if metric is not None:
        describe_metric(metric)
    if epoch != 0:
        require_checkpoint(run)
    with counting("Switching skips") as progress, stdout_for_results():
        if history:
            found = skip_history(run, data, baseline, subset, progress)
        else:
            found = skip_report(run, data, baseline, subset, progress, metric=metric, epoch=epoch)
        if out is not None:
            _write(found, out, metric)
    if json:
        show_json(found)
    elif history:
        _show_history(found, metric)
    else:
        _show_report(found)


def _show_report(found: Report) -> None:
    for baseline, report in (found.get("baselines") or {found["baseline"]: found}).items():
        rows = [[f"{skip['name']} ← {skip['source']}", *_cells(skip)] for skip in report["skips"]]
        show(f"A skip that is off carries: {baseline}.")
        show(table(["skip", *(cell for figure in FIGURES for cell in (figure, "95 %"))], rows))
        show(f"{report['metric']}: {_number(report['all'])} with all skips, {_number(report['none'])} with none.\n")
    for warning in found.get("warnings", ()):
        show(f"The answer depends on the baseline: {warning}")
    show(f"{found['images']:,} images of {found['dataset']}, epoch {found['epoch']}.")


def _show_history(found: Report, metric: str | None) -> None:
    parts = [_block(report, metric) for report in found["epochs"]]
    rows = [
        [str(report["epoch"]), *(_number(skip["shapley"]) for skip in part["skips"]), _number(part["all"])]
        for report, part in zip(found["epochs"], parts, strict=True)
    ]
    names = [skip["name"] for skip in found["epochs"][-1]["skips"]]
    show(table(["epoch", *names, "with all skips"], rows))
    told = metric or found["epochs"][-1]["metric"]
    show(f"\nShapley values of {told}. A skip that is off carries: {found['baseline']}.")


def _block(report: Report, metric: str | None) -> Report:
    """The part of a report on a metric; rows without numbers where it is not defined that early."""
    if metric is None:
        return report
    nothing = {"all": None, "skips": [{"shapley": None}] * len(report["skips"])}
    found: Report = report["metrics"].get(metric, nothing)
    return found


def _cells(skip: Report) -> Iterator[str]:
    for figure in FIGURES:
        yield _number(skip[figure])
        yield f"{_number(skip[f'{figure}_low'])} … {_number(skip[f'{figure}_high'])}"


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4f}"


def _write(found: Report, out: Path, metric: str | None) -> None:
    """`skips.json`, `skips.csv`, and every figure as PNG, SVG and PDF."""
    from fcnlab.draw import figure_bytes
    from fcnlab.lab.tasks import report_csv

    files = {
        "skips.json": (json_text.dumps(found, indent=2) + "\n").encode(),
        "skips.csv": report_csv(found).encode(),
    }
    for name, figure in _figures(found, metric):
        files |= {f"{name}.{kind}": figure_bytes(figure, kind) for kind in ("png", "svg", "pdf")}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as problem:
        raise FcnLabError(
            f"The folder {out} cannot be written ({problem.strerror or problem}).", "Choose a folder you may write to."
        ) from None
    say(f"Written to {out}: {', '.join(files)}.")


def _figures(found: Report, metric: str | None) -> "Iterator[tuple[str, Figure]]":
    from fcnlab.draw import baselines_figure, history_figure, interactions_figure, skips_figure

    if "epochs" in found:
        yield "history", history_figure(found, metric)
        return
    yield "skips", skips_figure(found)
    if found["interactions"]:
        yield "interactions", interactions_figure(found)
    if "baselines" in found:
        yield "baselines", baselines_figure(found)
