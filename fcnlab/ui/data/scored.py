"""A run whose errors are looked at: choosing it, working out its scores, and its predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.arch import NetSpec
from fcnlab.data import Dataset
from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab import Run, runs_root
from fcnlab.lab.examples import open_example
from fcnlab.lab.history.shelf import Shelf
from fcnlab.lab.tasks import (
    PictureScores,
    ScoreJob,
    net_of,
    predict_pictures,
    queue_scores,
    saved_picture_scores,
    score_job,
    scores_in_background,
    stop_scores,
)
from fcnlab.ui.address import address_choice
from fcnlab.ui.calm import calm
from fcnlab.ui.engine import engine
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.records.runs import dataset_title
from fcnlab.ui.words import tooltip

Bytes = NDArray[np.uint8]

NO_RUN = "No run"
MOST_TOLD = 8
"""Runs of other datasets that are named with what they were trained on."""

EVERY = 0.5
"""Seconds between two looks at scores that are being worked out."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose errors are shown.

    Attributes:
        path: The run folder.
        name: The run's.
        epoch: Of the checkpoint.
        written: When the checkpoint was written, in nanoseconds.
        net: The network on paper.
        dataset: What the run was trained on, as its record tells it.
    """

    path: str
    name: str
    epoch: int
    written: int
    net: NetSpec
    dataset: str

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the network's input."""
        return self.net.input.height, self.net.input.width


def choose_run(dataset: Dataset, runs: Sequence[Run]) -> Run | None:
    """Draw the choice of a run; None where none is wanted.

    Args:
        dataset: What it is to be tried on; only networks with as many classes are offered.
        runs: All runs, also those that come with the lab.
    """
    fitting = _fitting(dataset, runs)
    about = "What a trained network finds, misses and sees where nothing is."
    others = [f"{name}: {_trained_on(run)}" for name, run in fitting.items() if run.record.dataset != dataset.name]
    if others:
        more = f"; and {len(others) - MOST_TOLD:,} more" if len(others) > MOST_TOLD else ""
        about += f" Trained on other pictures were {literal('; '.join(others[:MOST_TOLD]) + more)}."
    name = address_choice("Errors of a run", "run", [NO_RUN, *fitting], help=about)
    run = fitting.get(name)
    if run is None or run.path.parent == runs_root():
        return run
    return open_example(runs_root(), run.name)


def tell_what_it_was_trained_on(dataset: Dataset, run: Run) -> None:
    """Say on which pictures the run was trained, and whether they are those that it is tried on here."""
    if run.record.dataset == dataset.name:
        st.caption(literal(f"{run.name} was trained on this dataset."))
    else:
        st.caption(
            literal(f"{run.name} was trained on another dataset, {_trained_on(run)}; here it is tried on this one.")
        )


def _trained_on(run: Run) -> str:
    return dataset_title(run.record.dataset) if run.record.dataset else "unknown pictures"


def choose_checkpoint(run: Run) -> Checkpoint:
    """Draw the choice of one of its checkpoints; at first the last one."""
    epochs = [str(epoch) for epoch in run.offered_epochs()]
    epoch = int(address_choice("Epoch", "epoch", epochs, help=tooltip("checkpoint")))
    written = run.checkpoint_path(epoch).stat().st_mtime_ns
    return Checkpoint(str(run.path), run.name, epoch, written, net_of(run), run.record.dataset)


def tell_missing_run(dataset: Dataset, runs: Sequence[Run]) -> None:
    """Say why the run that the address names is not shown."""
    name = st.query_params.get("run")
    if not name or name == NO_RUN or name in _fitting(dataset, runs):
        return
    try:
        run = Shelf.at(runs_root()).find(name)
    except RunError as problem:
        st.warning(literal(str(problem)))
        return
    why = "has no checkpoint yet" if not run.checkpoints() else f"does not tell the classes of {dataset.title} apart"
    st.warning(literal(f"The run {name} {why}, so its errors are not shown."))


def _fitting(dataset: Dataset, runs: Sequence[Run]) -> dict[str, Run]:
    """The runs with a checkpoint whose network tells as many classes apart, by name."""
    classes = len(dataset.classes)
    return {
        run.name: run
        for run in runs
        if run.record.kind != "layers" and run.checkpoints() and net_of(run).output.classes == classes
    }


def scores_of(dataset: Dataset, split: str, checkpoint: Checkpoint) -> PictureScores | None:
    """The scores of every picture of the split; None, with what can be done about it, while they are not there.

    Not inside of a fragment.
    """
    found = saved_picture_scores(checkpoint.path, dataset.name, split, checkpoint.epoch)
    if found is not None:
        return found
    job = score_job(checkpoint.path)
    if job is None:
        many = dataset.splits[split]
        st.info(f"How well this run does on the {many:,} pictures of {literal(split)} has not been worked out yet.")
        if st.button("Work out its errors", type="primary", icon=":material/play_arrow:", key="data.score"):
            _start(dataset, split, checkpoint)
            st.rerun()
        return None
    st.fragment(_follow, run_every=EVERY if job.is_live else None)(checkpoint.path, job.is_live)
    return None


def _start(dataset: Dataset, split: str, checkpoint: Checkpoint) -> None:
    present = engine()
    queue_scores(checkpoint.path, dataset.name, split, checkpoint.epoch, present.pid)
    try:
        present.submit(scores_in_background, checkpoint.path, role="report", key=f"scores {checkpoint.path}")
    except FcnLabError:
        stop_scores(checkpoint.path)
        raise


def _follow(path: str, live: bool) -> None:
    with calm():
        job = score_job(path)
        if job is not None and job.is_live:
            st.progress(min(job.done / job.total, 1.0) if job.total else 0.0, text=literal(_sentence(job)))
            st.button("Stop", icon=":material/stop:", key="data.score.stop", on_click=stop_scores, args=(path,))
            return
        if job is not None and not live:
            st.error(literal(job.message))
            if st.button("Put this message away", key="data.score.forget", on_click=stop_scores, args=(path,)):
                st.rerun()
            return
    if live:
        st.rerun()  # the scores are there, or why they are not


def _sentence(job: ScoreJob) -> str:
    what = f"Epoch {job.epoch} on {job.split}"
    if job.state == "queued":
        return f"{what}: waiting for the engine."
    return f"{what}: {job.done:,} of {job.total:,} pictures." if job.total else f"{what}: the network is made ready."


def predictions(dataset: Dataset, split: str, stamp: str, checkpoint: Checkpoint, indices: Sequence[int]) -> Bytes:
    """What the run predicts for some pictures: uint8 [n, H, W] at the network's size.

    Raises:
        FcnLabError: What the engine says.
    """
    wanted = tuple(int(index) for index in indices)
    labels: Bytes = _predictions(
        checkpoint.path, checkpoint.epoch, checkpoint.written, dataset.name, split, stamp, wanted
    )
    return labels


@st.cache_resource(max_entries=16, show_spinner=False)
def _predictions(
    path: str, epoch: int, written: int, name: str, split: str, stamp: str, indices: tuple[int, ...]
) -> Any:
    return engine().ask(predict_pictures, path, name, split, list(indices), epoch)
