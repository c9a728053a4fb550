"""What the values of a folder's masks mean, told from the masks themselves."""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from fcnlab.data.dataset import IGNORE, MAX_CLASSES
from fcnlab.data.document import Style
from fcnlab.data.parallel import parallel
from fcnlab.data.pictures.masks import PURE, MaskKind, class_planes, is_black_and_white, is_one_hot
from fcnlab.data.pictures.rawmask import Colour, RawMask, read_raw
from fcnlab.errors import DataError

_SAMPLE = 48
# Grey values up to here are taken for class numbers (Cityscapes' go to 33), and 255 beside them for "no class".
_LAST_NUMBER = 63
# Where nearly all masks are pure red, green and blue, the few others are mistakes rather than more classes.
_NEARLY_ALL = 0.9

Result = TypeVar("Result")


@dataclass(frozen=True)
class Recognised:
    """What a folder's masks are.

    Attributes:
        kind: How they are read.
        faults: Number of a mask that is not of that kind → what is wrong with it.
        seen: The masks that were read and are of that kind.
    """

    kind: MaskKind
    faults: dict[int, DataError]
    seen: tuple[Path, ...]


def recognise(paths: Sequence[Path], asked: MaskKind | None = None) -> Recognised:
    """Tell the kind of masks, and which files are not of it.

    A sample spread evenly over the files tells the style, by what most of it is: transparency that varies over a
    flat colour or a photograph means "alpha"; pure red, green and blue "one-hot"; other colours "colors"; 0 and 255
    "binary"; other grey or palette values "index". For the last and for "colors" all files are read, to find every
    value. The values that occur become the classes in rising order (of colours, the most frequent one is class 0);
    255 beside class numbers up to 63 is "no class".

    Args:
        paths: The masks.
        asked: The kind that a person gave; only the files that are not of it are then looked for.

    Raises:
        DataError: No mask can be read, the masks fit no kind, or they have more than 32 classes.
    """
    positions = np.unique(np.linspace(0, len(paths) - 1, min(_SAMPLE, len(paths))).astype(int)).tolist()
    faults: dict[int, DataError] = {}
    sample = _read([paths[position] for position in positions], read_raw)
    masks = {}
    for position, mask in zip(positions, sample, strict=True):
        if isinstance(mask, DataError):
            faults[position] = mask
        else:
            masks[position] = mask
    if not masks:
        raise faults[positions[0]]
    style = asked.style if asked else _style(list(masks.values()))
    if style == "index":
        return _indices(paths, _family(mask for mask in masks.values() if not mask.is_colour), asked)
    if style == "colors":
        return _colors(paths, asked)
    kind = asked or MaskKind(style, len(_VALUES[style]), _VALUES[style])
    for position, mask in masks.items():
        if fault := _fault(mask, kind):
            faults[position] = fault
    return Recognised(kind, faults, tuple(paths[position] for position in masks if position not in faults))


def fits(path: Path, kind: MaskKind) -> DataError | None:
    """What is wrong with a mask, read as masks of this kind; None if nothing is."""
    try:
        return _fault(read_raw(path), kind)
    except DataError as problem:
        return problem


_VALUES: dict[Style, tuple[tuple[int, int], ...]] = {
    "one-hot": tuple(sorted((red << 16 | green << 8 | blue, k) for k, (red, green, blue) in enumerate(PURE))),
    "binary": ((0, 0), (255, 1)),
    "alpha": ((0, 0), (255, 1)),
}


def _style(masks: list[RawMask]) -> Style:
    if sum(map(_is_cut_out, masks)) > len(masks) / 2:
        return "alpha"
    coloured = [mask for mask in masks if mask.is_colour]
    grey = [mask for mask in masks if not mask.is_colour]
    black_and_white = sum(mask.values()[255] > 0 and is_black_and_white(mask) for mask in grey)
    numbered = sum(any(mask.values()[1:255]) and not is_black_and_white(mask) for mask in grey)
    # Black and white stand among flat colours, too; class numbers do not.
    if coloured and len(coloured) >= numbered and black_and_white < _NEARLY_ALL * (black_and_white + len(coloured)):
        pure = sum(map(is_one_hot, coloured))
        return "one-hot" if pure >= _NEARLY_ALL * len(coloured) else "colors"
    lossy = any(mask.lossy for mask in grey)
    return "binary" if black_and_white and (black_and_white >= numbered or lossy) else "index"


def _is_cut_out(mask: RawMask) -> bool:
    """Whether the transparency is the mask: it varies, and the colour under it is one, or that of a photograph."""
    if mask.alpha is None:
        return False
    opacity = mask.alpha.histogram()
    colours = mask.colors()
    return any(opacity[:128]) and any(opacity[128:]) and (colours is None or len(colours) == 1)


