"""Choices that the address bar holds, so that a link opens a page in a given state."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from fcnlab.ui.markdown import literal


def address_choice(label: str, key: str, options: list[str], help: str | None = None) -> str:  # noqa: A002 - as in st
    """A select box whose value is always one of `options`, at first the first, and in the address bar as `key`."""
    state: Any = st.session_state
    wanted = st.query_params.get(key)
    if state.get(key) not in options:
        state[key] = wanted if wanted in options else options[0]
    put_into_address(key, state[key])
    # With index=None the box has no default of its own, so that the address names the choice in every case; "required"
    # takes away the cross that would clear it.
    value = st.selectbox(label, options, index=None, key=key, help=help, required=True, bind="query-params")
    return value if value in options else options[0]


def put_into_address(key: str, value: object) -> None:
    """Show a first value in the address bar; call it before the widget that is bound to `key`.

    A bound widget writes there only what a person has changed, and a link should hold the rest, too.
    """
    if key not in st.query_params:
        with suppress(StreamlitAPIException):  # bound since an earlier run of the script: then it is up to date
            st.query_params[key] = str(value)


def tell_unknown(what: str, key: str, options: Sequence[str], instead: str) -> None:
    """Say that the address names something that there is not; call it before the widget that is bound to `key`.

    Args:
        what: What is chosen, such as "split".
        key: The widget's.
        options: What there is.
        instead: What is shown in its place.
    """
    wanted = st.query_params.get(key)
    if wanted and wanted not in options:
        st.warning(literal(f"There is no {what} “{wanted[:80]}” here; this is {instead}."))
