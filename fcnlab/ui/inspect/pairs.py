"""What stands side by side: two checkpoints, two runs, or two pictures."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.errors import FcnLabError
from fcnlab.lab import Run, list_runs, runs_root
from fcnlab.lab.tasks import Sample, net_of
from fcnlab.ui.inspect.picture import FIRST_LOOKS, next_with_target
from fcnlab.ui.inspect.subject import Subject, class_names

UNTRAINED = 0
"""The epoch that stands for the weights before the first step."""

SECOND, SECOND_SPLIT = "second", "second_split"


@dataclass(frozen=True)
class Pair:
    """Two subjects to compare.

    Attributes:
        left, right: What is looked at.
        titles: What tells left from right.
        leader: 0 or 1: which of them is the one that the page looks at; it sets the order of the channels.
    """

    left: Subject
    right: Subject
    titles: tuple[str, str]
    leader: int

    @property
    def sides(self) -> tuple[Subject, Subject]:
        """Left and right."""
        return self.left, self.right

    @property
    def same_picture(self) -> bool:
        """Whether both look at one picture."""
        return self.left.identity == self.right.identity

    @property
    def same_classes(self) -> bool:
        """Whether a class has the same number on both sides."""
        return self.left.classes == self.right.classes


def choose_pair(subject: Subject) -> Pair | None:
    """Draw the choice, held in the address bar; None, with a sentence, where there is nothing to compare with."""
    kind = st.segmented_control(
        "Compare",
        list(_CHOICES),
        default=next(iter(_CHOICES)),
        required=True,
        key="against",
        bind="query-params",
    )
    return _CHOICES.get(kind or "", _untrained)(subject)


def _untrained(subject: Subject) -> Pair:
    return Pair(at_epoch(subject, UNTRAINED), subject, ("Untrained", epoch_title(subject.epoch)), 1)


def _epochs(subject: Subject) -> Pair:
    epochs = [UNTRAINED, *(epoch for epoch, _ in Run.open(subject.path).checkpoints())]
    with st.container(horizontal=True, gap="large"):
        left = _epoch_slider("Left", "left", epochs, epochs[min(1, len(epochs) - 2)])
        right = _epoch_slider("Right", "right", epochs, subject.epoch)
    sides = at_epoch(subject, left), at_epoch(subject, right)
    return Pair(*sides, (epoch_title(left), epoch_title(right)), 1)


def _epoch_slider(label: str, key: str, epochs: list[int], default: int) -> int:
    titles = {epoch_title(epoch): epoch for epoch in epochs}
    value = st.select_slider(
        label, list(titles), value=epoch_title(default), key=key, bind="query-params", width="stretch"
    )
    return titles.get(str(value), default)


def _runs(subject: Subject) -> Pair | None:
    others = _comparable(subject)
    if not others:
        st.info(
            f"There is no other run that takes pictures of {subject.net.input.channels} channels. Train a second "
            "network on the Train page to compare the two."
        )
        return None
    wide, narrow = st.columns([3, 1])
    with wide:
        name = st.selectbox("The other run", list(others), key="other_run", bind="query-params")
    run = others.get(name) or next(iter(others.values()))
    epochs = run.offered_epochs()
    with narrow:
        epoch = st.selectbox("Its checkpoint of epoch", epochs, key="other_epoch", bind="query-params")
    other = of_run(subject, run, epoch if epoch in epochs else epochs[0])
    titles = tuple(f"{Run.open(side.path).name}, {epoch_title(side.epoch).lower()}" for side in (subject, other))
    return Pair(subject, other, (titles[0], titles[1]), 0)


def _comparable(subject: Subject) -> dict[str, Run]:
    """Other runs with a checkpoint, whose pictures have as many channels."""
    found = {}
    for run in list_runs(runs_root()):
        if str(run.path) != subject.path and run.checkpoints():
            channels = run.record.net.get("input", {}).get("channels")
            if channels == subject.net.input.channels:
                found[run.name] = run
    classes = subject.net.output.classes  # first those of the same task: their masks can be compared
    dataset = Run.open(subject.path).record.dataset
    return dict(sorted(found.items(), key=lambda one: _strange(one[1], classes, dataset)))


def _strange(run: Run, classes: int, dataset: str) -> tuple[bool, bool]:
    """Whether a run has another number of classes, and whether another dataset."""
    return run.record.net.get("output", {}).get("classes") != classes, run.record.dataset != dataset


def _pictures(subject: Subject) -> Pair | None:
    dataset = _dataset(Run.open(subject.path))
    if dataset is None:
        st.info("The run's dataset has gone, so that there is no second picture to choose.")
        return None
    splits = [split for split, count in dataset.splits.items() if count]
    narrow, wide = st.columns([1, 3])
    with narrow:
        here = subject.picture.split if isinstance(subject.picture, Sample) else ""
        first = splits.index(here) if here in splits else 0
        split = st.selectbox("Split of the second picture", splits, index=first, key=SECOND_SPLIT, bind="query-params")
    split = split if split in splits else splits[first]
    with wide:
        number = _second_number(subject, dataset, split)
    second = Sample(dataset.name, split, number)
    other = replace(subject, picture=second, identity=f"{dataset.name}/{split}/{number}", title=f"{split} {number}")
    return Pair(subject, other, (_place(subject), _place(other)), 0)


def _place(subject: Subject) -> str:
    """The picture in a few words."""
    picture = subject.picture
    return f"{picture.split} {picture.index}" if isinstance(picture, Sample) else subject.title


def _second_number(subject: Subject, dataset: Dataset, split: str) -> int:
    """The second picture's number, in the address bar; at first the next that shows the target."""
    state: Any = st.session_state
    count = dataset.splits[split]
    wanted = str(state.get(SECOND, st.query_params.get(SECOND, "")))
    if not wanted.isdecimal() or int(wanted) >= count:
        size = (subject.net.input.height, subject.net.input.width)
        here = subject.picture.index if isinstance(subject.picture, Sample) else -1
        found = next_with_target(dataset.name, split, here, size, 0.0, FIRST_LOOKS)
        wanted = str((here + 1) % count if found is None else found)
    if state.get(SECOND) != int(wanted):
        state[SECOND] = int(wanted)
    value = st.slider(
        f"Number of the second picture (of {count:,})", 0, max(count - 1, 1), key=SECOND, persist_state="session"
    )
    number = min(max(int(value), 0), count - 1)
    if st.query_params.get(SECOND) != str(number):
        st.query_params[SECOND] = str(number)
    return number


_CHOICES: dict[str, Callable[[Subject], Pair | None]] = {
    "Untrained and trained": _untrained,
    "Two epochs": _epochs,
    "Two runs": _runs,
    "Two pictures": _pictures,
}


def at_epoch(subject: Subject, epoch: int) -> Subject:
    """The same run and picture at another checkpoint, or with the weights before the first step."""
    written = Run.open(subject.path).checkpoint_path(epoch).stat().st_mtime_ns if epoch else 0
    return replace(subject, epoch=epoch, written=written)


def of_run(subject: Subject, run: Run, epoch: int) -> Subject:
    """The same picture in another run's network."""
    net = net_of(run)
    return at_epoch(replace(subject, path=str(run.path), net=net, classes=class_names(net, _dataset(run))), epoch)


def epoch_title(epoch: int) -> str:
    """A checkpoint for people."""
    return f"Epoch {epoch}" if epoch else "Untrained"


def _dataset(run: Run) -> Dataset | None:
    try:
        return open_dataset(run.record.dataset)
    except FcnLabError:
        return None
