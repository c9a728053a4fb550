"""A dataset in a folder on disk."""

from collections.abc import Sequence
from pathlib import Path

from fcnlab.data.dataset import MAX_CLASSES, Dataset, Pair, Size
from fcnlab.data.images import decode, fit, upright
from fcnlab.data.layout import EVALUATION_SETS, find_layout
from fcnlab.data.masks import MaskKind, class_planes, count_classes, fit_planes, recognise
from fcnlab.data.rawmask import read_raw
from fcnlab.errors import DataError

_FOLLOW_ME = ("background", "other people", "hero")
_LONGEST_NAME = 60
Stamp = tuple[tuple[Path, int], ...]


class FolderDataset(Dataset):
    """Images and masks in one of the layouts of `layout.py`, masks of one of the kinds of `masks.py`.

    The kind of mask and the number of classes are found when the folder is opened; each file is verified when it
    is read.
    """

    def __init__(self, root: Path) -> None:
        """Open a folder.

        Raises:
            DataError: The layout, a name, a mask or classes.txt cannot be used.
        """
        root = root.resolve()
        layout = find_layout(root)
        self._watched = (*layout.folders, root / "classes.txt")
        self.stamp = self.current_stamp()
        self._files = layout.splits
        kind = recognise([mask for pairs in layout.splits.values() for _, mask in pairs])
        follow_me = layout.follow_me and kind.style == "one-hot"
        self._kind, self.classes = _name_classes(root, kind, follow_me)
        self.name = str(root)
        self.title = f"Follow-Me ({root.name})" if follow_me else root.name or str(root)
        self.splits = {split: len(pairs) for split, pairs in layout.splits.items()}
        complete = all(name in self.splits for name in EVALUATION_SETS)
        self.evaluation_sets = EVALUATION_SETS if follow_me and complete else ()

    def current_stamp(self) -> Stamp:
        """When each listed folder last changed; differs from `stamp` once files were added or removed."""
        return tuple((path, path.stat().st_mtime_ns if path.exists() else 0) for path in self._watched)

    def _pair(self, split: str, index: int, size: Size, channels: int) -> Pair:
        image_path, mask_path = self._files[split][index]
        what = f"The image {image_path}"
        image = upright(decode(image_path, what), what)
        planes = class_planes(read_raw(mask_path), self._kind)
        if not same_proportions(image.size, planes[0].size):
            (width, height), (mask_width, mask_height) = image.size, planes[0].size
            raise DataError(
                f"The image {image_path} has {width} × {height} pixels and its mask {mask_path} has "
                f"{mask_width} × {mask_height}.",
                "An image and its mask need the same size, or at least the same proportions.",
            )
        labels, presence = fit_planes(planes, size)
        return Pair(fit(image, size, channels, what), labels, presence, image_path.name)

    def _count(self, split: str, index: int) -> Sequence[int]:
        return count_classes(self._files[split][index][1], self._kind)


def same_proportions(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether one size is the other scaled, but for rounding one of its sides to whole pixels."""
    small, large = sorted((first, second))
    return first == second or any(
        abs(large[side] * small[other] / large[other] - small[side]) <= 0.5 for side, other in ((0, 1), (1, 0))
    )


def _name_classes(root: Path, kind: MaskKind, follow_me: bool) -> tuple[MaskKind, tuple[str, ...]]:
    """Class names; a classes.txt may also name more class numbers than the masks show."""
    path = root / "classes.txt"
    if path.is_file():
        names = _read_names(path, root)
        if kind.style == "index" and len(names) > kind.num_classes:
            kind = MaskKind("index", len(names))
        if len(names) != kind.num_classes:
            raise DataError(
                f"{path} names {len(names)} classes, but the masks hold {kind.num_classes}.",
                "Write one name a line, a line for each class.",
            )
        return kind, names
    if kind.num_classes < 2:
        raise DataError(
            f"Every mask in {root} holds only the value 0; at least two classes are needed.",
            "Check that the masks were saved with their class numbers, or name the classes in classes.txt.",
        )
    if follow_me:
        return kind, _FOLLOW_ME
    if kind.num_classes == 2:
        return kind, ("background", "foreground")
    return kind, tuple(f"class {number}" for number in range(kind.num_classes))


def _read_names(path: Path, root: Path) -> tuple[str, ...]:
    if not path.resolve().is_relative_to(root):
        raise DataError(f"{path} is a link that leads out of the folder {root}.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{path} cannot be read as UTF-8 text.") from None
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not 2 <= len(names) <= MAX_CLASSES:
        raise DataError(f"{path} names {len(names)} classes; 2 to {MAX_CLASSES} are possible.")
    for name in names:
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise DataError(f"{path}: a class name has at most {_LONGEST_NAME} printable characters.")
        if names.count(name) > 1:
            raise DataError(f"{path} names {name!r} twice.")
    return names
