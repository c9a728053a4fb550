"""More pictures of what a run misses: rendered in the background into a dataset that extends the present one."""

import hashlib

import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.data.folders.layout import FOLLOW_ME_CLASSES
from fcnlab.errors import FcnLabError
from fcnlab.lab import Run
from fcnlab.lab.datasets import built_on, free_name
from fcnlab.lab.making import (
    MOST_PICTURES,
    MakingJob,
    can_be_extended,
    make_in_background,
    making_jobs,
    queue_making,
    stop_making,
)
from fcnlab.lab.tasks import PictureScores, net_of
from fcnlab.ui.calm import calm
from fcnlab.ui.data.orders import Order, orders, told
from fcnlab.ui.engine import engine
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.form import IMAGES
from fcnlab.ui.train.way import train_on
from fcnlab.ui.words import tooltip

EVERY = 0.5
"""Seconds between two looks at pictures that are being rendered."""

USUAL = 200
_COUNT = "more.count"


def more_like(dataset: Dataset, run: Run, scores: PictureScores) -> None:
    """Offer pictures like those that a run fails on, and follow their making. Not inside of a fragment.

    Args:
        dataset: Whose pictures were scored; the new ones join its training images.
        run: Whose errors they are.
        scores: Of one of its checkpoints, on a split of the dataset.
    """
    st.markdown("**More of what it misses**", help=tooltip("recall"))
    if not can_be_extended(dataset.classes):
        st.caption(
            f"The simulator renders {', '.join(FOLLOW_ME_CLASSES)}; it has no pictures for a dataset of other classes."
        )
        return
    size = net_of(run).input
    offered, estimated = orders(scores, (size.height, size.width))
    if offered:
        _offer(dataset, offered, estimated=estimated)
    else:
        st.caption("No picture of this split shows the hero, so that there is nothing to miss.")
    _making(dataset)
    _made(dataset)


def _offer(dataset: Dataset, offered: tuple[Order, ...], *, estimated: bool) -> None:
    count = st.number_input(
        "Pictures to render",
        1,
        MOST_PICTURES,
        USUAL,
        50,
        key=_COUNT,
        persist_state="session",
        width=190,
        help="The lab's own simulator makes them, some ten a second. They join the training images alone.",
    )
    if estimated:
        st.caption(
            "These pictures have no record of the hero's distance. It is estimated from the hero's size, as it is in "
            "the simulator, and may be wrong by a third."
        )
    for number, order in enumerate(offered):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(told(order, estimated=estimated), width=540)
            if not order.missed:
                continue
            near, far = order.distance
            pressed = st.button(
                f"Render {int(count or USUAL):,} more at {near:g}–{far:g} m",
                key=f"more.render.{number}",
                icon=":material/add_photo_alternate:",
                type="primary" if not number else "secondary",
            )
        if pressed:
            _start(dataset, order, int(count or USUAL))
            st.rerun()


def _start(dataset: Dataset, order: Order, count: int) -> None:
    """Hand the rendering to the engine.

    Raises:
        FcnLabError: The dataset cannot be made, or no engine answers.
    """
    near, far = order.distance
    name = free_name(f"{_short(dataset)}-more-{near:g}-{far:g}m")
    job = MakingJob(
        base=dataset.name,
        title=f"{dataset.title[:60]} and {count:,} more at {near:g}–{far:g} m",
        kind=order.kind,
        distance=order.distance,
        count=count,
        seed=int(hashlib.sha256(name.encode()).hexdigest()[:7], 16),
    )
    present = engine()
    path = queue_making(name, job, present.pid)
    try:
        present.submit(make_in_background, str(path), role="report", key=f"making {path}")
    except FcnLabError:
        stop_making(name)
        raise


def _short(dataset: Dataset) -> str:
    return dataset.name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "dataset"


def _making(dataset: Dataset) -> None:
    """What is being rendered, followed live."""
    jobs = making_jobs(dataset.name)
    if jobs:
        live = [name for name, job in jobs if job.is_live]
        st.fragment(_follow, run_every=EVERY if live else None)(dataset.name, live)


def _follow(base: str, before: list[str]) -> None:
    with calm():
        jobs = making_jobs(base)
        for name, job in jobs:
            _draw(name, job)
        if [name for name, job in jobs if job.is_live] != before:
            st.rerun()  # one is ready, or why it is not


def _draw(name: str, job: MakingJob) -> None:
    if job.is_live:
        share = min(job.done / job.total, 1.0) if job.total and job.state == "running" else 0.0
        st.progress(share, text=literal(f"{name}: {_sentence(job)}"))
        label = "Stop"
    else:
        st.error(literal(f"{name}: {job.message}"))
        label = "Put this message away"
    st.button(label, key=f"more.stop.{name}", on_click=stop_making, args=(name,), help="Nothing of it is kept.")


def _sentence(job: MakingJob) -> str:
    if job.state == "queued":
        return "waiting for the engine."
    return f"{job.done:,} of {job.total:,} pictures rendered."


def _made(dataset: Dataset) -> None:
    """The datasets that extend this one, ready to train on."""
    for own in built_on(dataset.name):
        if own.file is None or len(own.file.sources) < 2:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(literal(f"{own.name}: {own.title}."), icon=":material/check_circle:")
            if st.button("Train on it", icon=":material/model_training:", key=f"more.train.{own.name}"):
                train_on(str(own.path), {IMAGES: open_dataset(own.path).splits["train"]})  # the new ones are last
