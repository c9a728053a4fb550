"""The strip above the diagram: what the network began with, its name, undo and redo, opening and sharing."""

from urllib.parse import parse_qs, urlsplit

import streamlit as st

from fcnlab.arch import PRESETS, NetSpec, from_json
from fcnlab.arch.share import MAX_JSON
from fcnlab.errors import SpecError
from fcnlab.ui.build import fields
from fcnlab.ui.build.share import share
from fcnlab.ui.workbench import LINK, Workbench, read_link


def toolbar(bench: Workbench) -> None:
    """Draw the strip."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _preset(bench)
        _network_name(bench)
        _history(bench)
        with st.popover("Open", icon=":material/folder_open:"):
            _open(bench)
        with st.popover("Share", icon=":material/share:"):
            share(bench)
    if bench.preset:
        st.caption(PRESETS[bench.preset].lesson)


def _preset(bench: Workbench) -> None:
    key = "preset"
    if st.session_state.get(key) != bench.preset:
        st.session_state[key] = bench.preset

    def start() -> None:
        name = st.session_state.get(key)
        if isinstance(name, str):
            bench.start_from(name)

    st.selectbox(
        "Begin with",
        list(PRESETS),
        index=None,
        required=True,
        key=key,
        placeholder="A network of your own",
        on_change=start,
        help="A network to start from; the sentence below says what it teaches. Undo brings back what you had.",
        width=200,
    )


def _network_name(bench: Workbench) -> None:
    key = fields.synced(("name",), bench.net.name)
    st.text_input(
        "Name of the network",
        key=key,
        max_chars=40,
        on_change=bench.set,
        args=(("name",), key),
        width=170,
    )


def _history(bench: Workbench) -> None:
    st.button(
        "Undo",
        icon=":material/undo:",
        key="undo",
        disabled=not bench.can_undo,
        on_click=bench.undo,
    )
    st.button(
        "Redo",
        icon=":material/redo:",
        key="redo",
        disabled=not bench.can_redo,
        on_click=bench.redo,
    )
    st.button(
        "Reset",
        icon=":material/restart_alt:",
        key="reset",
        disabled=bench.net == bench.base,
        on_click=bench.reset,
        help=f"Back to {bench.base.name} as it was at the beginning; Undo brings your changes back.",
    )


def _open(bench: Workbench) -> None:
    """A file, or pasted text: a link, a share code, JSON or a preset's name."""

    def from_file() -> None:
        upload = st.session_state.get("open.file")
        if upload is not None:
            bench.open(lambda: read_upload(upload.name, upload.getvalue()))

    def from_text() -> None:
        text = st.session_state.get("open.text") or ""
        if bench.open(lambda: read_pasted(text)):
            st.session_state["open.text"] = ""

    st.file_uploader("A network's JSON file", type="json", key="open.file", on_change=from_file)
    st.text_area(
        "Or paste a link, a share code or JSON",
        key="open.text",
        max_chars=MAX_JSON,
        placeholder="http://…/Build?net=fcn1.…",
        on_change=bench.stay,
    )
    st.button("Open it", key="open.go", on_click=from_text)


def read_upload(name: str, content: bytes) -> NetSpec:
    """The network in an uploaded file.

    Raises:
        SpecError: It holds no valid network.
    """
    return from_json(content, f"the file {name}")


def read_pasted(text: str) -> NetSpec:
    """The network in pasted text: a link that holds one, a share code, JSON or a preset's name.

    Raises:
        SpecError: It is none of them.
    """
    text = text.strip()
    if not text:
        raise SpecError("Nothing was pasted.", "Paste a link, a share code or a network's JSON.")
    if text.startswith("{"):
        return from_json(text, "the pasted JSON")
    codes = parse_qs(urlsplit(text).query).get(LINK) if "?" in text else None
    return read_link(codes[0] if codes else text)
