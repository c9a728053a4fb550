"""A dataset of one's own in detail: what was recognised, how it looks, its classes, and what cannot be used."""

from collections import Counter
from collections.abc import Callable, Mapping
from math import prod

import numpy as np
import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.data.dataset import Size
from fcnlab.data.document import DatasetFile, Pairing
from fcnlab.data.folders.folder import FolderDataset
from fcnlab.data.joined import JoinedDataset
from fcnlab.draw import mask_image, png_bytes
from fcnlab.draw.masks import in_color
from fcnlab.errors import FcnLabError
from fcnlab.lab.datasets import OwnDataset, built_on, delete_dataset, save_dataset
from fcnlab.ui.data.kept import shown_pairs, stamp_of
from fcnlab.ui.data.own_classes import Classes, classes_form
from fcnlab.ui.data.problems import files_are, problems
from fcnlab.ui.dataset_choice import ON_DATA, set_dataset
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.pictures import legend
from fcnlab.ui.train.way import train_on

EXAMPLES = 4
MOST_VALUES = 12
SIDE = 170
"""Pixels of an example's longer side."""

PAIRINGS: dict[Pairing, str] = {
    "auto": "As it was recognised",
    "stem": "By name",
    "order": "By sorted order",
}
STYLES = {
    "one-hot": "pure red, green and blue",
    "binary": "dark and light (0 and 255)",
    "index": "class numbers",
    "alpha": "transparent and opaque",
    "colors": "flat colours",
}
WAYS = {"stem": "by name", "order": "by sorted order"}
FORMATS = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with transparency",
    "P": "palette",
    "RGBA": "RGB with alpha",
}
"""Pillow's pixel formats in words; RGB is its own, and those of whole numbers are 16-bit grey."""

Leave = Callable[[str], object]


def dataset_details(own: OwnDataset, leave: Leave, *, opened: bool = False) -> None:
    """Draw them. Not inside of a fragment.

    Args:
        own: The dataset.
        leave: Called with a sentence when it was deleted.
        opened: Show the list of files that were left out at once.
    """
    try:
        dataset = open_dataset(own.path)
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        _delete(own, leave)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Train on it", icon=":material/model_training:", type="primary", key="own.train")
        st.button(
            "Look through its pictures",
            icon=":material/photo_library:",
            key="own.browse",
            on_click=_browse,
            args=(dataset.name,),
        )
        _delete(own, leave)
    if pressed:
        train_on(dataset.name)
    st.caption(literal(f"{own.title} · {own.path}"))
    folder = folder_of(dataset)
    st.markdown("\n".join(f"- {literal(line)}" for line in recognised(dataset, folder)))
    if folder is not None and own.file is not None:
        _pairing(own.name, own.file)
    place = st.container()
    classes = classes_form(own, dataset, folder.reading if folder else None)
    with place:
        _examples(dataset, classes)
    _check(dataset)
    problems(dataset, opened=opened)


def _browse(name: str) -> None:
    """Choose the dataset at the top of the page, and show its pictures."""
    set_dataset(ON_DATA, name)
    st.session_state["data.view"] = "Pictures"


def folder_of(dataset: Dataset) -> FolderDataset | None:
    """The one folder that all pictures come from; None where there are several, or none."""
    if isinstance(dataset, JoinedDataset) and len(dataset.parts) == 1:
        return folder_of(dataset.parts[0])
    return dataset if isinstance(dataset, FolderDataset) else None


def recognised(dataset: Dataset, folder: FolderDataset | None) -> list[str]:
    """What was found in the folder, a sentence a line; less of a dataset that is made of several."""
    pairs = ", ".join(f"{number:,} {split.replace('_', ' ')}" for split, number in dataset.splits.items())
    if folder is None:
        return [f"Pairs of image and mask: {pairs}."]
    found, reading = folder.found, folder.reading
    ways = " and ".join(sorted({WAYS[way] for way in found.ways.values()}))
    values = ", ".join(reading.values) if len(reading.values) <= MOST_VALUES else f"{len(reading.values)} of them"
    return [
        f"Pairs of image and mask: {pairs}, found {ways}.",
        f"Masks: {STYLES[reading.style]}; values: {values}.",
        f"Images: {_sizes(found.sizes)}, {_formats(found.modes)}. A network gets them all in its own input size.",
    ]


