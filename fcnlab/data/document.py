"""A folder's own words about its pictures: `dataset.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from fcnlab.data.contents.selection import Selection
from fcnlab.data.dataset import MAX_CLASSES
from fcnlab.errors import DataError
from fcnlab.files import write_text
from fcnlab.model import Document

FILE = "dataset.json"
MAX_SOURCES = 16
_LONGEST = 1_000_000

Pairing = Literal["auto", "stem", "order"]
Style = Literal["one-hot", "binary", "index", "alpha", "colors"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
HexColor = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
Value = Annotated[str, StringConstraints(pattern=r"^(\d{1,5}|#[0-9a-fA-F]{6})$", to_lower=True)]
ClassNumber = Annotated[int, Field(ge=0, lt=MAX_CLASSES)]


class ClassName(Document):
    """A class as people see it.

    Attributes:
        name: At most 60 characters.
        color: "#rrggbb"; None takes the lab's own colour of that class.
    """

    name: Name
    color: HexColor | None = None

    @model_validator(mode="after")
    def _printable(self) -> Self:
        if not self.name.isprintable():
            raise ValueError("a class name has printable characters only")
        return self


class MaskReading(Document):
    """How masks are read.

    Attributes:
        style: "one-hot" (pure red, green and blue), "binary" (dark and light), "index" (grey or palette values),
            "alpha" (transparent and opaque) or "colors" (flat colours).
        values: What stands in a mask → its class number, or None for pixels to ignore. Values are written "0" to
            "255" ("65535" in 16-bit masks counts as "255"), colours "#rrggbb".
    """

    style: Style
    values: Annotated[Mapping[Value, ClassNumber | None], Field(min_length=1, max_length=256)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        in_colour = self.style in ("one-hot", "colors")
        for value in self.values:
            if value.startswith("#") != in_colour:
                expected = 'colours such as "#ff0000"' if in_colour else 'numbers such as "0"'
                raise ValueError(f"masks of the style {self.style} have {expected} as values; received {value!r}")
            if not in_colour and int(value) > 255:
                raise ValueError(f"a mask's values go from 0 to 255; received {value}")
        wanted = _FIXED.get(self.style)
        if wanted is not None and set(self.values) != set(wanted):
            raise ValueError(f"masks of the style {self.style} have exactly the values {', '.join(wanted)}")
        if self.num_classes < 2:
            raise ValueError("at least the classes 0 and 1 are needed")
        missing = set(range(self.num_classes)) - set(self.values.values())
        if self.style == "one-hot" and missing:
            raise ValueError(f"no colour stands for class {min(missing)}")
        return self

    @property
    def num_classes(self) -> int:
        """K, the highest class number and one."""
        return max((number for number in self.values.values() if number is not None), default=-1) + 1


_FIXED = {
    "one-hot": ("#ff0000", "#00ff00", "#0000ff"),
    "binary": ("0", "255"),
    "alpha": ("0", "255"),
}


class DatasetFile(Document):
    """What `dataset.json` holds; it makes its folder a dataset of its own.

    Attributes:
        version: Of this document.
        title: A short name for people.
        sources: Where the pictures are: "." for the folder itself, built-in names, other folders (relative ones are
            seen from this file's folder). Several are joined split by split, in this order.
        classes: Names and colours in the order of the class numbers; None takes the sources' own.
        masks: How the masks of the sources are read; None has it recognised. Sources with a `dataset.json` of their
            own keep to that.
        pairing: How images find their masks, likewise: "stem" by name, "order" by sorted order, "auto" by name where
            names agree.
        training: Which pictures of the split "train" are used; None takes all.
    """

    version: Literal[1] = 1
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    sources: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1, max_length=MAX_SOURCES)] = (
        ".",
    )
    classes: Annotated[tuple[ClassName, ...], Field(min_length=2, max_length=MAX_CLASSES)] | None = None
    masks: MaskReading | None = None
    pairing: Pairing = "auto"
    training: Selection | None = None

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [entry.name for entry in self.classes or ()]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two classes are called {name!r}")
        return self


def read_dataset_file(folder: Path) -> DatasetFile | None:
    """The `dataset.json` of a folder; None where there is none.

    Raises:
        DataError: It is a link, cannot be read or is not such a document; the sentence names file and place.
    """
    path = folder / FILE
    if path.is_symlink():
        raise DataError(f"{path} is a link.", "Copy what it points to into the folder.")
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _LONGEST:
            raise DataError(f"{path} has more than a million characters.", "Remove it.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{path} cannot be read as UTF-8 text.", "Save it again as UTF-8, or remove it.") from None
    return DatasetFile.parse(text, what=str(path), error=DataError)


def write_dataset_file(folder: Path, file: DatasetFile) -> Path:
    """Write `dataset.json` into a folder, at once as a whole, and return its path.

    Raises:
        DataError: The folder cannot be written to.
    """
    path = folder / FILE
    try:
        write_text(path, file.model_dump_json(indent=2), durable=False)
    except OSError as problem:
        raise DataError(f"{path} cannot be written ({problem.strerror}).", "Choose another folder.") from None
    return path
