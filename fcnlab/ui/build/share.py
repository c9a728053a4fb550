"""Taking a network along: a link, and files to download."""

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import streamlit as st

from fcnlab.arch import check, to_json, to_script
from fcnlab.arch.spec import slug
from fcnlab.draw import diagram_bytes
from fcnlab.ui.page import pages
from fcnlab.ui.workbench import LINK, Workbench


def link_to(page: str, code: str) -> str:
    """The address that opens a page with a network; relative where the server does not know its own."""
    base = (st.context.url or "").rstrip("/")
    above, _, last = base.rpartition("/")
    if last in pages():  # the address of the page that is open, where that of the app was asked for
        base = above
    return f"{base}/{page}?{LINK}={quote(code)}"


def share(bench: Workbench) -> None:
    """The link, and a button for every kind of file."""
    st.markdown("**Link to this network**")
    st.code(link_to("Build", bench.code), language=None, wrap_lines=True)
    st.caption("The address bar always holds it. Whoever opens it sees the network as it is now.")
    st.markdown("**Files**")
    net, name = bench.net, slug(bench.net.name)
    valid = check(net).ok

    def button(label: str, suffix: str, mime: str, make: Callable[[], str | bytes], *, disabled: bool = False) -> None:
        st.download_button(
            label,
            data=make,
            file_name=f"{name}.{suffix}",
            mime=mime,
            key=f"download.{suffix}",
            on_click="ignore",
            disabled=disabled,
            help="The network has errors: mend them first." if disabled else None,
        )

    with st.container(horizontal=True, gap="small"):
        button("JSON", "json", "application/json", lambda: to_json(net))
        button("Keras script", "py", "text/x-python", lambda: to_script(net), disabled=not valid)
        for suffix, mime in (("svg", "image/svg+xml"), ("png", "image/png"), ("pdf", "application/pdf")):
            button(f"Diagram {suffix.upper()}", suffix, mime, partial(diagram_bytes, net, suffix))
