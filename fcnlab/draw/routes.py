"""The way of each skip connection through the diagram.

A skip runs straight from its source to the decoder block of the same level. Where a block of that level or of a higher
one stands in between, it is led around: up into a lane above everything that it passes, along, and down again.
Positions are (along, across) the flow; see `fcnlab.draw.layout`.
"""

from dataclasses import dataclass
from typing import NamedTuple

from fcnlab.arch import Flow, NetSpec
from fcnlab.arch.spec import INPUTS
from fcnlab.draw.scale import Measures

Point = tuple[float, float]


class Slot(NamedTuple):
    """Where a block lies: along the flow from `start` over `thick`, across it from `top` over `length`.

    `line` is the place across the flow where skips leave and enter the blocks of this level.
    """

    row: int
    level: int
    start: float
    thick: float
    top: float
    length: float
    depth: float
    line: float


@dataclass(frozen=True, slots=True)
class Link:
    """A skip connection between two rows; `source` is None for a stage that does not exist."""

    source: int | None
    target: int
    merge: str
    fits: bool


def find_links(spec: NetSpec, found: Flow) -> list[Link]:
    """Every skip, from the bottom up."""
    rows = {INPUTS: 0}
    for index, stage in enumerate(spec.encoder, 1):
        rows.setdefault(stage.name, index)
    first = 1 + len(spec.encoder) + len(spec.bottleneck)
    return [
        Link(
            rows.get(stage.skip.source),
            first + index,
            stage.skip.merge.value,
            found.rows[first + index].params is not None,
        )
        for index, stage in enumerate(spec.decoder)
        if stage.skip
    ]


def lines_at(levels: list[int], lengths: list[float]) -> list[float]:
    """For each level, how far below its upper edge skips leave and enter its blocks."""
    shortest: dict[int, float] = {}
    for level, length in zip(levels, lengths, strict=True):
        shortest[level] = min(length, shortest.get(level, length))
    return [min(14, 0.3 * shortest[level]) for level in range(max(levels) + 1)]


def assign_lanes(links: list[Link], levels: list[int]) -> list[int]:
    """For each skip its lane above the level it passes, 0 the lowest; -1 for one that needs none.

    Skips that pass the same level side by side take different lanes.
    """
    lanes: list[int] = []
    ways: list[tuple[int, int, int]] = []
    for link in links:
        if link.source is None or _straight(link, levels):
            lanes.append(-1)
            ways.append((-1, 0, 0))
            continue
        way = (_highest(link, levels), link.source, link.target)
        beside = {
            lane
            for lane, (level, start, end) in zip(lanes, ways, strict=True)
            if level == way[0] and start <= link.target and link.source <= end
        }
        lanes.append(next(lane for lane in range(len(links)) if lane not in beside))
        ways.append(way)
    return lanes


def lanes_needed(links: list[Link], levels: list[int]) -> list[int]:
    """For each level, how many lanes above it are taken by skips led around."""
    taken = [0] * (max(levels) + 1)
    for link, lane in zip(links, assign_lanes(links, levels), strict=True):
        if lane >= 0:
            level = _highest(link, levels)
            taken[level] = max(taken[level], lane + 1)
    return taken


def route(link: Link, lane: int, slots: list[Slot], measures: Measures) -> tuple[tuple[Point, ...], Point]:
    """The skip's corners, and the centre of its merge sign just before the tip; `lane` is from `assign_lanes`."""
    levels = [slot.level for slot in slots]
    target = slots[link.target]
    before = measures.sign + 9
    if link.source is None:
        start = target.start - before - measures.sign - 5
        return ((start, target.line), (target.start, target.line)), (target.start - before, target.line)
    source = slots[link.source]
    if lane < 0:
        start = source.start + source.thick + source.depth
        return ((start, source.line), (target.start, target.line)), (target.start - before, target.line)
    level = _highest(link, levels)
    ceiling = min(slot.top - slot.depth for slot in slots if slot.level == level)
    across = ceiling - measures.sign - 2 - lane * measures.lane
    up = source.start + source.thick / 2 + source.depth * 0.75
    down = target.start + target.thick / 2 + target.depth * 0.25
    points = (
        (up, source.top - source.depth * 0.75),
        (up, across),
        (down, across),
        (down, target.top - target.depth * 0.25),
    )
    return points, (down - before, across)


def _straight(link: Link, levels: list[int]) -> bool:
    source = link.source
    if source is None or levels[source] != levels[link.target]:
        return False
    return all(level > levels[source] for level in levels[source + 1 : link.target])


def _highest(link: Link, levels: list[int]) -> int:
    """The highest level (the smallest number) among all that a skip passes, both ends included."""
    return min(levels[link.source or 0 : link.target + 1])
