"""What is known of a picture besides its pixels: a line a picture in `records.jsonl`, beside images/ and masks/."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fcnlab.errors import DataError
from fcnlab.model import Document

FILE = "records.jsonl"
Kind = Literal["following", "patrol", "patrol-target"]
DISTANCE_EDGES = (0, 10, 20, 30, 40, 60, 80)
"""Metres at which the bands of the hero's distance begin; the last one has no end."""
Metres = Annotated[float, Field(ge=0, le=10_000)]


class PictureRecord(Document):
    """One rendered picture.

    Attributes:
        image: The image's file name.
        kind: "following" (the hero near, from behind), "patrol" (no hero) or "patrol-target" (the hero far away).
        world: Seed of the world it was taken in.
        distance: Metres from the camera to the hero; None where no hero is in the world.
        hero_pixels: Pixels of the hero that can be seen.
        occlusion: Share of the hero's pixels inside of the picture that something hides, 0 to 1; None without hero.
        people: Other people who can be seen.
        height: Metres of the camera above the ground under it.
        heading: Degrees, the camera's direction, 0 along the world's x axis, counter-clockwise.
        tilt: Degrees, how far the camera looks down.
        roll: Degrees, how far it leans to the right.
        field_of_view: Degrees, vertical.
    """

    image: str
    kind: Kind
    world: int
    distance: Metres | None = None
    hero_pixels: Annotated[int, Field(ge=0)] = 0
    occlusion: Annotated[float, Field(ge=0, le=1)] | None = None
    people: Annotated[int, Field(ge=0)] = 0
    height: float
    heading: float
    tilt: float
    roll: float
    field_of_view: float


def read_records(folder: Path) -> dict[str, PictureRecord]:
    """The records of a split's folder by image name; empty where there are none.

    Raises:
        DataError: A line is no record; it names file and line.
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{path} cannot be read as UTF-8 text.", "Remove it, or render the pictures again.") from None
    records = (
        PictureRecord.parse(line, what=f"{path}, line {number}", error=DataError)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )
    return {record.image: record for record in records}


def write_records(folder: Path, records: Iterable[PictureRecord]) -> None:
    """Write the records of a split's folder, all of them."""
    text = "".join(f"{record.model_dump_json()}\n" for record in records)
    (folder / FILE).write_text(text, encoding="utf-8")
