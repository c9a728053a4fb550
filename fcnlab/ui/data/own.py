"""One's own data: folders and uploads as datasets of the lab's, seen, named and coloured before anything is trained."""

from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from fcnlab.lab.datasets import list_datasets
from fcnlab.ui.address import address_choice
from fcnlab.ui.data.own_add import add_dataset
from fcnlab.ui.data.own_details import dataset_details
from fcnlab.ui.markdown import literal

NEW = "A new one"
_CHOICE, _NEXT, _TOLD = "data.own", "data.own.next", "data.own.told"
_LEFT_OUT, _OPEN = "data.own.left_out", "data.own.open"


def own_data() -> None:
    """Draw the view: the choice among one's own datasets, and the one that is chosen. Not inside of a fragment."""
    known = {own.name: own for own in list_datasets()}
    _take_next()
    chosen = address_choice("Dataset of your own", _CHOICE, [NEW, *known])
    told = st.session_state.pop(_TOLD, "")
    with st.container():  # always there: what follows would be drawn anew, and closed, if its place changed
        if told and st.session_state.pop(_LEFT_OUT, False):
            st.warning(literal(told), icon=":material/rule:")
        elif told:
            st.success(literal(told), icon=":material/check_circle:")
    if chosen in known:
        opened = st.session_state.get(_OPEN) == chosen
        dataset_details(known[chosen], leave=lambda said: show_next(NEW, said), opened=opened)
    else:
        add_dataset(then=show_next)


def show_next(name: str, said: str, *, left_out: bool = False) -> None:
    """Run the page again with this dataset, and say what was done; as a warning where files were left out."""
    st.session_state[_NEXT] = name
    st.session_state[_TOLD] = said
    st.session_state[_LEFT_OUT] = left_out
    st.session_state[_OPEN] = name if left_out else None
    st.rerun()


def _take_next() -> None:
    state: Any = st.session_state
    name = state.pop(_NEXT, None)
    if name:
        state[_CHOICE] = name
        with suppress(StreamlitAPIException):  # bound to the choice: then that writes it
            st.query_params[_CHOICE] = name
