"""`train`: its plan from a file, a name or options."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from fcnlab.cli.output import say, stdout_for_results
from fcnlab.cli.paper import Net
from fcnlab.errors import PlanError

_CHANGES, _LEARNING, _END = "Random changes", "Learning", "Epochs that are compared by validation"

Data = Annotated[str, typer.Option("--data", metavar="DATASET", help="A built-in name or a folder.")]
Force = Annotated[bool, typer.Option("--force", help="Also where the memory seems too small.")]
Whole: TypeAlias = int | None
Number: TypeAlias = float | None
Word: TypeAlias = str | None


def _option(metavar: str, told: str, panel: str | None = None) -> Any:
    return typer.Option(metavar=metavar, help=told, rich_help_panel=panel)


def train(
    net: Net,
    data: Data,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.")],
    plan: Annotated[Word, _option("FILE|NAME", "A plan (JSON), or a kept one's name, instead of its phases.")] = None,
    begin: Annotated[
        Word, typer.Option("--from", metavar="RUN[@EPOCH]", help="Begin with the weights that agree with its layers.")
    ] = None,
    subset: Annotated[Whole, _option("N", "Train on this many images.")] = None,
    seed: Annotated[Whole, _option("S", "Of weights, order and augmentation.")] = None,
    epochs: Annotated[Whole, _option("N", "Passes over the images.")] = None,
    batch_size: Annotated[Whole, _option("B", "Images a step.")] = None,
    learning_rate: Annotated[Number, _option("R", "The optimizer's step size.")] = None,
    steps_per_epoch: Annotated[Whole, _option("N", "Steps a pass; else all images once.")] = None,
    workers: Annotated[Whole, _option("N", "Threads that make batches ready.")] = None,
    optimizer: Annotated[Word, _option("adam|adamw|sgd", "How gradients become steps.", _LEARNING)] = None,
    schedule: Annotated[Word, _option("cosine|constant", "Of the learning rate in a phase.", _LEARNING)] = None,
    warmup_steps: Annotated[Whole, _option("N", "Steps over which the learning rate rises first.", _LEARNING)] = None,
    loss: Annotated[Word, _option("NAME", "cross-entropy or focal, each also with +dice.", _LEARNING)] = None,
    class_weights: Annotated[Word, _option("W,W,…|balanced", "What a class's pixels count.", _LEARNING)] = None,
    precision: Annotated[Word, _option("float32|bfloat16", "Of convolutions.", _LEARNING)] = None,
    metric: Annotated[Word, _option("loss|mean_iou|target_iou", "What they are compared by.", _END)] = None,
    keep_best: Annotated[
        bool, typer.Option("--keep-best", help="Take the best's weights.", rich_help_panel=_END)
    ] = False,
    early_stop: Annotated[Whole, _option("N", "End after so many that are no better.", _END)] = None,
    no_flip: Annotated[
        bool, typer.Option("--no-flip", help="Do not mirror images at random.", rich_help_panel=_CHANGES)
    ] = False,
    shift: Annotated[Number, _option("S", "By up to this share of their side, 0 to 0.5.", _CHANGES)] = None,
    zoom: Annotated[Number, _option("Z", "Larger or smaller by up to this share, 0 to 0.5.", _CHANGES)] = None,
    rotate: Annotated[Number, _option("D", "By up to so many degrees, 0 to 180.", _CHANGES)] = None,
    brightness: Annotated[Number, _option("B", "By up to this share of the range, 0 to 1.", _CHANGES)] = None,
    contrast: Annotated[Number, _option("C", "By up to this factor, 0 to 1.", _CHANGES)] = None,
    color: Annotated[Number, _option("C", "Saturation and hue; 1 is strongest.", _CHANGES)] = None,
    paste: Annotated[Number, _option("P", "Objects of other images into this share of them, 0 to 1.", _CHANGES)] = None,
    force: Force = False,
) -> None:
    """Train a network and keep everything about it in a run folder. Ctrl-C stops after the next step.

    The plan's own values hold where no option says otherwise.
    """
    phase = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    phase |= {"steps_per_epoch": steps_per_epoch, "workers": workers}
    settings: dict[str, Any] = {"subset": subset, "seed": seed, "flip": False if no_flip else None}
    settings |= {"optimizer": optimizer, "schedule": schedule, "warmup_steps": warmup_steps, "loss": loss}
    settings |= {"class_weights": _weights(class_weights), "precision": precision, "metric": metric}
    settings |= {"keep_best": keep_best or None, "early_stop": None if early_stop is None else {"patience": early_stop}}
    changes = {"shift": shift, "zoom": zoom, "rotate": rotate}
    changes |= {"brightness": brightness, "contrast": contrast, "color": color, "paste": paste}
    _train(net, data, out, _plan(plan, _given(phase), _given(settings), _given(changes)), begin, force=force)


def _train(net: str, data: str, out: Path, plan: Any, begin: str | None, *, force: bool) -> None:
    from fcnlab.arch import load_spec
    from fcnlab.cli.progress import watch_training
    from fcnlab.data import open_dataset
    from fcnlab.lab import tasks
    from fcnlab.lab.training.doubts import doubts
    from fcnlab.lab.training.fit import adapted

    asked, dataset = load_spec(net), open_dataset(data)
    spec = adapted(asked, dataset)
    if spec != asked:
        classes = spec.output.classes
        say(f"{dataset.title} has {classes} classes: the network gets {classes} instead of {asked.output.classes}.")
    for doubt in doubts(plan, spec, dataset.splits.get("train", 0)):
        say(f"A doubt about the plan: {doubt}")
    if not force:
        _require_memory(spec, plan, dataset.splits.get("train", 0))
    with watch_training(out, plan, dataset.splits.get("train", 0)) as on_event, stdout_for_results():
        if begin is None:
            tasks.train_here(spec, plan, dataset.name, out, on_event, force=force)
            return
        source, epoch = tasks.parse_branch(begin)
        run, carried = tasks.branch_run(source, epoch, out=out, net=spec, plan=plan, dataset=dataset.name, force=force)
        say(f"Layers that begin with the weights of {begin}: {', '.join(carried.taken)}.")
        for name, reason in carried.left:
            say(f"{name} begins at random: {reason}.")
        tasks.train_run(str(run.path), on_event)


def _require_memory(spec: Any, plan: Any, images: int) -> None:
    """Refuse what does not fit into this machine's memory, before there is a run folder."""
    from fcnlab.arch import require_valid
    from fcnlab.lab.training.budget import budget_of_worker
    from fcnlab.lab.training.fit import largest_batch_left, require_memory

    require_valid(spec)
    with telling_of_force():
        require_memory(spec, plan, budget_of_worker(), largest_batch_left(plan, images, (), 0))


