"""What is asked for, and the list of pictures that it means."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fcnlab.data.records import Kind
from fcnlab.model import Document

KindOrMixture = Literal["following", "patrol", "patrol-target", "mixed"]
Split = Literal["auto", "train", "validation", "evaluation"]
MOST = 100_000
WORLD_PICTURES = 8
"""Pictures that are taken in one world."""

_SETS: dict[Kind, str] = {
    "following": "sample_evaluation_data/following_images",
    "patrol": "sample_evaluation_data/patrol_non_targ",
    "patrol-target": "sample_evaluation_data/patrol_with_targ",
}
_SHARES = {"train": 0.70, "validation": 0.15}
_MIXTURE: tuple[Kind, ...] = ("following",) * 3 + ("patrol-target",) * 5 + ("patrol",) * 12
"""Kinds in a mixture of 20 pictures, about as in the original's training set."""

Metres = Annotated[float, Field(ge=1, le=100)]


class RenderRequest(Document):
    """What to render.

    Attributes:
        count: Pairs of image and mask in all.
        kind: "following", "patrol", "patrol-target", or "mixed" as in the original's training set.
        distance: Least and largest metres from the camera to the hero; None takes each kind's own range.
        seed: Where the worlds, cameras and times come from.
        size: Pixels of a picture's side.
        split: Where the pairs go. "auto": of "mixed" 70 % train, 15 % validation, 15 % evaluation sets; of one kind
            80 % train, 20 % validation.
    """

    count: Annotated[int, Field(ge=1, le=MOST)]
    kind: KindOrMixture = "mixed"
    distance: tuple[Metres, Metres] | None = None
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    size: Annotated[int, Field(ge=16, le=1024)] = 160
    split: Split = "auto"

    @model_validator(mode="after")
    def _distance_fits(self) -> Self:
        if self.distance is not None:
            if self.kind == "patrol":
                raise ValueError("pictures of kind patrol have no hero, so that no distance can be asked for")
            if self.distance[0] > self.distance[1]:
                raise ValueError("distance is the least and then the largest metres")
        return self

    @property
    def mark(self) -> str:
        """The beginning of all its pictures' names: the same for requests that differ in `count` alone."""
        recipe = self.model_dump_json(exclude={"count", "split"})
        return f"{self.kind}_{self.seed}_{hashlib.sha256(recipe.encode()).hexdigest()[:4]}"


@dataclass(frozen=True)
class Series:
    """The pictures of one request that go into one folder.

    Attributes:
        folder: Under the dataset's root.
        kind: Of all of them, or "mixed".
        count: How many.
        stream: A number of its own for each folder, so that no world is used in two of them.
    """

    folder: str
    kind: KindOrMixture
    count: int
    stream: int

    @property
    def split(self) -> str:
        """The split's name in `fcnlab.data`."""
        return self.folder.rpartition("/")[2]

    def kinds(self, seed: int) -> list[Kind]:
        """The kind of every picture; each twenty of a mixture hold the same numbers of every kind."""
        if self.kind != "mixed":
            return [self.kind] * self.count
        found: list[Kind] = []
        for block in range(-(-self.count // len(_MIXTURE))):
            order = np.random.default_rng([seed, self.stream, block]).permutation(len(_MIXTURE))
            found += [_MIXTURE[index] for index in order]
        return found[: self.count]


def plan(request: RenderRequest) -> list[Series]:
    """The folders that a request fills and how many pairs go into each; empty ones are left out."""
    train, validation, evaluation = _divide(request)
    kind = request.kind
    found = [Series("train", kind, train, 0), Series("validation", kind, validation, 1)]
    sets: list[Kind] = ["following", "patrol", "patrol-target"] if kind == "mixed" else [kind]
    for number, name in enumerate(sets):
        part = evaluation // len(sets) + (number < evaluation % len(sets))
        found.append(Series(_SETS[name], name, part, 2 + list(_SETS).index(name)))
    return [series for series in found if series.count]


def _divide(request: RenderRequest) -> tuple[int, int, int]:
    """Pairs for train, validation and evaluation."""
    count = request.count
    if request.split == "auto":
        if request.kind != "mixed":
            return count - count // 5, count // 5, 0
        train, validation = (round(share * count) for share in _SHARES.values())
        return train, validation, count - train - validation
    return tuple(count if request.split == name else 0 for name in ("train", "validation", "evaluation"))  # type: ignore[return-value]
