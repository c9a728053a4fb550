"""Open a dataset by the name of a built-in set or by its folder."""

from collections import OrderedDict
from pathlib import Path

from fcnlab.data.dataset import Dataset
from fcnlab.data.folder import FolderDataset
from fcnlab.data.layout import EXPECTED
from fcnlab.data.shapes import DEFAULT_ALPHA, EASIEST, HARDEST, Shapes
from fcnlab.errors import DataError

_KEPT = 16
_opened: OrderedDict[Path, FolderDataset] = OrderedDict()


def builtin_names() -> dict[str, str]:
    """Name and one sentence for each built-in dataset."""
    return {
        "shapes": (
            "Blobs and polygons on textured ground, drawn from a seed with nothing to download; "
            f"shapes:ALPHA sets the difficulty from {EASIEST} (colour tells all) to {HARDEST} (only fine texture "
            f"along the outlines does), {DEFAULT_ALPHA} if left out, and shapes:ALPHA:SEED draws other scenes."
        ),
    }


def open_dataset(name: str | Path) -> Dataset:
    """Open a dataset.

    A folder that was opened before is listed and recognised again only if files were added or removed.

    Args:
        name: "shapes", "shapes:ALPHA", "shapes:ALPHA:SEED", or a folder. A folder of that name is "./shapes".

    Raises:
        DataError: There is no such dataset, or the folder's layout or masks cannot be used.
    """
    if isinstance(name, str) and name.split(":")[0] == "shapes":
        return Shapes.parse(name)
    try:
        root = Path(name).expanduser().resolve()
        is_folder, exists = root.is_dir(), root.exists()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, no such user, a NUL
        is_folder, exists = False, False
    if exists and not is_folder:
        raise DataError(f"{root} is a file; a dataset is a folder.", EXPECTED)
    if not is_folder or not str(name).strip():
        known = ", ".join(builtin_names())
        raise DataError(f"There is no dataset folder {str(name)[:200]!r}.", f"Built-in datasets: {known}. {EXPECTED}")
    return _open_folder(root)


def _open_folder(root: Path) -> FolderDataset:
    known = _opened.get(root)
    if known is None or known.current_stamp() != known.stamp:
        known = FolderDataset(root)
        _opened[root] = known
    _opened.move_to_end(root)
    while len(_opened) > _KEPT:
        _opened.popitem(last=False)
    return known
