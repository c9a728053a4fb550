"""The runs there are: found by words, in an order, a page at a time; and the deleted ones, which can come back."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from fcnlab.errors import FcnLabError
from fcnlab.lab import runs_root
from fcnlab.lab.history.deleted import Deleted
from fcnlab.lab.history.finding import ORDERS, in_order, matching
from fcnlab.lab.history.shelf import Broken, Entry, Shelf
from fcnlab.ui.calm import calm
from fcnlab.ui.clickable import clickable
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.address import show_run
from fcnlab.ui.train.records.runs import runs_html
from fcnlab.ui.train.state import is_live

FIND, SORT = "train.find", "train.sort"
"""Keys of the widgets, and their names in the address bar."""

EVERY = 5.0
"""Seconds between two looks at the runs while one of them changes by itself."""

SHOWN = 15
"""Runs on a page of the list."""

BINNED = 30
"""Deleted runs that are listed, the last ones; the next ones follow when these are gone."""

_ORDER = "Score: the best first. Time: the longest training first."

_PAGE, _UNDO, _REOPEN = "train.page", "train.undo", "train.reopen"


def run_records(shown: str) -> None:
    """Draw the list. Not inside of a fragment: it is one, so that searching leaves the rest of the page alone.

    Args:
        shown: The name of the run that the page shows.
    """
    st.subheader("Runs", anchor=False)
    entries, _ = _shelf().entries()
    moving = any(is_live(entry.state) for entry in entries)
    st.fragment(_records, run_every=EVERY if moving else None)(shown)


def undo_notice() -> None:
    """Say which run was just deleted, with the way back; for the page's top, where it is seen."""
    gone: Deleted | None = st.session_state.get(_UNDO)
    if gone is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"The run **{literal(gone.name)}** was deleted.", width="stretch")
        st.button("Undo", icon=":material/undo:", key="train.undo.run", on_click=_tried(_restore), args=(gone.key,))
        st.button("Dismiss", icon=":material/close:", key="train.undo.close", type="tertiary", on_click=_forget)


def delete_run(name: str) -> None:
    """Delete a run and close it, as a callback; see `undo_notice`."""
    try:
        gone = _shelf().bin.delete(name)
    except FcnLabError as problem:
        st.toast(literal(str(problem)), icon=":material/error:")
        return
    state: Any = st.session_state
    state[_UNDO] = gone
    show_run("")


def _shelf() -> Shelf:
    return Shelf.at(runs_root())


def _records(shown: str) -> None:
    if st.session_state.pop(_REOPEN, False):
        st.rerun()  # the whole page follows
    with calm():
        entries, broken = _shelf().entries()
        if entries:
            _list(entries, shown)
        else:
            st.markdown("There are no runs yet. Choose images and a network above, and press **Start training**.")
        _broken(broken)
        _deleted(_shelf().bin.deleted())


def _list(entries: Sequence[Entry], shown: str) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        words = st.text_input(
            "Find",
            type="search",
            key=FIND,
            bind="query-params",
            live=True,
            placeholder="name, note, tag, network, dataset",
            help="Runs in which all of these words occur.",
        )
    with right:
        order = st.selectbox("Sorted by", ORDERS, key=SORT, bind="query-params", help=_ORDER)
    found = in_order(matching(entries, words or ""), order)
    if not found:
        st.markdown(f"None of the {len(entries)} runs matches “{literal(words or '')}”.")
        return
    page = _page(len(found))
    part = found[page * SHOWN :][:SHOWN]
    names = [entry.run.name for entry in part]
    clickable(
        runs_html(part, shown, f"Runs, sorted by {order}"), key="train.runs", on_pick=lambda row: _open(names[row])
    )
    if len(found) > SHOWN:
        first = page * SHOWN + 1
        st.caption(f"{first} to {first + len(part) - 1} of {len(found)} runs")
        st.pagination(-(-len(found) // SHOWN), key=_PAGE)


def _page(found: int) -> int:
    """The page of the list, from 0; fewer runs may have fewer pages than the one last looked at."""
    state: Any = st.session_state
    last = max(-(-found // SHOWN), 1)
    if state.get(_PAGE, 1) > last:
        state[_PAGE] = last
    return int(state.get(_PAGE, 1)) - 1


def _open(name: str) -> None:
    show_run(name)
    st.session_state[_REOPEN] = True


def _forget() -> None:
    st.session_state.pop(_UNDO, None)


def _broken(broken: Sequence[Broken]) -> None:
    if not broken:
        return
    many = "1 folder is no run" if len(broken) == 1 else f"{len(broken)} folders are no runs"
    with st.expander(f"{many} that can be read", icon=":material/warning:"):
        for number, one in enumerate(broken[:BINNED]):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{literal(one.name)}**: {literal(one.problem)}", width="stretch")
                st.button(
                    "Delete",
                    icon=":material/delete:",
                    key=f"train.broken.{number}",
                    on_click=_tried(_put_away),
                    args=(one.name,),
                    help=f"Moves the folder {literal(one.name)} to the deleted runs, from where it can come back.",
                )


def _deleted(gone: Sequence[Deleted]) -> None:
    if not gone:
        return
    with st.expander(f"Deleted ({len(gone)})", icon=":material/delete:"):
        for one in gone[:BINNED]:
            _deleted_run(one)
        with st.popover("Remove all for good", icon=":material/delete_forever:", key="train.empty"):
            st.markdown("Weights, curves and notes of these runs cannot be brought back then.")
            keys = [one.key for one in gone]
            st.button("Remove them", key="train.empty.yes", on_click=_tried(_remove), args=keys)


def _deleted_run(one: Deleted) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        when = f"{one.at.astimezone():%d %b %Y, %H:%M}"
        st.markdown(f"**{literal(one.name)}**, {when}", width="stretch")
        st.button(
            "Restore",
            icon=":material/undo:",
            key=f"train.restore.{one.key}",
            on_click=_tried(_restore),
            args=(one.key,),
            help=f"Brings {literal(one.name)} back.",
        )
        with st.popover("Remove for good", icon=":material/delete_forever:", key=f"train.remove.{one.key}"):
            st.markdown(f"Weights, curve and notes of {literal(one.name)} cannot be brought back then.")
            st.button("Remove it", key=f"train.remove.yes.{one.key}", on_click=_tried(_remove), args=(one.key,))


def _put_away(name: str) -> None:
    st.session_state[_UNDO] = _shelf().bin.delete(name)
    st.session_state[_REOPEN] = True


def _restore(key: str) -> None:
    _forget()
    st.session_state[_REOPEN] = True
    _shelf().bin.restore(key)


def _remove(*keys: str) -> None:
    _forget()
    st.session_state[_REOPEN] = True
    for key in keys:
        _shelf().bin.remove(key)


def _tried(act: Callable[..., None]) -> Callable[..., None]:
    """The act as a callback that tells what went wrong instead of breaking the page."""

    def acted(*arguments: str) -> None:
        try:
            act(*arguments)
        except FcnLabError as problem:
            st.toast(literal(str(problem)), icon=":material/error:")

    return acted
