"""The table of runs."""

from collections.abc import Sequence
from html import escape

from fcnlab.lab.history.shelf import Entry
from fcnlab.ui.train.state import LABELS
from fcnlab.ui.train.watching.numbers import duration
from fcnlab.ui.words import tooltip

_MARKS = {"done": "✓", "failed": "✕", "interrupted": "✕", "stopped": "‖", "running": "▸", "starting": "▸"}

_NOTED = 80
"""Letters of a note in the table."""


def runs_html(entries: Sequence[Entry], shown: str, label: str) -> str:
    """The runs as a table for `clickable`, in their order.

    Args:
        entries: The runs.
        shown: The name of the run that the page shows.
        label: The table's name for those who cannot see it.
    """
    iou = f'<abbr title="{escape(tooltip("mean IoU", "The highest after any epoch."))}">Best mean IoU</abbr>'
    head = "".join(
        f'<th scope="col" class="{kind}">{title}</th>'
        for title, kind in (
            ("Run", ""),
            ("State", ""),
            (iou, ""),
            ("Epochs", "wide"),
            ("Time", "wide"),
            ("Network", "wide"),
            ("Dataset", "wide"),
            ("Begun", "wide"),
        )
    )
    rows = "".join(_row(number, entry, shown=entry.run.name == shown) for number, entry in enumerate(entries))
    return (
        f'<div class="scroll"><table aria-label="{escape(label)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(number: int, entry: Entry, *, shown: bool) -> str:
    record, summary = entry.run.record, entry.summary
    current = ' aria-current="true"' if shown else ""
    epochs = entry.status.epochs or record.plan.epochs
    return (
        f'<tr class="{"selected" if shown else ""}" data-stage="{number}">'
        f'<td style="white-space:normal;overflow-wrap:anywhere" title="{escape(entry.run.name)}">'
        f'<button data-stage="{number}"{current}>{escape(entry.title)}</button>{_words(entry)}</td>'
        f"<td>{_MARKS.get(entry.state, '…')} {LABELS[entry.state]}</td>"
        f"<td>{'–' if summary.best is None else f'{summary.best:.3f}'}</td>"
        f'<td class="wide">{summary.epochs} of {epochs}</td>'
        f'<td class="wide">{duration(summary.seconds) if summary.seconds else "–"}</td>'
        f'<td class="wide">{escape(entry.network)}</td>'
        f'<td class="wide" title="{escape(record.dataset)}">{escape(dataset_title(record.dataset))}</td>'
        f'<td class="wide">{record.created.astimezone():%d %b %Y, %H:%M}</td></tr>'
    )


def _words(entry: Entry) -> str:
    """Tags and the note's beginning, under the name."""
    tags = " ".join(f"#{tag}" for tag in entry.about.tags)
    note = " ".join(entry.note.split())
    short = note if len(note) <= _NOTED else note[: _NOTED - 1] + "…"
    words = " · ".join(part for part in (tags, short) if part)
    return f'<span class="what">{escape(words)}</span>' if words else ""


def dataset_title(name: str) -> str:
    """A dataset's short name without opening it: "shapes, α 0.3", or a folder's last part."""
    parts = name.split(":")
    if parts[0] == "shapes":
        return f"shapes, α {parts[1]}" if len(parts) > 1 else "shapes"
    return name.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1] or name
