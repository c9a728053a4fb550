"""The classes of a dataset of one's own: what each mask value is called, its colour, and what is ignored."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.data import Dataset
from fcnlab.data.document import DatasetFile, MaskReading
from fcnlab.draw import class_color
from fcnlab.draw.masks import IGNORED
from fcnlab.errors import DataError, FcnLabError
from fcnlab.lab.datasets import OwnDataset, save_dataset
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Row:
    """A class as the form holds it.

    Attributes:
        values: What stands in a mask for it.
        number: Its number as the dataset is read now; None where its pixels are ignored.
        name: Its name.
        color: Its colour.
        ignored: Whether its pixels are to be ignored.
    """

    values: tuple[str, ...]
    number: int | None
    name: str
    color: str
    ignored: bool


@dataclass(frozen=True)
class Classes:
    """What the form holds, as the pictures of the dataset as it is read now are to be drawn.

    Attributes:
        names: K names.
        colors: K colours.
        ignored: Class numbers that are to be ignored.
    """

    names: tuple[str, ...]
    colors: tuple[str, ...]
    ignored: tuple[int, ...]

    def seen(self, labels: Bytes) -> Bytes:
        """The labels uint8 [H, W] with what is to be ignored marked so."""
        return np.where(np.isin(labels, self.ignored), np.uint8(IGNORED), labels)


def classes_form(own: OwnDataset, dataset: Dataset, reading: MaskReading | None) -> Classes:
    """Draw a row for each class, and save them on demand; a refused change stays in the fields.

    Args:
        own: The dataset.
        dataset: The same, opened.
        reading: How its masks are read; None where it is made of several datasets, whose masks are their own matter.
    """
    st.markdown("**Classes**", help=tooltip("class", "The last one is the target, whose sizes and scores are told."))
    before = rows_of(dataset, reading)
    rows = [_row(own, number, row, reading is not None) for number, row in enumerate(before)]
    if st.button("Save the classes", icon=":material/save:", key="own.save", type="primary"):
        try:
            save_classes(own, rows, reading)
        except FcnLabError as problem:
            st.error(literal(str(problem)))
        else:
            st.session_state["data.own.told"] = f"The classes of {own.name} were saved."
            st.rerun()
    now = {row.number: row for row in rows if row.number is not None}
    return Classes(
        names=tuple(now[number].name or "–" for number in range(len(dataset.classes))),
        colors=tuple(now[number].color for number in range(len(dataset.classes))),
        ignored=tuple(number for number, row in now.items() if row.ignored),
    )


def rows_of(dataset: Dataset, reading: MaskReading | None) -> list[Row]:
    """The rows as the dataset is read now: its classes, and below them each value that is ignored."""
    values = reading.values if reading is not None else {}
    rows = [
        Row(
            values=tuple(value for value, of in values.items() if of == number),
            number=number,
            name=name,
            color=dataset.colors[number] or class_color(number),
            ignored=False,
        )
        for number, name in enumerate(dataset.classes)
    ]
    unused = [value for value, of in values.items() if of is None]
    return rows + [
        Row((value,), None, f"class {value}", class_color(len(rows) + number), True)
        for number, value in enumerate(unused)
    ]


def save_classes(own: OwnDataset, rows: list[Row], reading: MaskReading | None) -> None:
    """Write the form's rows into the dataset's description.

    Raises:
        DataError: A name is empty or given twice, fewer than two classes are left, or the masks do not fit.
    """
    if own.file is None:
        raise DataError(own.problem)
    kept = [row for row in rows if not row.ignored]
    change: dict[str, Any] = {"classes": [{"name": row.name, "color": row.color} for row in kept]}
    if reading is not None and any(row.ignored != (row.number is None) for row in rows):
        numbers = {value: number for number, row in enumerate(kept) for value in row.values}
        values = {value: numbers.get(value) for value in reading.values}
        change["masks"] = {"style": reading.style, "values": values}
    document = own.file.model_dump(mode="json") | change
    save_dataset(own.name, DatasetFile.parse(document, what="The classes", error=DataError))


def _row(own: OwnDataset, position: int, row: Row, may_ignore: bool) -> Row:
    """Draw one row; the row with what its fields hold."""
    title = row.name if row.number is not None else f"value {row.values[0]}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        color = st.color_picker(
            f"Colour of {title}", row.color, key=_key(own, position, "color"), width=70, label_visibility="collapsed"
        )
        name = st.text_input(
            f"Name of class {position}",
            row.name,
            key=_key(own, position, "name"),
            max_chars=60,
            persist_state="session",
            width=240,
        )
        ignored = row.ignored
        if may_ignore:
            ignored = st.toggle(
                "Ignore",
                row.ignored,
                key=_key(own, position, "ignored"),
                persist_state="session",
                help="Its pixels count nowhere, neither in training nor in a score: for borders and what nobody knows.",
            )
            st.caption(literal(_values(row.values)))
    return Row(row.values, row.number, name.strip(), color.lower(), ignored)


def _values(values: tuple[str, ...]) -> str:
    shown = ", ".join(values[:8]) + (f" and {len(values) - 8} more" if len(values) > 8 else "")
    return f"in masks: {shown}" if values else "in no mask"


def _key(own: OwnDataset, position: int, field: str) -> str:
    """A name for a row's widget; another one once the dataset was described anew."""
    changed = (own.path / "dataset.json").stat().st_mtime_ns
    return f"own.{own.name}.{changed}.{position}.{field}"
