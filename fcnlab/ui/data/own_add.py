"""Adding a dataset of one's own: a zip that is uploaded, or a folder on the server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

import streamlit as st

from fcnlab.data import Dataset, open_dataset
from fcnlab.data.dataset import FileProblem
from fcnlab.data.document import DatasetFile
from fcnlab.errors import DataError
from fcnlab.lab.datasets import free_name, import_archive, new_dataset
from fcnlab.lab.runs.names import LONGEST
from fcnlab.ui.data.problems import why

ZIP, FOLDER = "Upload a zip", "A folder on the server"
_KIND, _FOLDER, _DONE = "own.kind", "own.folder", "own.done"

WIDTH = 640
"""Pixels of the form, where there is room."""

MOST_NAMED = 5
"""Entries of a zip that are named among those that were left out."""

WHAT_IT_READS = (
    "Images and their masks, in folders `images/` and `masks/` (or train/ and validation/ that hold them), or side by "
    "side as `0001.jpg` and `0001_mask.png`. Masks may be class numbers, a palette, 0 and 255, pure or flat colours, "
    "or the transparent part of a picture. What cannot be used is listed, and the rest is."
)


class Then(Protocol):
    """Gets the new dataset's name, what was done, and whether files were left out; does not return."""

    def __call__(self, name: str, said: str, *, left_out: bool) -> object: ...  # noqa: D102 - told above


def add_dataset(then: Then) -> None:
    """Draw the form; `then` is called when there is a dataset.

    Raises:
        DataError: What is wrong with the name, the zip or the folder.
    """
    st.markdown(WHAT_IT_READS)
    with st.container(width=WIDTH):
        kind = st.segmented_control(
            "Where the pictures are", [ZIP, FOLDER], default=ZIP, required=True, key=_KIND, persist_state="session"
        )
        if kind == FOLDER:
            _add_folder(then)
        else:
            _add_zip(then)


def _add_zip(then: Then) -> None:
    limit = upload_limit()
    # A key of its own for each dataset: the next one begins with empty fields.
    file = st.file_uploader(f"A zip of at most {limit:,} MB", type=["zip"], key=_key("file"))
    st.caption(
        "A larger zip is read from the server's own disk: choose “A folder on the server”, and name the zip there."
    )
    name = _name(free_name(Path(file.name).stem) if file else "")
    # Never disabled: a file that arrives while the page runs would leave it so.
    if not st.button("Unpack it", type="primary", icon=":material/folder_zip:", key="own.unpack"):
        return
    if file is None:
        raise DataError("No zip is chosen yet.", "Upload one first.")
    if file.size > limit * 1_000_000 * 1.05:  # Streamlit's megabytes are larger than ours by so much
        raise DataError(
            f"{file.name} has {file.size / 1e6:.0f} MB; at most {limit} MB are uploaded.", "Make it smaller."
        )
    _unpack(file, name or free_name(Path(file.name).stem), then)


def upload_limit() -> int:
    """Megabytes that the server takes of one file."""
    return int(st.get_option("server.maxUploadSize"))


def _add_folder(then: Then) -> None:
    typed = st.text_input(
        "Folder or zip on the server",
        key=_FOLDER,
        persist_state="session",
        placeholder="/home/me/pictures/leaves",
        help="The pictures stay where they are; the lab keeps only how they are read. A zip is unpacked.",
    )
    folder = typed.strip().strip("\"'")
    path = Path(folder).expanduser() if folder else None
    name = _name(free_name(path.stem) if path else "")
    if not st.button("Look at it", type="primary", icon=":material/folder_open:", key="own.look"):
        return
    if path is None:
        raise DataError("No folder is named yet.", "Type its path first.")
    wanted = name or free_name(path.stem)
    if path.suffix.lower() == ".zip":
        _unpack(path, wanted, then)
    open_dataset(folder)  # what is wrong with it is told in the folder's own words
    with st.spinner("Looking through the folder"):
        made = new_dataset(wanted, DatasetFile(title=wanted, sources=(str(path.resolve()),)))
    said = f"{wanted} was added. Name its classes below, and see whether it was read as it is meant."
    _end(wanted, [said, _unused(open_dataset(made))], then)


def _unpack(archive: Any, name: str, then: Then) -> None:
    place = st.empty()

    def report(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            place.progress(done / max(total, 1), f"Unpacking: {done:,} of {total:,} files")

    try:
        found = import_archive(archive, name, report)
    finally:
        place.empty()
    said = f"{name} was unpacked: {_counted(found.dataset)}."
    _end(name, [said, _unused(found.dataset), _left_out(found.unpacked.problems)], then)


def _end(name: str, said: Sequence[str], then: Then) -> NoReturn:
    """Hand on what was done, the first of `said`, and what was left out, each of the others that is not empty."""
    st.session_state[_DONE] = st.session_state.get(_DONE, 0) + 1
    then(name, " ".join(filter(None, said)), left_out=any(said[1:]))
    raise AssertionError


def _counted(dataset: Dataset) -> str:
    """The pairs by split in words."""
    parts = [f"{number:,} {split.replace('_', ' ')}" for split, number in dataset.splits.items()]
    return f"{', '.join(parts)} pair{'s' * (sum(dataset.splits.values()) != 1)}"


def _unused(dataset: Dataset) -> str:
    """How many files of the dataset were left out, in a sentence; empty where none were."""
    many = len(dataset.problems)
    return f"{many:,} file{' was' if many == 1 else 's were'} left out: see the list below." if many else ""


def _left_out(entries: Sequence[FileProblem]) -> str:
    """What of a zip was not unpacked, in words."""
    if not entries:
        return ""
    named = "; ".join(f"{entry.file}: {why(entry)}" for entry in entries[:MOST_NAMED])
    more = f"; and {len(entries) - MOST_NAMED:,} more" if len(entries) > MOST_NAMED else ""
    return f"Left out of it: {named}{more}"


def _name(suggested: str) -> str:
    name = st.text_input(
        "Name of the dataset",
        key=_key("name"),
        max_chars=LONGEST,
        placeholder=suggested or "made of the file's name",
        persist_state="session",
    )
    return name.strip()


def _key(widget: str) -> str:
    return f"own.{widget}.{st.session_state.get(_DONE, 0)}"
