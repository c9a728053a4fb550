"""One batch of pictures: build a world, take its pictures, encode them."""

import io
from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from fcnlab.data.records import Kind, PictureRecord
from fcnlab.model import Document
from fcnlab.sim.camera import Camera
from fcnlab.sim.gl import Studio
from fcnlab.sim.views import draw_camera
from fcnlab.sim.world import SPAN, Shot, World

JPEG_QUALITY = 82
_SEEN = 4
"""Pixels of the hero that make a picture one with a hero: the official score counts more than three."""

_CAMERAS = 12


class Batch(Document):
    """Pictures to take in one world.

    Attributes:
        folder: Where they go, under the dataset's root.
        mark: The beginning of their names.
        seed: The request's.
        stream: The series'.
        world: Which world of the series.
        pictures: Number in the series and kind of each.
        distance: As in the request.
        size: Pixels.
    """

    folder: str
    mark: str
    seed: int
    stream: int
    world: int
    pictures: tuple[tuple[int, Kind], ...]
    distance: tuple[float, float] | None
    size: Annotated[int, Field(gt=0)]


class Taken(Document):
    """A picture as bytes, and what is known of it."""

    folder: str
    stem: str
    record: PictureRecord


def take(batch: Batch, studio: Studio) -> Iterator[tuple[Taken, bytes, bytes]]:
    """Yield each picture of a batch with its JPEG and its mask's PNG.

    A picture depends on the seed, the series and its number alone.
    """
    seed = world_seed(batch.seed, batch.stream, batch.world)
    world = World(seed)
    for number, kind in batch.pictures:
        rng = np.random.default_rng([seed, number])
        camera, shot = _look(rng, world, studio, kind, batch.distance)
        stem = f"{batch.mark}_{number:05d}"
        record = PictureRecord(
            image=f"{stem}.jpeg",
            kind=kind,
            world=seed,
            distance=None if shot.distance is None else round(shot.distance, 3),
            hero_pixels=shot.hero_pixels,
            occlusion=None if kind == "patrol" else round(shot.occlusion or 0.0, 4),
            people=shot.people,
            height=round(shot.height, 3),
            heading=round(camera.heading % 360, 3),
            tilt=round(camera.tilt, 3),
            roll=round(camera.roll, 3),
            field_of_view=round(camera.field_of_view, 3),
        )
        yield Taken(folder=batch.folder, stem=stem, record=record), jpeg(shot.image), mask_png(shot.labels)


def world_seed(seed: int, stream: int, world: int) -> int:
    """The seed of a world of a series."""
    return int(np.random.SeedSequence([seed, stream, world]).generate_state(1)[0])


def _look(
    rng: np.random.Generator, world: World, studio: Studio, kind: Kind, distance: tuple[float, float] | None
) -> tuple[Camera, Shot]:
    """Take the picture; where a hero is wanted but hidden, try other cameras and keep the best."""
    best: tuple[Camera, Shot] | None = None
    for seconds in rng.uniform(0, SPAN, _CAMERAS).tolist():
        camera = draw_camera(rng, world, kind, distance, seconds)
        shot = world.shoot(studio, camera, seconds, hero=kind != "patrol")
        if best is None or shot.hero_pixels > best[1].hero_pixels:
            best = camera, shot
        if kind == "patrol" or shot.hero_pixels >= _SEEN:
            break
    assert best is not None
    return best


def jpeg(image: NDArray[np.uint8]) -> bytes:
    """A picture [H, W, 3] as JPEG."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return file.getvalue()


def mask_png(labels: NDArray[np.uint8]) -> bytes:
    """Labels [H, W] as the Follow-Me project's RGB one-hot mask: red background, green other people, blue hero."""
    planes = np.stack([labels == number for number in range(3)], -1).astype(np.uint8) * 255
    file = io.BytesIO()
    Image.fromarray(planes).save(file, "PNG", optimize=True)
    return file.getvalue()
