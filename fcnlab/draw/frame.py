"""What stands around the diagram: title, legend and the note on its scale."""

from dataclasses import dataclass
from typing import Literal

from fcnlab.draw.layout import Diagram
from fcnlab.draw.scale import shorten, text_width

Mark = Literal["encoder", "bottleneck", "decoder", "concat", "add", "gate", "wrong"]

LEGEND: dict[Mark, str] = {
    "encoder": "encoder",
    "bottleneck": "bottleneck",
    "decoder": "decoder",
    "concat": "skip, concatenated",
    "add": "skip, added",
    "gate": "skip, gated",
    "wrong": "does not fit",
}

WIDE_NOTE = "To scale: height and depth by the square root of pixels, width by that of channels."
COMPACT_NOTE = "To scale: length by the square root of pixels, thickness by that of channels."

SWATCH = 20.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: `x`, `y` is where its baseline begins."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend; its swatch lies left of the text."""

    mark: Mark
    label: Text


@dataclass(frozen=True, slots=True)
class Frame:
    """The whole drawing's size, where the diagram goes in it, and what stands around it."""

    width: float
    height: float
    shift: tuple[float, float]
    title: Text | None
    totals: tuple[Text, ...]
    keys: tuple[Key, ...]
    notes: tuple[Text, ...]


def frame(diagram: Diagram, *, titled: bool, remark: str = "") -> Frame:
    """Place title, legend and note around a diagram.

    Args:
        diagram: From `fcnlab.draw.layout.lay_out`.
        titled: Write the network's name and totals above; a page has its own headings.
        remark: A line below the legend, e.g. what the numbers on skips are.
    """
    measures = diagram.measures
    left, size = measures.margin, measures.note
    width = max(diagram.width, 360.0 if diagram.compact else 560.0)
    room = width - 2 * left
    title = Text(shorten(diagram.spec.name, 19, room, "bold"), left, 34, 19) if titled else None
    lines = wrap(totals_text(diagram), size, room) if titled else []
    totals = tuple(Text(line, left, 55 + index * (size + 6), size) for index, line in enumerate(lines))
    top = totals[-1].y + 9 if totals else 0.0
    keys, bottom = _keys(marks(diagram), left, top + diagram.height + size + 10, room, size)
    notes = []
    for note in (remark, COMPACT_NOTE if diagram.compact else WIDE_NOTE):
        for line in wrap(note, size - 0.5, room) if note else ():
            bottom += size + 6
            notes.append(Text(line, left, bottom, size - 0.5))
    shift = ((width - diagram.width) / 2, top)
    return Frame(width, bottom + measures.margin * 0.7, shift, title, totals, keys, tuple(notes))


def marks(diagram: Diagram) -> list[Mark]:
    """What the diagram shows and the legend therefore explains."""
    merges = {skip.merge for skip in diagram.skips if skip.fits}
    wrong = any(block.broken for block in diagram.blocks) or any(not skip.fits for skip in diagram.skips)
    shown: dict[Mark, bool] = {
        "encoder": True,
        "bottleneck": True,
        "decoder": True,
        "concat": "concat" in merges,
        "add": "add" in merges,
        "gate": "gate" in merges,
        "wrong": wrong,
    }
    return [mark for mark, here in shown.items() if here]


def totals_text(diagram: Diagram) -> str:
    """Weights, work and reach in one line: "651,465 parameters · 0.20 G multiply–adds · sees 63×63 pixels"."""
    found = diagram.flow
    if any(block.broken for block in diagram.blocks):
        return "The parts marked in red do not fit together yet."
    reach = found.rows[-1].receptive_field
    return f"{found.params:,} parameters · {amount(found.macs)} multiply–adds · sees {reach}×{reach} pixels"


def amount(number: int) -> str:
    """A large number with three digits: 202,547,200 as "203 M"."""
    for factor, unit in ((10**12, " T"), (10**9, " G"), (10**6, " M"), (10**3, " k")):
        if number >= factor:
            return f"{number / factor:.3g}{unit}"
    return str(number)


def wrap(text: str, size: float, room: float) -> list[str]:
    """Break a text between words into lines of at most `room`."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _keys(shown: list[Mark], left: float, top: float, room: float, size: float) -> tuple[tuple[Key, ...], float]:
    """The legend's entries in as many rows as they need, and the last row's baseline."""
    keys, x, y = [], left, top
    for mark in shown:
        text = LEGEND[mark]
        width = SWATCH + 5 + text_width(text, size)
        if x > left and x + width > left + room:
            x, y = left, y + size + 8
        keys.append(Key(mark, Text(text, x + SWATCH + 5, y, size)))
        x += width + 14
    return tuple(keys), y
