"""A run as it is trained, and after: state, progress, numbers, curves, predictions, and what to do next."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.draw import class_color, loss_option
from fcnlab.errors import FcnLabError
from fcnlab.lab import Event, Run, RunState, Status, find_run, runs_root
from fcnlab.ui.calm import calm
from fcnlab.ui.engine import start_training
from fcnlab.ui.markdown import literal
from fcnlab.ui.page import pages
from fcnlab.ui.train.curve import class_iou, curve, mean_iou
from fcnlab.ui.train.epochs import predictions
from fcnlab.ui.train.numbers import duration, pace, planned_steps
from fcnlab.ui.train.state import SIGNS, can_go_on, is_live, sentence, took
from fcnlab.ui.words import tooltip

EVERY = 0.75
"""Seconds between two looks at a run that is being trained."""

CHART_HEIGHT = 460
RECENT = 10
"""Steps over which the loss is averaged."""


def watch(run: Run, before: Sequence[str] = ()) -> None:
    """Draw a run, and follow it while it changes by itself. Not inside of a fragment.

    Args:
        run: The run.
        before: Names of the runs that are being trained first.
    """
    state = run.state()
    st.fragment(_follow, run_every=EVERY if is_live(state) else None)(run.name, tuple(before), state)


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
        st.rerun()  # the list of runs follows, and the timer ends with the training


def _draw(run: Run, before: Sequence[str]) -> RunState:
    status, state = run.status, run.state()
    steps, epochs = curve(run).read()
    dataset = _dataset(run)
    total = status.steps or (planned_steps(run.record.plan, dataset.splits.get("train", 0)) if dataset else 0)
    told = sentence(run, status, state, before=before, steps=steps, epochs=epochs)
    st.markdown(f"{SIGNS[state]} {literal(told)}")
    _progress(status, total)
    _buttons(run, state)
    _numbers(run, status, state, steps, epochs)
    chart, pictures = st.columns([6, 5], gap="large")
    classes = _classes(run, dataset)
    with chart:
        _chart(run, total, steps, epochs)
        st.html(_class_bars(classes, class_iou(_validated(epochs))))
    with pictures:
        predictions(run, classes)
    return state


def _dataset(run: Run) -> Dataset | None:
    """The run's dataset; None where its folder is gone."""
    try:
        return open_dataset(run.record.dataset)
    except FcnLabError:
        return None


def _classes(run: Run, dataset: Dataset | None) -> tuple[str, ...]:
    """The names of the network's classes; numbers where the dataset cannot tell them."""
    number = int(run.record.net.get("output", {}).get("classes", 2))
    if dataset is not None and len(dataset.classes) == number:
        return dataset.classes
    return tuple(f"class {index}" for index in range(number))


def _progress(status: Status, total: int) -> None:
    share = min(status.step / total, 1.0) if total else 0.0
    of = f"step {status.step:,} of {total:,}" if total else "no step yet"
    st.progress(share, text=f"Epoch {status.epoch} of {status.epochs}, {of}")


def _buttons(run: Run, state: RunState) -> None:
    with st.container(horizontal=True, gap="small"):
        if is_live(state):
            st.button(
                "Stop",
                icon=":material/stop:",
                key="train.stop",
                disabled=run.stop_requested(),
                on_click=run.request_stop,
                help="Ends the training at its next batch and keeps what was learned; it can go on later.",
            )
        if can_go_on(state) and st.button("Go on", icon=":material/play_arrow:", key="train.go_on", type="primary"):
            start_training(run)
            st.rerun()
        inspect = pages().get("Inspect")
        if inspect and run.checkpoints():
            _look_inside(run, inspect, main=state == "done")


def _look_inside(run: Run, inspect: Path, *, main: bool) -> None:
    pressed = st.button(
        "Look inside",
        icon=":material/search:",
        key="train.inspect",
        type="primary" if main else "secondary",
        help="Opens this run on the Inspect page: its predictions, feature maps and skips.",
    )
    if pressed:
        st.switch_page(inspect, query_params={"run": run.name})


