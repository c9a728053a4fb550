"""What a training tells while it runs, drawn from its course: warnings, numbers, curves, log.

A run that is trained and one that is played back look the same.
"""

from collections.abc import Sequence
from html import escape

import streamlit as st

from fcnlab.draw import class_color, curves_option
from fcnlab.draw.curves import HEIGHT
from fcnlab.lab import Event
from fcnlab.lab.history.course import Course, class_iou, mean_iou
from fcnlab.lab.history.warnings import TrainingWarning, training_warnings
from fcnlab.plan import Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.watching.numbers import Pace, brief
from fcnlab.ui.words import tooltip

RECENT = 10
"""Steps over which the loss is averaged."""

LOGGED = 50
"""Notes in the log, the last ones."""

_SIGNS = {"error": ":red[:material/error:]", "warning": ":orange[:material/warning:]", "notice": ":material/info:"}


def draw_course(course: Course, total_steps: int, key: str) -> None:
    """Draw loss, mean IoU and learning rate over the steps.

    Args:
        course: The training so far.
        total_steps: Of the whole plan, so that nothing moves as the curves grow.
        key: The element's name on its page.
    """
    dark = st.context.theme.type == "dark"
    option = curves_option(
        course.loss,
        course.smoothed,
        course.rates,
        course.epochs,
        total=max(total_steps, 1),
        notes=course.notes,
        dark=dark,
    )
    st.echarts_chart(option, height=HEIGHT, key=key, alt=_alt(course))


def _alt(course: Course) -> str:
    """What the curves show, for those who cannot see them."""
    parts = ["Training curves over steps: loss, mean IoU after each epoch, and learning rate."]
    if course.smoothed:
        parts.append(f"The loss went from {course.smoothed[0][1]:.3g} to {course.smoothed[-1][1]:.3g}.")
    score = mean_iou(validated(course.epochs))
    if score is not None:
        parts.append(f"Validation's mean IoU is {score:.3f}.")
    return " ".join(parts)


def advice(plan: Plan, course: Course) -> None:
    """Say what is wrong, in a place that is always there."""
    found = training_warnings(plan, course)
    st.markdown("  \n".join(map(_told, found)) or _all_is_well(course))


def _told(warning: TrainingWarning) -> str:
    return f"{_SIGNS[warning.level]} **{literal(warning.sentence)}** {literal(warning.hint)}"


def _all_is_well(course: Course) -> str:
    if not course.recent:
        return ":material/monitor_heart: What goes wrong in the training will be told here."
    return ":green[:material/check:] Nothing looks wrong."


def numbers(plan: Plan, course: Course, speed: Pace | None, *, live: bool, spent: float | None = None) -> None:
    """Draw the figures that matter as they stand.

    Args:
        plan: How it is trained.
        course: Its events so far.
        speed: How fast it runs; None where that is not known yet.
        live: Whether it goes on by itself.
        spent: Seconds that it took, for one that does not.
    """
    last = validated(course.epochs)
    best = max((value for value in map(mean_iou, course.epochs) if value is not None), default=None)
    rate = course.recent[-1]["learning_rate"] if course.recent else plan.phases[0].learning_rate
    with st.container(horizontal=True, gap="small"):
        _number("Loss", _recent_loss(course.recent), "{:.3f}", tooltip("loss", f"Mean of the last {RECENT} steps."))
        _number("Mean IoU", mean_iou(last), "{:.3f}", tooltip("mean IoU", "On validation images."))
        _number("Best mean IoU", best, "{:.3f}", "The highest on validation images after any epoch so far.")
        _number("Learning rate", rate, "{:.2g}", tooltip("learning rate"))
        _number("Images a second", speed and speed.images_per_second, "{:.0f}", "Of the last training steps.")
        if live:
            left = brief(speed.seconds_left) if speed else None
            _number("Time left", left, "{}", "From the pace of the last steps, validation included.")
        else:
            _number(
                "Time taken",
                None if spent is None else brief(spent),
                "{}",
                "Of all epochs, validation included; pauses do not count.",
            )


def _recent_loss(steps: Sequence[Event]) -> float | None:
    """The mean over the last steps of the epoch at work; None where there is no finite one."""
    found = [step["loss"] for step in steps[-RECENT:] if step["epoch"] == steps[-1]["epoch"]]
    finite = [loss for loss in found if loss is not None]
    return sum(finite) / len(finite) if finite else None


def _number(label: str, value: object, form: str, text: str) -> None:
    st.metric(label, "–" if value is None else form.format(value), help=text, width=150)


def validated(epochs: Sequence[Event]) -> Event | None:
    """The last epoch that was scored on validation images."""
    return next((epoch for epoch in reversed(epochs) if epoch.get("validation")), None)


def class_bars(classes: Sequence[str], epoch: Event | None) -> None:
    """Draw the IoU of each class after an epoch as a bar with its number."""
    values = class_iou(epoch)
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
    st.html(
        f'<p style="font-size:.875rem;margin:0 0 .25rem" title="{escape(tooltip("IoU"))}">{title}</p>'
        '<div style="display:grid;grid-template-columns:minmax(5rem,auto) 1fr 3rem;gap:.3rem .75rem;'
        f'align-items:center;font-size:.875rem;font-variant-numeric:tabular-nums">{rows}</div>'
    )


def log(notes: Sequence[Event]) -> None:
    """List what happened to the training, the last first, by the numbers that mark it in the curves."""
    if not notes:
        return
    with st.expander("Log", icon=":material/history:"):
        numbered = list(enumerate(notes, 1))[-LOGGED:]
        lines = [f"{number}. step {note['step']:,}: {literal(note['message'])}" for number, note in reversed(numbered)]
        # One line each: Markdown would number a list upwards.
        st.markdown("  \n".join(line.replace(". ", "\\. ", 1) for line in lines))
