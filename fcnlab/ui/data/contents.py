"""What is in a split: how much of each class, how large the target is, and where in the picture things are."""

from html import escape
from typing import Any

import numpy as np
import streamlit as st

from fcnlab.data import Dataset
from fcnlab.data.contents.survey import Survey
from fcnlab.draw import class_colors, probability_image, scale_bar
from fcnlab.draw.glossary import explain
from fcnlab.draw.sizes import describe_sizes, size_bins, size_option
from fcnlab.ui.clickable import clickable
from fcnlab.ui.data.kept import stamp_of, survey_of
from fcnlab.ui.data.problems import problems
from fcnlab.ui.data.split import split_row
from fcnlab.ui.inspect.figures import flat_url
from fcnlab.ui.inspect.save import csv_text, json_text, save_menu
from fcnlab.ui.inspect.tables import percent
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import count, tooltip

_CSS = """<style>
.balance{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem;width:100%}
.balance th{font-weight:600;color:var(--fcn-muted);text-align:right;padding:.25rem .6rem;vertical-align:bottom;
  border-bottom:2px solid var(--fcn-rule)}
.balance td{text-align:right;padding:.4rem .6rem;border-bottom:1px solid var(--fcn-rule);white-space:nowrap}
.balance th:first-child{text-align:left;padding-left:0}
.balance tbody th{font-weight:400;color:inherit;border-bottom:1px solid var(--fcn-rule)}
.balance td.bar{min-width:6rem;width:34%}
.balance i{display:block;height:.9rem;border-radius:2px;min-width:2px;box-shadow:inset 0 0 0 1px rgba(128,128,128,.5)}
.balance abbr{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
.balance .chip{display:inline-block;width:.85em;height:.85em;border-radius:3px;margin-right:.5em;vertical-align:-.06em;
  box-shadow:inset 0 0 0 1px rgba(128,128,128,.6)}
.balance tbody th{white-space:nowrap}
.scroll-x{overflow-x:auto}
.places{display:grid;grid-template-columns:repeat(auto-fill,minmax(12rem,1fr));gap:1rem 1.5rem}
.places figure{margin:0;min-width:0;max-width:20rem}
.places img{display:block;width:100%;image-rendering:pixelated;border-radius:4px}
.places figcaption{font-weight:600;margin:0 0 .3rem;overflow-wrap:anywhere}
.places svg.scale{margin-top:.4rem;width:168px;height:28px}
@media (max-width:640px){.balance{font-size:.8125rem}.balance th,.balance td{padding:.35rem .3rem}
  .balance td.bar,.balance th:nth-child(2){display:none}
  .places{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}}
</style>"""


def contents_view(dataset: Dataset) -> None:
    """Draw the view."""
    split = split_row(dataset)
    survey = survey_of(dataset, split, stamp_of(dataset, split))
    colors = class_colors(dataset.colors)
    st.header("How much of each class", anchor=False, help=tooltip("class balance"))
    st.html(_CSS + _balance(survey, colors))
    st.header("How large", anchor=False)
    target = _target(dataset)
    sizes = survey.counts[:, target].tolist()
    name = dataset.classes[target]
    st.markdown(literal(describe_sizes(sizes, name)))
    if any(sizes):
        st.echarts_chart(
            size_option(sizes, name, colors[target], dark=st.context.theme.type == "dark"),
            height=280,
            theme=None,
            key="data.sizes",
        )
    st.header("Where in the picture", anchor=False)
    st.markdown("Each cell of the frame: the share of it that the class covers, over all pictures of the split.")
    clickable(_CSS + _places(survey), key="data.places")  # whose markup may hold drawings
    save_menu(
        f"contents-{split}",
        {},
        {"csv": lambda: contents_csv(survey), "json": lambda: json_text(contents_json(dataset, survey))},
    )
    problems(dataset)


def _target(dataset: Dataset) -> int:
    names = list(dataset.classes)
    chosen = st.selectbox("Class", names, index=len(names) - 1, key="data.target", bind="query-params", width=220)
    return names.index(chosen) if chosen in names else len(names) - 1