def _numbers(run: Run, status: Status, state: RunState, steps: list[Event], epochs: list[Event]) -> None:
    speed = pace(steps, epochs, status.steps, status.epochs)
    best = max((value for value in map(mean_iou, epochs) if value is not None), default=None)
    loss = _recent_loss(steps)
    rate = steps[-1]["learning_rate"] if steps else run.record.plan.phases[0].learning_rate
    spent = took(status)
    with st.container(horizontal=True, gap="small"):
        _number("Loss", loss, "{:.3f}", tooltip("loss", f"Mean of the epoch's last {RECENT} steps."))
        _number("Mean IoU", mean_iou(_validated(epochs)), "{:.3f}", tooltip("mean IoU", "On validation images."))
        _number("Best mean IoU", best, "{:.3f}", "The highest after any epoch so far.")
        _number("Learning rate", rate, "{:.2g}", tooltip("learning rate"))
        _number("Images a second", speed and speed.images_per_second, "{:.0f}", "Of the last training steps.")
        if is_live(state):
            left = duration(speed.seconds_left) if speed else None
            _number("Time left", left, "{}", "From the pace of the last steps, validation included.")
        else:
            _number("Time taken", None if spent is None else duration(spent), "{}", "By the last stretch of work.")


def _recent_loss(steps: Sequence[Event]) -> float | None:
    """The mean over the last steps of the epoch at work; None where there is no finite one."""
    found = [step["loss"] for step in steps[-RECENT:] if step["epoch"] == steps[-1]["epoch"]]
    finite = [loss for loss in found if loss is not None]
    return sum(finite) / len(finite) if finite else None


def _number(label: str, value: object, form: str, text: str) -> None:
    st.metric(label, "–" if value is None else form.format(value), help=text, width=150)


def _validated(epochs: Sequence[Event]) -> Event | None:
    """The last epoch that was scored on validation images."""
    return next((epoch for epoch in reversed(epochs) if epoch.get("validation")), None)


def _chart(run: Run, total: int, steps: list[Event], epochs: list[Event]) -> None:
    option = loss_option(steps, epochs, st.context.theme.type == "dark")
    # The whole plan from the start, so that nothing moves as curves grow.
    for axis in option["xAxis"]:
        axis["max"] = max(total, 1)
    named = [one["name"] for one in option["series"] if not one.get("yAxisIndex")]  # the lower axis names its own
    option["legend"] |= {"type": "plain", "data": named, "itemWidth": 22, "itemGap": 8}
    option["grid"][0] |= {"top": 72, "height": "41%"}  # a phone needs two lines for the legend
    st.echarts_chart(
        option,
        height=CHART_HEIGHT,
        key=f"train.curves.{run.name}",
        alt="Training curves: loss of each step and epoch, and below it the validation's mean IoU after each epoch",
    )


def _class_bars(classes: Sequence[str], values: Sequence[float | None]) -> str:
    """The IoU of each class as a bar with its number."""
    known = list(values) + [None] * (len(classes) - len(values))
    rows = "".join(
        f'<span style="overflow:hidden;text-overflow:ellipsis">{escape(name)}</span>'
        '<span aria-hidden="true" style="background:var(--fcn-empty);border-radius:3px;height:.8rem">'
        f'<span style="display:block;height:100%;border-radius:3px;width:{100 * (value or 0):.1f}%;'
        f'background:{class_color(index)}"></span></span>'
        f'<span style="text-align:right">{"–" if value is None else f"{value:.3f}"}</span>'
        for index, (name, value) in enumerate(zip(classes, known, strict=False))
    )
    title = "IoU of each class on validation images"
    return (
        f'<p style="font-size:.875rem;margin:0 0 .25rem" title="{escape(tooltip("IoU"))}">{title}</p>'
        '<div style="display:grid;grid-template-columns:minmax(5rem,auto) 1fr 3rem;gap:.3rem .75rem;'
        f'align-items:center;font-size:.875rem;font-variant-numeric:tabular-nums">{rows}</div>'
    )
