"""A picture of one's own, kept over a switch of pages."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from PIL import ExifTags, Image

from fcnlab.data import read_image
from fcnlab.draw import png_bytes
from fcnlab.errors import DataError
from fcnlab.lab.tasks import Picture, Upload
from fcnlab.ui.markdown import literal

Chosen = tuple[Picture, str, str]
"""A picture, what tells it from others, and its title."""

Size = tuple[int, int]

MOST_MEGABYTES = 50

_KEPT = "inspect.upload"

_ON_ITS_SIDE = (5, 6, 7, 8)
"""EXIF orientations that exchange height and width."""


@dataclass(frozen=True)
class Kept:
    """An uploaded picture as the session keeps it.

    Attributes:
        name: The file's.
        digest: Of the file's bytes.
        original: Height and width in pixels, as uploaded.
        size: Height and width as the network gets it.
        channels: 3 or 1.
        data: The picture as the network gets it, as a PNG file.
    """

    name: str
    digest: str
    original: Size
    size: Size
    channels: int
    data: bytes


def choose_upload(size: Size, channels: int) -> Chosen | None:
    """Draw the choice of a file; None while there is none.

    Args:
        size: Height and width of the network's input.
        channels: Of the network's input.

    Raises:
        DataError: The file is too large or no picture.
    """
    state: Any = st.session_state
    file = st.file_uploader("A picture of your own", max_upload_size=MOST_MEGABYTES)
    if file is not None:
        state[_KEPT] = keep(file.getvalue(), file.name, size, channels)
    kept: Kept | None = state.get(_KEPT)
    if kept is None:
        st.caption("Any photograph will do. The network was trained on other pictures, so its answer may surprise.")
        return None
    if (kept.size, kept.channels) != (size, channels):
        st.caption(literal(f"This network takes pictures of another size: choose {kept.name} again."))
        return None
    st.caption(literal(f"{kept.name}: {_brought(kept.original, size)}."))
    return Upload(kept.data, kept.name), f"upload/{kept.digest}", kept.name


def keep(data: bytes, name: str, size: Size, channels: int) -> Kept:
    """An uploaded file as a network gets it, small enough for a session to keep.

    Raises:
        DataError: It is too large or no picture.
    """
    if len(data) > MOST_MEGABYTES * 1_000_000:
        raise DataError(
            f"{name} has {len(data) / 1e6:.0f} MB; at most {MOST_MEGABYTES} MB are read.", "Make the picture smaller."
        )
    digest = hashlib.sha256(data).hexdigest()
    fitted, original = _fitted(digest, size, channels, name, data)
    return Kept(name, digest, original, size, channels, fitted)


def _brought(original: Size, size: Size) -> str:
    """What happens to the picture on its way into the network."""
    (height, width), (rows, columns) = original, size
    told = f"{width}×{height} pixels, brought to {columns}×{rows}"
    ratio = (width / height) / (columns / rows)
    if abs(ratio - 1) < 0.02:
        return told
    return f"{told}, which stretches it in {'height' if ratio > 1 else 'width'} by {max(ratio, 1 / ratio):.2f}"


@st.cache_data(max_entries=16, show_spinner=False)
def _fitted(digest: str, size: Size, channels: int, name: str, _data: bytes) -> tuple[bytes, Size]:
    """The picture at the network's input size as a PNG file, and its height and width as it came."""
    file = io.BytesIO(_data)
    file.name = name
    pixels = read_image(file, size, channels)
    with Image.open(io.BytesIO(_data)) as image:  # it was read, so that its header is sound
        width, height = image.size
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _ON_ITS_SIDE
    original = (width, height) if turned else (height, width)
    return png_bytes(pixels if channels == 3 else np.ascontiguousarray(pixels[..., 0])), original