@contextmanager
def telling_of_force() -> Iterator[None]:
    """Tell of the way around where memory seems too small."""
    from fcnlab.lab.training.fit import NoRoomError

    try:
        yield
    except NoRoomError as problem:
        raise PlanError(problem.message, f"{problem.fix} Or try it all the same with --force.") from None


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _weights(text: str | None) -> list[float] | str | None:
    if text is None or text == "balanced":
        return text
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise PlanError(
            f"--class-weights takes numbers with commas between them, or balanced; received {text!r}.",
            "Give one number a class, in the classes' order, such as 1,2,6.",
        ) from None


def _plan(name: str | None, phase: dict[str, Any], settings: dict[str, Any], augment: dict[str, Any]) -> Any:
    """The plan of a file, a kept one or that of the options; `settings` and `augment` hold for all of them."""
    from fcnlab.plan import Plan
    from fcnlab.plans import find_plan

    if name is not None and phase:
        options = ", ".join(f"--{option.replace('_', '-')}" for option in phase)
        raise PlanError(f"--plan and {options} exclude each other.", "Set these in the plan's phases.")
    plan: dict[str, Any] = {"phases": [phase], "augment": {}} if name is None else find_plan(name).model_dump()
    changed = {**plan, **settings, "augment": {**plan["augment"], **augment}}
    return Plan.parse(changed, what="the training plan", error=PlanError)
