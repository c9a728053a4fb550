"""Every set of skips of one picture, from none to all; a click shows one set large."""

from typing import Any

import streamlit as st

from fcnlab.draw import lattice_svg
from fcnlab.draw.thumbnail import thumbnail_url
from fcnlab.lab.tasks import Look, SkipSets
from fcnlab.ui.clickable import clickable
from fcnlab.ui.inspect.skips.compare import changed, table, three
from fcnlab.ui.inspect.skips.sets_files import measured, save_sets, set_pictures
from fcnlab.ui.inspect.skips.words import listed
from fcnlab.ui.inspect.subject import Subject
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

MOST = 5
"""Skips of which a lattice is drawn: 32 sets."""

SET = "set"
"""Name in the address bar, and key."""


def all_sets(subject: Subject, look: Look, sets: SkipSets, baseline: str, opacity: float) -> None:
    """Draw the section."""
    st.header("Every set of skips", anchor=False, help=tooltip("lattice"))
    if len(sets.names) <= MOST:
        _lattice(subject, look, sets, baseline, opacity)
    else:
        st.markdown(
            f"The network has {len(sets.names)} skips, which make {len(sets.labels)} sets: too many for one picture. "
            f"The lattice is drawn for up to {MOST} skips; the sliders above reach every set."
        )
    save_sets(subject, look, sets, opacity, baseline, drawn=len(sets.names) <= MOST)


def _lattice(subject: Subject, look: Look, sets: SkipSets, baseline: str, opacity: float) -> None:
    """The lattice, and below it the set that was picked."""
    picked = _picked(len(sets.labels))
    thumbnails = _thumbnails(*subject.checkpoint, subject.identity, baseline, opacity, subject, look, sets)
    wide, narrow = _drawn(subject, sets, thumbnails, picked)
    clickable(wide, compact=narrow, key="skips.lattice", on_pick=_pick)
    labels, title = sets.labels[picked], _title(sets, picked)
    with st.container(key="skips-set"):
        st.markdown(f"**{literal(title)}.** {changed(look, labels)}")
        shown, numbers = st.columns([5, 4], gap="medium")
        with shown:
            st.html(three(look, labels, title, subject.classes, opacity))
        with numbers:
            st.html(table(look, labels, sets.iou[picked] if sets.iou else None, subject.classes))


@st.cache_data(max_entries=8, show_spinner=False)
def _thumbnails(
    path: str,
    epoch: int,
    written: int,
    identity: str,
    baseline: str,
    opacity: float,
    _subject: Subject,
    _look: Look,
    _sets: SkipSets,
) -> list[str]:
    """Kept, because sliders and picks draw the lattice again."""
    return [thumbnail_url(picture) for picture in set_pictures(_subject, _look, _sets, opacity)]


def _drawn(subject: Subject, sets: SkipSets, thumbnails: list[str], picked: int) -> tuple[str, str]:
    """The lattice for wide and for narrow places."""
    values, measure = measured(subject, sets)
    aspect = sets.labels.shape[1] / sets.labels.shape[2]
    wide, narrow = (
        lattice_svg(sets.names, thumbnails, values, measure=measure, selected=picked, aspect=aspect, compact=compact)
        for compact in (False, True)
    )
    return wide, narrow


def _picked(count: int) -> int:
    """The set that is shown large, in the address bar; at first none at all."""
    state: Any = st.session_state
    wanted = str(state.get(SET, st.query_params.get(SET, "")))
    return int(wanted) if wanted.isdecimal() and int(wanted) < count else 0


def _pick(number: int) -> None:
    st.session_state[SET] = number
    st.query_params[SET] = str(number)


def _title(sets: SkipSets, picked: int) -> str:
    on = [name for number, name in enumerate(sets.names) if picked >> number & 1]
    if len(on) == len(sets.names):
        return "All skips on"
    return f"Only {listed(on)} on" if on else "No skip on"
