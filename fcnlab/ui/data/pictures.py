"""Looking through the pictures: which ones, their masks over them, and what a run makes of them."""

from collections.abc import Sequence

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.data.contents.survey import Survey
from fcnlab.lab import Run
from fcnlab.ui.address import address_choice, tell_unknown
from fcnlab.ui.data.album import ERRORS, Album, error_pictures
from fcnlab.ui.data.bands import bands
from fcnlab.ui.data.filters import FILE, filter_form, ordered, orders_of
from fcnlab.ui.data.grid import PAGE, THUMBNAIL, Small, gallery, opened_picture
from fcnlab.ui.data.kept import shown_pairs, stamp_of, survey_of
from fcnlab.ui.data.large import show_large
from fcnlab.ui.data.overlay import choose_overlay
from fcnlab.ui.data.scored import (
    choose_checkpoint,
    choose_run,
    scores_of,
    tell_missing_run,
    tell_what_it_was_trained_on,
)
from fcnlab.ui.data.split import choose_split, tell_unknown_split
from fcnlab.ui.engine import engine_state, wait_for_engine
from fcnlab.ui.inspect.figures import picture_url
from fcnlab.ui.inspect.tables import STYLE, color_legend
from fcnlab.ui.words import count


def pictures_view(dataset: Dataset, runs: Sequence[Run]) -> None:
    """Draw the view."""
    tell_unknown_split(dataset)
    tell_missing_run(dataset, runs)
    first, second, third, fourth = st.columns([3, 3, 4, 2], vertical_alignment="bottom")
    with first:
        split = choose_split(dataset)
    with third:
        run = choose_run(dataset, runs)
    with fourth:
        checkpoint = choose_checkpoint(run) if run else None
    stamp = stamp_of(dataset, split)
    survey = survey_of(dataset, split, stamp)
    with second:
        order = _order(survey, scored=checkpoint is not None)
    if run:
        tell_what_it_was_trained_on(dataset, run)
    chosen = filter_form(dataset, survey)
    overlay = choose_overlay(dataset)
    scores = scores_of(dataset, split, checkpoint) if checkpoint else None
    choice = ordered(survey, chosen, order, scores)
    album = Album(dataset, split, stamp, survey, choice, overlay, checkpoint, scores)
    _page(album)
    if checkpoint and scores:
        bands(dataset, checkpoint, scores)
    number = opened_picture(len(survey))
    if number is not None:
        show_large(album, number)


def _order(survey: Survey, *, scored: bool) -> str:
    orders = orders_of(survey, scored)
    tell_unknown("order", "order", orders, "the file order")
    order = address_choice("Order", "order", orders)
    return order if order in orders else FILE


def _page(album: Album) -> None:
    """One page of small pictures, and how many there are."""
    found, total = len(album.choice.indices), len(album.survey)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{count(found)} of {count(total)} pictures**", width="content")
        pages = max(-(-found // PAGE), 1)
        number = st.pagination(pages, key="data.page", bind="query-params") if pages > 1 else 1
    if not found:
        st.info("No picture meets these conditions. Loosen one of them.")
        return
    first = (min(max(number, 1), pages) - 1) * PAGE
    indices = [int(index) for index in album.choice.indices[first : first + PAGE]]
    if album.checkpoint and engine_state().phase != "ready":
        wait_for_engine("The run's errors are shown as soon as it is ready.")
    if album.shows_errors:
        st.html(STYLE + color_legend("Colours of the errors", ERRORS))
    gallery(_small(album, indices), "data.grid", f"Pictures of {album.split}")


def _small(album: Album, indices: list[int]) -> list[Small]:
    shown = shown_pairs(album.dataset, album.split, album.stamp, THUMBNAIL, indices)
    if album.shows_errors:
        with st.spinner("The network looks at the pictures …"):
            pictures = error_pictures(album, indices)
    else:
        pictures = [album.overlay.over(one.image, one.labels) for one in shown]
    found = []
    for index, one, pixels in zip(indices, shown, pictures, strict=True):
        words = album.words(index)
        found.append(
            Small(index, picture_url(pixels), f"Picture {index}, {one.name}: {', '.join(words)}", " · ".join(words))
        )
    return found
