"""Which split of a dataset is looked at."""

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.ui.address import address_choice, tell_unknown

WIDTH = 260


def choose_split(dataset: Dataset) -> str:
    """Draw the choice among the splits that have pictures, of which there is at least one; held in the address bar."""
    splits = [split for split, many in dataset.splits.items() if many]
    return address_choice("Split", "split", splits)


def tell_unknown_split(dataset: Dataset) -> None:
    """Say that the address names a split that there is not."""
    splits = [split for split, many in dataset.splits.items() if many]
    tell_unknown("split", "split", splits, splits[0])


def split_row(dataset: Dataset) -> str:
    """The choice in a row of its own."""
    tell_unknown_split(dataset)
    with st.container(width=WIDTH):
        return choose_split(dataset)
