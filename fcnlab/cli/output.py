"""Where output goes: results to stdout, everything said about them to stderr."""

import contextlib
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fcnlab.errors import FcnLabError


def say(message: str) -> None:
    """A message for the person, on stderr."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def show(text: str) -> None:
    """A result, on stdout."""
    sys.stdout.write(f"{text}\n")


def show_json(document: Any) -> None:
    """The one JSON document of a `--json` command; numbers that JSON cannot hold become null."""
    show(json.dumps(_finite(document), indent=2, allow_nan=False))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Rows as aligned text, without colours or frames, so that other programs can read them too.

    Args:
        header: The columns' names.
        rows: As many cells each.
        left: How many columns, from the first, are aligned to the left; the others are numbers.
    """
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in (header, *rows):
        cells = [
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def size(count: float) -> str:
    """Bytes for people: 307,200 as "307 kB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if count < 100 else f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:,.0f} TB"


def write_file(path: Path, text: str, what: str) -> None:
    """Write a text file.

    Raises:
        FcnLabError: It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise FcnLabError(f"{what} cannot be written to {path} ({reason}).", "Choose another place.") from None


@contextlib.contextmanager
def stdout_for_results() -> Iterator[None]:
    """Send whatever libraries print meanwhile to stderr, so that stdout holds the result alone."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value
