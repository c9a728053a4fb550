"""The form for a new training: images, network, plan, and the start."""

from collections.abc import Sequence

import streamlit as st

from fcnlab.arch import plain
from fcnlab.data import Dataset
from fcnlab.errors import FcnLabError, PlanError
from fcnlab.lab import Run, runs_root
from fcnlab.lab.training.doubts import doubts
from fcnlab.plan import Plan, require_plan
from fcnlab.ui.dataset_choice import ON_TRAIN, choose_dataset
from fcnlab.ui.engine import engine_line, start_training
from fcnlab.ui.markdown import literal
from fcnlab.ui.memory import forced, may_start, memory_panel, training_budget
from fcnlab.ui.train.address import show_run
from fcnlab.ui.train.data import preview
from fcnlab.ui.train.network import choose_network, network_fits
from fcnlab.ui.train.plan.amounts import arithmetic, judged
from fcnlab.ui.train.plan.form import plan_form
from fcnlab.ui.train.plan.speed import last_speed
from fcnlab.ui.train.watching.queue import person
from fcnlab.ui.workbench import Workbench

NAME, MEMORY = "train.name", "train.memory"


def new_training(bench: Workbench, runs: Sequence[Run]) -> None:
    """Draw the form; Start makes a run, hands it to the engine and shows it."""
    left, right = st.columns(2, gap="large")
    with left:
        dataset = choose_dataset(ON_TRAIN, "Images to learn from", runs)
        if dataset is not None:
            preview(dataset, bench.net)
    deeper = st.container()
    with right:
        choose_network(bench)
        notice = bench.take_notice()
        if notice:
            st.error(literal(notice))
        fits = network_fits(bench, dataset)
        plan = plan_form(dataset, deeper)
        usable = plan is not None and _amounts(bench, dataset, plan, runs)
        if plan is not None and usable and fits:
            usable = _has_room(bench, plan, dataset)
        _start(bench, dataset, plan if usable else None, fits=fits)


def _has_room(bench: Workbench, plan: Plan, dataset: Dataset | None) -> bool:
    """Draw what the training takes of the memory, and tell whether it may start."""
    images = dataset.splits.get("train") if dataset else None
    with st.expander("Memory", icon=":material/memory:"):
        memory_panel(bench.net, plan, MEMORY, images=images, refuses=False)
    return may_start(bench.net, plan, training_budget(), MEMORY, images)


def _amounts(bench: Workbench, dataset: Dataset | None, plan: Plan, runs: Sequence[Run]) -> bool:
    """Draw what the plan amounts to, and tell whether it goes with the images."""
    if dataset is None:
        return True
    training, validation = dataset.splits.get("train", 0), dataset.splits.get("validation", 0)
    if not training:
        return False
    with st.container(border=True):
        speed = last_speed(runs, bench.net, plan.precision)
        st.markdown(f"{arithmetic(plan, training, speed)}  \n{judged(plan, validation)}")
        for doubt in doubts(plan, bench.net, training):
            st.markdown(f":orange[:material/warning:] {literal(doubt)}")
    try:
        require_plan(plan, len(dataset.classes), validation)
    except PlanError as problem:
        st.error(literal(str(problem)))
        return False
    return True


def _start(bench: Workbench, dataset: Dataset | None, plan: Plan | None, *, fits: bool) -> None:
    ready = dataset is not None and plan is not None and fits
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the run (optional)", key=NAME, max_chars=80, placeholder="made of network and time", width=260
        )
        pressed = st.button(
            "Start training", icon=":material/play_arrow:", type="primary", key="train.start", disabled=not ready
        )
    if not ready:
        st.caption(_what_is_missing(dataset, plan))
    engine_line()
    if pressed and dataset is not None and plan is not None and fits:
        try:
            run = make_run(bench, dataset, plan, name)
            start_training(run)
        except FcnLabError as problem:
            st.error(literal(str(problem)))
            return
        show_run(run.name)
        st.rerun()


def _what_is_missing(dataset: Dataset | None, plan: Plan | None) -> str:
    if dataset is None:
        return "Start waits for images to learn from: choose them above."
    return "Start waits for settings that can be used." if plan is None else "Start waits until the network fits."


def make_run(bench: Workbench, dataset: Dataset, plan: Plan, name: str) -> Run:
    """Make the folder of a run of the visitor's network.

    Raises:
        RunError: The name is not allowed or taken, or the folder cannot be written.
    """
    net = bench.net
    return Run.create_in(
        runs_root(),
        net=plain(net),
        plan=plan,
        dataset=dataset.name,
        name=name.strip(),
        base=net.name,
        person=person(),
        force=forced(MEMORY),
    )
