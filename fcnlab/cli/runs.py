"""The commands that take a run: to train it on, to score it, to look into it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fcnlab.cli.output import show, show_json, stdout_for_results, table
from fcnlab.cli.paper import Json
from fcnlab.cli.score_tables import show_score
from fcnlab.cli.training import Data, Force, telling_of_force
from fcnlab.errors import FcnLabError, RunError

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]


def resume(
    run: RunFolder,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="So many more epochs, also after the end.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="B", help="Images a step, of these epochs or of what follows.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="R", help="The step size, of these epochs or of what follows.")
    ] = None,
    force: Force = False,
) -> None:
    """Go on with a run that was stopped or interrupted, from its last checkpoint, or train a finished one longer."""
    from fcnlab.cli.progress import watch_training
    from fcnlab.data import open_dataset
    from fcnlab.lab import Run
    from fcnlab.lab.tasks import go_on_with, resume_here

    found = Run.open(run)
    images = open_dataset(found.record.dataset).splits.get("train", 0)
    go_on_with(found, epochs, learning_rate=learning_rate, batch_size=batch_size)
    watching = watch_training(run, found.record.plan, images, found.changes())
    with telling_of_force(), watching as on_event, stdout_for_results():
        resume_here(run, on_event, force=force)


def score(run: RunFolder, data: Data, json: Json = False) -> None:
    """Score a run's last checkpoint on a dataset: the official Follow-Me score, and IoU by class."""
    from fcnlab.cli.progress import counting
    from fcnlab.lab.tasks import score_run

    require_checkpoint(run)
    with counting("Scoring") as progress, stdout_for_results():
        found = score_run(run, data, progress)
    if json:
        show_json(found)
    else:
        show_score(found)


def features(
    run: RunFolder,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="Any picture.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write to.")],
    layers: Annotated[bool, typer.Option("--layers", help="One picture a layer instead of one a stage.")] = False,
    epoch: Annotated[int | None, typer.Option(metavar="E", help="The checkpoint; 0 is before training.")] = None,
    scale: Annotated[str, typer.Option(metavar="layer|tile", help="One scale for a layer or one a tile.")] = "layer",
    order: Annotated[
        str, typer.Option(metavar="channel|mean|variance|sparsity", help="What the tiles are sorted by.")
    ] = "channel",
    target: Annotated[
        int | None, typer.Option("--class", metavar="N", help="First the channels that speak most for this class.")
    ] = None,
    limits: Annotated[
        tuple[float, float] | None, typer.Option(metavar="LOW HIGH", help="A fixed scale, the same for all.")
    ] = None,
    palette: Annotated[
        str, typer.Option("--colors", metavar="viridis|cividis|gray|blue-red", help="Colours from low to high.")
    ] = "viridis",
    form: Annotated[str, typer.Option("--format", metavar="png|svg|pdf", help="Of the pictures.")] = "png",
    limit: Annotated[int, typer.Option(metavar="N", help="Channels shown of each stage or layer.")] = 64,
    json: Json = False,
) -> None:
    """Write the feature maps of one image as pictures, with the prediction and their figures as JSON and CSV."""
    from fcnlab.lab.tasks import Sheets, write_features

    tiles = {"scale": scale, "order": order, "target": target, "limits": limits, "palette": palette}
    sheets = Sheets.parse(
        {**tiles, "format": form, "limit": limit}, what="what was asked of the tiles", error=FcnLabError
    )
    if epoch != 0:
        require_checkpoint(run)
    with stdout_for_results():
        found = write_features(run, image, out, layers, epoch, sheets)
    if json:
        show_json(found)
    else:
        _show_maps(found, out)
        show(f"The prediction is {out / found['prediction']['file']}.")


def require_checkpoint(folder: Path) -> None:
    """Tell a wrong or untrained run at once, before Keras is loaded."""
    from fcnlab.lab import Run

    run = Run.open(folder)
    if not run.checkpoints():
        raise RunError(
            f"The run {run.name} has no checkpoint yet.", "Wait for the end of its first epoch, or resume it."
        )


def _show_maps(found: dict[str, Any], out: Path) -> None:
    header = ["", "file", "shape", "active", "effective rank", "dead", "duplicates"]
    rows = [
        [
            entry["name"],
            str(out / entry["file"]),
            _shape(entry["shape"]),
            f"{entry['active']:.0%}",
            f"{entry['effective_rank']:.1f}",
            str(len(entry["dead"])),
            str(len(entry["duplicates"])),
        ]
        for entry in found["maps"]
    ]
    show(table(header, rows, left=2))


def _shape(shape: Any) -> str:
    return f"({', '.join(map(str, shape))})"
