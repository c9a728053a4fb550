"""Bringing one's own network: files that Keras wrote become a run, which is then the one that is looked into."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from fcnlab.arch.foreign import NetworkFile
from fcnlab.arch.foreign.files import require_modest_file
from fcnlab.errors import FcnLabError
from fcnlab.lab import runs_root
from fcnlab.lab.runs.names import LONGEST, check_name
from fcnlab.lab.tasks import Imported, import_upload
from fcnlab.ui.calm import calm
from fcnlab.ui.engine import engine
from fcnlab.ui.markdown import literal

MOST_MEGABYTES = 50
"""Of one file; what is larger is imported on the command line."""

MOST_BYTES = MOST_MEGABYTES * 1_000_000

IMPORT_PATIENCE = 300.0
"""Seconds; a large network is rebuilt and run twice."""

_CHOSEN, _TOLD, _DONE = "inspect.own.chosen", "inspect.own.told", "inspect.own.done"

WHAT_IT_READS = (
    "Networks saved by Keras 1, 2 or 3: a `.keras` file, an `.h5` file of a whole model, or the configuration (JSON) "
    "with the weights (`.h5`). Nothing in the files is run. The lab gives every network pictures with values from "
    "−1 to 1, as the Follow-Me project does."
)


def take_imported() -> None:
    """Choose the run that was just imported; call it before the choice of run is drawn."""
    state: Any = st.session_state
    name = state.pop(_CHOSEN, None)
    if name:
        state["run"] = name
        state.pop("epoch", None)
        with suppress(StreamlitAPIException):  # bound to the choice of run: then that writes it
            st.query_params["run"] = name
    told: Imported | None = state.pop(_TOLD, None)
    with st.container():  # always there: what follows would be drawn anew, and closed, if its place changed
        if told is not None:
            st.success(literal(_told(told)), icon=":material/check_circle:")
            for note in told.notes:
                st.caption(literal(note))


def own_network() -> None:
    """Offer the upload, folded away."""
    # A key of its own for each import: the next one begins folded away, and with empty fields.
    with st.popover("Bring your own network", icon=":material/upload_file:", key=_key("popover")):
        import_own()


@st.fragment  # choosing files is no reason to draw the page anew
def import_own() -> None:
    """Draw the upload. When a network was imported, the page runs again with it as its run."""
    with calm():
        st.markdown(WHAT_IT_READS)
        config = st.file_uploader(
            "Network: .keras, .h5 or JSON configuration", max_upload_size=MOST_MEGABYTES, key=_key("config")
        )
        weights = st.file_uploader(
            "Weights (.h5), where the network's file holds none",
            max_upload_size=MOST_MEGABYTES,
            key=_key("weights"),
        )
        suggested = _suggested(config.name) if config else ""
        name = st.text_input("Name of the run", placeholder=suggested, max_chars=LONGEST, key=_key("name"))
        data = st.text_input(
            "Folder of its pictures and masks, if there is one",
            placeholder="without one: the built-in shapes",
            key=_key("data"),
        )
        # Never disabled: a file that arrives while the page runs would leave it so.
        if st.button("Import the network", type="primary", icon=":material/upload_file:"):
            _press(config, weights, name.strip() or suggested, data.strip())


def _press(config: Any, weights: Any, name: str, data: str) -> None:
    """Import, and let the page run again.

    Raises:
        FcnLabError: There is no file, or what is wrong with it.
    """
    if config is None:
        raise FcnLabError("No network is chosen yet.", "Upload its file first.")
    with st.spinner("The network is read, rebuilt and compared with the file …"):
        found = _import(config, weights, name, data)
    st.session_state[_CHOSEN] = Path(found.run).name
    st.session_state[_TOLD] = found
    st.session_state[_DONE] = st.session_state.get(_DONE, 0) + 1
    st.rerun()


def _key(widget: str) -> str:
    return f"inspect.own.{widget}.{st.session_state.get(_DONE, 0)}"


def _import(config: Any, weights: Any, name: str, data: str) -> Imported:
    files = [_file(given) for given in (config, weights) if given is not None]
    found: Imported = engine().ask(
        import_upload,
        str(runs_root()),
        check_name(name),
        files[0],
        files[1] if len(files) > 1 else None,
        data or None,
        timeout=IMPORT_PATIENCE,
    )
    return found


def _file(given: Any) -> NetworkFile:
    """An uploaded file; its size is checked again, because the browser's limit binds nobody."""
    require_modest_file(given.name, given.size, MOST_BYTES)
    return NetworkFile(given.name, given.getvalue())


def _suggested(file: str) -> str:
    """A run name that is free, made of the file's name."""
    stem = re.sub(r"[^A-Za-z0-9_\-]+", "-", file.partition(".")[0]).strip("-")[:60] or "imported"
    name, number = stem, 1
    while (runs_root() / name).exists():
        number += 1
        name = f"{stem}-{number}"
    return name


def _told(found: Imported) -> str:
    if found.kind == "layers":
        return f"{found.name} was imported. It is no encoder–decoder of the lab's kind, so it is shown layer by layer."
    skips = f"{len(found.skips)} skip{'' if len(found.skips) == 1 else 's'}"
    return (
        f"{found.name} was imported: {skips}, {found.params:,} parameters, the same outputs as the file's own layers."
    )
