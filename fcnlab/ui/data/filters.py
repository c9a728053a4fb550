"""Which pictures are looked at: conditions on what they show, and their order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.data import Dataset
from fcnlab.data.contents.conditions import PictureFilter
from fcnlab.data.contents.survey import Survey
from fcnlab.errors import DataError
from fcnlab.lab.tasks import PictureScores
from fcnlab.ui.words import tooltip

Indices = NDArray[np.int64]
Presence = Literal["any", "with", "without"]

PRESENCE: dict[str, Presence] = {"Any": "any", "With it": "with", "Without it": "without"}

FILE, LARGEST, SMALLEST, NEAREST, FARTHEST, WORST = (
    "File order",
    "Largest target",
    "Smallest target",
    "Nearest",
    "Farthest",
    "Worst first",
)
"""Orders, as the address names them."""

NARROW = 150

OPEN = "data.conditions.open"

CONDITIONS = (
    "data.target",
    "data.present",
    "data.smaller",
    "data.larger",
    "data.nearer",
    "data.farther",
    "data.hidden",
)
"""Keys of the widgets, and their names in the address."""


@dataclass(frozen=True)
class Choice:
    """The pictures to look at.

    Attributes:
        target: The class that sizes and conditions are about.
        indices: Of the pictures, in their order.
        filter: What they were chosen by.
    """

    target: int
    indices: Indices
    filter: PictureFilter


def filter_form(dataset: Dataset, survey: Survey) -> PictureFilter:
    """Draw the conditions.

    Raises:
        DataError: A value of the address cannot be used.
    """
    state: Any = st.session_state
    if OPEN not in state:  # once, so that it does not open or shut by itself
        state[OPEN] = any(key in st.query_params for key in CONDITIONS)
    with (
        st.expander("Target and conditions", expanded=state[OPEN], icon=":material/filter_alt:"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        target = st.selectbox(
            "Target",
            list(dataset.classes),
            index=len(dataset.classes) - 1,
            key="data.target",
            bind="query-params",
            width=170,
            help="The class that size, distance and order are about.",
        )
        present = st.segmented_control(
            "Shown in the picture",
            list(PRESENCE),
            default="Any",
            required=True,
            key="data.present",
            bind="query-params",
        )
        values: dict[str, float | None] = {
            "smaller_than": _whole("Fewer pixels than", "data.smaller", 1),
            "larger_than": _whole("More pixels than", "data.larger", 0),
        }
        if np.isfinite(survey.distance).any():
            values |= _by_record()
    return read_filter({"target": target, "present": PRESENCE.get(present or "", "any"), **values})


def read_filter(values: Mapping[str, Any]) -> PictureFilter:
    """The filter of the fields' values.

    Raises:
        DataError: One cannot be used.
    """
    hidden = values.get("hidden_more_than")
    given = dict(values) | ({"hidden_more_than": hidden / 100} if hidden is not None else {})
    return PictureFilter.parse(given, what="The filter", error=DataError)


def _by_record() -> dict[str, float | None]:
    return {
        "nearer_than": _measure("Nearer than (m)", "data.nearer", 1000.0),
        "farther_than": _measure("Farther than (m)", "data.farther", 1000.0),
        "hidden_more_than": _measure("Hidden more than (%)", "data.hidden", 99.0),
    }


def _whole(label: str, key: str, low: int) -> int | None:
    return st.number_input(label, low, 10_000_000, None, key=key, bind="query-params", width=NARROW, placeholder="any")


def _measure(label: str, key: str, high: float) -> float | None:
    return st.number_input(
        label,
        0.0,
        high,
        None,
        step=5.0,
        format="%g",
        key=key,
        bind="query-params",
        width=NARROW,
        placeholder="any",
        help=tooltip("picture record"),
    )


def orders_of(survey: Survey, scored: bool) -> list[str]:
    """The orders that there are; the file order is the first."""
    by_record = [NEAREST, FARTHEST] if np.isfinite(survey.distance).any() else []
    return [FILE, LARGEST, SMALLEST, *by_record, *([WORST] if scored else [])]


def ordered(survey: Survey, chosen: PictureFilter, order: str, scores: PictureScores | None) -> Choice:
    """The pictures that pass the filter, in their order; those that an order says nothing of come last.

    Args:
        survey: Of the split.
        chosen: The conditions.
        order: One of `orders_of`.
        scores: Of a run, for the order `WORST`.

    Raises:
        DataError: The filter's target is no class.
    """
    indices = survey.where(chosen)
    target = survey.target(chosen.target)
    size = survey.counts[indices, target].astype(float)
    keys: dict[str, Callable[[], NDArray[Any]]] = {
        LARGEST: lambda: -size,
        SMALLEST: lambda: np.where(size > 0, size, np.inf),
        NEAREST: lambda: survey.distance[indices],
        FARTHEST: lambda: -survey.distance[indices],
        WORST: lambda: _ranks(scores)[indices] if scores is not None else np.zeros(len(indices)),
    }
    if order in keys:
        indices = indices[np.argsort(keys[order](), kind="stable")]  # nan is sorted to the end
    return Choice(target, indices, chosen)


def _ranks(scores: PictureScores) -> NDArray[np.float64]:
    """The place of every picture in the order of the worst."""
    ranks = np.empty(len(scores.names))
    ranks[scores.worst()] = np.arange(len(scores.names))
    return ranks
