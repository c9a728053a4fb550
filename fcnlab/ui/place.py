"""Where a stage is: rows of the shape flow and sections of the spec, translated into each other."""

from dataclasses import dataclass
from typing import Literal

from fcnlab.arch import NetSpec
from fcnlab.arch.edit import Path, Section
from fcnlab.arch.spec import INPUTS, OUTPUTS

SECTIONS: tuple[Section, ...] = ("encoder", "bottleneck", "decoder")


@dataclass(frozen=True, slots=True)
class Place:
    """A stage: its section and its index there, e.g. ("decoder", 0); `input` and `output` have index 0."""

    section: Section | Literal["input", "output"]
    index: int = 0


def row_count(net: NetSpec) -> int:
    """Rows of the shape flow: inputs, every stage, outputs."""
    return len(net.stages) + 2


def place_of(net: NetSpec, row: int) -> Place:
    """The stage of a row."""
    if row <= 0:
        return Place("input")
    index = row - 1
    for section in SECTIONS:
        length = len(getattr(net, section))
        if index < length:
            return Place(section, index)
        index -= length
    return Place("output")


def row_of(net: NetSpec, place: Place) -> int:
    """The row of a stage; of one that is not there, the nearest."""
    if place.section == "input":
        return 0
    start = 1
    for section in SECTIONS:
        length = len(getattr(net, section))
        if section == place.section:
            return start + min(max(place.index, 0), length - 1)
        start += length
    return start


def row_of_path(net: NetSpec, path: Path) -> int:
    """The row that the field at `path` belongs to."""
    section, *rest = path
    index = rest[0] if rest and isinstance(rest[0], int) else 0
    if section in ("input", "output", *SECTIONS):
        return row_of(net, Place(section, index))  # type: ignore[arg-type]  # mypy does not narrow by tuple
    return 0


def name_of(net: NetSpec, place: Place) -> str:
    """The stage's name."""
    match place.section:
        case "input":
            return INPUTS
        case "output":
            return OUTPUTS
        case section:
            name: str = getattr(net, section)[place.index].name
            return name
