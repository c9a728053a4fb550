"""A page of small pictures, each a button that opens it large."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from fcnlab.ui.clickable import clickable
from fcnlab.ui.markdown import literal

OPEN = "picture"
"""The address' parameter for the picture that is shown large."""

PAGE = 24
"""Pictures of a page."""

THUMBNAIL = 128
"""Longer side of a small picture in pixels."""

_CSS = """<style>
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));gap:.6rem .5rem;align-items:start}
.gallery>div{min-width:0}
.gallery button{all:unset;box-sizing:border-box;display:block;width:100%;cursor:pointer;border-radius:5px;line-height:0}
.gallery img{display:block;width:100%;border-radius:4px}
.gallery button:hover img{box-shadow:0 0 0 2px var(--st-primary-color)}
.gallery button:focus-visible{outline:3px solid var(--st-primary-color);outline-offset:2px}
.gallery small{display:block;font-size:.75rem;line-height:1.3;color:var(--fcn-muted);margin-top:.2rem;
  font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
@media (max-width:640px){.gallery{grid-template-columns:repeat(auto-fill,minmax(6rem,1fr))}}
</style>"""


@dataclass(frozen=True)
class Small:
    """A small picture.

    Attributes:
        number: Of the picture in its split.
        url: A data URL.
        label: What a screen reader says.
        caption: Below it.
    """

    number: int
    url: str
    label: str
    caption: str


def gallery(pictures: Sequence[Small], key: str, label: str) -> None:
    """Draw them; a click opens a picture, whose number the address holds.

    Args:
        pictures: In their order.
        key: The element's name on its page.
        label: What they are, for a screen reader.
    """
    cells = "".join(_cell(position, picture) for position, picture in enumerate(pictures))

    def pick(number: int) -> None:
        if any(picture.number == number for picture in pictures):
            open_picture(number)

    clickable(
        f'{_CSS}<div class="gallery" data-grid role="group" aria-label="{escape(label, quote=True)}">{cells}</div>',
        key=key,
        on_pick=pick,
    )


def open_picture(number: int) -> None:
    """Show a picture large from now on."""
    st.query_params[OPEN] = str(number)


def close_picture() -> None:
    """Show none large."""
    st.query_params.pop(OPEN, None)


def opened_picture(count: int) -> int | None:
    """The number of the picture that is shown large, of so many in the split; None, with a sentence, for others."""
    told = st.query_params.get(OPEN)
    if told is None:
        return None
    if told.isdecimal() and len(told) < 10 and int(told) < count:
        return int(told)
    close_picture()
    last = f"they go from 0 to {count - 1:,}" if count else "the split is empty"
    st.warning(literal(f"There is no picture number {told[:20]} here: {last}."))
    return None


def _cell(position: int, picture: Small) -> str:
    stop = -1 if position else 0  # the tab key stops once at a grid; the arrow keys lead on from there
    label = escape(picture.label, quote=True)
    return (
        f'<div><button data-stage="{picture.number}" tabindex="{stop}" title="{label}" aria-label="{label}">'
        f'<img src="{picture.url}" alt=""></button><small aria-hidden="true">{escape(picture.caption)}</small></div>'
    )
