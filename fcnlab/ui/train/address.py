"""What the Train page shows: in the address bar for links and reloads, in the session for page switches."""

from typing import Any, NamedTuple

import streamlit as st

RUN, REPLAY, AT = "run", "replay", "at"
"""Parameters of the address: the run shown, the run played back, and at which second of its training."""

BEGINS = "train.replay.begins"
"""In the session once a replay was asked for by a button."""

_SHOWN = "train.shown"
_OWN = "train.own_rerun"


class Shown(NamedTuple):
    """What is shown: a run, or the replay of one; the form for a new training if `name` is empty."""

    name: str = ""
    replay: bool = False


def shown() -> Shown:
    """What to show; puts it into the address bar. Once a run of the page's script.

    An address with a run in it opens that run; one without does not close it, because switching pages empties the
    address. After a change of the page's own the address may still be a moment old: then it is not read.
    """
    state: Any = st.session_state
    own = state.pop(_OWN, False)
    told = Shown(st.query_params[REPLAY], replay=True) if REPLAY in st.query_params else Shown(_told(RUN))
    if told.name and not own:
        state[_SHOWN] = told
    what: Shown = state.get(_SHOWN, Shown())
    _tell(what)
    return what


def show_run(name: str) -> None:
    """Show a run, or the form for a new one if `name` is empty, from the next rerun on."""
    _show(Shown(name))


def show_replay(name: str) -> None:
    """Play a run back from the next rerun on, which begins by itself; links open at rest."""
    state: Any = st.session_state
    state[BEGINS] = True
    _show(Shown(name, replay=True))


def leave_run() -> None:
    """Let the Train page open with its form; for links from other pages, whose address this does not touch."""
    state: Any = st.session_state
    state[_SHOWN] = Shown()


def _show(what: Shown) -> None:
    state: Any = st.session_state
    state[_SHOWN], state[_OWN] = what, True
    _tell(what)


def _told(parameter: str) -> str:
    return st.query_params.get(parameter, "")


def _tell(what: Shown) -> None:
    wanted = {REPLAY if what.replay else RUN: what.name} if what.name else {}
    for parameter in (RUN, REPLAY):
        value = wanted.get(parameter, "")
        if value and _told(parameter) != value:
            st.query_params[parameter] = value
        elif not value and parameter in st.query_params:
            del st.query_params[parameter]
    if not what.replay and AT in st.query_params:
        del st.query_params[AT]
