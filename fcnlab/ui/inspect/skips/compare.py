"""The prediction as trained, another one, and what changed between them."""

from collections.abc import Sequence

from fcnlab.draw import difference
from fcnlab.draw.glossary import explain
from fcnlab.lab.tasks import Look
from fcnlab.ui.inspect.figures import figure, figures, flat_url, mask_url
from fcnlab.ui.inspect.tables import (
    ClassIoU,
    Labels,
    change_legend,
    class_table,
    describe,
    iou_cells,
    percent,
    shares,
)

BEFORE = "As trained"


def three(look: Look, labels: Labels, title: str, names: tuple[str, ...], opacity: float) -> str:
    """Figures: the prediction as trained, the one with other skips, and their difference; and its colours."""
    changes = difference(look.labels, labels, look.truth)
    return figures(
        _mask(look, look.labels, names, opacity, BEFORE),
        _mask(look, labels, names, opacity, title),
        figure(flat_url(changes.image), "Difference", f"Difference: {changes.caption()}"),
    ) + change_legend(look.truth is not None)


def changed(look: Look, labels: Labels) -> str:
    """The counts of changed pixels in one sentence."""
    return difference(look.labels, labels, look.truth).caption()


def table(look: Look, labels: Labels, iou: ClassIoU, names: Sequence[str]) -> str:
    """Each class's share and IoU as trained and with other skips."""
    columns = [
        ("Share before", "Share of the picture's pixels, skips as trained.", _shares(look.labels, names)),
        ("After", "Share of the picture's pixels with these skips.", _shares(labels, names)),
    ]
    if look.truth is not None:
        columns += [
            ("IoU before", explain("IoU"), iou_cells(look.iou, len(names))),
            ("IoU after", explain("IoU"), iou_cells(iou, len(names))),
        ]
    return class_table("Classes before and after", names, columns)


def _shares(labels: Labels, names: Sequence[str]) -> list[str]:
    return [percent(share) for share in shares(labels, len(names))]


def _mask(look: Look, labels: Labels, names: tuple[str, ...], opacity: float, caption: str) -> str:
    return figure(mask_url(look, labels, len(names), opacity), caption, f"{caption}: {describe(labels, names)}")
