"""A look at a few of the images to train on, and the way to all of them."""

import numpy as np
import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.data import Dataset, Pairs, open_dataset
from fcnlab.draw import class_colors
from fcnlab.errors import FcnLabError
from fcnlab.ui.dataset_choice import ON_DATA, dataset_link
from fcnlab.ui.markdown import literal
from fcnlab.ui.page import pages
from fcnlab.ui.train.pictures import legend, pairs_picture
from fcnlab.ui.words import count

PREVIEWS = 3
PREVIEW_SIDE = 160
"""Pixels of a preview's longer side."""

PREVIEW_WIDTH = 500
"""Pixels of the preview on the page, where there is room."""

LOOKED_AT = 24
"""Images among which those for the preview are chosen."""


def preview(dataset: Dataset, net: NetSpec) -> None:
    """A few of the training images beside their masks, and what the dataset amounts to."""
    size = _preview_size(net)
    try:
        png, names = _pictures(dataset.name, _stamp(dataset), size)
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        return
    splits = ", ".join(f"{count(number)} {split.replace('_', ' ')}" for split, number in dataset.splits.items())
    st.markdown(f"**{literal(dataset.title)}** · {len(dataset.classes)} classes · images: {literal(splits)}")
    st.image(png, width=PREVIEW_WIDTH, alt=f"Training images {', '.join(names)}, and below each its mask")
    st.html(legend(dataset.classes, dataset.colors))
    if "Data" in pages():
        query = dataset_link(ON_DATA, dataset.name)
        st.page_link(pages()["Data"], label="Look through them", icon=":material/photo_library:", query_params=query)


def _preview_size(net: NetSpec) -> tuple[int, int]:
    """The proportions in which the network sees the images, in a few pixels."""
    height, width = net.input.height, net.input.width
    scale = min(PREVIEW_SIDE / max(height, width), 1)
    return max(round(height * scale), 1), max(round(width * scale), 1)


def _stamp(dataset: Dataset) -> str:
    """Changes with a folder's content, so that pictures of before are not shown."""
    return str(getattr(dataset, "stamp", ""))


@st.cache_data(max_entries=32, show_spinner=False)
def _pictures(name: str, stamp: str, size: tuple[int, int]) -> tuple[bytes, list[str]]:
    dataset = open_dataset(name)
    available = dataset.splits.get("train", 0)
    spread = np.unique(np.linspace(0, available - 1, min(LOOKED_AT, available)).round().astype(int))
    pairs = dataset.load("train", size, 3, spread)
    chosen = _telling(pairs)
    picture = pairs_picture(
        [pairs.images[index] for index in chosen],
        [pairs.labels[index] for index in chosen],
        pairs.num_classes,
        class_colors(dataset.colors),
    )
    return picture, [pairs.names[index] for index in chosen]


def _telling(pairs: Pairs) -> list[int]:
    """The images with the most classes in them, and among equals those in which the rarest class is largest."""
    shown = [
        (len(np.unique(labels)), int((labels == pairs.num_classes - 1).sum()), -index)
        for index, labels in enumerate(pairs.labels)
    ]
    return sorted(range(len(shown)), key=shown.__getitem__, reverse=True)[:PREVIEWS]
