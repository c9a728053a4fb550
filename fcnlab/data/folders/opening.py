"""Open a folder: find its pairs, leave out what cannot be used, and tell how its masks are read.

Files are judged by their headers, their last bytes and, for a sample of masks or all of them (see `recognise.py`),
their pixels: that takes a fraction of a second for thousands of pairs, and finds what downloads and copies do to files.
What only decoding shows is found by `Dataset.check`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fcnlab.data.dataset import FileProblem, Reason, Size
from fcnlab.data.document import DatasetFile
from fcnlab.data.folders.findings import read_findings
from fcnlab.data.folders.headers import Headers
from fcnlab.data.folders.layout import find_layout
from fcnlab.data.folders.listing import LeftOut
from fcnlab.data.folders.pairing import Pair, Way
from fcnlab.data.pictures.images import Header, UnreadableError
from fcnlab.data.pictures.masks import MaskKind
from fcnlab.data.pictures.recognise import fits, recognise
from fcnlab.data.stamps import Stamp
from fcnlab.errors import DataError


@dataclass(frozen=True)
class OpenedFolder:
    """What can be used of a folder.

    Attributes:
        splits: (image, mask) by split.
        ways: How each split's pairs were found, by name ("stem") or by sorted order ("order").
        follow_me: The folder has the Follow-Me evaluation sets.
        listed: Every folder that was listed, and when it had last changed.
        kind: How the masks are read.
        problems: Files that are left out.
        sizes: Number of images by (height, width).
        modes: Number of images by pixel format, in Pillow's names: "RGB", "L" (grey), "I;16" (16-bit grey) …
    """

    splits: dict[str, tuple[Pair, ...]]
    ways: dict[str, Way]
    follow_me: bool
    listed: Stamp
    kind: MaskKind
    problems: tuple[FileProblem, ...]
    sizes: dict[Size, int]
    modes: dict[str, int]


def open_folder(root: Path, file: DatasetFile | None = None) -> OpenedFolder:
    """Open a resolved folder.

    Args:
        root: The folder.
        file: Its `dataset.json`, for how masks are read and paired.

    Raises:
        DataError: The layout is another one, the masks fit no kind, or nothing is left; the first reason is told.
    """
    layout = find_layout(root, file.pairing if file else "auto")
    pairs = [pair for chosen in layout.splits.values() for pair in chosen]
    left_out = list(layout.left_out)
    headers = _headers(root, pairs, left_out)
    pairs = [pair for pair in pairs if pair[0] in headers and pair[1] in headers]
    if not pairs:
        raise _nothing_left(root, left_out)
    recognised = recognise([mask for _, mask in pairs], MaskKind.of(file.masks) if file and file.masks else None)
    faults = {pairs[position][1]: fault for position, fault in recognised.faults.items()}
    faults |= _of_other_modes([mask for _, mask in pairs], headers, recognised.seen, recognised.kind)
    left_out += [LeftOut(mask, fault, reason_of(fault)) for mask, fault in faults.items()]
    pairs = [pair for pair in pairs if pair[1] not in faults]
    if not pairs:
        raise _nothing_left(root, left_out)
    kept = set(pairs)
    splits = {split: tuple(pair for pair in chosen if pair in kept) for split, chosen in layout.splits.items()}
    return OpenedFolder(
        splits={split: chosen for split, chosen in splits.items() if chosen},
        ways=layout.ways,
        follow_me=layout.follow_me,
        listed=layout.listed,
        kind=recognised.kind,
        problems=tuple(file_problem(root, entry) for entry in left_out),
        sizes=dict(Counter(headers[image].size[::-1] for image, _ in pairs).most_common()),
        modes=dict(Counter(headers[image].mode for image, _ in pairs).most_common()),
    )


def check_proportions(image: Path, mask: Path, size: tuple[int, int], mask_size: tuple[int, int]) -> None:
    """Refuse an image and a mask of different proportions; sizes are (width, height).

    Raises:
        DataError: They differ by more than rounding.
    """
    if not same_proportions(size, mask_size):
        (width, height), (mask_width, mask_height) = size, mask_size
        raise DataError(
            f"The image {image} has {width} × {height} pixels and its mask {mask} has {mask_width} × {mask_height}.",
            "An image and its mask need the same size, or at least the same proportions.",
        )


def same_proportions(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether one size is the other scaled, but for rounding one of its sides to whole pixels."""
    small, large = sorted((first, second))
    return first == second or any(
        abs(large[side] * small[other] / large[other] - small[side]) <= 0.5 for side, other in ((0, 1), (1, 0))
    )


def file_problem(root: Path, entry: LeftOut) -> FileProblem:
    """A left-out file as seen from the dataset's folder."""
    name = entry.path.relative_to(root).as_posix() if entry.path.is_relative_to(root) else str(entry.path)
    return FileProblem(name, str(entry.problem).replace(f"{root}/", ""), entry.reason)


def _headers(root: Path, pairs: Iterable[Pair], left_out: list[LeftOut]) -> dict[Path, Header]:
    """The headers of the pairs that can be used; what cannot is appended to `left_out`."""
    found, files = read_findings(root), Headers(root)
    headers: dict[Path, Header] = {}
    for image, mask in pairs:
        path = next((path for path in (image, mask) if path in found), image)
        reason: Reason = "not readable"
        if path in found:
            left_out.append(LeftOut(path, DataError(found[path][0]), found[path][1]))
            continue
        try:
            for path, what in ((image, "image"), (mask, "mask")):
                headers[path] = files.read(path, f"The {what} {path}")
            path, reason = image, "other proportions"
            check_proportions(image, mask, headers[image].size, headers[mask].size)
        except DataError as problem:
            left_out.append(LeftOut(path, problem, reason))
            headers.pop(path, None)
    files.keep()
    return headers


def _of_other_modes(
    masks: Iterable[Path], headers: dict[Path, Header], seen: Iterable[Path], kind: MaskKind
) -> dict[Path, DataError]:
    """Faults of masks whose pixel format is none of those that were looked at, so that they may be of another kind."""
    known = {headers[path].mode for path in seen}
    faults = {path: fits(path, kind) for path in masks if headers[path].mode not in known}
    return {path: fault for path, fault in faults.items() if fault is not None}


def reason_of(fault: DataError) -> Reason:
    """What is wrong with a mask that was refused."""
    return "not readable" if isinstance(fault, UnreadableError) else "mask of another kind"


def _nothing_left(root: Path, left_out: list[LeftOut]) -> DataError:
    first = left_out[0].problem
    if len(left_out) == 1:
        return first
    return DataError(f"Nothing in {root} can be used, {len(left_out)} files were left out. The first: {first}")
