"""The U-shaped diagram as geometry: where every block, arrow, skip and label lies.

One geometry serves every output (SVG, PNG, PDF). It is made along two axes: `along` the flow and `across` it, where
lower resolutions lie deeper. Wide diagrams flow to the right and go down; compact ones flow down and go right.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from math import log2, sqrt
from typing import Literal, NamedTuple

from fcnlab.arch import Flow, NetSpec, flow
from fcnlab.arch.flow import Row
from fcnlab.draw.routes import Link, Slot, assign_lanes, find_links, lanes_needed, lines_at, route
from fcnlab.draw.scale import COMPACT, WIDE, Measures, length, shorten, text_width, thickness

DENSE = 18
"""From this many rows on, labels of wide diagrams stand upright."""

LABEL_ROOM = 98.0

Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle: left, top, width and height."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Box", slack: float = 0.5) -> bool:
        """Whether both share more than a sliver of `slack`."""
        return (
            self.x + slack < other.x + other.width
            and other.x + slack < self.x + self.width
            and self.y + slack < other.y + other.height
            and other.y + slack < self.y + self.height
        )


@dataclass(frozen=True, slots=True)
class Label:
    """A block's name and shape.

    Attributes:
        name: The stage's name, shortened to its room.
        note: Its shape, "80×80×16".
        x, y: Where the name's baseline begins (`anchor` start) or has its middle.
        turned: Both texts stand upright, reading downwards, in one line.
        box: The room the label takes.
    """

    name: str
    note: str
    x: float
    y: float
    anchor: Literal["start", "middle"]
    turned: bool
    box: Box


@dataclass(frozen=True, slots=True)
class Block:
    """One row of the shape flow.

    Attributes:
        index: The row's position; 0 is `inputs`.
        row: The row itself, with its full name.
        face: The front: height stands for the tensor's height and width for its channels (compact: the other way).
        depth: How far the block reaches back, up and to the right.
        level: 0 for the highest resolution.
        broken: What it would hold does not fit together.
    """

    index: int
    row: Row
    face: Box
    depth: float
    level: int
    broken: bool
    label: Label


@dataclass(frozen=True, slots=True)
class SkipLine:
    """A skip connection as drawn.

    Attributes:
        points: From the source to the decoder block; the last one is the arrow's tip.
        sign: Centre of the merge sign.
        merge: "concat", "add" or "gate".
        fits: False for a skip of another size, or from a stage that is not there.
    """

    source: int | None
    target: int
    merge: str
    fits: bool
    points: tuple[Point, ...]
    sign: Point


@dataclass(frozen=True, slots=True)
class Diagram:
    """Everything there is to draw, in a drawing of `width` × `height` units with the origin at the top left."""

    spec: NetSpec
    flow: Flow
    measures: Measures
    compact: bool
    width: float
    height: float
    blocks: tuple[Block, ...]
    arrows: tuple[tuple[Point, ...], ...]
    skips: tuple[SkipLine, ...]


def lay_out(spec: NetSpec, *, compact: bool = False) -> Diagram:
    """Compute the diagram of a network, valid or not.

    Args:
        spec: Drawn as far as it goes: what does not fit is marked, and keeps the shape it would have.
        compact: Top to bottom, 360 units wide (more for very deep networks), for narrow screens.
    """
    found = flow(spec)
    measures = COMPACT if compact else WIDE
    links = find_links(spec, found)
    if compact:  # there is little room for lanes: many of them move closer together
        abreast = sum(lanes_needed(links, _levels(found.rows)))
        measures = replace(measures, lane=min(measures.lane, 72 / max(abreast, 1)))
    slots = _slots(found, links, measures, compact)
    blocks = tuple(_block(slot, found.rows[slot.row], spec, slots, compact) for slot in slots)
    lanes = assign_lanes(links, [slot.level for slot in slots])
    lines = [route(link, lane, slots, measures) for link, lane in zip(links, lanes, strict=True)]

    def turn(points: tuple[Point, ...]) -> tuple[Point, ...]:
        return tuple((across, along) if compact else (along, across) for along, across in points)

    skips = tuple(
        SkipLine(link.source, link.target, link.merge, link.fits, turn(points), turn((sign,))[0])
        for link, (points, sign) in zip(links, lines, strict=True)
    )
    arrows = tuple(turn(_arrow(here, there)) for here, there in pairwise(slots))
    right = max(max(b.face.x + b.face.width + b.depth, b.label.box.x + b.label.box.width) for b in blocks)
    bottom = max(max(b.face.y + b.face.height, b.label.box.y + b.label.box.height) for b in blocks)
    width = max(right + measures.margin, 360.0 if compact else 0.0)
    return Diagram(spec, found, measures, compact, width, bottom + 8, blocks, arrows, skips)


def shape_text(row: Row) -> str:
    """A row's shape as it is written everywhere: "80×80×16"."""
    return "×".join(str(part) for part in row.shape)


def _slots(found: Flow, links: list[Link], measures: Measures, compact: bool) -> list[Slot]:
    """Where each block lies along and across the flow."""
    rows = found.rows
    largest = max(max(row.shape[:2]) for row in rows)
    most = max(row.shape[2] for row in rows)
    levels = _levels(rows)
    # A compact diagram is flat: its bars' length stands for both sides, as their geometric mean.
    lengths = [length(_side(row) if compact else row.shape[0], largest, measures) for row in rows]
    depths = [measures.depth * length(row.shape[1], largest, measures) for row in rows]
    lines = lines_at(levels, lengths)
    tops = _tops(levels, lengths, depths, lines, lanes_needed(links, levels), measures)
    slots, position = [], measures.margin
    for index, row in enumerate(rows):
        thick = thickness(row.shape[2], most, measures)
        room = max(thick + depths[index], _label_room(row, len(rows), measures, compact))
        start = position + (room - thick - depths[index]) / 2
        level = levels[index]
        line = tops[level] + lines[level]
        slots.append(Slot(index, level, start, thick, tops[level], lengths[index], depths[index], line))
        position += room + measures.gap
    return slots


