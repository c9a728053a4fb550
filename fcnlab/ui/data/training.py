"""What a network would be trained on: which of the images, how they are changed, and what that amounts to."""

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.errors import DataError
from fcnlab.ui.data.arithmetic import arithmetic_view
from fcnlab.ui.data.augmentation import augmentation_view
from fcnlab.ui.data.subset import subset_view

SUBSET, AUGMENTATION, ARITHMETIC = "A part of them", "Augmentation", "Arithmetic"

_VIEWS = {SUBSET: subset_view, AUGMENTATION: augmentation_view, ARITHMETIC: arithmetic_view}


def training_images(dataset: Dataset) -> None:
    """Draw the view of a dataset. Not inside of a fragment.

    Raises:
        DataError: It has no training images.
    """
    if not dataset.splits.get("train"):
        raise DataError(f"{dataset.title} has no training images.", "Choose another dataset above.")
    view = st.segmented_control(
        "Training images",
        list(_VIEWS),
        default=SUBSET,
        required=True,
        key="data.training",
        bind="query-params",
        label_visibility="collapsed",
    )
    _VIEWS.get(view or SUBSET, subset_view)(dataset)
