"""The Data page from top to bottom."""

from collections.abc import Sequence

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.data.catalogue import SIMULATED, assets_root
from fcnlab.errors import DataError
from fcnlab.lab import Run, list_runs, runs_root
from fcnlab.lab.examples import examples
from fcnlab.ui.address import tell_unknown
from fcnlab.ui.data.contents import contents_view
from fcnlab.ui.data.own import own_data
from fcnlab.ui.data.pictures import pictures_view
from fcnlab.ui.data.training import training_images
from fcnlab.ui.data.twins import twins_view
from fcnlab.ui.dataset_choice import ON_DATA, SHAPES, choose_dataset
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.pictures import legend
from fcnlab.ui.words import count

PICTURES, CONTENTS, TWINS, TRAINING, OWN = "Pictures", "What is in it", "Twins", "Training images", "Your own"
VIEWS = (PICTURES, CONTENTS, TWINS, TRAINING, OWN)


def data_page() -> None:
    """Draw the page's content."""
    st.html("<style>[data-testid=stWidgetLabelRequired]{display:none}</style>")  # there is always a choice
    runs = list_runs(runs_root())
    dataset = _choose(runs)
    view = _view()
    if view == OWN:
        own_data()
    elif dataset is not None:
        _show(dataset, view, runs)


def _with_examples(runs: Sequence[Run]) -> list[Run]:
    """The runs, and those that come with the lab and have not been opened yet."""
    names = {run.name for run in runs}
    return [*runs, *(run for run in examples() if run.name not in names)]


def _choose(runs: Sequence[Run]) -> Dataset | None:
    """The choice, and beside it what the dataset amounts to."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        dataset = choose_dataset(ON_DATA, "Dataset", runs, _first())
    if dataset is not None:
        with right:
            splits = ", ".join(f"{count(many)} {split.replace('_', ' ')}" for split, many in dataset.splits.items())
            st.markdown(
                f"**{literal(dataset.title)}** · {count(sum(dataset.splits.values()))} pictures: {literal(splits)}"
            )
            st.html(legend(dataset.classes, dataset.colors))
            if dataset.problems:
                st.caption(f"{count(len(dataset.problems))} files are left out; “{CONTENTS}” lists them.")
    return dataset


def _first() -> str:
    """The simulated pictures, which are like the task; the shapes where those have been left out of the lab."""
    return SIMULATED if (assets_root() / SIMULATED).is_dir() else SHAPES


def _view() -> str:
    """What is asked about the dataset; in the address bar."""
    tell_unknown("view", "data.view", VIEWS, f"“{PICTURES}”")
    value = st.segmented_control(
        "What to look at",
        VIEWS,
        default=PICTURES,
        required=True,
        key="data.view",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    return value if value in VIEWS else PICTURES


def _show(dataset: Dataset, view: str, runs: Sequence[Run]) -> None:
    if view == TRAINING:
        training_images(dataset)
        return
    if not any(dataset.splits.values()):
        raise DataError(f"{dataset.title} has no pictures.", "Choose another dataset.")
    if view == PICTURES:
        pictures_view(dataset, _with_examples(runs))
    elif view == CONTENTS:
        contents_view(dataset)
    else:
        twins_view(dataset)