def _side(row: Row) -> float:
    return sqrt(row.shape[0] * row.shape[1])


def _levels(rows: tuple[Row, ...]) -> list[int]:
    """The level of each row: rows of about the same resolution share one, and no level is empty."""
    largest = max(_side(row) for row in rows)
    octaves = [round(log2(largest / _side(row))) for row in rows]
    order = {octave: level for level, octave in enumerate(sorted(set(octaves)))}
    return [order[octave] for octave in octaves]


def _tops(
    levels: list[int],
    lengths: list[float],
    depths: list[float],
    lines: list[float],
    lanes: list[int],
    measures: Measures,
) -> list[float]:
    """The upper edge of each level, low enough for the skip of the level above and the lanes between both."""
    count = len(lines)
    least, most = measures.step
    step = min(max(measures.fall / max(count - 1, 1), least), most)
    deep = [max(depths[i] for i, level in enumerate(levels) if level == number) for number in range(count)]
    tops = [measures.margin + deep[0] + _lane_room(lanes[0], measures)]
    for level in range(1, count):
        room = _lane_room(lanes[level], measures)
        clear = lines[level - 1] + measures.sign + 6 + deep[level] + room
        # Not so low that the arrow from the level above could not run straight.
        beside = min(length for length, place in zip(lengths, levels, strict=True) if place == level - 1) - 10
        tops.append(tops[-1] + max(min(step + room, beside), clear))
    return tops


def _lane_room(lanes: int, measures: Measures) -> float:
    """What lanes take across the flow: the last one still has to hold a whole merge sign."""
    return (lanes - 1) * measures.lane + max(measures.lane, 2 * measures.sign + 3) if lanes else 0.0


def _label_room(row: Row, count: int, measures: Measures, compact: bool) -> float:
    if compact:
        return measures.name + measures.note + 6
    if count >= DENSE:
        return measures.name + 4
    name = min(text_width(row.name, measures.name, "bold"), LABEL_ROOM)
    return max(name, text_width(shape_text(row), measures.note)) - measures.gap + 14


def _block(slot: Slot, row: Row, spec: NetSpec, slots: list[Slot], compact: bool) -> Block:
    measures = COMPACT if compact else WIDE
    if compact:
        face = Box(slot.top, slot.start, slot.length, slot.thick)
        label = _label_beside(face, row, max(other.top + other.length for other in slots) + 12, measures)
    else:
        face = Box(slot.start, slot.top, slot.thick, slot.length)
        place = _label_upright if len(slots) >= DENSE else _label_below
        label = place(face, slot.depth, row, measures)
    # Outputs of another size than the inputs are as wrong as a tensor that cannot be merged.
    wrong_size = row.role == "outputs" and row.shape[:2] != (spec.input.height, spec.input.width)
    return Block(slot.row, row, face, slot.depth, slot.level, row.params is None or wrong_size, label)


def _label_below(face: Box, depth: float, row: Row, measures: Measures) -> Label:
    name, note = shorten(row.name, measures.name, LABEL_ROOM, "bold"), shape_text(row)
    width = max(text_width(name, measures.name, "bold"), text_width(note, measures.note))
    x, y = face.x + (face.width + depth) / 2, face.y + face.height + measures.name + 4
    box = Box(x - width / 2, face.y + face.height + 4, width, measures.name + measures.note + 7)
    return Label(name, note, x, y, "middle", turned=False, box=box)


def _label_upright(face: Box, depth: float, row: Row, measures: Measures) -> Label:
    name, note = shorten(row.name, measures.name, LABEL_ROOM, "bold"), shape_text(row)
    extent = text_width(name, measures.name, "bold") + text_width(note, measures.note) + 10
    x, y = face.x + face.width / 2, face.y + face.height + 8
    box = Box(x - measures.name / 2, y, measures.name, extent)
    return Label(name, note, x - measures.name * 0.35, y, "start", turned=True, box=box)


def _label_beside(face: Box, row: Row, x: float, measures: Measures) -> Label:
    room = max(360 - x - measures.margin, 120)
    name, note = shorten(row.name, measures.name, room, "bold"), shape_text(row)
    width = max(text_width(name, measures.name, "bold"), text_width(note, measures.note))
    height = measures.name + measures.note + 4
    top = face.y + (face.height - height) / 2
    return Label(name, note, x, top + measures.name - 1, "start", turned=False, box=Box(x, top, width, height))


def _arrow(here: Slot, there: Slot) -> tuple[Point, ...]:
    """The way of the data to the next block: straight where both stand side by side, else with two bends."""
    start, end = here.start + here.thick + here.depth + 3, there.start - 3
    low, high = max(here.top, there.top), min(here.top + here.length, there.top + there.length)
    if high - low >= 6:
        at = low + (high - low) * 0.6
        return ((start, at), (end, at))
    # Upright beside the lower block: there its own label is below and the other's ends before it.
    middle = end - 8 if there.top > here.top else start + 8
    one, other = here.top + here.length / 2, there.top + there.length / 2
    return ((start, one), (middle, one), (middle, other), (end, other))
