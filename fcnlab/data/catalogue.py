"""Open a dataset by the name of a built-in set or by its folder."""

import os
from collections import OrderedDict
from pathlib import Path

from fcnlab.data.builtin.shapes import DEFAULT_ALPHA, EASIEST, HARDEST, Shapes
from fcnlab.data.dataset import Dataset
from fcnlab.data.document import FILE, DatasetFile, read_dataset_file
from fcnlab.data.folders.folder import FolderDataset
from fcnlab.data.folders.layout import EXPECTED
from fcnlab.data.joined import JoinedDataset
from fcnlab.errors import DataError

SIMULATED = "followme-sim"
_KEPT = 16
_DEEPEST = 16
_opened: OrderedDict[Path, Dataset] = OrderedDict()


def builtin_names() -> dict[str, str]:
    """Name and one sentence for each built-in dataset."""
    return {
        "shapes": (
            "Blobs and polygons on textured ground, drawn from a seed with nothing to download; "
            f"shapes:ALPHA sets the difficulty from {EASIEST} (colour tells all) to {HARDEST} (only fine texture "
            f"along the outlines does), {DEFAULT_ALPHA} if left out, and shapes:ALPHA:SEED draws other scenes."
        ),
        SIMULATED: (
            "Pictures from the lab's own drone simulator: find one person, the hero, among others in a park. "
            "It has the three evaluation sets of the Follow-Me score, and a record of each picture."
        ),
    }


def assets_root() -> Path:
    """The folder of what comes with the lab: FCNLAB_ASSETS, else `assets` beside the package."""
    chosen = os.environ.get("FCNLAB_ASSETS", "").strip()
    return Path(chosen).expanduser() if chosen else Path(__file__).resolve().parents[2] / "assets"


def open_dataset(name: str | Path) -> Dataset:
    """Open a dataset.

    A folder that was opened before is listed and recognised again only if files were added or removed. A
    `dataset.json` in the folder says how it is read, and may join it with others (see `document.py`).

    Args:
        name: "shapes", "shapes:ALPHA", "shapes:ALPHA:SEED", "followme-sim", or a folder. A folder of that name is
            "./shapes".

    Raises:
        DataError: There is no such dataset, or nothing in the folder can be used.
    """
    return _open(name, ())


def _open(name: str | Path, trail: tuple[Path, ...]) -> Dataset:
    if isinstance(name, str) and name.split(":")[0] == "shapes":
        return Shapes.parse(name)
    if name == SIMULATED:
        return _simulated()
    try:
        root = Path(name).expanduser().resolve()
        is_folder, exists = root.is_dir(), root.exists()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, no such user, a NUL
        is_folder, exists = False, False
    if exists and not is_folder:
        fix = "Unpack it, or upload it on the Data page." if root.suffix.lower() == ".zip" else EXPECTED
        raise DataError(f"{root} is a file; a dataset is a folder.", fix)
    if not is_folder or not str(name).strip():
        known = ", ".join(builtin_names())
        raise DataError(f"There is no dataset folder {str(name)[:200]!r}.", f"Built-in datasets: {known}. {EXPECTED}")
    return _kept(root) or _keep(root, _read(root, trail))


def _simulated() -> Dataset:
    root = (assets_root() / SIMULATED).resolve()
    if not root.is_dir():
        raise DataError(
            f"The pictures of the built-in dataset {SIMULATED} are not in {root}.",
            "Get the project's folder assets/ again, or render pictures of your own with python -m fcnlab render.",
        )
    known = _kept(root)
    if known is not None and known.name == SIMULATED:
        return known
    file = read_dataset_file(root) or DatasetFile(title="Follow-Me, simulated")
    return _keep(root, FolderDataset(root, file, name=SIMULATED))


def _read(root: Path, trail: tuple[Path, ...]) -> Dataset:
    file = read_dataset_file(root)
    if file is None:
        return FolderDataset(root)
    if file.sources == (".",) and file.training is None:
        return FolderDataset(root, file)
    if root in trail:
        raise DataError(f"{root / FILE} has itself among its sources.", "Take the source out.")
    if len(trail) >= _DEEPEST:
        raise DataError(f"{root / FILE}: its sources have sources of their own, more than {_DEEPEST} deep.")
    return JoinedDataset(root, file, [_source(root, file, source, (*trail, root)) for source in file.sources])


def _source(root: Path, file: DatasetFile, source: str, trail: tuple[Path, ...]) -> Dataset:
    """One source of a `dataset.json`; what is said there of masks and pairs holds for folders that say nothing."""
    if source.split(":")[0] in builtin_names():
        return _open(source, trail)
    try:
        folder = (root / Path(source).expanduser()).resolve()
        is_folder = folder.is_dir()
    except (OSError, RuntimeError, ValueError):
        is_folder = False
    if not is_folder:
        raise DataError(f"{root / FILE} has the source {source[:200]!r}, and there is no such folder.")
    if folder == root or not (folder / FILE).exists():
        return FolderDataset(folder, file.model_copy(update={"title": folder.name or str(folder)}))
    return _open(folder, trail)


def _kept(root: Path) -> Dataset | None:
    known = _opened.get(root)
    if known is None or known.current_stamp() != known.stamp:
        return None
    _opened.move_to_end(root)
    return known


def _keep(root: Path, dataset: Dataset) -> Dataset:
    _opened[root] = dataset
    _opened.move_to_end(root)
    while len(_opened) > _KEPT:
        _opened.popitem(last=False)
    return dataset
