"""Every set of skips of one picture as figures and as numbers."""

from pathlib import Path
from typing import Any

from fcnlab import draw
from fcnlab.arch.spec import slug
from fcnlab.draw.masks import in_color
from fcnlab.lab.inside.metric_names import BASELINES
from fcnlab.lab.tasks import Look, SkipSets
from fcnlab.ui.inspect.save import MakeFigure, csv_text, json_text, save_menu
from fcnlab.ui.inspect.subject import Subject
from fcnlab.ui.inspect.tables import Labels


def measured(subject: Subject, sets: SkipSets) -> tuple[list[float | None], str]:
    """What is told of each set, and its name: the target's IoU, or its probability where that is not defined."""
    target = subject.classes[sets.target]
    if sets.iou is not None and any(iou[sets.target] is not None for iou in sets.iou):
        return [iou[sets.target] for iou in sets.iou], f"IoU of {target}"
    return [float(value) for value in sets.probability], f"probability of {target}"


def set_pictures(subject: Subject, look: Look, sets: SkipSets, opacity: float) -> list[Labels]:
    """Each set's mask over the picture, uint8 [H, W, 3]; `opacity` 0 to 100."""
    image, classes = in_color(look.image), len(subject.classes)
    return [draw.overlay(image, labels, classes, opacity / 100) for labels in sets.labels]


def save_sets(subject: Subject, look: Look, sets: SkipSets, opacity: float, baseline: str, *, drawn: bool) -> None:
    """The menu of downloads; without the lattice where none is `drawn`. `baseline` is the engine's name."""
    values, measure = measured(subject, sets)
    target = subject.classes[sets.target]

    def lattice() -> Any:
        pictures = set_pictures(subject, look, sets, opacity)
        run = Path(subject.path).name
        note = f"Run {run}, epoch {subject.epoch}; a skip that is off carries: {BASELINES[baseline].label.lower()}."
        title = f"Skips in {subject.title}"
        return draw.lattice_figure(sets.names, pictures, values, measure=measure, title=title, note=note)

    def diagram() -> Any:
        weights = dict(zip(sets.names, sets.shares.tolist(), strict=True))
        return draw.diagram_figure(subject.net, weights=weights, weight_unit=f"points of {target}'s probability")

    figures: dict[str, MakeFigure] = {"Diagram": diagram}
    if drawn:
        figures = {"Lattice": lattice, **figures}
    numbers = {
        "csv": lambda: sets_csv(subject.classes, sets),
        "json": lambda: json_text(sets_document(subject, sets)),
    }
    run = Path(subject.path).name
    save_menu(f"{run}-epoch{subject.epoch}-{slug(subject.title)}-skips-{baseline}", figures, numbers)


def sets_csv(classes: tuple[str, ...], sets: SkipSets) -> str:
    """A row for each set: which skips are on, the target's probability, and the IoU of each class."""
    head = ["set", *sets.names, f"probability of {classes[sets.target]}", *(f"IoU of {name}" for name in classes)]
    unknown = (None,) * len(classes)
    rows = [
        [
            number,
            *(number >> skip & 1 for skip in range(len(sets.names))),
            float(probability),
            *(sets.iou[number] if sets.iou else unknown),
        ]
        for number, probability in enumerate(sets.probability)
    ]
    return csv_text(head, rows)


def sets_document(subject: Subject, sets: SkipSets) -> dict[str, Any]:
    """The same for programs, with each skip's shares."""
    skips = [
        {
            "name": name,
            "source": sets.sources[skip],
            "share_of_probability": float(sets.shares[skip]),
            "share_of_iou": None if sets.iou_shares is None else float(sets.iou_shares[skip]),
        }
        for skip, name in enumerate(sets.names)
    ]
    found = [
        {
            "skips": [name for skip, name in enumerate(sets.names) if number >> skip & 1],
            "probability": float(sets.probability[number]),
            "iou": None if sets.iou is None else list(sets.iou[number]),
        }
        for number in range(len(sets.probability))
    ]
    run = Path(subject.path).name
    head = {"run": run, "epoch": subject.epoch, "picture": subject.title, "classes": list(subject.classes)}
    return {**head, "target": subject.classes[sets.target], "skips": skips, "sets": found}
