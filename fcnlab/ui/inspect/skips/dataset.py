"""A dataset: what each skip contributes on the pictures that a score is taken on, and along the training."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.lab import Run
from fcnlab.lab.tasks import report_job
from fcnlab.ui.inspect.skips.here import no_skips
from fcnlab.ui.inspect.skips.history import history_section
from fcnlab.ui.inspect.skips.kept import kept_history, kept_report
from fcnlab.ui.inspect.skips.order import Order, choose_order, start
from fcnlab.ui.inspect.skips.progress import follow, is_live
from fcnlab.ui.inspect.skips.report import report_section
from fcnlab.ui.inspect.subject import Subject

MOST = 8
"""Skips of which all sets are worked out: 256."""


def skips_on_dataset(subject: Subject) -> None:
    """Draw the view. Not inside of a fragment."""
    if not subject.net.skips:
        no_skips(subject)
        return
    if len(subject.net.skips) > MOST:
        st.info(
            f"The network has {len(subject.net.skips)} skips. All their sets are worked out for up to {MOST}; "
            "“Skips in this picture” still turns each of them."
        )
        return
    st.markdown(
        "Leaves out every set of skips on the pictures that a score is taken on, with all four baselines, and tells "
        "from it what each skip is worth. It is worked out in the background; you may go elsewhere meanwhile."
    )
    run = Run.open(subject.path)
    order = choose_order(run, subject.epoch)
    if order is None:
        follow(subject.path, report_job(subject.path))
        return
    report = kept_report(subject.path, subject.epoch, order.name, order.subset)
    history = kept_history(subject.path, order.name, order.subset)
    _work(subject, order, report, complete=len(history["epochs"]) == len(run.checkpoints()))
    report_section(report)
    history_section(history, len(run.checkpoints()))


def _work(subject: Subject, order: Order, report: Mapping[str, Any] | None, *, complete: bool) -> None:
    """The two buttons, and what is being worked out."""
    job = report_job(subject.path)
    busy = is_live(job)
    with st.container(horizontal=True):
        one = st.button(
            "Work out the report",
            type="primary",
            key="report.start",
            disabled=busy or report is not None,
            help="It is there already; see below." if report else None,
        )
        every = st.button(
            "Follow it along the training",
            key="report.history",
            disabled=busy or complete,
            help="The same for every checkpoint of the run, with zeros in place of the skips.",
        )
    if one or every:
        start(subject, order, "report" if one else "history")
        st.rerun()
    follow(subject.path, job)
