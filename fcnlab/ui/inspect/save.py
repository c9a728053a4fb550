"""Figures and numbers as files; each is made only when it is asked for."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from fcnlab.draw.files import FigureKind, figure_bytes

MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "json": "application/json",
}

FIGURES: tuple[FigureKind, ...] = ("png", "svg", "pdf")

MakeFigure = Callable[[], Any]
MakeText = Callable[[], str]


def save_menu(name: str, figures: Mapping[str, MakeFigure], numbers: Mapping[str, MakeText]) -> None:
    """A menu of downloads.

    Args:
        name: Of the files, without ending.
        figures: What a figure shows, in a word or two → a function that makes it.
        numbers: "csv" or "json" → a function that makes its text.
    """
    with st.popover("Save", icon=":material/download:", key=f"save.{name}"):
        for title, make in figures.items():
            st.markdown(title)
            with st.container(horizontal=True, gap="small"):
                for kind in FIGURES:
                    _button(f"{name}-{title.lower().replace(' ', '-')}", title, kind, partial(_drawn, make, kind))
        st.markdown("Numbers")
        with st.container(horizontal=True, gap="small"):
            for ending, text in numbers.items():
                _button(name, "The numbers", ending, partial(_encoded, text))


def json_text(document: Any) -> str:
    """JSON for people, too."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def csv_text(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table as CSV; cells that are None stay empty."""
    memory = io.StringIO()
    writer = csv.writer(memory, lineterminator="\n")
    writer.writerows([head, *rows])
    return memory.getvalue()


def _drawn(make: MakeFigure, kind: FigureKind) -> bytes:
    return figure_bytes(make(), kind)


def _encoded(make: MakeText) -> bytes:
    return make().encode()


def _button(name: str, title: str, kind: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        kind.upper(),
        make,
        file_name=f"{name}.{kind}",
        mime=MIME[kind],
        key=f"save.{name}.{kind}",
        on_click="ignore",
        help=f"{title} as {kind.upper()}",
    )
