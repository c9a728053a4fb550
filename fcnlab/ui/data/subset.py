"""A part of the training images: chosen by what they show, by number, with a seed, and kept as a dataset."""

from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.data import Dataset, open_dataset
from fcnlab.data.contents.conditions import PictureFilter
from fcnlab.data.contents.selection import Selection, select
from fcnlab.data.contents.survey import Survey
from fcnlab.data.document import DatasetFile
from fcnlab.draw import class_colors, overlay, png_bytes
from fcnlab.errors import DataError
from fcnlab.lab.datasets import free_name, new_dataset
from fcnlab.lab.runs.names import LONGEST
from fcnlab.ui.data.filters import filter_form
from fcnlab.ui.data.kept import shown_pairs, stamp_of, survey_of
from fcnlab.ui.inspect.tables import STYLE, percent
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.pictures import legend
from fcnlab.ui.train.plan.form import IMAGES
from fcnlab.ui.train.way import train_on
from fcnlab.ui.words import tooltip

PREVIEWS = 7
SIDE = 128
"""Pixels of a preview's longer side."""

OPACITY = 0.5

Indices = NDArray[np.int64]
_NUMBER, _SEED, _STRATIFY, _NAME = "data.number", "data.seed", "data.stratify", "data.name"
_SAVED = "data.saved"


def subset_view(dataset: Dataset) -> None:
    """Draw the view. Not inside of a fragment.

    Raises:
        FcnLabError: A mask cannot be read, or a field's value cannot be used.
    """
    survey = survey_of(dataset, "train")
    selection = _form(dataset, survey)
    try:
        chosen = select(survey, selection)
    except DataError as problem:
        st.warning(literal(str(problem)), icon=":material/filter_alt_off:")
        return
    st.markdown(
        f"**{len(chosen):,} of {len(survey):,} training images.** {literal(selection.describe())}  \n"
        f"{tooltip('stratified') if selection.stratify else ''}"
    )
    _strip(dataset, chosen)
    st.html(f"{STYLE}{comparison(survey, chosen, selection.filter)}")
    _save(dataset, selection, len(chosen))


def _form(dataset: Dataset, survey: Survey) -> Selection:
    """Draw the fields.

    Raises:
        DataError: A value cannot be used.
    """
    conditions = filter_form(dataset, survey)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Number of images",
            1,
            1_000_000,
            None,
            50,
            key=_NUMBER,
            bind="query-params",
            placeholder="all",
            help="How many to draw of those that fulfil the conditions; empty takes them all.",
            width=160,
        )
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key=_SEED, bind="query-params", help=tooltip("seed"), width=130)
        stratify = st.toggle(
            "Keep the target's sizes in their shares", key=_STRATIFY, bind="query-params", help=tooltip("stratified")
        )
    values = {"number": number, "seed": seed, "stratify": stratify}
    return Selection.parse({"filter": conditions, **values}, what="The choice of images", error=DataError)


def _strip(dataset: Dataset, chosen: Indices) -> None:
    """A few of the chosen images, evenly spread over them, with their masks."""
    shown = chosen[np.unique(np.linspace(0, len(chosen) - 1, min(PREVIEWS, len(chosen))).round().astype(int))]
    pairs = shown_pairs(dataset, "train", stamp_of(dataset, "train"), SIDE, shown.tolist())
    colors = class_colors(dataset.colors)
    with st.container(horizontal=True, gap="small"):
        for pair in pairs:
            picture = overlay(pair.image, pair.labels, len(dataset.classes), OPACITY, colors=colors)
            st.image(png_bytes(picture), width=SIDE, alt=f"Training image {pair.name} with its mask")
    st.html(legend(dataset.classes, dataset.colors))


def comparison(survey: Survey, chosen: Indices, conditions: PictureFilter) -> str:
    """What the chosen images show against all of them, as an HTML table: shares of pixels, and target sizes.

    Args:
        survey: Of the split.
        chosen: Indices.
        conditions: Whose target the sizes are of.
    """
    everything = np.arange(len(survey))
    both = (everything, chosen)
    totals = [np.maximum(survey.pixels[part].sum(), 1) for part in both]
    rows = [
        (
            f"Pixels of {name}",
            *(percent(float(survey.counts[part, k].sum() / total)) for part, total in zip(both, totals, strict=True)),
        )
        for k, name in enumerate(survey.classes)
    ]
    target = survey.classes[survey.target(conditions.target)]
    sizes = [survey.sizes(conditions.target)[part] for part in both]
    rows.append((f"Images that show {target}", *(percent(float((size > 0).mean())) for size in sizes)))
    for label, share in (("Smallest quarter up to", 0.25), ("Half of them up to", 0.5), ("Largest quarter from", 0.75)):
        rows.append((f"{label}, pixels of {target}", *(_quantile(size, share) for size in sizes)))
    head = f'<th scope="col">All {len(survey):,}</th><th scope="col">Chosen {len(chosen):,}</th>'
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{whole}</td><td>{part}</td></tr>' for label, whole, part in rows
    )
    return (
        '<table class="classes" aria-label="The chosen images against all of them"><thead><tr><th scope="col">Training '
        f"images</th>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _quantile(sizes: Indices, share: float) -> str:
    there = sizes[sizes > 0]
    return f"{np.quantile(there, share):,.0f}" if len(there) else "–"


def _save(dataset: Dataset, selection: Selection, count: int) -> None:
    """Keep the choice as a dataset, and train on it."""
    state: Any = st.session_state
    suggested = free_name(f"{_short(dataset)}-{count}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the dataset",
            key=_NAME,
            max_chars=LONGEST,
            placeholder=suggested,
            persist_state="session",
            width=280,
            help="Only the choice is kept, not the pictures: validation and evaluation images stay as they are.",
        )
        pressed = st.button("Save as a dataset", type="primary", icon=":material/save:", key="data.save_subset")
    if pressed:
        title = f"{dataset.title}: {count:,} training images"[:100]
        file = DatasetFile(title=title, sources=(dataset.name,), training=selection)
        state[_SAVED] = (dataset.name, str(new_dataset(name.strip() or suggested, file)))
    of, saved = state.get(_SAVED, ("", ""))
    if of == dataset.name:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(literal(f"Saved in {saved}; every choice of dataset offers it now."))
            if st.button("Train on it", icon=":material/model_training:", key="data.train_saved"):
                train_on(saved, {IMAGES: open_dataset(saved).splits["train"]})


def _short(dataset: Dataset) -> str:
    """The dataset's name without its folder: "followme-sim", "shapes-0-4"."""
    return dataset.name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "dataset"
