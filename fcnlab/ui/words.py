"""Numbers and terms as the pages show them."""

from fcnlab.arch.graph import Shape
from fcnlab.draw.glossary import explain

BYTES_PER_VALUE = 4
"""Of float32, in which networks are trained here."""


def shape(size: Shape) -> str:
    """Height, width and channels: "160×160×3"."""
    return "×".join(map(str, size))


def count(number: int | None) -> str:
    """A whole number with thousands marked, "–" where it is not known."""
    return "–" if number is None else f"{number:,}"


def short(number: int | None) -> str:
    """A large number with three digits and a unit: 197,123,840 → "197 M"."""
    if number is None:
        return "–"
    size = float(number)
    for unit in ("", " k", " M", " G", " T"):
        if size < 999.5:
            return f"{size:.3g}{unit}"
        size /= 1000
    return f"{size:.3g} P"


def memory(values: int) -> str:
    """The memory that so many float32 values take: 2,000,000 → "8 MB"."""
    return bytes_in(values * BYTES_PER_VALUE)


def bytes_in(amount: int) -> str:
    """Bytes with three digits and a unit: 8,000,000 → "8 MB"."""
    size = float(amount)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def tooltip(term: str, more: str = "") -> str:
    """The glossary's sentence for a term, and what there is to add at this place."""
    return f"{explain(term)} {more}".strip()
