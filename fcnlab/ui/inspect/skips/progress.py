"""How far a report is, followed live, and the sentence that is left of one that failed."""

import streamlit as st

from fcnlab.lab.tasks import ReportJob, report_job, stop_report
from fcnlab.ui.calm import calm
from fcnlab.ui.markdown import literal

EVERY = 0.5
"""Seconds between two looks at a report that is being worked out."""


def is_live(job: ReportJob | None) -> bool:
    """Whether it changes by itself."""
    return job is not None and job.state in ("queued", "running")


def follow(path: str, job: ReportJob | None) -> None:
    """Draw a run's report in the making, and follow it. Not inside of a fragment.

    Args:
        path: The run folder.
        job: What the rest of the page was drawn with.
    """
    if job is not None:
        st.fragment(_follow, run_every=EVERY if is_live(job) else None)(path, is_live(job))


def _follow(path: str, live: bool) -> None:
    with calm():
        job = report_job(path)
        if job is not None and is_live(job):
            _draw(path, job)
            return
        if job is not None:
            st.error(literal(job.message))
            st.button("Put this message away", key="report.forget", on_click=stop_report, args=(path,))
    if live:
        st.rerun()  # the report is there, or why it is not


def _draw(path: str, job: ReportJob) -> None:
    st.progress(min(job.done / job.total, 1.0) if job.total else 0.0, text=literal(_sentence(job)))
    st.button("Stop", icon=":material/stop:", key="report.stop", on_click=stop_report, args=(path,))


def _sentence(job: ReportJob) -> str:
    what = "Every checkpoint" if job.kind == "history" else f"Epoch {job.epoch}"
    what = f"{what} on {job.dataset}"
    if job.state == "queued":
        return f"{what}: waiting for the engine."
    if not job.total:
        return f"{what}: the network is being made ready."
    times = "checkpoints" if job.kind == "history" else "baselines"
    return f"{what}: {job.done:,} of {job.total:,} images × {times}."
