"""The lab's own datasets: a folder each, whose `dataset.json` says what it is made of.

Uploaded and rendered pictures lie beside that file; a folder of somebody's own is only pointed at.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fcnlab.data import Dataset, builtin_names, open_dataset
from fcnlab.data.archives.archive import Unpacked, unpack
from fcnlab.data.document import DatasetFile, read_dataset_file, write_dataset_file
from fcnlab.errors import DataError
from fcnlab.lab.runs.names import LONGEST, check_name, runs_root

DOCUMENT = "dataset.json"
_UNFINISHED = ".tmp-"


def datasets_root() -> Path:
    """The folder of the lab's own datasets: the environment variable FCNLAB_DATASETS, or `datasets` beside the runs."""
    named = os.environ.get("FCNLAB_DATASETS")
    return Path(named).expanduser().absolute() if named else runs_root().parent / "datasets"


@dataclass(frozen=True)
class OwnDataset:
    """A dataset of the lab's own, as it is listed without being opened.

    Attributes:
        name: Its folder's.
        path: The folder, by which it is opened, trained on and scored.
        title: For people.
        file: What its dataset.json says; None where that cannot be read.
        problem: Why not; empty where it can.
    """

    name: str
    path: Path
    title: str
    file: DatasetFile | None
    problem: str = ""

    @property
    def keeps_pictures(self) -> bool:
        """Whether pictures of its own lie in its folder, which go when it is deleted."""
        return self.file is None or any(not _elsewhere(source) for source in self.file.sources)


@dataclass(frozen=True)
class ImportedPictures:
    """An archive that became a dataset.

    Attributes:
        path: Its folder.
        dataset: As it opens.
        unpacked: What the archive held, and what of it was left out.
    """

    path: Path
    dataset: Dataset
    unpacked: Unpacked


def list_datasets() -> list[OwnDataset]:
    """All datasets of the lab's own, by name; those that are still being made are left out."""
    with contextlib.suppress(OSError):
        folders = sorted(path for path in datasets_root().iterdir() if not path.name.startswith("."))
        return [_listed(path) for path in folders if (path / DOCUMENT).is_file()]
    return []


def find_dataset(name: str) -> OwnDataset:
    """A dataset of the lab's own by its name.

    Raises:
        DataError: There is none of that name.
    """
    path = dataset_path(name)
    if not (path / DOCUMENT).is_file():
        raise DataError(f"The lab has no dataset {name!r} of its own.", f"Its datasets are in {datasets_root()}.")
    return _listed(path)


def dataset_path(name: str) -> Path:
    """The folder of a dataset of that name, whether it is there or not.

    Raises:
        DataError: No folder may be called so.
    """
    return datasets_root() / check_name(name, "dataset", DataError)


def free_name(wanted: str) -> str:
    """A name that is allowed and not taken, made of another: "my photos (2)" → "my-photos-2"."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", wanted).strip("-")[: LONGEST - 10] or "dataset"
    name, number = stem, 1
    while (datasets_root() / name).exists():
        number += 1
        name = f"{stem}-{number}"
    return name


def new_dataset(name: str, file: DatasetFile) -> Path:
    """Make a dataset that is a description alone, and return its folder, by which it is opened.

    Raises:
        DataError: The name is not allowed or taken, the folder cannot be written, or the dataset cannot be opened.
    """
    with _made(name) as folder:
        write_dataset_file(folder, file)
        open_dataset(folder)
    return dataset_path(name)


def save_dataset(name: str, file: DatasetFile) -> Dataset:
    """Describe a dataset anew; where it cannot be opened so, it stays as it was.

    Raises:
        DataError: There is none of that name, or the description does not fit its pictures.
    """
    path = find_dataset(name).path
    before = (path / DOCUMENT).read_bytes()
    write_dataset_file(path, file)
    try:
        return open_dataset(path)
    except DataError:
        (path / DOCUMENT).write_bytes(before)
        raise


def import_archive(
    archive: Path | BinaryIO, name: str, progress: Callable[[int, int], None] | None = None
) -> ImportedPictures:
    """Unpack a zip of pictures and masks into a new dataset.

    Args:
        archive: Its path, or an open binary file.
        name: Of the dataset to make.
        progress: Called with files unpacked and files in all.

    Raises:
        DataError: The name is not allowed or taken, the archive is refused (see `fcnlab.data.archives.archive`), or
            nothing in it can be used; nothing is left then.
    """
    with _made(name) as folder:
        unpacked = unpack(archive, folder, progress)
        if read_dataset_file(folder) is None:  # else it brought a description of the pictures in it
            write_dataset_file(folder, DatasetFile(title=name))
        open_dataset(folder)
    return ImportedPictures(dataset_path(name), open_dataset(dataset_path(name)), unpacked)


def delete_dataset(name: str) -> None:
    """Remove a dataset and the pictures in its folder; folders that it only points at stay.

    Raises:
        DataError: There is none of that name, or it cannot be removed.
    """
    path = find_dataset(name).path
    try:
        remove_folder(path)
    except OSError as problem:
        raise DataError(f"The dataset {name} cannot be removed ({problem.strerror or problem}).") from None


def remove_folder(path: Path) -> None:
    """Remove a folder so that nobody sees it half gone.

    Raises:
        OSError: It cannot be removed.
    """
    aside = path.with_name(f"{_UNFINISHED}{os.getpid()}-{path.name}")
    path.rename(aside)
    shutil.rmtree(aside)


def built_on(source: str | Path) -> list[OwnDataset]:
    """Datasets of the lab's own that take pictures from another one, named as `open_dataset` reopens it."""
    return [one for one in list_datasets() if one.file is not None and str(source) in _sources(one)]


def _sources(one: OwnDataset) -> list[str]:
    """Where it takes its pictures from: absolute folders and built-in names."""
    named = one.file.sources if one.file is not None else ()
    return [source if _built_in(source) else str((one.path / source).resolve()) for source in named]


def _built_in(source: str) -> bool:
    return source.partition(":")[0] in builtin_names()


def _elsewhere(source: str) -> bool:
    return _built_in(source) or Path(source).is_absolute()


def _listed(path: Path) -> OwnDataset:
    try:
        file = read_dataset_file(path)
    except DataError as problem:
        return OwnDataset(path.name, path, path.name, None, str(problem))
    if file is None:
        return OwnDataset(path.name, path, path.name, None, f"{path / DOCUMENT} cannot be read.")
    return OwnDataset(path.name, path, file.title or path.name, file)


@contextlib.contextmanager
def _made(name: str) -> Iterator[Path]:
    """A folder to fill, which becomes the dataset `name` when the block ends without an exception."""
    path = dataset_path(name)
    if path.exists():
        raise DataError(f"There is a dataset {name!r} already.", "Choose another name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=path.parent))
    except OSError as problem:
        raise DataError(
            f"The folder {path.parent} cannot be written ({problem.strerror or problem}).",
            "Make room or allow it, or name another folder in FCNLAB_DATASETS.",
        ) from None
    try:
        yield folder
        folder.chmod(0o755)  # mkdtemp's are for the owner alone
        folder.rename(path)
    except DataError as problem:
        told = [text.replace(str(folder), str(path)) for text in (problem.message, problem.fix)]
        raise DataError(*told) from None
    except OSError as problem:
        raise DataError(f"The dataset {name!r} cannot be made ({problem.strerror or problem}).") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