def _family(masks: Iterable[RawMask]) -> int:
    """The highest value that a class number may have: a grey mask has either small numbers or any greys."""
    highest = [value for mask in masks for value, count in enumerate(mask.values()[:255]) if count]
    return 254 if max(highest, default=0) > _LAST_NUMBER else _LAST_NUMBER


def _indices(paths: Sequence[Path], last: int, asked: MaskKind | None) -> Recognised:
    """Read the values of all masks; a palette must give each value the same colour in every file."""

    def scan(path: Path) -> tuple[set[int], dict[int, Colour]]:
        mask = read_raw(path)
        if asked:
            class_planes(mask, asked)
        found = {value for value, count in enumerate(mask.values()) if count}
        if mask.is_colour:
            raise mask.fault("is in colour, unlike the others of its folder")
        if mask.lossy:
            raise mask.fault("was saved with loss, which changes class numbers")
        if not asked and (len(found) > MAX_CLASSES + 1 or any(last < value < 255 for value in found)):
            raise mask.fault("holds no class numbers, unlike others of its folder")
        if not asked and last == _LAST_NUMBER and 255 in found and found <= {0, 255}:
            raise mask.fault("is black and white, while others of its folder hold class numbers")
        return found, mask.palette

    values: set[int] = set()
    faults: dict[int, DataError] = {}
    first: dict[int, tuple[Colour, Path]] = {}
    for position, scanned in enumerate(_read(paths, scan)):
        fault = scanned if isinstance(scanned, DataError) else _disagreement(paths[position], scanned[1], first)
        if fault is not None:
            faults[position] = fault
        elif not isinstance(scanned, DataError):
            values |= scanned[0]
    if asked:
        return Recognised(asked, faults, _without(paths, faults))
    if not values:
        raise faults[0]
    ignored = {255} if last == _LAST_NUMBER and len(values) > 2 else set()
    return Recognised(
        _numbered("index", sorted(values - ignored), sorted(values & ignored), paths), faults, _without(paths, faults)
    )


def _disagreement(path: Path, palette: dict[int, Colour], first: dict[int, tuple[Colour, Path]]) -> DataError | None:
    for index, colour in palette.items():
        known, where = first.setdefault(index, (colour, path))
        if known != colour:
            return DataError(
                f"The palettes of the masks {where} and {path} disagree: value {index} is {known} in the one "
                f"and {colour} in the other.",
                "Save all masks with one palette, or have them read by their colours (style “colors”).",
            )
    return None


def _colors(paths: Sequence[Path], asked: MaskKind | None) -> Recognised:
    """Read the colours of all masks."""

    def scan(path: Path) -> dict[int, int]:
        mask = read_raw(path)
        if asked:
            class_planes(mask, asked)
        if mask.lossy:
            raise mask.fault("was saved with loss, so that its colours are not exact")
        colours = mask.colors()
        if colours is None:
            raise mask.fault(f"has more than {MAX_CLASSES} colours")
        return colours

    pixels: dict[int, int] = {}
    faults: dict[int, DataError] = {}
    for position, scanned in enumerate(_read(paths, scan)):
        if isinstance(scanned, DataError):
            faults[position] = scanned
            continue
        for colour, count in scanned.items():
            pixels[colour] = pixels.get(colour, 0) + count
    if asked:
        return Recognised(asked, faults, _without(paths, faults))
    if not pixels:
        raise faults[0]
    background = max(sorted(pixels), key=lambda colour: pixels[colour])
    return Recognised(
        _numbered("colors", [background, *sorted(pixels.keys() - {background})], [], paths),
        faults,
        _without(paths, faults),
    )


def _numbered(style: Style, values: Sequence[int], ignored: Sequence[int], paths: Sequence[Path]) -> MaskKind:
    if len(values) > MAX_CLASSES:
        what = "colours" if style == "colors" else "values"
        raise DataError(
            f"The masks in {paths[0].parent} hold {len(values)} different {what}; at most {MAX_CLASSES} classes are "
            "possible.",
            "Save masks without smoothing, one flat colour or value a class.",
        )
    pairs = [(value, number) for number, value in enumerate(values)] + [(value, IGNORE) for value in ignored]
    return MaskKind(style, len(values), tuple(sorted(pairs)))


def _without(paths: Sequence[Path], faults: Container[int]) -> tuple[Path, ...]:
    return tuple(path for position, path in enumerate(paths) if position not in faults)


def _fault(mask: RawMask, kind: MaskKind) -> DataError | None:
    try:
        class_planes(mask, kind)
    except DataError as problem:
        return problem
    return None


def _read(paths: Sequence[Path], read: Callable[[Path], Result]) -> list[Result | DataError]:
    """`read` for each path, or the error it raised."""

    def attempt(number: int) -> Result | DataError:
        try:
            return read(paths[number])
        except DataError as problem:
            return problem

    return list(parallel(attempt, len(paths)))
