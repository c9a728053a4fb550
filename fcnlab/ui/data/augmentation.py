"""Augmentation, chosen and looked at on a training image and its mask together."""

from typing import Any

import numpy as np
import streamlit as st

from fcnlab.data import Dataset
from fcnlab.draw import class_colors, overlay, png_bytes
from fcnlab.draw.masks import IGNORED
from fcnlab.errors import PlanError
from fcnlab.lab.tasks import augment_pictures
from fcnlab.plan import Augmentation
from fcnlab.ui.data.kept import stamp_of, survey_of
from fcnlab.ui.engine import engine, engine_line, engine_state
from fcnlab.ui.train.pictures import legend
from fcnlab.ui.train.plan.augment import (
    ON_DATA,
    ON_TRAIN,
    augmentation_document,
    augmentation_fields,
    augmentation_help,
    augmentation_values,
    describe_augmentation,
)
from fcnlab.ui.train.way import train_on

VARIANTS = 8
SIDE = 256
"""Pixels of a variant's longer side, as it is made."""

SHOWN = 160
"""Pixels of its width on the page."""

OPACITY = 0.45

_INDEX, _SEED = "data.example", "data.draw"


def augmentation_view(dataset: Dataset) -> None:
    """Draw the view. Not inside of a fragment.

    Raises:
        FcnLabError: A field's value cannot be used, or a picture cannot be read.
    """
    st.markdown(augmentation_help())
    fields, pictures = st.columns([1, 3], gap="large")
    with fields:
        values = augmentation_fields(ON_DATA, flip=True)
        pressed = st.button(
            "Use in training",
            icon=":material/model_training:",
            key="data.use_augmentation",
            help="Opens the Train page with this dataset and these settings.",
        )
    flip = bool(values[ON_DATA.flip])
    augmentation = read_augmentation(values)
    with pictures:
        index, seed = _example(dataset)
        _variants(dataset, index, flip, augmentation, seed)
    if pressed:
        train_on(dataset.name, augmentation_values(ON_TRAIN, flip, augmentation))


def read_augmentation(values: dict[str, Any]) -> Augmentation:
    """The augmentation of the fields' values.

    Raises:
        PlanError: One cannot be used (a browser enforces the limits of its fields, an address does not).
    """
    document = augmentation_document(ON_DATA, values)
    return Augmentation.parse(document, what="The augmentation", error=PlanError)


def _example(dataset: Dataset) -> tuple[int, int]:
    """The image that is changed, at first the one with the largest target, and the seed of the draw."""
    count = dataset.splits["train"]
    first = _telling(dataset) if _INDEX not in st.session_state and _INDEX not in st.query_params else 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = st.number_input(
            f"Training image (of {count:,})",
            0,
            max(count - 1, 0),
            first,
            key=_INDEX,
            persist_state="session",
            width=190,
        )
        seed = st.number_input("Draw", 0, 999, 0, key=_SEED, persist_state="session", width=120, help=_AGAIN)
    return min(int(index or 0), count - 1), int(seed or 0)


_AGAIN = "Another number draws other changes of the same strength, as every step of a training does."


def _telling(dataset: Dataset) -> int:
    """The image whose target is largest without filling more than a quarter of it."""
    found = survey_of(dataset, "train")
    share = found.counts[:, -1] / np.maximum(found.pixels, 1)
    return int(np.where(share <= 0.25, share, 0).argmax())


def _variants(dataset: Dataset, index: int, flip: bool, augmentation: Augmentation, seed: int) -> None:
    name = dataset.file_names("train")[index]
    what = describe_augmentation(flip, augmentation)
    if augmentation.changes and engine_state().phase != "ready":
        st.info("The pictures are changed by the engine's own layers, as in training; they come when it is ready.")
        engine_line()
        return
    size = _size(dataset, index)
    with st.spinner("Changing the picture"):
        shown = _pictures(
            dataset.name, stamp_of(dataset, "train"), index, size, flip, augmentation.model_dump_json(), seed
        )
    with st.container(horizontal=True, gap="small"):
        for number, (png, ignored) in enumerate(shown):
            unseen = f", {ignored:.0%} of it from outside" if ignored else ""
            st.image(
                png,
                caption=f"changed, {number}" if number else "as it is",
                width=SHOWN,
                alt=f"{name}, {what if number else 'as it is'}{unseen}",
            )
    st.html(legend(dataset.classes, dataset.colors))
    if any(ignored for _, ignored in shown):
        st.caption(
            "Striped: what came in from outside of the image. It is filled with its mirror image and not judged."
        )


def _size(dataset: Dataset, index: int) -> tuple[int, int]:
    """Height and width at which the image is changed, in its own proportions."""
    height, width = dataset.mask("train", index).shape
    scale = min(SIDE / max(height, width), 1.0)
    return max(round(height * scale), 1), max(round(width * scale), 1)


@st.cache_data(max_entries=64, show_spinner=False)
def _pictures(
    name: str, stamp: str, index: int, size: tuple[int, int], flip: bool, augmentation: str, seed: int
) -> list[tuple[bytes, float]]:
    """The image as it is and its variants, with their masks over them as PNG, and the share that is not judged."""
    from fcnlab.data import open_dataset

    dataset = open_dataset(name)
    chosen = Augmentation.parse(augmentation, what="The augmentation")
    pair = dataset.load("train", size, 3, [index])
    asked = (name, "train", index, size, flip, chosen, VARIANTS - 1, seed)
    # Mirrored pictures alone need no layers, and no engine.
    images, labels = engine().ask(augment_pictures, *asked) if chosen.changes else augment_pictures(*asked)
    colors = class_colors(dataset.colors)
    found = []
    for image, mask in zip((pair.images[0], *images), (pair.labels[0], *labels), strict=True):
        png = overlay(image, mask, len(dataset.classes), OPACITY, colors=colors)
        outside = mask == IGNORED
        png[outside] = striped(png)[outside]
        found.append((png_bytes(png), float(outside.mean())))
    return found


def striped(image: Any) -> Any:
    """The picture uint8 [H, W, 3] under dark stripes."""
    rows, columns = np.indices(image.shape[:2], sparse=True)
    dark = (rows + columns) // 4 % 2 == 0
    return np.where(dark[:, :, None], image // 2, image).astype(np.uint8)
