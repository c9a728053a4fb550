"""The phases of a plan as a table: one row each, to be changed, copied, added and taken away."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fcnlab.plan import Phase
from fcnlab.ui.train.plan.fields import NARROW, decimal, fill, one_of, whole
from fcnlab.ui.train.plan.meanings import meaning

EPOCHS, BATCH, RATE, SCHEDULE = "train.epochs", "train.batch", "train.rate", "train.schedule"
STEPS, VALIDATION, WORKERS = "train.steps", "train.validation", "train.workers"
"""Keys of the first row's widgets, and their names in the address; later rows add their number (see `cell`)."""

COUNT = "train.phases"
"""How many rows there are, in the session and in the address."""

WIDE = "train.columns"
MOST = 32

DEFAULT = Phase(epochs=5, batch_size=16, learning_rate=0.01)
SCHEDULES = ("cosine", "constant")

_FIELDS = {
    EPOCHS: "epochs",
    BATCH: "batch_size",
    RATE: "learning_rate",
    SCHEDULE: "schedule",
    STEPS: "steps_per_epoch",
    VALIDATION: "validation_steps",
    WORKERS: "workers",
}
"""A column's key → the phase's field."""

_SELDOM = {SCHEDULE: SCHEDULES[0], STEPS: None, VALIDATION: None, WORKERS: 0}
"""The columns that are shown when they are asked for or in use, and what they begin with."""

_WIDTH = 112


def cell(column: str, row: int) -> str:
    """The key of a column's widget in a row, from 1."""
    return column if row == 1 else f"{column}.{row}"


def phase_values(phases: tuple[Phase, ...], schedule: str) -> dict[str, Any]:
    """What the widgets hold for phases, by key.

    Args:
        phases: The rows.
        schedule: Of those that have none of their own.
    """
    values: dict[str, Any] = {COUNT: len(phases)}
    for row, phase in enumerate(phases, 1):
        for column, field in _FIELDS.items():
            values[cell(column, row)] = getattr(phase, field)
        values[cell(SCHEDULE, row)] = phase.schedule or schedule
    return values


def phase_documents(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows' values as a plan's `phases` take them, each with its own schedule."""
    rows = range(1, int(values.get(COUNT, 1)) + 1)
    return [
        {field: values.get(cell(column, row), _SELDOM.get(column)) for column, field in _FIELDS.items()} for row in rows
    ]


def phase_table(roomy: DeltaGenerator) -> dict[str, Any]:
    """Draw the table; its values by key.

    Args:
        roomy: Where the table goes when it shows all columns, which need a page's width.
    """
    rows = row_count()
    wide = _wide(rows)
    values: dict[str, Any] = {COUNT: rows}
    with roomy.container() if wide else st.container():
        if wide:
            st.markdown("**Phases**, one after the other")
        for row in range(1, rows + 1):
            key = f"train-phase-{row}" if row == 1 else f"train-phase-later-{row}"
            with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key=key):
                values |= _row(row, rows, wide)
        if wide:
            _add(rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        if not wide:
            _add(rows)
        st.toggle("All columns", key=WIDE, help=_COLUMNS)
        if wide:
            st.caption("The phases are in the table below.")
    return values


def _add(rows: int) -> None:
    st.button(
        "Add a phase",
        icon=":material/add:",
        key="train.phase.add",
        on_click=_change,
        args=(lambda found: [*found, found[-1]],),
        disabled=rows >= MOST,
        help="A further row, at first like the last one: for example the same again with a smaller learning rate.",
    )


_COLUMNS = "Schedule, steps an epoch, validation steps and loader workers; shown anyway while one of them is set."


def row_count() -> int:
    """How many rows there are: as in the session, at first as in the address."""
    state: Any = st.session_state
    if COUNT not in state:
        told = st.query_params.get(COUNT, "")
        state[COUNT] = min(max(int(told), 1), MOST) if told.isdecimal() and len(told) < 4 else 1
    rows: int = state[COUNT]
    if rows > 1 and st.query_params.get(COUNT) != str(rows):
        st.query_params[COUNT] = str(rows)
    elif rows == 1 and COUNT in st.query_params:
        del st.query_params[COUNT]
    return rows


def _wide(rows: int) -> bool:
    """Whether all columns are shown."""
    state: Any = st.session_state
    used = any(_is_set(cell(column, row), first) for column, first in _SELDOM.items() for row in range(1, rows + 1))
    if used:
        state[WIDE] = True
    return bool(state.get(WIDE))


def _is_set(key: str, first: object) -> bool:
    """Whether a widget holds, or the address gives it, another value than its first."""
    if key in st.session_state:
        return bool(st.session_state[key] != first)
    return key in st.query_params


def _row(row: int, rows: int, wide: bool) -> dict[str, Any]:
    of = f", phase {row}" if row > 1 else ""
    width = NARROW if rows == 1 and not wide else _WIDTH

    def about(name: str) -> str | None:
        return meaning(name) if row == 1 else None  # a later row's words are hidden where there is room for a table

    def number(column: str, label: str, low: int, high: int, value: int | None, name: str, empty: str = "") -> Any:
        key = cell(column, row)
        return whole(label + of, low, high, value, key, about(name), empty=empty or None, width=width)

    values = {
        EPOCHS: number(EPOCHS, "Epochs", 1, 10_000, DEFAULT.epochs, "epochs"),
        BATCH: number(BATCH, "Batch size", 1, 4096, DEFAULT.batch_size, "batch"),
        RATE: decimal(
            f"Learning rate{of}",
            1e-9,
            10.0,
            DEFAULT.learning_rate,
            cell(RATE, row),
            about("rate"),
            step=0.001,
            width=width,
        ),
    }
    if wide:
        key = cell(SCHEDULE, row)
        values |= {
            SCHEDULE: one_of(f"Schedule{of}", SCHEDULES, SCHEDULES[0], key, about("schedule"), width=width + 8),
            STEPS: number(STEPS, "Steps an epoch", 1, 100_000, None, "steps", "each once"),
            VALIDATION: number(VALIDATION, "Validation steps", 1, 100_000, None, "validation", "as below"),
            WORKERS: number(WORKERS, "Loader workers", 0, 64, 0, "workers"),
        }
    if rows > 1:
        _button("Copy", "content_copy", row, lambda found: [*found[:row], *found[row - 1 :]], disabled=rows >= MOST)
        _button("Remove", "delete", row, lambda found: [*found[: row - 1], *found[row:]])
    return {cell(column, row): value for column, value in values.items()}


Rows = list[dict[str, Any]]


def _button(word: str, icon: str, row: int, make: Callable[[Rows], Rows], *, disabled: bool = False) -> None:
    st.button(
        f"{word} phase {row}",
        icon=f":material/{icon}:",
        key=f"train.phase.{word.lower()}.{row}",
        on_click=_change,
        args=(make,),
        disabled=disabled,
        type="tertiary",
    )


def _change(make: Callable[[Rows], Rows]) -> None:
    """Put other rows into the widgets, before they are drawn."""
    state: Any = st.session_state
    rows = [
        {column: state.get(cell(column, row), _SELDOM.get(column)) for column in _FIELDS}
        for row in range(1, state[COUNT] + 1)
    ]
    rows = make(rows)
    values = {cell(column, row): value for row, found in enumerate(rows, 1) for column, value in found.items()}
    state[COUNT] = len(rows)
    fill(values, phase_values((DEFAULT,) * len(rows), SCHEDULES[0]))
