"""Diagrams as files: SVG, PNG, PDF or DOT, told by the name's ending."""

import io
from collections.abc import Callable
from pathlib import Path

from fcnlab.arch import NetSpec
from fcnlab.draw.svg import diagram_svg
from fcnlab.errors import FcnLabError

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


def _svg(spec: NetSpec) -> bytes:
    return diagram_svg(spec).encode()


def _dot(spec: NetSpec) -> bytes:
    from fcnlab.draw.dot import diagram_dot

    return diagram_dot(spec).encode()


def _figure(spec: NetSpec, kind: str) -> bytes:
    from matplotlib import rc_context

    from fcnlab.draw.figure import diagram_figure

    memory = io.BytesIO()
    # Type 42 embeds real fonts: text in the PDF can be searched and copied.
    with rc_context({"pdf.fonttype": 42}):
        # Without a date the same network always gives the same file.
        metadata = {"Title": spec.name, "CreationDate": None} if kind == "pdf" else {"Title": spec.name}
        diagram_figure(spec).savefig(memory, format=kind, dpi=PNG_DPI, metadata=metadata)
    return memory.getvalue()


WRITERS: dict[str, Callable[[NetSpec], bytes]] = {
    ".svg": _svg,
    ".png": lambda spec: _figure(spec, "png"),
    ".pdf": lambda spec: _figure(spec, "pdf"),
    ".dot": _dot,
}
