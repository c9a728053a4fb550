"""The runs there are, newest first; a click opens one."""

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from fcnlab.errors import RunError
from fcnlab.lab import Run
from fcnlab.ui.clickable import clickable
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.curve import last_epoch, mean_iou
from fcnlab.ui.train.state import LABELS
from fcnlab.ui.words import tooltip

SHOWN = 15
"""Runs in the list before all of them are asked for."""

_MARKS = {"done": "✓", "failed": "✕", "interrupted": "✕", "stopped": "‖", "running": "▸", "starting": "▸"}


def run_list(runs: Sequence[Run], broken: Sequence[RunError], shown: str, on_open: Callable[[str], None]) -> None:
    """Draw the list.

    Args:
        runs: Newest first.
        broken: What is wrong with folders that are no readable runs.
        shown: The name of the run that the page shows.
        on_open: Called with the name of the run that is clicked.
    """
    st.subheader("Runs", anchor=False)
    if not runs:
        st.markdown("There are no runs yet. Choose images and a network above, and press **Start training**.")
    else:
        some = runs if len(runs) <= SHOWN or _all(len(runs)) else runs[:SHOWN]
        names = [run.name for run in some]
        clickable(runs_html(some, shown), key="train.runs", on_pick=lambda row: on_open(names[row]))
    if broken:
        number = len(broken)
        what = (
            "1 folder is no run that can be read" if number == 1 else f"{number} folders are no runs that can be read"
        )
        st.caption(f":material/warning: {what}: {literal(str(broken[0]))}")


def _all(number: int) -> bool:
    return st.toggle(f"Show all {number} runs", key="train.all")


def runs_html(runs: Sequence[Run], shown: str) -> str:
    """The list as a table for `clickable`."""
    iou = f'<abbr title="{escape(tooltip("mean IoU"))}">Mean IoU</abbr>'
    head = "".join(
        f'<th scope="col" class="{kind}">{title}</th>'
        for title, kind in (
            ("Run", ""),
            ("State", ""),
            (iou, ""),
            ("Epochs", "wide"),
            ("Network", "wide"),
            ("Dataset", "wide"),
            ("Begun", "wide"),
        )
    )
    rows = "".join(_row(number, run, shown=run.name == shown) for number, run in enumerate(runs))
    return (
        '<div class="scroll"><table aria-label="Runs, newest first">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(number: int, run: Run, *, shown: bool) -> str:
    epoch, state, record = last_epoch(run), run.state(), run.record
    score = mean_iou(epoch)
    done = epoch["epoch"] if epoch else 0
    current = ' aria-current="true"' if shown else ""
    begun = f"{record.created.astimezone():%d %b %Y, %H:%M}"
    return (
        f'<tr class="{"selected" if shown else ""}" data-stage="{number}">'
        f'<td style="white-space:normal;overflow-wrap:anywhere">'
        f'<button data-stage="{number}"{current}>{escape(run.name)}</button></td>'
        f"<td>{_MARKS.get(state, '…')} {LABELS[state]}</td>"
        f"<td>{'–' if score is None else f'{score:.3f}'}</td>"
        f'<td class="wide">{done} of {record.plan.epochs}</td>'
        f'<td class="wide">{escape(str(record.net.get("name", "")))}</td>'
        f'<td class="wide" title="{escape(record.dataset)}">{escape(dataset_title(record.dataset))}</td>'
        f'<td class="wide">{begun}</td></tr>'
    )


def dataset_title(name: str) -> str:
    """A dataset's short name without opening it: "shapes, α 0.3", or a folder's last part."""
    parts = name.split(":")
    if parts[0] == "shapes":
        return f"shapes, α {parts[1]}" if len(parts) > 1 else "shapes"
    return name.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1] or name
