"""The commands that train, and that look into what was trained."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fcnlab.cli.output import say, show, show_json, stdout_for_results, table
from fcnlab.cli.paper import Json, Net
from fcnlab.cli.score_tables import show_score
from fcnlab.errors import FcnLabError, PlanError, RunError

Data = Annotated[str, typer.Option("--data", metavar="DATASET", help="A built-in name or a folder.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]


def train(
    net: Net,
    data: Data,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.")],
    subset: Annotated[int | None, typer.Option(metavar="N", help="Train on this many images.")] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="Passes over the images.")] = None,
    batch_size: Annotated[int | None, typer.Option(metavar="B", help="Images a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(metavar="R", help="The optimizer's step size.")] = None,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="A plan (JSON) instead of these three.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", help="Of weights, order and augmentation.")] = None,
    no_flip: Annotated[bool, typer.Option("--no-flip", help="Do not mirror images at random.")] = False,
    shift: Annotated[
        float | None,
        typer.Option(metavar="S", help="Shift images at random by up to this share of their side, 0 to 0.5."),
    ] = None,
    zoom: Annotated[
        float | None, typer.Option(metavar="Z", help="Enlarge or shrink them by up to this share, 0 to 0.5.")
    ] = None,
    rotate: Annotated[
        float | None, typer.Option(metavar="D", help="Rotate them by up to so many degrees, 0 to 180.")
    ] = None,
    brightness: Annotated[
        float | None, typer.Option(metavar="B", help="Make them brighter or darker by up to this share, 0 to 1.")
    ] = None,
    contrast: Annotated[
        float | None, typer.Option(metavar="C", help="Change their contrast by up to this factor, 0 to 1.")
    ] = None,
    color: Annotated[
        float | None, typer.Option(metavar="C", help="Change their saturation and hue; 1 is strongest.")
    ] = None,
) -> None:
    """Train a network and keep everything about it in a run folder. Ctrl-C stops after the next step."""
    from fcnlab.arch import load_spec
    from fcnlab.cli.progress import watch_training
    from fcnlab.data import open_dataset
    from fcnlab.lab.fit import adapted
    from fcnlab.lab.tasks import train_here

    phase = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    settings = {"subset": subset, "seed": seed, "flip": False if no_flip else None}
    changes = {"shift": shift, "zoom": zoom, "rotate": rotate}
    changes |= {"brightness": brightness, "contrast": contrast, "color": color}
    chosen = _plan(plan, _given(phase), _given(settings), _given(changes))
    asked, dataset = load_spec(net), open_dataset(data)
    spec = adapted(asked, dataset)
    if spec != asked:
        classes = spec.output.classes
        say(f"{dataset.title} has {classes} classes: the network gets {classes} instead of {asked.output.classes}.")
    with watch_training(out, chosen, dataset.splits.get("train", 0)) as on_event, stdout_for_results():
        train_here(spec, chosen, dataset.name, out, on_event)


def resume(run: RunFolder) -> None:
    """Go on with a run that was stopped or interrupted, from its last checkpoint."""
    from fcnlab.cli.progress import watch_training
    from fcnlab.data import open_dataset
    from fcnlab.lab import Run
    from fcnlab.lab.tasks import resume_here

    record = Run.open(run).record
    images = open_dataset(record.dataset).splits.get("train", 0)
    with watch_training(run, record.plan, images) as on_event, stdout_for_results():
        resume_here(run, on_event)


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


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _plan(file: Path | None, phase: dict[str, Any], settings: dict[str, Any], augment: dict[str, Any]) -> Any:
    """The plan of a file or of the options; `settings` (subset, seed, flip) and `augment` hold for both."""
    from fcnlab.plan import Plan, load_plan

    if file is not None and phase:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in phase)
        raise PlanError(f"--plan and {options} exclude each other.", "Set these in the plan's phases.")
    plan: dict[str, Any] = {"phases": [phase], "augment": {}} if file is None else load_plan(file).model_dump()
    changed = {**plan, **settings, "augment": {**plan["augment"], **augment}}
    return Plan.parse(changed, what="the training plan", error=PlanError)


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
