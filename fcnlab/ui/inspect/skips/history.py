"""Along the training: the contribution of each skip at every checkpoint that was looked at."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.draw import history_option
from fcnlab.ui.inspect.skips.save import save_history
from fcnlab.ui.inspect.skips.words import measure_title
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

History = Mapping[str, Any]


def history_section(history: History, checkpoints: int) -> None:
    """Draw the curves of the checkpoints that were looked at, of as many as there are."""
    st.header("Along the training", anchor=False, help=tooltip("checkpoint"))
    epochs = history["epochs"]
    if len(epochs) < min(checkpoints, 2):
        st.markdown("When did each skip become useful? “Follow it along the training” above answers it by epoch.")
        return
    if len(epochs) < checkpoints:
        st.caption(f"{len(epochs)} of {checkpoints} checkpoints were looked at so far.")
    own = str(epochs[-1]["metric"])
    metric = str(st.session_state.get("metric", own))
    metric = metric if metric in epochs[-1]["metrics"] else own
    title = literal(measure_title(epochs[-1], metric))
    st.markdown(f"{title} on {epochs[-1]['images']:,} images, with zeros in place of skips that are off.")
    st.echarts_chart(
        history_option(history, metric, dark=st.context.theme.type == "dark"), height=420, key="history.chart"
    )
    save_history(history, metric)