def _balance(survey: Survey, colors: tuple[str, ...]) -> str:
    total = max(int(survey.counts.sum()), 1)
    rows = "".join(
        _row(name, colors[number], survey.counts[:, number], total, len(survey))
        for number, name in enumerate(survey.classes)
    )
    head = "".join(
        f'<th scope="col"><abbr title="{escape(meaning, quote=True)}">{title}</abbr></th>'
        for title, meaning in (
            ("Share", "Of all pixels of the split that have a class."),
            ("Pictures", "Those that show the class."),
            ("Median size", "Pixels of the class in the pictures that show it, at the masks' own size."),
        )
    )
    return (
        '<div class="scroll-x" tabindex="0" role="region" aria-label="Classes of the split">'
        f'<table class="balance"><thead><tr><th scope="col"><abbr title="{escape(explain("class"), quote=True)}">Class'
        f'</abbr></th><th scope="col"><span style="position:absolute;clip-path:inset(50%)">Share as a bar</span></th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(name: str, color: str, sizes: Any, total: int, pictures: int) -> str:
    share, shown = int(sizes.sum()) / total, int(np.count_nonzero(sizes))
    median = f"{np.median(sizes[sizes > 0]):,.0f} px" if shown else "–"
    chip = f'<span class="chip" style="background:{color}"></span>'
    return (
        f'<tr><th scope="row">{chip}{escape(name)}</th>'
        f'<td class="bar" aria-hidden="true"><i style="width:{100 * share:.2f}%;background:{color}"></i></td>'
        f"<td>{exact_percent(share)}</td><td>{count(shown)} of {count(pictures)}</td><td>{median}</td></tr>"
    )


def exact_percent(share: float) -> str:
    """A share with two digits that count: "98.2 %", "0.26 %", "0.0031 %", "0"."""
    if not share:
        return "0"
    return percent(share) if share >= 0.01 else f"{100 * share:.2g} %"


def _places(survey: Survey) -> str:
    """Where each class is; background is where the others are not."""
    parts = []
    for number, name in enumerate(survey.classes):
        cover = survey.coverage[number]
        most = float(cover.max())
        if number == 0 or not most:
            continue
        row, column = np.unravel_index(int(cover.argmax()), cover.shape)
        where = f"{name}: mostly {_where(float(row) / len(cover), float(column) / len(cover))}"
        picture = flat_url(probability_image(cover / most, palette="viridis"))
        bar = scale_bar("0", exact_percent(most))
        parts.append(
            f"<figure><figcaption>{escape(name)}</figcaption>"
            f'<img src="{picture}" alt="{escape(where, quote=True)}, up to {exact_percent(most)} of a cell">'
            f"{bar}</figure>"
        )
    if not parts:
        return "<p>No class but the background is in any picture.</p>"
    return f'<div class="places">{"".join(parts)}</div>'


def _where(down: float, across: float) -> str:
    """A place in the frame in words."""
    rows = ("at the top", "in the middle", "at the bottom")[min(int(down * 3), 2)]
    columns = ("left", "centre", "right")[min(int(across * 3), 2)]
    return f"{rows}, {columns}"


def contents_json(dataset: Dataset, survey: Survey) -> dict[str, Any]:
    """The numbers of the view as plain data."""
    total = max(int(survey.counts.sum()), 1)
    classes = {
        name: {
            "share": int(sizes.sum()) / total,
            "pictures": int(np.count_nonzero(sizes)),
            "median_size": float(np.median(sizes[sizes > 0])) if sizes.any() else None,
            "sizes": [{"from": low, "to": high, "pictures": many} for low, high, many in size_bins(sizes.tolist())],
        }
        for name, sizes in zip(survey.classes, survey.counts.T, strict=True)
    }
    return {"dataset": dataset.name, "split": survey.split, "pictures": len(survey), "classes": classes}


def contents_csv(survey: Survey) -> str:
    """A line for each picture: its name and the pixels of each class."""
    head = ("picture", "name", *survey.classes, "all pixels", "distance", "occlusion")
    known = [[None if np.isnan(v) else float(v) for v in values] for values in (survey.distance, survey.occlusion)]
    rows = [
        (number, name, *survey.counts[number].tolist(), int(survey.pixels[number]), known[0][number], known[1][number])
        for number, name in enumerate(survey.names)
    ]
    return csv_text(head, rows)
