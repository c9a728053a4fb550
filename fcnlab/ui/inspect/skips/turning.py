"""Skips turned down or up, and swapped with another picture's, by hand."""

import streamlit as st

from fcnlab.arch import flow
from fcnlab.arch.spec import Merge
from fcnlab.errors import FcnLabError
from fcnlab.lab.tasks import Look, Switched
from fcnlab.ui.inspect.skips.compare import changed, table, three
from fcnlab.ui.inspect.skips.donor import Donor, choose_donor
from fcnlab.ui.inspect.skips.words import arrow
from fcnlab.ui.inspect.subject import Subject, turned
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import shape, tooltip

MERGES = {Merge.CONCAT: "concatenation", Merge.ADD: "addition", Merge.GATE: "an attention gate"}

STRONGEST = 2.0
STEP = 0.05


def turning(subject: Subject, look: Look, baseline: str, opacity: float) -> None:
    """Draw the section: the prediction as trained and as turned, beside a slider for each skip."""
    st.header("Turn skips by hand", anchor=False, help=tooltip("skip connection"))
    shown, controls = st.columns([3, 2], gap="large")  # on a phone the pictures stay above the sliders
    with controls:
        strengths = _sliders(subject)
        donor = choose_donor(subject)
    with shown, st.container(key="skips-turned"):
        _outcome(subject, look, strengths, donor, baseline, opacity)


def _sliders(subject: Subject) -> tuple[float, ...]:
    """A strength for each skip, from the bottom up as the decoder meets them; the address bar holds them."""
    rows = {row.name: row for row in flow(subject.net).rows}
    names = [name for name, _ in subject.net.skips]
    with st.container(horizontal=True):
        st.button("All on", key="skips.on", on_click=_set_all, args=(names, 1.0))
        st.button("All off", key="skips.off", on_click=_set_all, args=(names, 0.0))
    strengths = []
    for name, skip in subject.net.skips:
        source, target = shape(rows[skip.source].shape), shape(rows[name].shape)
        value = st.slider(
            literal(arrow(name, skip.source)),
            0.0,
            STRONGEST,
            1.0,
            STEP,
            format="%.2f",
            key=_key(name),
            bind="query-params",
            persist_state="session",
            help=literal(
                f"{skip.source} ({source}) joins {name} ({target}) by {MERGES[skip.merge]}. 0 is off, 1 as trained, "
                "2 twice as far from what it carries when it is off."
            ),
        )
        strengths.append(min(max(float(value), 0.0), STRONGEST))
    return tuple(strengths)


def _key(skip: str) -> str:
    """Of a skip's slider, and its name in the address bar."""
    return f"skip.{skip}"


def _set_all(names: list[str], strength: float) -> None:
    for name in names:
        st.session_state[_key(name)] = strength


def _outcome(
    subject: Subject, look: Look, strengths: tuple[float, ...], donor: Donor | None, baseline: str, opacity: float
) -> None:
    """The full prediction, the turned one and their difference; the same places while nothing is turned."""
    answer = None
    if donor is not None or any(strength != 1 for strength in strengths):
        try:
            answer = _ask(subject, strengths, donor, baseline)
        except FcnLabError as problem:
            st.error(literal(str(problem)))
    labels = look.labels if answer is None else answer.labels
    title = _title(subject, strengths, donor)
    st.html(three(look, labels, title, subject.classes, opacity))
    if answer is None:
        st.markdown("All skips are as trained. Turn one down to see what it carries.")
    else:
        st.markdown(
            f"**{changed(look, labels)}** Probabilities moved by {answer.change.mean():.1%} on average. "
            f"{_target(subject, look, answer)}"
        )
    with st.expander("Shares and IoU by class", key="skips.numbers"):  # closed: on a phone the sliders stay near
        st.html(table(look, labels, look.iou if answer is None else answer.iou, subject.classes))


def _target(subject: Subject, look: Look, answer: Switched) -> str:
    """What became of the target's IoU."""
    before, after = (iou[-1] if iou else None for iou in (look.iou, answer.iou))
    if before is None or after is None:
        return ""
    return f"The IoU of {literal(subject.classes[-1])} went from {before:.2f} to {after:.2f}."


def _ask(subject: Subject, strengths: tuple[float, ...], donor: Donor | None, baseline: str) -> Switched:
    if donor is None:
        return turned(subject, strengths, baseline)
    return turned(subject, strengths, baseline, (donor.picture, donor.identity), donor.swapped)


def _title(subject: Subject, strengths: tuple[float, ...], donor: Donor | None) -> str:
    """What was done to the skips, in a few words."""
    names = [name for name, _ in subject.net.skips]
    swapped = donor.swapped if donor else (False,) * len(names)
    if not any(swapped) and len(set(strengths)) == 1:
        return {1.0: "All skips on", 0.0: "All skips off"}.get(strengths[0], f"All skips × {strengths[0]:.2f}")
    told = []
    for name, strength, taken in zip(names, strengths, swapped, strict=True):
        if taken:
            told.append(f"{name} swapped" if strength == 1 else f"{name} swapped × {strength:.2f}")
        elif strength != 1:
            told.append(f"{name} × {strength:.2f}" if strength else f"{name} off")
    return ", ".join(told)
