"""The way from other pages to the Train page's form, with a dataset and settings filled in."""

from typing import Any, NoReturn

import streamlit as st

from fcnlab.ui.dataset_choice import ON_TRAIN, dataset_link
from fcnlab.ui.page import pages
from fcnlab.ui.train.address import leave_run
from fcnlab.ui.train.plan.fields import address_text


def train_on(dataset: str, values: dict[str, Any] | None = None) -> NoReturn:
    """Open the Train page's form. Not inside of a callback.

    Args:
        dataset: As `open_dataset` takes it.
        values: What other widgets of the form are to hold, by key.
    """
    leave_run()
    told = {key: address_text(value) for key, value in (values or {}).items()}
    st.switch_page(pages()["Train"], query_params=dataset_link(ON_TRAIN, dataset) | told)
