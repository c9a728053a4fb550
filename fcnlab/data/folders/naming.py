"""What the classes of a folder are called, and in which colours they are drawn."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fcnlab.data.dataset import MAX_CLASSES
from fcnlab.data.document import FILE, ClassName
from fcnlab.data.folders.layout import FOLLOW_ME_CLASSES
from fcnlab.data.pictures.masks import MaskKind
from fcnlab.errors import DataError

NAMES_FILE = "classes.txt"
_LONGEST_NAME = 60
_COLOUR_NAMES = {
    0x000000: "black",
    0xFFFFFF: "white",
    0xFF0000: "red",
    0x00FF00: "green",
    0x0000FF: "blue",
    0xFFFF00: "yellow",
    0x00FFFF: "cyan",
    0xFF00FF: "magenta",
}

Names = tuple[str, ...]
Colors = tuple[str | None, ...]


def name_classes(
    root: Path, kind: MaskKind, given: Sequence[ClassName] | None, *, follow_me: bool
) -> tuple[MaskKind, Names, Colors]:
    """Names and colours of the classes: from `dataset.json`, else from `classes.txt`, else told from the masks.

    Both files may also name more class numbers than masks of class numbers show; then the numbers stand for
    themselves.

    Args:
        root: The dataset's folder.
        kind: How its masks are read.
        given: The classes of `dataset.json`.
        follow_me: It has the layout and the masks of the Follow-Me project.

    Returns:
        The kind with as many classes as names, and K names and colours.

    Raises:
        DataError: A file of names cannot be read or has another number of names; or there is only one class.
    """
    if given is not None:
        kind = _widened(kind, len(given), root / FILE)
        return kind, tuple(entry.name for entry in given), tuple(entry.color for entry in given)
    path = root / NAMES_FILE
    if path.is_file():
        names = _read_names(path, root)
        kind = _widened(kind, len(names), path)
        return kind, names, _colors(kind)
    if kind.num_classes < 2:
        value = kind.values[0][0]
        raise DataError(
            f"Every mask in {root} holds only the value {value}; at least two classes are needed.",
            "Check that the masks were saved with their class numbers, or name the classes in classes.txt.",
        )
    return kind, FOLLOW_ME_CLASSES if follow_me else _told(kind), _colors(kind)


def _widened(kind: MaskKind, number: int, path: Path) -> MaskKind:
    if number == kind.num_classes:
        return kind
    values = [value for value, of in kind.values if of < kind.num_classes]
    if kind.style != "index" or kind.asked or number <= max(values):
        raise DataError(
            f"{path} names {number} classes, but the masks hold {kind.num_classes}.",
            "Name each class once; in classes.txt, write one name a line.",
        )
    ignored = [(value, of) for value, of in kind.values if of >= kind.num_classes]
    return replace(kind, num_classes=number, values=(*((value, value) for value in range(number)), *ignored))


def _told(kind: MaskKind) -> Names:
    """Names from what stands in the masks."""
    values = {number: value for value, number in reversed(kind.values)}
    if kind.style == "colors":
        return tuple(_COLOUR_NAMES.get(values[number], f"#{values[number]:06x}") for number in range(kind.num_classes))
    plain = kind.style != "index" or kind.asked or values == {0: 0, 1: 1} or 255 in values
    if kind.num_classes == 2 and plain:
        return "background", "foreground"
    if kind.style != "index" or kind.asked:
        return tuple(f"class {number}" for number in range(kind.num_classes))
    return tuple(f"class {values[number]}" for number in range(kind.num_classes))


def _colors(kind: MaskKind) -> Colors:
    """Flat colours are drawn as they are in the masks; all other classes in the lab's own colours."""
    own = {number: value for value, number in reversed(kind.values)} if kind.style == "colors" else {}
    return tuple(f"#{own[number]:06x}" if number in own else None for number in range(kind.num_classes))


def _read_names(path: Path, root: Path) -> Names:
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
