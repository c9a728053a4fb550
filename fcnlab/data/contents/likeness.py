"""Pictures that show almost the same: near-duplicates within a split, and leakage from training into validation.

Neighbouring frames of a film differ a little everywhere, so that equal bytes find none of them; they are compared by
the thumbnails of `thumbprint.py`.

On Follow-Me's pictures, pairs nearer than about 0.4 show the same place from the same side, also where they come from
different runs; from 0.42 on, some are of different places (docs/findings/0002). The nearest pairs of independent
pictures are far from that: 0.57 for cells under a microscope, 0.82 for the built-in shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.contents.thumbprint import Fingerprints, Views, closest, distances, fingerprints, rows_at_once
from fcnlab.data.dataset import Dataset
from fcnlab.data.parallel import Progress, part_of
from fcnlab.errors import DataError

ALIKE = 0.35
"""Pictures at a smaller distance are taken for near-duplicates; it is a correlation of 0.94."""


@dataclass(frozen=True)
class Twin:
    """A picture and another one that it is like.

    Attributes:
        split: Of the picture.
        index: Of the picture in its split.
        other_split: Of the other one.
        other_index: Of the other one in its split.
        distance: d, 0 for the same picture; below 0.1 it takes a second look to tell them apart.
        identical: Whether both are the same picture, but perhaps for how the file is compressed.
    """

    split: str
    index: int
    other_split: str
    other_index: int
    distance: float
    identical: bool


@dataclass(frozen=True)
class Group:
    """A picture and the later ones of its split that are like it, the closest first."""

    first: int
    twins: tuple[Twin, ...]


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Near-duplicates within a split.

    Pictures are taken in order: one that is nearer than the threshold to an earlier picture that was kept joins the
    nearest such picture's group, and any other one is kept itself. So each picture of a group is like the first.

    Attributes:
        split: Its name.
        pictures: N.
        threshold: Largest distance of a near-duplicate.
        groups: Those with near-duplicates, the largest first.
        kept: int64, the pictures left when each group keeps only its first, sorted.
    """

    split: str
    pictures: int
    threshold: float
    groups: tuple[Group, ...]
    kept: NDArray[np.int64]

    @property
    def repeated(self) -> int:
        """How many pictures are near-duplicates of an earlier one."""
        return self.pictures - len(self.kept)

    @property
    def identical(self) -> int:
        """How many of them are the very same picture."""
        return sum(twin.identical for twin in self.closest())

    @property
    def share(self) -> float:
        """Share of the split's pictures that are near-duplicates of an earlier one, 0 to 1."""
        return self.repeated / max(self.pictures, 1)

    def closest(self) -> tuple[Twin, ...]:
        """All near-duplicates with the picture that they are like, the closest first."""
        return tuple(sorted((twin for group in self.groups for twin in group.twins), key=_by_distance))

    def to_json(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain data for JSON; `names` are the split's file names."""
        groups = [
            {
                "image": names[group.first],
                "twins": [{"image": names[twin.index], **_measured(twin)} for twin in group.twins],
            }
            for group in self.groups
        ]
        figures = {"images": self.pictures, "repeated": self.repeated, "identical": self.identical}
        return figures | {"share": self.share, "threshold": self.threshold, "groups": groups}


@dataclass(frozen=True, eq=False)
class Leakage:
    """Pictures of one split that have a near-duplicate in another, which the network has learned from.

    Attributes:
        split: Of the pictures that shall test the network, e.g. "validation".
        other_split: Of those it learns from, e.g. "train".
        pictures: N, of the first.
        threshold: Largest distance of a near-duplicate.
        nearest: float32 [N], distance of each picture to the closest of the other split.
        twins: Those below the threshold, each with its closest picture of the other split; the closest first.
    """

    split: str
    other_split: str
    pictures: int
    threshold: float
    nearest: NDArray[np.float32]
    twins: tuple[Twin, ...]

    @property
    def identical(self) -> int:
        """How many are the very same picture in both splits."""
        return sum(twin.identical for twin in self.twins)

    @property
    def share(self) -> float:
        """Share of the split's pictures that have a near-duplicate in the other split, 0 to 1."""
        return len(self.twins) / max(self.pictures, 1)

    @property
    def fresh(self) -> NDArray[np.int64]:
        """The pictures without a near-duplicate in the other split, sorted; a score on them alone does not flatter."""
        return np.flatnonzero(self.nearest >= self.threshold)

    def to_json(self, names: Sequence[str], other_names: Sequence[str]) -> dict[str, Any]:
        """Plain data for JSON; `names` and `other_names` are the two splits' file names."""
        pairs = [
            {"image": names[twin.index], "other": other_names[twin.other_index], **_measured(twin)}
            for twin in self.twins
        ]
        figures = {"images": self.pictures, "with_twin": len(pairs), "identical": self.identical}
        return figures | {"share": self.share, "threshold": self.threshold, "of": self.other_split, "pairs": pairs}


def near_duplicates(
    dataset: Dataset, split: str, threshold: float = ALIKE, progress: Progress | None = None
) -> Duplicates:
    """Find the pictures of a split that are like an earlier one.

    Args:
        dataset: Any dataset.
        split: One of its splits.
        threshold: Largest distance of a near-duplicate, above 0 and at most 1.
        progress: As `fingerprints`.

    Raises:
        DataError: There is no such split, a picture cannot be read, or the threshold is out of its range.
    """
    _check(threshold)
    prints = fingerprints(dataset, split, progress)
    leaders, apart = _group(prints.views, threshold)
    members: dict[int, list[Twin]] = {}
    for index in np.flatnonzero(leaders != np.arange(len(prints))).tolist():
        twin = _twin(prints, index, prints, int(leaders[index]), float(apart[index]))
        members.setdefault(twin.other_index, []).append(twin)
    groups = [Group(first, tuple(sorted(twins, key=_by_distance))) for first, twins in members.items()]
    groups.sort(key=lambda group: (-len(group.twins), group.first))
    kept = np.flatnonzero(leaders == np.arange(len(prints)))
    return Duplicates(split, len(prints), threshold, tuple(groups), kept)


def leakage(
    dataset: Dataset,
    train: str = "train",
    validation: str = "validation",
    threshold: float = ALIKE,
    progress: Progress | None = None,
) -> Leakage:
    """Find the pictures of `validation` that are like a picture of `train`.

    Args:
        dataset: Any dataset.
        train: The split that the network learns from.
        validation: The split that shall tell how well it has learned.
        threshold: Largest distance of a near-duplicate, above 0 and at most 1.
        progress: As `fingerprints`, over both splits.

    Raises:
        DataError: There is no such split, a picture cannot be read, or the threshold is out of its range.
    """
    _check(threshold)
    pictures, learned = (dataset.splits.get(split, 0) for split in (validation, train))
    prints = fingerprints(dataset, validation, part_of(progress, 0, pictures + learned))
    others = fingerprints(dataset, train, part_of(progress, pictures, pictures + learned))
    which, nearest = closest(prints.views, others.views)
    twins = [
        _twin(prints, index, others, int(which[index]), float(nearest[index]))
        for index in np.flatnonzero(nearest < threshold).tolist()
    ]
    return Leakage(validation, train, len(prints), threshold, nearest, tuple(sorted(twins, key=_by_distance)))


def _group(views: Views, threshold: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The kept picture [N] that each is like (itself, if it is kept), and its distance [N] to that."""
    leaders = np.arange(len(views), dtype=np.int64)
    apart = np.zeros(len(views), dtype=np.float32)
    kept = np.zeros(0, dtype=np.int64)
    rows = min(rows_at_once(len(views)), 1024)
    for start in range(0, len(views), rows):
        chunk = views[start : start + rows]
        positions, nearest = closest(chunk, views[kept])
        found = kept[positions] if len(kept) else positions
        among = distances(chunk, chunk)
        for row in range(len(chunk)):
            index = start + row
            if nearest[row] < threshold:
                leaders[index], apart[index] = found[row], nearest[row]
                continue
            # This one is kept; later ones of the chunk may be nearer to it than to those kept before.
            closer = among[row] < nearest
            closer[: row + 1] = False
            nearest[closer], found[closer] = among[row][closer], index
        fresh = np.arange(start, start + len(chunk))
        kept = np.concatenate([kept, fresh[leaders[fresh] == fresh]])
    return leaders, apart


def _twin(prints: Fingerprints, index: int, others: Fingerprints, other: int, distance: float) -> Twin:
    same = bool(prints.digests[index] == others.digests[other])
    return Twin(prints.split, index, others.split, other, 0.0 if same else round(distance, 4), same)


def _measured(twin: Twin) -> dict[str, Any]:
    return {"distance": twin.distance, "identical": twin.identical}


def _by_distance(twin: Twin) -> tuple[float, int]:
    return twin.distance, twin.index


def _check(threshold: float) -> None:
    if not 0 < threshold <= 1:
        raise DataError(
            f"The largest distance of a near-duplicate is above 0 and at most 1; received {threshold:g}.",
            f"Leave it at {ALIKE:g}, or take less to find only closer pairs.",
        )
