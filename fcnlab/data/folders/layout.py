"""Where a folder keeps its images and masks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fcnlab.data.document import Pairing
from fcnlab.data.folders.listing import Folder, LeftOut
from fcnlab.data.folders.pairing import ENDING, Pair, Way, in_order, match, stem
from fcnlab.data.pictures.images import SUFFIXES
from fcnlab.data.stamps import Stamp
from fcnlab.errors import DataError

FOLLOW_ME_CLASSES = ("background", "other people", "hero")
EVALUATION_SETS = ("following_images", "patrol_non_targ", "patrol_with_targ")
EXPECTED = (
    "Expected are folders images/ and masks/, either directly in the folder or in each of train/, validation/ and "
    "test/ (or these in those); or pictures beside their masks (0001.jpg, 0001_mask.png); or the Follow-Me layout: "
    "train/, validation/ and sample_evaluation_data/ with following_images/, patrol_non_targ/ and patrol_with_targ/, "
    "each with images/ and masks/."
)
SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "test": "test",
    "testing": "test",
}
IMAGES = ("images", "image", "imgs", "img", "jpegimages")
MASKS = ("masks", "mask", "labels", "label", "annotations", "annotation", "segmentationclass", "gt", "groundtruth")
# The course's own copies spell the folder in both ways.
EVALUATION_FOLDERS = ("sample_evaluation_data", "sample_evalution_data")
_VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class Layout:
    """What was found in a folder.

    Attributes:
        splits: Pairs of (image, mask) by split; at least one pair in each.
        follow_me: The folder has the Follow-Me evaluation sets.
        ways: How each split's pairs were found.
        listed: Every folder that was listed, and when it had last changed.
        left_out: Files and folders that cannot be used, and why.
    """

    splits: dict[str, tuple[Pair, ...]]
    follow_me: bool
    ways: dict[str, Way]
    listed: Stamp
    left_out: tuple[LeftOut, ...] = ()


@dataclass
class _Search:
    """The pairs of a folder while it is searched."""

    root: Folder
    pairing: Pairing
    splits: dict[str, tuple[Pair, ...]] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)

    def add(self, split: str, images: list[Path], masks: list[Path]) -> None:
        """Pair a split's files."""
        paired = match(sorted(images, key=in_order), sorted(masks, key=in_order), self.pairing)
        for path, reason in paired.alone:
            self.root.leave_out(path, DataError(f"{path}: {reason}"), "no partner")
        self.splits[split], self.ways[split] = paired.pairs, paired.way


def find_layout(root: Path, pairing: Pairing = "auto") -> Layout:
    """Recognise the layout of a resolved folder.

    It is the Follow-Me layout if there is a folder `sample_evaluation_data`. Folders train/, validation/ (val/,
    valid/) and test/ come before images/ and masks/ beside them, and those before pictures beside their masks.
    Images and masks that are in no such split are divided, always in the same way: a fifth, drawn at random, is
    validation, the rest train.

    Args:
        root: The folder.
        pairing: How images find their masks, see `match`.

    Raises:
        DataError: The folder has another layout, or nothing in it can be used; the first reason is told.
    """
    folder = Folder(root, root)
    search = _Search(folder, pairing)
    children = folder.folders()
    evaluation = next((children[name] for name in EVALUATION_FOLDERS if name in children), None)
    places = _split_places(folder, children)
    if evaluation is not None:
        places |= {name: path for name, path in evaluation.folders().items() if name in EVALUATION_SETS}
    if places:
        for split, place in places.items():
            _attempt(search, split, place)
    else:
        _search_parts(search, folder)
    if not search.splits:
        raise folder.left_out[0].problem
    return Layout(search.splits, evaluation is not None, search.ways, tuple(folder.listed), tuple(folder.left_out))


def _split_places(folder: Folder, children: Mapping[str, Folder]) -> dict[str, Folder]:
    """Split → its folder."""
    found: dict[str, Folder] = {}
    for name, split in SPLITS.items():
        if name not in children:
            continue
        if split in found:
            first = found[split].path.name
            raise DataError(f"The folder {folder.path} has both {first}/ and {name}/.", "Keep one of them.")
        found[split] = children[name]
    return found


def _attempt(search: _Search, split: str, place: Folder) -> None:
    """Add the pairs of one split, or the reason why there are none."""
    try:
        search.add(split, *_files_of(place))
    except DataError as problem:
        search.root.leave_out(place.path, problem, "no partner")


