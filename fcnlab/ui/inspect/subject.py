"""What the Inspect page looks at: a checkpoint of a run and a picture; and the engine's answers about it, kept."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.lab import Job
from fcnlab.lab.tasks import Look, Picture, Switched, look, switch_skips
from fcnlab.ui.engine import engine

KEPT = 8
"""Answers of each kind that the server keeps for all visitors; one takes a megabyte or two."""


@dataclass(frozen=True)
class Subject:
    """A checkpoint and a picture.

    Attributes:
        path: The run folder.
        epoch: Of the checkpoint.
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


def look_at(subject: Subject) -> Look:
    """What every stage makes of the picture.

    Raises:
        FcnLabError: What the engine says.
    """
    answer: Look = _look(subject.path, subject.epoch, subject.written, subject.identity, subject.picture)
    return answer


def switched(subject: Subject, off: tuple[str, ...], baseline: str) -> Switched:
    """The prediction with some skips off.

    Raises:
        FcnLabError: What the engine says.
    """
    answer: Switched = _switched(
        subject.path, subject.epoch, subject.written, subject.identity, off, baseline, subject.picture
    )
    return answer


def prepare_switching(subject: Subject) -> None:
    """Have the worker make the network's skips switchable now, so that the first toggle need not wait for it."""
    if subject.net.skips:
        _prepared(subject.path, subject.epoch, subject.written, subject.picture)


# Arguments whose name begins with an underscore are left out of the key: a dataclass would be told from another
# by its fields alone, and bytes are known by their digest.


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _look(path: str, epoch: int, written: int, identity: str, _picture: Picture) -> Any:
    return engine().ask(look, path, _picture, epoch)


@st.cache_data(max_entries=4 * KEPT, show_spinner=False)
def _switched(
    path: str, epoch: int, written: int, identity: str, off: tuple[str, ...], baseline: str, _picture: Picture
) -> Any:
    return engine().ask(switch_skips, path, _picture, off, baseline, epoch)


@st.cache_resource(max_entries=4, show_spinner=False)
def _prepared(path: str, epoch: int, written: int, _picture: Picture) -> Job:
    """The job is kept: one that nobody holds is given up."""
    return engine().submit(switch_skips, path, _picture, (), "zero", epoch, role="look")