def _sizes(sizes: Mapping[Size, int]) -> str:
    if len(sizes) == 1:
        height, width = next(iter(sizes))
        return f"{width}×{height} pixels"
    (height, width), (most_height, most_width) = min(sizes, key=prod), max(sizes, key=prod)
    return f"{len(sizes):,} sizes from {width}×{height} to {most_width}×{most_height} pixels"


def _formats(modes: Mapping[str, int]) -> str:
    """How many images have which pixel format: "RGB", or "120 RGB, 3 grey"."""
    counts: Counter[str] = Counter()
    for mode, number in modes.items():
        counts[FORMATS.get(mode, "16-bit grey" if mode.startswith("I") else mode)] += number
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{number:,} {name}" for name, number in counts.most_common())


def _pairing(name: str, file: DatasetFile) -> None:
    """How images find their masks; a change is saved at once, so that the examples show it."""
    key = f"own.pairing.{name}.{file.pairing}"
    chosen = st.segmented_control(
        "Images find their masks",
        list(PAIRINGS),
        default=file.pairing,
        format_func=PAIRINGS.__getitem__,
        required=True,
        key=key,
        help="By name, 0001.jpg goes with 0001.png or 0001_mask.png; by sorted order, the first image with the first "
        "mask, and so on.",
    )
    if chosen is not None and chosen != file.pairing:
        try:
            save_dataset(name, file.model_copy(update={"pairing": chosen}))
        except FcnLabError as problem:
            st.error(literal(str(problem)))
        else:
            st.rerun()


def _examples(dataset: Dataset, classes: Classes) -> None:
    """A few pairs, with the colours and the ignored values that the form holds now."""
    split = "train" if dataset.splits.get("train") else next(iter(dataset.splits))
    count = dataset.splits[split]
    indices = np.unique(np.linspace(0, count - 1, min(EXAMPLES, count)).round().astype(int)).tolist()
    try:
        pairs = shown_pairs(dataset, split, stamp_of(dataset, split), SIDE, indices)
    except FcnLabError as problem:
        st.error(literal(str(problem)))
        return
    with st.container(horizontal=True):
        for pair in pairs:
            mask = mask_image(classes.seen(pair.labels), len(dataset.classes), classes.colors)
            both = np.concatenate([in_color(pair.image), mask], axis=1)
            st.image(png_bytes(both), caption=literal(pair.name), width=2 * SIDE, alt=f"{pair.name} and its mask")
    st.html(legend(classes.names, classes.colors))


def _check(dataset: Dataset) -> None:
    """Decode every file on demand."""
    pressed = st.button(
        "Check every file",
        icon=":material/fact_check:",
        key="own.check",
        help="Opening looks at names, sizes and kinds; this decodes each picture to the end, and leaves out those "
        "that are damaged.",
    )
    if not pressed:
        return
    place = st.empty()

    def report(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            place.progress(done / max(total, 1), f"Checking: {done:,} of {total:,} pairs")

    found = dataset.check(report)
    place.empty()
    if found:
        st.session_state["data.own.told"] = f"{files_are(len(found))} damaged; left out from now on."
        st.rerun()
    st.success("Every file can be read.", icon=":material/check_circle:")


def _delete(own: OwnDataset, leave: Leave) -> None:
    """Delete it, after a second press that says what goes and what stays."""
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(literal(_what_goes(own)))
        pressed = st.button(f"Delete {own.name}", type="primary", key=f"own.delete.{own.name}")
    if pressed:
        delete_dataset(own.name)
        leave(f"{own.name} was deleted.")


def _what_goes(own: OwnDataset) -> str:
    goes = (
        "Its pictures and their description go for good."
        if own.keeps_pictures
        else ("Only its description goes; the pictures stay where they are.")
    )
    others = ", ".join(other.name for other in built_on(own.path))
    return f"{goes} {f'{others} takes pictures from it and cannot be opened without it.' if others else ''}".strip()