def _files_of(place: Folder) -> tuple[list[Path], list[Path]]:
    """The images and the masks in a folder: in two folders of their own, or side by side."""
    children = place.folders()
    images, masks = _part(place, children, IMAGES), _part(place, children, MASKS)
    if images is None and masks is None:
        return _side_by_side(place)
    for part, name in ((images, "images"), (masks, "masks")):
        if part is None:
            raise DataError(f"The folder {place.path} has no {name}/ in it.", EXPECTED)
    assert images is not None
    assert masks is not None
    return _pictures(images), _pictures(masks)


def _search_parts(search: _Search, folder: Folder) -> None:
    """A folder without folders for splits: images and masks, perhaps with splits in each of them."""
    children = folder.folders()
    images, masks = _part(folder, children, IMAGES), _part(folder, children, MASKS)
    if images is None or masks is None:
        found = _files_of(folder)
    else:
        inside = _split_places(images, images.folders()), _split_places(masks, masks.folders())
        if inside[0].keys() & inside[1].keys():
            for split in inside[0].keys() & inside[1].keys():
                try:
                    search.add(split, _pictures(inside[0][split]), _pictures(inside[1][split]))
                except DataError as problem:
                    search.root.leave_out(inside[0][split].path, problem, "no partner")
            return
        found = _pictures(images), _pictures(masks)
    search.add("train", *found)
    pairs = search.splits["train"]
    if lists := _lists(folder):
        known = {stem(image): (image, mask) for image, mask in pairs}
        search.splits = {split: tuple(known[name] for name in names if name in known) for split, names in lists.items()}
        search.splits = {split: chosen for split, chosen in search.splits.items() if chosen}
        wanted = {name for names in lists.values() for name in names}
        # The many images of VOC that are there for other tasks are none of this one's.
        folder.left_out[:] = [entry for entry in folder.left_out if stem(entry.path) in wanted]
    if not lists or not search.splits:
        search.splits = _divide(pairs)
    search.ways = dict.fromkeys(search.splits, search.ways["train"])


def _part(place: Folder, children: Mapping[str, Folder], names: Iterable[str]) -> Folder | None:
    """The one folder of such a name that holds pictures; of several, the first name, `images` or `masks`."""
    found = [children[name] for name in names if name in children]
    holding = [part for part in found if part.pictures() or part.folders().keys() & SPLITS.keys()]
    first = next(iter(names))
    if len(holding) > 1 and holding[0].path.name.lower() != first:
        both = " and ".join(f"{part.path.name}/" for part in holding[:2])
        raise DataError(f"The folder {place.path} has both {both}.", f"Keep one of them, or call it {first}/.")
    return next(iter(holding or found), None)


def _pictures(folder: Folder) -> list[Path]:
    pictures = folder.pictures()
    if not pictures:
        raise DataError(f"The folder {folder.path} has no pictures in it ({', '.join(SUFFIXES)}).")
    return pictures


def _side_by_side(place: Folder) -> tuple[list[Path], list[Path]]:
    """Images and masks in one folder: told apart by the masks' ending, or JPEG images beside PNG masks."""
    pictures = place.pictures()
    masks = [path for path in pictures if ENDING.search(path.stem)]
    if not masks and len({stem(path) for path in pictures}) * 2 == len(pictures):
        masks = [path for path in pictures if path.suffix.lower() == ".png"]
        if {path.suffix.lower() for path in pictures} - {".png", ".jpg", ".jpeg"}:
            masks = []
    images = [path for path in pictures if path not in set(masks)]
    if not masks or not images:
        raise DataError(f"The folder {place.path} has no images/ and masks/ in it.", EXPECTED)
    return images, masks


def _lists(folder: Folder) -> dict[str, list[str]]:
    """Names by split, where there are Pascal VOC's lists, ImageSets/Segmentation/train.txt and val.txt."""
    lists = {}
    for name in ("train", "val"):
        path = folder.path / "ImageSets" / "Segmentation" / f"{name}.txt"
        if not path.is_file() or not path.resolve().is_relative_to(folder.root):
            return {}
        lists[SPLITS[name]] = path.read_text(encoding="utf-8", errors="replace").split()
    return lists


def _divide(pairs: tuple[Pair, ...]) -> dict[str, tuple[Pair, ...]]:
    """Four fifths train, one fifth validation, by a fixed seed; a single pair is train."""
    held = 0 if len(pairs) < 2 else max(1, round(_VALIDATION_SHARE * len(pairs)))
    if not held:
        return {"train": pairs}
    chosen = set(np.random.default_rng(0).permutation(len(pairs))[:held].tolist())
    return {
        "train": tuple(pair for number, pair in enumerate(pairs) if number not in chosen),
        "validation": tuple(pair for number, pair in enumerate(pairs) if number in chosen),
    }
