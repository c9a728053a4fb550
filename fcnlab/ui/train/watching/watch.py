"""A run as it is trained, and after: what can be done, its state, progress, numbers, curves and predictions."""

from collections.abc import Sequence

import streamlit as st

from fcnlab.data import open_dataset
from fcnlab.errors import FcnLabError
from fcnlab.lab import Run, RunState, Status, find_run, runs_root
from fcnlab.lab.history.course import Course
from fcnlab.plan import images_measured, planned_steps
from fcnlab.ui.calm import calm
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.state import SIGNS, is_live, sentence
from fcnlab.ui.train.watching.control import control
from fcnlab.ui.train.watching.curve import curve
from fcnlab.ui.train.watching.epochs import predictions
from fcnlab.ui.train.watching.live import advice, class_bars, draw_course, log, numbers, validated
from fcnlab.ui.train.watching.numbers import pace, time_taken
from fcnlab.ui.words import bytes_in

EVERY = 0.25
"""Seconds between two looks at a run that is being trained: half a second from a step to the eye, drawing included."""

SELDOM = 1.0
"""Seconds between two looks at a run that waits or rests."""


def watch(run: Run, before: Sequence[str] = ()) -> None:
    """Draw a run, and follow it while it changes by itself. Not inside of a fragment.

    Args:
        run: The run.
        before: Names of the runs that are being trained first.
    """
    state = run.state()
    control(run, state)
    st.fragment(_follow, run_every=look_every(state))(run.name, tuple(before), state)


def look_every(state: RunState) -> float | None:
    """Seconds between two looks at a run in this state; None for one that does not change by itself."""
    if not is_live(state):
        return None
    return EVERY if state in ("running", "stopping") else SELDOM


def _follow(name: str, before: tuple[str, ...], drawn: RunState) -> None:
    """The run as a fragment, which runs again without its page around it.

    Args:
        name: The run's name.
        before: Names of the runs that are being trained first.
        drawn: The run's state as the rest of the page shows it.
    """
    state = drawn
    with calm():
        state = _draw(find_run(runs_root(), name), before)
    if is_live(drawn) and state != drawn:
        st.rerun()  # buttons and the list of runs follow, and the timer ends with the training


def _draw(run: Run, before: Sequence[str]) -> RunState:
    status, state, course = run.status, run.state(), curve(run).read()
    names, splits = _facts(run.record.dataset)
    plan = run.record.plan
    total = status.steps or (planned_steps(plan, splits[0]) if splits[0] else 0)
    told = sentence(run, status, state, before=before, steps=course.recent)
    st.markdown(f"{SIGNS[state]} {literal(told)}")
    _progress(status, course, total)
    advice(plan, course)
    speed = pace(course, status.steps, status.epochs, images_measured(plan, *splits))
    waits = state in ("queued", "starting")
    numbers(plan, course, None if waits else speed, live=is_live(state), spent=time_taken(course))
    chart, pictures = st.columns([6, 5], gap="large")
    classes = _classes(run, names)
    with chart:
        draw_course(course, total, f"train.curves.{run.name}")
        class_bars(classes, validated(course.epochs))
        log(course.notes)
    with pictures:
        epochs = max(status.epochs, plan.epochs)
        predictions(run.previews(), classes, run.name, epochs=epochs, size=_input_size(run))
    return state


@st.cache_data(max_entries=64, ttl=10, show_spinner=False)
def _facts(dataset: str) -> tuple[tuple[str, ...], tuple[int, int]]:
    """The dataset's classes, and how many images it has for training and validation; none where its folder is gone.

    Kept for some seconds, since a folder has to be looked through.
    """
    try:
        opened = open_dataset(dataset)
    except FcnLabError:
        return (), (0, 0)
    return opened.classes, (opened.splits.get("train", 0), opened.splits.get("validation", 0))


def _classes(run: Run, names: Sequence[str]) -> tuple[str, ...]:
    """The names of the network's classes; numbers where the dataset cannot tell them."""
    number = int(run.record.net.get("output", {}).get("classes", 2))
    return tuple(names) if len(names) == number else tuple(f"class {index}" for index in range(number))


def _input_size(run: Run) -> tuple[int, int]:
    shape = run.record.net.get("input", {})
    return int(shape.get("height", 160)), int(shape.get("width", 160))


def _progress(status: Status, course: Course, total: int) -> None:
    step = course.steps or status.step
    share = min(step / total, 1.0) if total else 0.0
    told = [f"Epoch {status.epoch} of {status.epochs}, " + (f"step {step:,} of {total:,}" if total else "no step yet")]
    if status.device:
        told.append(f"on {status.device}")
    memory = max((epoch.get("memory") or 0 for epoch in course.epochs), default=0)
    if memory:
        told.append(f"{bytes_in(memory)} of memory at most")
    st.progress(share, text=" · ".join(told))
