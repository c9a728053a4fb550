"""Ordering a report: on which dataset, on how many of its images."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.errors import DataError, FcnLabError
from fcnlab.lab import Run, list_runs
from fcnlab.lab.tasks import net_of, queue_report, report_in_background, stop_report
from fcnlab.ui.address import address_choice
from fcnlab.ui.dataset_choice import offered_datasets
from fcnlab.ui.engine import engine
from fcnlab.ui.inspect.skips.kept import kept_reports
from fcnlab.ui.inspect.subject import Subject
from fcnlab.ui.markdown import literal

FOLDER = "Another folder …"

IMAGES = ("10", "25", "50", "100", "200", "400", "all")
USUAL_IMAGES = "50"


@dataclass(frozen=True)
class Order:
    """What a report is made from.

    Attributes:
        dataset: As it was chosen.
        name: As `fcnlab.data.Dataset.name` tells it, and reports do.
        subset: At most this many images of each scored split; None for all.
    """

    dataset: str
    name: str
    subset: int | None


def choose_order(run: Run, epoch: int) -> Order | None:
    """Draw the choice, which the address bar holds; None, with the reason, where it cannot be used.

    It begins with what the newest report of this checkpoint was made from, so that a reload finds it again.
    """
    known = _known(run)
    _begin(run, epoch, known)
    which, many = st.columns([3, 2], gap="large")
    with which:
        name = _dataset(list(known.values()))
    with many:
        images = st.select_slider(
            "Images of each scored split",
            IMAGES,
            key="images",
            persist_state="session",
            help="Chosen evenly by the seed 0. More images make the intervals narrower and take longer.",
        )
    # Not bound to the address: that would leave out the first option, which is not what the choice begins with.
    if st.query_params.get("images") != images:
        st.query_params["images"] = images
    if not name:
        return None
    try:
        dataset = _opened(run, name)
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        return None
    return Order(name, dataset.name, None if images == "all" else int(images))


def _begin(run: Run, epoch: int, known: dict[str, str]) -> None:
    """Put what the address says into the widgets before they are first drawn, or what the newest report says."""
    state: Any = st.session_state
    if state.get("images") in IMAGES:
        return
    wanted = st.query_params.get("images")
    report = None
    if wanted is None and "data" not in st.query_params:
        report = next((found for found in kept_reports(str(run.path)) if found["epoch"] == epoch), None)
    if report is not None:
        state["data"] = known[report["dataset"]]
        wanted = "all" if report["subset"] is None else str(report["subset"])
    state["images"] = wanted if wanted in IMAGES else USUAL_IMAGES


def _known(run: Run) -> dict[str, str]:
    """Datasets by the name that reports tell, as runs tell them: the run's own, those of others, the lab's."""
    used = [other.record.dataset for other in list_runs(run.path.parent)]
    reported = [str(report["dataset"]) for report in kept_reports(str(run.path))]
    known: dict[str, str] = {}
    for told in dict.fromkeys([run.record.dataset, *used, *reported, *offered_datasets()]):
        name = told
        with suppress(FcnLabError):  # one that has gone is still told, and why it cannot be used
            name = open_dataset(told).name
        known.setdefault(name, told)
    return known


def _dataset(known: list[str]) -> str:
    """One of the known datasets or a folder; empty while none is named."""
    chosen = address_choice("Dataset", "data", [*known, FOLDER])
    if chosen != FOLDER:
        return chosen
    typed = st.text_input("Folder", key="data.folder", bind="query-params", placeholder="/home/me/pictures/follow-me")
    return typed.strip().strip("\"'")


def _opened(run: Run, name: str) -> Dataset:
    """The dataset; one with other classes is refused before any work begins.

    Raises:
        DataError: It cannot be opened, or tells other classes apart.
    """
    net, dataset = net_of(run), open_dataset(name)
    if len(dataset.classes) != net.output.classes:
        raise DataError(
            f"{dataset.title} has {len(dataset.classes)} classes, the network tells {net.output.classes} apart.",
            "Choose a dataset with the same classes.",
        )
    return dataset


def start(subject: Subject, order: Order, kind: str) -> None:
    """Hand the work to the engine.

    Raises:
        FcnLabError: A report of this run is being worked out already, or no engine answers.
    """
    present = engine()
    history = kind == "history"
    queue_report(
        subject.path,
        "history" if history else "report",
        order.dataset,
        order.subset,
        None if history else subject.epoch,
        present.pid,
    )
    try:
        present.submit(report_in_background, subject.path, role="report", key=f"report {subject.path}")
    except FcnLabError:
        stop_report(subject.path)
        raise
