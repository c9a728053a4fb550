"""A picture's thumbnail, by which pictures are compared: how it is made, kept, and how far two are apart.

Each thumbnail has 16 × 16 grey values, brought to mean 0 and variance 1: brightness and contrast do not count, and
what moves in a small part of the picture hardly does. The distance d of two is the root mean square of their
differences; with the correlation r of their grey values, d² = 2 (1 − r).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.dataset import Bytes, Dataset
from fcnlab.data.keeping.store import remember
from fcnlab.data.parallel import Progress, parallel

Views = NDArray[np.float32]
_SIDE = 16
_READ_AT = (64, 64)
_FAINT = 5.0  # grey levels; a plain picture's noise is not blown up to full contrast
_CHUNK_BYTES = 64 * 2**20
_KEY = "likeness 1"


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """What a split's pictures are compared by.

    Attributes:
        split: Its name.
        views: float32 [N, 256], the thumbnails, standardised and divided by 16: their Euclidean distance is d.
        digests: uint64 [N], equal where two pictures are the same at 64 × 64 pixels in all three colours.
    """

    split: str
    views: Views
    digests: NDArray[np.uint64]

    def __len__(self) -> int:
        """N, the number of pictures."""
        return len(self.views)


def fingerprints(dataset: Dataset, split: str, progress: Progress | None = None) -> Fingerprints:
    """Reduce every picture of a split to its thumbnail; kept on disk until a file of the split changes.

    Args:
        dataset: Any dataset.
        split: One of its splits.
        progress: Called with (pictures done, pictures in all); not called when nothing needs to be read.

    Raises:
        DataError: There is no such split, or a picture cannot be read.
    """
    found = remember(dataset, split, _KEY, lambda: _read(dataset, split, progress))
    return Fingerprints(split, found["views"], found["digests"])


def closest(views: Views, others: Views) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Index [N] of the closest of M others to each of N views, and its distance [N] (infinite if M is 0)."""
    which = np.zeros(len(views), dtype=np.int64)
    nearest = np.full(len(views), np.inf, dtype=np.float32)
    if not len(others):
        return which, nearest
    rows = rows_at_once(len(others))
    doubled, squared = 2 * others.T, (others**2).sum(axis=1)
    for start in range(0, len(views), rows):
        part = slice(start, start + rows)
        # |a − b|² = |a|² − (2ab − |b|²): the square roots of all the others' distances are not needed.
        likeness = views[part] @ doubled
        likeness -= squared
        which[part] = likeness.argmax(axis=1)
        best = np.take_along_axis(likeness, which[part, None], axis=1)[:, 0]
        nearest[part] = np.sqrt(np.maximum((views[part] ** 2).sum(axis=1) - best, 0))
    return which, nearest


def distances(views: Views, others: Views) -> Views:
    """Distance of each of N views to each of M others: [N, M]."""
    squared = (views**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None] - 2 * (views @ others.T)
    apart: Views = np.sqrt(np.maximum(squared, 0))
    return apart


def rows_at_once(columns: int) -> int:
    """How many rows of so many float32 make a chunk."""
    return max(1, _CHUNK_BYTES // (4 * max(columns, 1)))


def _read(dataset: Dataset, split: str, progress: Progress | None) -> dict[str, NDArray[np.generic]]:
    count = dataset.splits.get(split, 0)
    views = np.zeros((count, _SIDE * _SIDE), dtype=np.float32)
    digests = np.zeros(count, dtype=np.uint64)

    def read(index: int) -> None:
        picture = dataset.image(split, index, _READ_AT)
        views[index] = _view(picture)
        digest = hashlib.blake2b(picture.tobytes(), digest_size=8).digest()
        digests[index] = int.from_bytes(digest, "big")

    for _ in parallel(read, count, progress):
        pass
    return {"views": views, "digests": digests}


def _view(picture: Bytes) -> Views:
    """A picture [64, 64, 3] as its standardised thumbnail [256]; grey after Rec. 601."""
    step = _READ_AT[0] // _SIDE
    blocks = picture.astype(np.float32).reshape(_SIDE, step, _SIDE, step, 3).mean(axis=(1, 3))
    grey = blocks.reshape(-1, 3) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    grey -= grey.mean()
    view: Views = grey / np.sqrt(grey @ grey + _FAINT**2 * grey.size).astype(np.float32)
    return view
