"""What the Inspect page looks at: a checkpoint of a run and a picture; and the engine's answers about it, kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.data import Dataset
from fcnlab.lab import Job
from fcnlab.lab.tasks import (
    Look,
    Picture,
    PixelStory,
    SkipSets,
    Switched,
    TopPicture,
    class_contributions,
    explain_pixel,
    look,
    skip_sets,
    top_pictures,
    turn_skips,
)
from fcnlab.ui.engine import engine

KEPT = 8
"""Answers of each kind that the server keeps for all visitors; one takes a megabyte or two."""


@dataclass(frozen=True)
class Subject:
    """A checkpoint and a picture.

    Attributes:
        path: The run folder.
        epoch: Of the checkpoint; 0 for the weights before the first step.
        written: When the checkpoint was written, in nanoseconds: one that was replaced is another.
        net: The network on paper.
        classes: The classes' names; the index is the label.
        picture: What the engine is asked to look at.
        identity: Tells pictures apart, e.g. a digest of an upload.
        title: The picture's name for people.
    """

    path: str
    epoch: int
    written: int
    net: NetSpec
    classes: tuple[str, ...]
    picture: Picture
    identity: str
    title: str

    @property
    def checkpoint(self) -> tuple[str, int, int]:
        """What tells a checkpoint from others."""
        return self.path, self.epoch, self.written


def class_names(net: NetSpec, dataset: Dataset | None) -> tuple[str, ...]:
    """The dataset's names for the network's classes; plain ones where it has gone or has another number of them."""
    if dataset is not None and len(dataset.classes) == net.output.classes:
        return dataset.classes
    return ("background", *(f"class {index}" for index in range(1, net.output.classes)))


def look_at(subject: Subject, layers: bool = False) -> Look:
    """What every stage, or every layer, makes of the picture.

    Raises:
        FcnLabError: What the engine says. So do the others here.
    """
    answer: Look = _look(*subject.checkpoint, subject.identity, layers, subject.picture)
    return answer


def contributions_to(subject: Subject, target: int) -> Mapping[str, Any]:
    """How much each channel of each layer speaks for a class, by layer."""
    answer: Mapping[str, Any] = _contributions(*subject.checkpoint, subject.identity, target, subject.picture)
    return answer


def top_of(
    subject: Subject, dataset: str, split: str, layer: str, channel: int, stamp: str = ""
) -> tuple[TopPicture, ...]:
    """The pictures of a dataset that move a channel most; `stamp` tells a dataset's states apart."""
    answer: tuple[TopPicture, ...] = _top(*subject.checkpoint, dataset, split, layer, channel, stamp)
    return answer


def pixel_of(subject: Subject, layer: str, y: int, x: int, channel: int) -> PixelStory:
    """How one value came to be."""
    answer: PixelStory = _pixel(*subject.checkpoint, subject.identity, layer, y, x, channel, subject.picture)
    return answer


def sets_of(subject: Subject, baseline: str) -> SkipSets:
    """The picture under every set of skips."""
    answer: SkipSets = _sets(*subject.checkpoint, subject.identity, baseline, subject.picture)
    return answer


def turned(
    subject: Subject,
    strengths: Sequence[float],
    baseline: str,
    other: tuple[Picture, str] | None = None,
    swapped: Sequence[bool] = (),
) -> Switched:
    """The prediction with skips turned or swapped; `other` is a picture and what tells it from others."""
    answer: Switched = _turned(
        *subject.checkpoint,
        subject.identity,
        tuple(strengths),
        baseline,
        other[1] if other else "",
        tuple(swapped),
        subject.picture,
        other[0] if other else None,
    )
    return answer


def prepare_switching(subject: Subject) -> None:
    """Have the worker make the network's skips switchable now, so that the first turn need not wait for it."""
    if subject.net.skips:
        _prepared(*subject.checkpoint, len(subject.net.skips), subject.picture)


# Arguments whose name begins with an underscore are left out of the key: a dataclass would be told from another
# by its fields alone, and bytes are known by their digest.


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _look(path: str, epoch: int, written: int, identity: str, layers: bool, _picture: Picture) -> Any:
    return engine().ask(look, path, _picture, epoch, layers)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _contributions(path: str, epoch: int, written: int, identity: str, target: int, _picture: Picture) -> Any:
    return engine().ask(class_contributions, path, _picture, target, epoch)


@st.cache_data(max_entries=4 * KEPT, show_spinner=False)
def _top(path: str, epoch: int, written: int, dataset: str, split: str, layer: str, channel: int, stamp: str) -> Any:
    return engine().ask(top_pictures, path, dataset, split, layer, channel, epoch)


@st.cache_data(max_entries=4 * KEPT, show_spinner=False)
def _pixel(
    path: str, epoch: int, written: int, identity: str, layer: str, y: int, x: int, channel: int, _picture: Picture
) -> Any:
    return engine().ask(explain_pixel, path, _picture, layer, y, x, channel, epoch)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _sets(path: str, epoch: int, written: int, identity: str, baseline: str, _picture: Picture) -> Any:
    return engine().ask(skip_sets, path, _picture, baseline, epoch)


@st.cache_data(max_entries=4 * KEPT, show_spinner=False)
def _turned(
    path: str,
    epoch: int,
    written: int,
    identity: str,
    strengths: tuple[float, ...],
    baseline: str,
    other: str,
    swapped: tuple[bool, ...],
    _picture: Picture,
    _other: Picture | None,
) -> Any:
    return engine().ask(turn_skips, path, _picture, strengths, baseline, epoch, _other, swapped)


@st.cache_resource(max_entries=4, show_spinner=False)
def _prepared(path: str, epoch: int, written: int, skips: int, _picture: Picture) -> list[Job]:
    """The jobs are kept: one that nobody holds is given up."""
    present = engine()
    return [
        present.submit(skip_sets, path, _picture, "zero", epoch, role="look"),
        present.submit(turn_skips, path, _picture, (1.0,) * skips, "zero", epoch, role="look"),
    ]
