"""Errors of a fragment in one sentence: a fragment runs again on its own, outside of its page's own guard."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fcnlab.errors import FcnLabError
from fcnlab.ui.markdown import literal

log = logging.getLogger(__name__)


@contextmanager
def calm() -> Iterator[None]:
    """Around a fragment's content: an FcnLabError becomes its sentence, any other fault a calm one."""
    try:
        yield
    except FcnLabError as error:
        st.error(literal(str(error)))
    except Exception:
        log.exception("A part of a page failed.")
        st.error("This part failed through a fault of the lab's. Reload the page; the server's log holds the details.")
