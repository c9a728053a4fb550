"""A report on a dataset: its figures, its numbers, and what each baseline asks."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.draw import baselines_option, contribution_option
from fcnlab.draw.charts import row_height
from fcnlab.lab.inside.agreement import disagreements
from fcnlab.lab.inside.metric_names import BASELINES, DEFAULT_METRIC
from fcnlab.lab.tasks import describe_metric
from fcnlab.ui.inspect.skips.baselines import choose_baseline
from fcnlab.ui.inspect.skips.report_tables import baselines_table, interactions_table, parts_table, skips_table
from fcnlab.ui.inspect.skips.save import save_report
from fcnlab.ui.inspect.skips.values import STYLE
from fcnlab.ui.inspect.skips.words import measure_title
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

Report = Mapping[str, Any]


def report_section(report: Report | None) -> None:
    """Draw a report of one checkpoint under all baselines, or say that there is none yet."""
    if report is None:
        st.info("There is no report on these images yet. On 50 images of 160×160 pixels it takes about half a minute.")
        return
    st.header("What each skip is worth", anchor=False, help=tooltip("Shapley value"))
    metric = choose_metric(report)
    baseline = choose_baseline()
    told = measured_by(report, metric)
    for warning in told["warnings"]:
        st.warning(literal(f"The answer depends on the baseline: {warning}"), icon=":material/balance:")
    if baseline in told["baselines"]:
        _draw(told, told["baselines"][baseline], metric)
    else:
        title = BASELINES[baseline].label
        st.info(f"With “{title}” this measure is not defined for every set of skips, so that no share can be told.")


def measured_by(report: Report, metric: str) -> Report:
    """The report with its top, its baselines and its warnings telling a metric.

    A baseline under which the metric is not defined is left out.
    """
    told = {
        name: {**one, **one["metrics"][metric], "metric": metric}
        for name, one in report["baselines"].items()
        if metric in one["metrics"]
    }
    top: Report = next(iter(told.values()))
    return {**report, **top, "baselines": told, "warnings": disagreements(told)}


def choose_metric(report: Report) -> str:
    """Draw the choice among the measures that a report holds, which the address bar holds."""
    known = list(report["metrics"])
    first = DEFAULT_METRIC if DEFAULT_METRIC in known else known[0]
    value = st.selectbox(
        "Measured by",
        known,
        index=known.index(first),
        format_func=lambda name: literal(measure_title(report, name)),
        key="metric",
        bind="query-params",
        persist_state="session",
    )
    metric = value if value in known else first
    st.caption(literal(describe_metric(metric).meaning))
    return metric


def _draw(whole: Report, shown: Report, metric: str) -> None:
    images = shown["images"]
    every, none = 100 * shown["all"], 100 * shown["none"]
    st.markdown(
        f"{literal(measure_title(shown, metric))} on {images:,} image{'s' * (images != 1)} is **{every:.1f}** of 100 "
        f"with all skips and **{none:.1f}** with none. The Shapley values add up to the difference of "
        f"**{every - none:.1f} points**."
    )
    figure, numbers = st.columns([1, 1], gap="large")
    with figure:
        st.echarts_chart(
            contribution_option(shown, metric, dark=st.context.theme.type == "dark"),
            height=row_height(shown, 3),
            key="report.chart",
        )
    with numbers:
        st.html(STYLE + skips_table(shown))
        save_report(whole, shown, metric)
    st.subheader("Where it counts", anchor=False, help=tooltip("boundary band"))
    st.html(parts_table(shown))
    if shown["interactions"]:
        st.subheader("Two skips together", anchor=False, help=tooltip("interaction"))
        st.html(interactions_table(shown))
    st.subheader("What the baseline does to the answer", anchor=False, help=tooltip("baseline"))
    if len(whole["baselines"]) > 1:
        st.echarts_chart(
            baselines_option(whole, metric, dark=st.context.theme.type == "dark"),
            height=row_height(shown, len(whole["baselines"])),
            key="report.baselines",
        )
    st.html(baselines_table(whole["baselines"], metric))
    st.markdown("\n".join(f"- **{one.label}.** {one.meaning}" for one in BASELINES.values()))
