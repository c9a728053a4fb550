"""Tables and legends of the Inspect page as HTML, and the sentences that describe its pictures."""

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from fcnlab.draw.colors import class_colors
from fcnlab.draw.glossary import explain
from fcnlab.draw.masks import CHANGED, LOST, WON

Labels = NDArray[np.uint8]
ClassIoU = Sequence[float | None] | None
Column = tuple[str, str, Sequence[str]]
"""Title, what it means, and a cell for each class."""

STYLE = """<style>
.classes{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem}
.classes th{font-weight:600;color:var(--fcn-muted);text-align:right;padding:.25rem .75rem;
  border-bottom:2px solid var(--fcn-rule);vertical-align:bottom}
.classes td{text-align:right;padding:.3rem .75rem;border-bottom:1px solid var(--fcn-rule);white-space:nowrap}
.classes th:first-child,.classes td:first-child{text-align:left;padding-left:0}
.classes th[scope=row]{font-weight:400;white-space:nowrap;color:inherit;border-bottom-width:1px}
.classes abbr{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
.chip{display:inline-block;width:.85em;height:.85em;border-radius:3px;margin-right:.5em;vertical-align:-.06em;
  box-shadow:inset 0 0 0 1px rgba(128,128,128,.6)}
ul.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.875rem;list-style:none;margin:0;padding:0}
ul.legend li{margin:0;padding:0}
@media (max-width:640px){.classes{font-size:.8125rem;width:100%}.classes th,.classes td{padding:.3rem .25rem}}
</style>"""


def shares(labels: Labels, classes: int) -> list[float]:
    """The share of the pixels that each class has in a mask [H, W]."""
    counts = np.bincount(labels.ravel(), minlength=classes)
    return [int(count) / labels.size for count in counts]


def describe(labels: Labels, names: Sequence[str]) -> str:
    """A mask in words, largest class first: "background 92 %, hero 8 %"."""
    found = sorted(zip(shares(labels, len(names)), names, strict=True), reverse=True)
    return ", ".join(f"{name} {percent(share)}" for share, name in found if share)


def percent(share: float) -> str:
    """A share for people: "8.3 %", "< 0.1 %", "0"."""
    if not share:
        return "0"
    return "< 0.1 %" if share < 0.001 else f"{share:.1%}".replace("%", " %")


def iou_cells(iou: ClassIoU, classes: int) -> list[str]:
    """IoU of each class, "–" where neither truth nor prediction shows the class or there is no truth."""
    return ["–" if value is None else f"{value:.2f}" for value in iou or [None] * classes]


def class_table(label: str, names: Sequence[str], columns: Sequence[Column], colors: Sequence[str | None] = ()) -> str:
    """A table with a row for each class, which is also the legend of the masks' colours.

    Args:
        label: What the table shows.
        names: The classes'.
        columns: One cell for each class.
        colors: The dataset's own, None for the lab's.
    """
    shown = class_colors(colors or [None] * len(names))
    head = "".join(
        f'<th scope="col"><abbr title="{escape(meaning, quote=True)}">{escape(title)}</abbr></th>'
        for title, meaning, _ in columns
    )
    rows = "".join(
        f'<tr><th scope="row">{_chip(shown[index])}{escape(name)}</th>'
        + "".join(f"<td>{escape(cells[index])}</td>" for _, _, cells in columns)
        + "</tr>"
        for index, name in enumerate(names)
    )
    meaning = escape(explain("class"), quote=True)
    return (
        f'<table class="classes" aria-label="{escape(label, quote=True)}"><thead><tr>'
        f'<th scope="col"><abbr title="{meaning}">Class</abbr></th>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def change_legend(truth_known: bool) -> str:
    """What the colours of the difference picture say."""
    known = [(WON, "became right"), (LOST, "became wrong"), (CHANGED, "wrong in another way")]
    return color_legend("Colours of the difference", known if truth_known else [(CHANGED, "became another class")])


def color_legend(label: str, entries: Sequence[tuple[str, str]]) -> str:
    """Colours and what each says."""
    items = "".join(f"<li>{_chip(color)}{escape(text)}</li>" for color, text in entries)
    return f'<ul class="legend" aria-label="{escape(label, quote=True)}">{items}</ul>'


def _chip(color: str) -> str:
    return f'<span class="chip" style="background:{color}"></span>'
