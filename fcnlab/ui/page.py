"""What every page begins with: its title, the lab's look, the menu, the engine, and calm sentences for errors."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fcnlab.errors import FcnLabError
from fcnlab.ui.markdown import literal
from fcnlab.ui.style import STYLE

if TYPE_CHECKING:
    from fcnlab.lab import Engine

ROOT = Path(__file__).resolve().parents[2]
"""The folder of app.py."""

ICON = str(Path(__file__).with_name("icon.svg"))
"""A file of the lab's own: nothing is fetched from elsewhere."""

WARM_UP_DELAY = 1.5
"""Seconds between the first page and the engine's start, so that the page has the machine for itself."""

LAB = "FCN Lab"

SIDEBAR = 200
"""Width of the menu in pixels; on a phone it is folded away."""

log = logging.getLogger(__name__)


@contextmanager
def page(title: str, *, question: str = "") -> Iterator[None]:
    """Draw a page; this goes around all of its script.

    An FcnLabError becomes its sentence; any other fault a calm one, with the details in the server's log.

    Args:
        title: In the browser's tab and as the page's heading.
        question: One sentence under the heading: what this page answers.
    """
    st.set_page_config(
        page_title=title if title == LAB else f"{title} · {LAB}",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    st.html(STYLE)
    menu()
    try:
        st.title(title, anchor=False)
        if question:
            st.markdown(question)
        yield
    except FcnLabError as error:
        st.error(literal(str(error)))
    except Exception:
        log.exception("The page %s failed.", title)
        st.error("This page failed through a fault of the lab's. Reload it; the server's log holds the details.")
    start_engine()


def menu() -> None:
    """The pages that there are, by name, in the sidebar."""
    with st.sidebar:
        st.page_link(ROOT / "app.py", label="Home", width="stretch")
        for name, path in pages().items():
            st.page_link(path, label=name, width="stretch")


@cache
def pages() -> dict[str, Path]:
    """Name → script of every page, in the order of their numbers: {"Build": pages/1_Build.py, …}."""
    scripts = sorted((ROOT / "pages").glob("[0-9]*_*.py"))
    return {script.stem.split("_", 1)[1].replace("_", " "): script for script in scripts}


@cache
def engine() -> "Engine":
    """The one engine of this server."""
    from fcnlab.lab import Engine, runs_root

    return Engine.at(runs_root())


@cache
def start_engine() -> None:
    """Start the engine in the background, once a server, after its first page has been drawn."""
    timer = threading.Timer(WARM_UP_DELAY, lambda: engine().start())
    timer.daemon = True
    timer.start()
