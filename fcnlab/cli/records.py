"""The command that lists runs, and writes their curves for other programs."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from fcnlab.cli.output import show, show_json, table, write_file
from fcnlab.cli.paper import Json
from fcnlab.errors import RunError


class _ListsByDefault(TyperGroup):
    """`runs FOLDER` is `runs list FOLDER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb in where none is named."""
        named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["list", *args])


runs = typer.Typer(
    cls=_ListsByDefault,
    help="List the runs in a folder: `runs FOLDER`. Or write a run's curve for other programs: `runs export RUN`.",
    pretty_exceptions_enable=False,
)


@runs.command("list")
def list_runs(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="The runs folder; FCNLAB_RUNS or ./runs if left out.")
    ] = None,
    find: Annotated[str, typer.Option("--find", metavar="WORDS", help="Only those in which all words occur.")] = "",
    sort: Annotated[
        str, typer.Option("--sort", metavar="newest|name|score|time", help="The order of the list.")
    ] = "newest",
    json: Json = False,
) -> None:
    """List the runs in a folder."""
    from fcnlab.lab import runs_root
    from fcnlab.lab.history.finding import ORDERS, in_order, matching
    from fcnlab.lab.history.shelf import Shelf

    orders = {order: order for order in ORDERS}
    if sort not in orders:
        raise RunError(f"Runs cannot be sorted by {sort!r}.", f"Use one of {', '.join(ORDERS)}.")
    root = runs_root() if folder is None else folder.expanduser().absolute()
    if not root.is_dir():
        raise RunError(f"There is no folder {root}.", "Name the folder that holds the runs.")
    entries, broken = Shelf(root).entries()
    rows = [_row(entry) for entry in in_order(matching(entries, find), orders[sort])]
    if json:
        show_json({"runs": rows, "broken": [{"name": one.name, "problem": one.problem} for one in broken]})
        return
    header = ["run", "state", "network", "dataset", "epochs", "best mean IoU", "minutes"]
    show(table(header, [_cells(row) for row in rows], left=4))
    for one in broken:
        show(f"{one.name}: {one.problem}")


@runs.command("export")
def export_run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="The curve: a row a step and a row an epoch.")
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option("--tensorboard", metavar="DIR", help="Event files, into TensorBoard's log directory.")
    ] = None,
) -> None:
    """Write a run's curve as CSV, or as event files for TensorBoard."""
    from fcnlab.lab import Run
    from fcnlab.lab.history.exporting import metrics_csv, write_tensorboard

    found = Run.open(run)
    if csv is None and tensorboard is None:
        raise RunError("It was not said what to write.", "Give --csv FILE, --tensorboard DIR, or both.")
    if csv is not None:
        write_file(csv, metrics_csv(found), "The curve")
        show(str(csv))
    if tensorboard is not None:
        for path in write_tensorboard(found, tensorboard):
            show(str(path))


def _row(entry: Any) -> dict[str, Any]:
    record, summary = entry.run.record, entry.summary
    return {
        "name": entry.run.name,
        "title": entry.title,
        "state": entry.state,
        "network": entry.network,
        "dataset": record.dataset,
        "created": record.created.isoformat(),
        "epochs": summary.epochs,
        "planned_epochs": entry.status.epochs or record.plan.epochs,
        "best_mean_iou": summary.best,
        "best_epoch": summary.best_epoch,
        "seconds": summary.seconds,
        "note": entry.note,
        "tags": list(entry.about.tags),
    }


def _cells(row: dict[str, Any]) -> list[str]:
    best = row["best_mean_iou"]
    return [
        row["name"],
        row["state"],
        row["network"],
        row["dataset"],
        f"{row['epochs']}/{row['planned_epochs']}",
        "–" if best is None else f"{best:.3f}",
        f"{row['seconds'] / 60:.1f}",
    ]
