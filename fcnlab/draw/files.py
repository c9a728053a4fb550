"""Diagrams and other figures as files: SVG, PNG, PDF, and DOT for diagrams, told by the name's ending."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fcnlab.arch import NetSpec
from fcnlab.draw.svg import diagram_svg
from fcnlab.errors import FcnLabError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FigureKind = Literal["png", "svg", "pdf"]

PNG_DPI = 192
"""Twice the drawing's own 96, for sharp text on slides."""


def write_diagram(spec: NetSpec, path: str | Path) -> Path:
    """Draw a network, valid or not, into a file.

    Args:
        spec: The network.
        path: Ends in .svg, .png, .pdf or .dot.

    Returns:
        The path.

    Raises:
        FcnLabError: Another ending, or a place that cannot be written to.
    """
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        received = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        raise FcnLabError(f"The diagram's file {path.name!r} {received}.", f"Use one of {', '.join(WRITERS)}.")
    content = write(spec)
    try:
        path.write_bytes(content)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise FcnLabError(f"The diagram cannot be written to {path} ({reason}).", "Choose another place.") from None
    return path


def diagram_bytes(spec: NetSpec, kind: str) -> bytes:
    """The content of the diagram's file; `kind` is "svg", "png", "pdf" or "dot".

    Raises:
        FcnLabError: Another kind.
    """
    if f".{kind}" not in WRITERS:
        raise FcnLabError(f"There is no diagram of kind {kind!r}.", f"Use one of {', '.join(WRITERS)}.")
    return WRITERS[f".{kind}"](spec)


def figure_bytes(figure: "Figure", kind: FigureKind, *, title: str = "") -> bytes:
    """The content of a figure's file; the same figure always gives the same bytes.

    Args:
        figure: Its own ground is kept.
        kind: "png" has twice the resolution of a screen; "svg" and "pdf" hold real text, to be searched and copied.
        title: Kept in the file's metadata.

    Raises:
        FcnLabError: Another kind.
    """
    from matplotlib import rc_context

    from fcnlab.draw.canvas import styled

    if kind not in ("png", "svg", "pdf"):
        raise FcnLabError(f"There is no figure file of kind {kind!r}.", "Use one of png, svg, pdf.")
    # Without a date the same figure always gives the same file; an SVG's identifiers come from the salt.
    metadata: dict[str, str | None] = {"Title": title} if title else {}
    metadata |= {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    memory = io.BytesIO()
    with styled(), rc_context({"pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "fcnlab"}):
        figure.savefig(memory, format=kind, dpi=PNG_DPI, metadata=metadata, facecolor=figure.get_facecolor())
    return memory.getvalue()


def _svg(spec: NetSpec) -> bytes:
    return diagram_svg(spec).encode()


def _dot(spec: NetSpec) -> bytes:
    from fcnlab.draw.dot import diagram_dot

    return diagram_dot(spec).encode()


def _figure(spec: NetSpec, kind: FigureKind) -> bytes:
    from fcnlab.draw.figure import diagram_figure

    return figure_bytes(diagram_figure(spec), kind, title=spec.name)


WRITERS: dict[str, Callable[[NetSpec], bytes]] = {
    ".svg": _svg,
    ".png": lambda spec: _figure(spec, "png"),
    ".pdf": lambda spec: _figure(spec, "pdf"),
    ".dot": _dot,
}
