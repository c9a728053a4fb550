"""What the Data page knows of a dataset, kept for all visitors until a file of it changes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.data import Dataset, Pairs, open_dataset
from fcnlab.data.contents.survey import Survey, survey

T = TypeVar("T")
Bytes = NDArray[np.uint8]

KEPT = 24
"""Surveys, searches and the like that the server keeps; each takes some hundred kilobytes."""

TELL_EVERY = 50
"""Pictures between two steps of a progress bar."""

Report = Callable[[int, int], None]


class Shown(NamedTuple):
    """A picture uint8 [H, W, 3], its mask uint8 [H, W] and its name."""

    image: Bytes
    labels: Bytes
    name: str


def stamp_of(dataset: Dataset, split: str) -> str:
    """Changes with the split's files. It looks at each of them, so ask once and hand it on."""
    return dataset.fingerprint(split)


def survey_of(dataset: Dataset, split: str, stamp: str = "") -> Survey:
    """What the masks of a split show, with a progress bar while they are looked at for the first time.

    Args:
        dataset: Whose masks.
        split: Of the dataset.
        stamp: From `stamp_of`; empty looks for it.

    Raises:
        DataError: A mask cannot be read.
    """
    key = ("survey", dataset.name, split, stamp or stamp_of(dataset, split))
    return once(key, f"Looking at the masks of {split}", lambda report: survey(dataset, split, report))


def once(key: tuple[str, ...], doing: str, make: Callable[[Report], T]) -> T:
    """What `make` gives, made once for a key; the bar is drawn where the page stands now.

    Args:
        key: What it is, and the stamps of what it is made from.
        doing: What the bar says.
        make: Gets a function to call with what is done and what there is to do.
    """
    kept, lock = _kept()
    with lock:
        if key in kept:
            kept.move_to_end(key)
            found: T = kept[key]
            return found
    place = st.empty()

    def report(done: int, total: int) -> None:
        if done % TELL_EVERY == 0:
            place.progress(done / max(total, 1), f"{doing}: {done:,} of {total:,}")

    made = make(report)
    place.empty()
    with lock:
        kept[key] = made
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return made


@st.cache_resource(show_spinner=False)
def _kept() -> "tuple[OrderedDict[tuple[str, ...], Any], threading.Lock]":
    return OrderedDict(), threading.Lock()


def pairs_of(dataset: Dataset, split: str, stamp: str, size: tuple[int, int], indices: Sequence[int]) -> Pairs:
    """Some pictures with their masks, at a height and width.

    Raises:
        DataError: One cannot be read.
    """
    found: Pairs = _pairs(dataset.name, split, stamp, size, tuple(int(index) for index in indices))
    return found


@st.cache_resource(max_entries=16, show_spinner=False)
def _pairs(name: str, split: str, stamp: str, size: tuple[int, int], indices: tuple[int, ...]) -> Pairs:
    return open_dataset(name).load(split, size, 3, indices)


def shown_pairs(dataset: Dataset, split: str, stamp: str, side: int, indices: Sequence[int]) -> list[Shown]:
    """Some pictures with their masks, each in its own proportions.

    Args:
        dataset: Whose pictures.
        split: Of the dataset.
        stamp: From `stamp_of`.
        side: Pixels that a picture's longer side has at most; smaller ones stay as they are.
        indices: Which.

    Raises:
        DataError: One cannot be read.
    """
    found: list[Shown] = _shown(dataset.name, split, stamp, side, tuple(int(index) for index in indices))
    return found


@st.cache_resource(max_entries=16, show_spinner=False)
def _shown(name: str, split: str, stamp: str, side: int, indices: tuple[int, ...]) -> list[Shown]:
    dataset = open_dataset(name)
    sizes = [_fitted(dataset.mask(split, index).shape, side) for index in indices]
    found: dict[int, Shown] = {}
    for size in set(sizes):
        chosen = [index for index, other in zip(indices, sizes, strict=True) if other == size]
        pairs = dataset.load(split, size, 3, chosen)
        parts = zip(pairs.images, pairs.labels, pairs.names, strict=True)
        found |= {index: Shown(*part) for index, part in zip(chosen, parts, strict=True)}
    return [found[index] for index in indices]


def _fitted(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    """Height and width in the same proportions, the longer one at most `side`."""
    height, width = shape
    scale = min(side / max(height, width), 1.0)
    return max(round(height * scale), 1), max(round(width * scale), 1)
