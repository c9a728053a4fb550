"""How well a run finds small, far-away and hidden targets, with intervals, and the way to more such pictures."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.draw.glossary import explain
from fcnlab.lab import Run
from fcnlab.lab.tasks import Band, PictureScores
from fcnlab.ui.data.more import more_like
from fcnlab.ui.data.scored import Checkpoint
from fcnlab.ui.inspect.save import csv_text, json_text, save_menu
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import count

_CSS = """<style>
.bands-of{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21.5rem),1fr));gap:1.5rem 2rem;
  align-items:start}
.bands{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem;width:100%;max-width:32rem}
.bands caption{text-align:left;font-weight:600;padding:0 0 .35rem}
.bands th{font-weight:600;color:var(--fcn-muted);text-align:right;padding:.25rem .5rem;vertical-align:bottom;
  border-bottom:2px solid var(--fcn-rule)}
.bands td{text-align:right;padding:.3rem .5rem;border-bottom:1px solid var(--fcn-rule);white-space:nowrap}
.bands th:first-child{text-align:left;padding-left:0}
.bands tbody th{vertical-align:middle;font-weight:400;color:inherit;border-bottom:1px solid var(--fcn-rule);
  white-space:nowrap}
.bands abbr{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
.bands small{display:block;font-size:.75rem;color:var(--fcn-muted)}
.bands .bar{display:block;height:.35rem;border-radius:2px;background:var(--fcn-rule);margin-top:.15rem;min-width:4rem}
.bands .bar i{display:block;height:100%;border-radius:2px;background:var(--fcn-encoder-fill)}
@media (max-width:640px){.bands{font-size:.8125rem}.bands th,.bands td{padding:.3rem .2rem}
  .bands .bar{min-width:0}}
</style>"""

TOO_FEW = "too few to tell"
"""Stands where a band has too few pictures for an interval."""

KINDS = ("Size", "Distance", "Hidden share")


def bands(dataset: Dataset, checkpoint: Checkpoint, scores: PictureScores) -> None:
    """Draw the section."""
    target = dataset.classes[scores.target]
    st.header(f"What {literal(checkpoint.name)} finds and misses", anchor=False)
    st.markdown(literal(_summary(scores, target)))
    found = bands_of(scores)
    st.html(f'{_CSS}<div class="bands-of">{"".join(_table(kind, rows) for kind, rows in found.items())}</div>')
    more_like(dataset, Run.open(checkpoint.path), scores)
    save_menu(
        f"errors-{checkpoint.name}-{scores.split}",
        {},
        {"csv": lambda: errors_csv(scores), "json": lambda: json_text(errors_json(scores))},
    )


def bands_of(scores: PictureScores) -> dict[str, tuple[Band, ...]]:
    """The bands that there are, by kind."""
    found = dict(zip(KINDS, (scores.by_size(), scores.by_distance(), scores.by_occlusion()), strict=True))
    return {kind: rows for kind, rows in found.items() if rows}


def _summary(scores: PictureScores, target: str) -> str:
    there = scores.size > 3
    false = int((scores.found & ~there).sum())
    total = int(there.sum())
    if not total:
        return f"No picture of {scores.split} shows {target}; it is seen in {count(false)} of {count(len(there))}."
    hit = int((scores.found & there).sum())
    without = len(there) - total
    told = f"Of the {count(total)} pictures of {scores.split} that show {target}, it is found in {count(hit)} "
    told += f"({hit / total:.0%})"
    return (
        f"{told}; in {count(false)} of the {count(without)} without it, it is seen all the same."
        if without
        else f"{told}."
    )


def band_name(kind: str, band: Band) -> str:
    """The range in words: "4–20 px", "40–60 m", "60 % and more"."""
    unit, scale = {"Size": ("px", 1), "Distance": ("m", 1), "Hidden share": ("%", 100)}[kind]
    low = f"{band.low * scale:g}"
    return f"{low} {unit} and more" if band.high is None else f"{low}–{band.high * scale:g} {unit}"


def _table(kind: str, rows: Sequence[Band]) -> str:
    interval = escape(explain("bootstrap interval"), quote=True)
    head = "".join(
        f'<th scope="col"><abbr title="{escape(meaning, quote=True)} {interval}">{title}</abbr></th>'
        for title, meaning in (("Recall", explain("recall")), ("IoU", explain("IoU")))
    )
    body = "".join(
        f'<tr><th scope="row">{escape(band_name(kind, band))}</th><td>{count(band.images)}</td>'
        f"{_cell(band.recall, band.recall_interval)}{_cell(band.iou, band.iou_interval)}</tr>"
        for band in rows
    )
    return (
        f'<table class="bands"><caption>By {kind.lower()}</caption><thead><tr><th scope="col">{kind}</th>'
        f'<th scope="col">Pictures</th>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _cell(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "<td>–</td>"
    about = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else TOO_FEW
    return (
        f"<td>{value:.2f}<small>{about}</small>"
        f'<span class="bar" aria-hidden="true"><i style="width:{100 * value:.0f}%"></i></span></td>'
    )


def errors_json(scores: PictureScores) -> dict[str, object]:
    """What the tables show, as plain data."""
    told = {
        kind.lower().replace(" ", "_"): [band.to_json() for band in rows] for kind, rows in bands_of(scores).items()
    }
    return {"dataset": scores.dataset, "split": scores.split, "epoch": scores.epoch} | told


def errors_csv(scores: PictureScores) -> str:
    """A line for each picture."""
    head = ("picture", "name", "target_pixels", "found", "iou", "missed", "false", "distance", "occlusion")
    columns = (scores.size, scores.found, scores.iou, scores.missed, scores.false, scores.distance, scores.occlusion)
    rows = [
        (number, name, *(None if value != value else value for value in values))
        for number, (name, *values) in enumerate(zip(scores.names, *(c.tolist() for c in columns), strict=True))
    ]
    return csv_text(head, rows)
