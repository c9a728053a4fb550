"""Which run the Train page shows: in the address bar for links and reloads, in the session for page switches."""

from typing import Any

import streamlit as st

PARAMETER = "run"
_SHOWN = "train.shown"
_OWN = "train.own_rerun"


def shown_run() -> str:
    """The name of the run to show, empty for none; puts it into the address bar. Once a run of the page's script.

    An address with a run in it opens that run; one without does not close it, because switching pages empties the
    address. After a change of the page's own the address may still be a moment old: then it is not read.
    """
    state: Any = st.session_state
    own = state.pop(_OWN, False)
    told = st.query_params.get(PARAMETER, "")
    if told and not own:
        state[_SHOWN] = told
    name: str = state.get(_SHOWN, "")
    _tell(name)
    return name


def show_run(name: str) -> None:
    """Show a run, or the form for a new one if `name` is empty, from the next rerun on."""
    state: Any = st.session_state
    state[_SHOWN] = name
    state[_OWN] = True
    _tell(name)


def leave_run() -> None:
    """Let the Train page open with its form; for links from other pages, whose address this does not touch."""
    state: Any = st.session_state
    state[_SHOWN] = ""


def _tell(name: str) -> None:
    if name and st.query_params.get(PARAMETER) != name:
        st.query_params[PARAMETER] = name
    elif not name and PARAMETER in st.query_params:
        del st.query_params[PARAMETER]
