"""What does not fit together, in words, each with the buttons that mend it."""

import streamlit as st

from fcnlab.arch import Problem, Report
from fcnlab.ui.markdown import literal
from fcnlab.ui.place import name_of, place_of, row_of_path
from fcnlab.ui.workbench import Workbench


def wrong_rows(bench: Workbench, report: Report) -> set[int]:
    """Rows of the shape flow that have an error."""
    return {row_of_path(bench.net, problem.path) for problem in report.errors}


def problem_list(bench: Workbench, report: Report) -> None:
    """All errors, or that there are none; warnings folded away below them."""
    if report.ok:
        _all_well(bench, report)
    else:
        number = len(report.errors)
        st.markdown(f":red[:material/error:] **{number} thing{'s do' if number > 1 else ' does'} not fit:**")
        for index, problem in enumerate(report.errors):
            _problem(bench, problem, f"all.{index}", linked=True)
        if report.warnings:
            with st.expander(_hints(report), icon=":material/lightbulb:"):
                _warnings(bench, report)


def _all_well(bench: Workbench, report: Report) -> None:
    well = ":green[:material/check_circle:] Everything fits together: this network can be built."
    if report.warnings:
        with st.expander(f"{well} {_hints(report)}."):
            _warnings(bench, report)
    else:
        st.container(border=True).markdown(well)


def _hints(report: Report) -> str:
    number = len(report.warnings)
    return f"{number} hint{'s' if number > 1 else ''}"


def _warnings(bench: Workbench, report: Report) -> None:
    for index, problem in enumerate(report.warnings):
        _problem(bench, problem, f"hint.{index}", linked=False)


def stage_problems(bench: Workbench, report: Report) -> None:
    """The errors and warnings of the selected stage."""
    found = [
        problem for problem in (*report.errors, *report.warnings) if row_of_path(bench.net, problem.path) == bench.row
    ]
    for index, problem in enumerate(found):
        _problem(bench, problem, f"stage.{index}", linked=False)


def _problem(bench: Workbench, problem: Problem, key: str, *, linked: bool) -> None:
    sentence = f"**{literal(_where(problem.where))}**: {literal(problem.message)}"
    if problem.severity == "error":
        st.error(sentence)
    else:
        st.caption(f":material/lightbulb: {sentence}")
    with st.container(horizontal=True, gap="small"):
        for number, fix in enumerate(problem.fixes):
            st.button(
                fix.label,
                key=f"fix.{key}.{number}",
                icon=":material/build:",
                type="primary" if number == 0 and problem.severity == "error" else "secondary",
                on_click=bench.edit,
                args=(lambda _, fix=fix: fix.net,),
            )
        row = row_of_path(bench.net, problem.path)
        if linked and row != bench.row:
            name = name_of(bench.net, place_of(bench.net, row))
            st.button(f"Show {name}", key=f"show.{key}", type="tertiary", on_click=bench.select, args=(row,))


def _where(where: str) -> str:
    """The place in words: decoder4.skip becomes "decoder4, skip"."""
    return ", ".join(where.rsplit(".", 1))
