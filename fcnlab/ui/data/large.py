"""One picture in a dialog: large, with its mask and what a run makes of it, and the way to the next one."""

from html import escape

import numpy as np
import streamlit as st

from fcnlab.data import open_dataset
from fcnlab.draw.colors import rgb
from fcnlab.errors import FcnLabError
from fcnlab.ui.calm import calm
from fcnlab.ui.data.album import ERRORS, Album, error_pictures
from fcnlab.ui.data.grid import close_picture, open_picture, opened_picture
from fcnlab.ui.data.kept import Shown, pairs_of, shown_pairs
from fcnlab.ui.data.scored import predictions
from fcnlab.ui.inspect.figures import STYLE as FIGURES
from fcnlab.ui.inspect.figures import figure, figures, flat_url, picture_url
from fcnlab.ui.inspect.tables import STYLE, class_table, color_legend, describe, percent
from fcnlab.ui.markdown import literal
from fcnlab.ui.page import pages
from fcnlab.ui.words import count

SIDE = 512
"""Longer side of a large picture in pixels, at most."""

_FACTS = """<style>
.facts{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0;font-size:.875rem}
.facts dt{color:var(--fcn-muted)}
.facts dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
</style>"""


def show_large(album: Album, number: int) -> None:
    """Open the dialog on a picture of the split."""
    title = f"{album.dataset.title}, {album.split}"
    st.dialog(literal(title), width="large", on_dismiss=close_picture)(_dialog)(album, number)


def _dialog(album: Album, number: int) -> None:
    with calm():
        current = opened_picture(len(album.survey))
        number = number if current is None else current
        # A dialog stands outside of the page's own box, from which colours take their theme.
        st.html(f"<style>[role=dialog]{{color-scheme:{st.context.theme.type or 'light'}}}</style>")
        shown = shown_pairs(album.dataset, album.split, album.stamp, SIDE, [number])[0]
        _steps(album, number)
        st.subheader(literal(shown.name), anchor=False)
        st.html(FIGURES + STYLE + _FACTS + _truth(album, shown))
        if album.shows_errors:
            _errors(album, number)
        elif album.checkpoint is not None:
            st.caption("The run's errors are shown here as soon as the engine is ready.")
        left, right = st.columns(2, gap="large")
        with left:
            st.html(_classes(album, number))
        with right:
            st.html(_facts(album, number, shown))
            _inspect_link(album, number)


def _steps(album: Album, number: int) -> None:
    """Previous and next in the order of the page."""
    order = album.choice.indices
    place = np.flatnonzero(order == number)
    at = int(place[0]) if len(place) else -1
    where = f"{at + 1:,} of {len(order):,}" if at >= 0 else "not among the chosen ones"
    with st.container(horizontal=True, vertical_alignment="center"):
        _step("Previous", ":material/arrow_back:", int(order[at - 1]) if at > 0 else None)
        _step("Next", ":material/arrow_forward:", int(order[at + 1]) if 0 <= at < len(order) - 1 else None)
        st.markdown(f"Picture {number}, {where}", width="content")


def _step(label: str, icon: str, to: int | None) -> None:
    st.button(
        label,
        icon=icon,
        key=f"data.{label.lower()}",
        disabled=to is None,
        on_click=open_picture,
        args=(to if to is not None else 0,),
    )


def _truth(album: Album, shown: Shown) -> str:
    names = album.dataset.classes
    told = describe(np.where(shown.labels < len(names), shown.labels, 0), names)
    over = album.overlay.over(shown.image, shown.labels)
    return figures(
        figure(picture_url(shown.image), "Picture", f"The picture {shown.name}"),
        figure(picture_url(over), "With its mask", f"The picture with its mask over it: {told}"),
        figure(flat_url(album.overlay.alone(shown.labels)), "Mask", f"The mask: {told}"),
    )


def _errors(album: Album, number: int) -> None:
    """What the run predicts, and what of it is right."""
    checkpoint = album.checkpoint
    assert checkpoint is not None
    names = album.dataset.classes
    pairs = pairs_of(album.dataset, album.split, album.stamp, checkpoint.size, [number])
    labels = predictions(album.dataset, album.split, album.stamp, checkpoint, [number])[0]
    marked = error_pictures(album, [number])[0]
    told = ", ".join(f"{int((marked == rgb(color)).all(axis=2).sum())} pixels {what}" for color, what in ERRORS)
    st.html(
        figures(
            figure(
                picture_url(album.overlay.over(pairs.images[0], labels)),
                f"Prediction of {checkpoint.name}, epoch {checkpoint.epoch}",
                f"The picture with the prediction over it: {describe(labels, names)}",
            ),
            figure(flat_url(marked), f"{album.target}: {told}", f"Errors for {album.target}: {told}"),
            f"<div>{color_legend('Colours of the errors', ERRORS)}</div>",
        )
    )


def _classes(album: Album, number: int) -> str:
    counts, pixels = album.survey.counts[number], int(album.survey.pixels[number])
    columns = [
        ("Pixels", "At the mask's own size.", [count(int(value)) for value in counts]),
        ("Share", "Of the picture's pixels.", [percent(int(value) / max(pixels, 1)) for value in counts]),
    ]
    return class_table("Classes in this picture", album.dataset.classes, columns, album.dataset.colors)


def _facts(album: Album, number: int, shown: Shown) -> str:
    survey = album.survey
    height, width = shown.labels.shape
    whole = f"{width}×{height} pixels" if height * width == survey.pixels[number] else "larger than shown here"
    facts = [("Mask", whole)]
    ignored = int(survey.pixels[number] - survey.counts[number].sum())
    if ignored:
        facts.append(("Without a class", f"{count(ignored)} pixels, which count nowhere"))
    if np.isfinite(survey.distance[number]):
        facts.append(("Distance", f"{survey.distance[number]:.1f} m"))
    if np.isfinite(survey.occlusion[number]):
        facts.append(("Hidden", f"{survey.occlusion[number]:.0%} of the {album.target}"))
    iou, scores = album.iou(number), album.scores
    if iou is not None and scores is not None:
        # The official score counts where p > 0.5, the pictures show the most probable class: the two differ a little.
        facts.append((f"IoU of {album.target}", f"{iou:.2f}, by the official score"))
        facts.append(("Missed", f"{count(int(scores.missed[number]))} pixels, by the official score"))
        facts.append(("Seen where there is none", f"{count(int(scores.false[number]))} pixels, by the official score"))
    items = "".join(f"<dt>{escape(term)}</dt><dd>{escape(value)}</dd>" for term, value in facts)
    return f'<dl class="facts">{items}</dl>'


def _inspect_link(album: Album, number: int) -> None:
    """The way to this picture in Inspect, which offers the pictures that a run was trained on."""
    checkpoint = album.checkpoint
    if checkpoint is None or "Inspect" not in pages() or not _same(checkpoint.dataset, album.dataset.name):
        return
    query = {"run": checkpoint.name, "epoch": str(checkpoint.epoch), "split": album.split, "image": str(number)}
    st.page_link(pages()["Inspect"], label="Look inside at this picture", icon=":material/search:", query_params=query)


def _same(recorded: str, name: str) -> bool:
    try:
        return open_dataset(recorded).name == name
    except FcnLabError:
        return False
