"""Which channel is open, and which of its values is explained: the address bar holds both."""

from typing import NamedTuple

import streamlit as st

LAYER, CHANNEL, ROW, COLUMN = "layer", "channel", "y", "x"


class Opened(NamedTuple):
    """What a link opens.

    Attributes:
        layer: The layer's name.
        channel: From 0.
        pixel: Row and column of the value; None where none was picked.
    """

    layer: str
    channel: int
    pixel: tuple[int, int] | None


def opened() -> Opened | None:
    """What the address names; None where no channel is open."""
    layer, channel = st.query_params.get(LAYER), _whole(st.query_params.get(CHANNEL))
    if not layer or channel is None:
        return None
    y, x = _whole(st.query_params.get(ROW)), _whole(st.query_params.get(COLUMN))
    return Opened(layer, channel, None if y is None or x is None else (y, x))


def open_channel(layer: str, channel: int) -> None:
    """Open a channel; the value that was picked in another one stays picked where it can."""
    st.query_params[LAYER], st.query_params[CHANNEL] = layer, str(channel)


def pick_pixel(y: int, x: int) -> None:
    """Have a value of the open channel explained."""
    st.query_params[ROW], st.query_params[COLUMN] = str(y), str(x)


def close() -> None:
    """Open none."""
    for key in (LAYER, CHANNEL, ROW, COLUMN):
        st.query_params.pop(key, None)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 9 else None
