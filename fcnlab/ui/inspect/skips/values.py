"""Tables of contributions as HTML: a row for each skip, each cell with its interval, tinted by sign and size."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from fcnlab.ui.inspect.skips.words import points

STYLE = """<style>
.values-scroll{overflow-x:auto}
.values{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem}
.values caption{text-align:left;font-size:.8125rem;color:var(--fcn-muted);padding:0 0 .35rem}
.values th{font-weight:600;color:var(--fcn-muted);text-align:right;padding:.25rem .6rem;vertical-align:bottom}
.values thead th{border-bottom:2px solid var(--fcn-rule)}
.values td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--fcn-rule);white-space:nowrap}
.values thead tr:first-child th.group{text-align:center;border-bottom:1px solid var(--fcn-rule)}
.values tr:first-child th:first-child,.values tbody th,.values tfoot th{
  text-align:left;padding-left:0;position:sticky;left:0;background:var(--fcn-ground)}
.values tbody th{font-weight:400;color:inherit;border-bottom:1px solid var(--fcn-rule);min-width:7rem;
  vertical-align:middle}
.values tfoot th,.values tfoot td{font-weight:600;color:inherit;border-bottom:none;border-top:2px solid var(--fcn-rule)}
.values abbr{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
.values small{display:block;font-size:.75rem;color:var(--fcn-muted)}
@media (max-width:640px){
  .values{font-size:.8125rem}
  .values th,.values td{padding:.3rem .3rem}
  .values tbody th{min-width:5.5rem;overflow-wrap:anywhere}
  .values small{white-space:normal;max-width:3.75rem;margin-left:auto}
}
</style>"""


DEEPEST = 30
"""Per cent of colour behind the largest value: text stays readable on it."""


@dataclass(frozen=True, slots=True)
class Value:
    """A cell.

    Attributes:
        value: A difference of IoU or of a share, 0 to 1; None where it is not defined.
        low: The lower end of its interval; None where there is none.
        high: The upper end.
        spread: Standard deviation between donors; None where there are none.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        title: Above its cells.
        meaning: What it tells, in a sentence.
        cells: One for each row.
        total: Below them, where the table has totals.
        group: A title that it shares with its neighbours; empty for none.
    """

    title: str
    meaning: str
    cells: Sequence[Value]
    total: float | None = None
    group: str = ""


def value_table(caption: str, rows: Sequence[str], columns: Sequence[Column], total: str = "") -> str:
    """A table in points (hundredths).

    Args:
        caption: What it shows.
        rows: The rows' names, plain text.
        columns: One cell for each row.
        total: The name of a last row that holds the columns' totals; none if empty.
    """
    most = max((abs(cell.value) for column in columns for cell in column.cells if cell.value is not None), default=0.0)
    body = "".join(
        f'<tr><th scope="row">{escape(row)}</th>{"".join(_cell(column.cells[number], most) for column in columns)}</tr>'
        for number, row in enumerate(rows)
    )
    foot = ""
    if total:
        cells = "".join(f"<td>{'' if column.total is None else points(column.total)}</td>" for column in columns)
        foot = f'<tfoot><tr><th scope="row">{escape(total)}</th>{cells}</tr></tfoot>'
    return (
        f'<div class="values-scroll" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}">'
        f'<table class="values"><caption>{escape(caption)}</caption><thead>{_head(columns)}</thead>'
        f"<tbody>{body}</tbody>{foot}</table></div>"
    )


def _head(columns: Sequence[Column]) -> str:
    """The titles, in two lines where columns have a group."""
    titles = "".join(
        f'<th scope="col"><abbr title="{escape(column.meaning, quote=True)}">{escape(column.title)}</abbr></th>'
        for column in columns
    )
    if not any(column.group for column in columns):
        return f'<tr><th scope="col">Skip</th>{titles}</tr>'
    groups = "".join(
        f'<th scope="colgroup" class="group" colspan="{len(list(part))}">{escape(group)}</th>'
        for group, part in groupby(columns, key=lambda column: column.group)
    )
    return f'<tr><th scope="col" rowspan="2">Skip</th>{groups}</tr><tr>{titles}</tr>'


def _cell(cell: Value, most: float) -> str:
    """A cell, tinted by its value's share of the largest one's."""
    if cell.value is None:
        return "<td>–</td>"
    notes = []
    if cell.low is not None and cell.high is not None:
        notes.append(f"{points(cell.low)} to {points(cell.high)}")
    if cell.spread is not None:
        notes.append(f"± {100 * cell.spread:.1f}")
    tone = "gain" if cell.value > 0 else "loss"
    tint = DEEPEST * abs(cell.value) / most if most else 0.0
    ground = f"background:color-mix(in srgb,var(--fcn-{tone}) {tint:.0f}%,transparent)"
    return f'<td style="{ground}">{points(cell.value)}{"".join(f"<small>{note}</small>" for note in notes)}</td>'
