"""A dataset in a folder on disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fcnlab.data.dataset import Bytes, Dataset, FileProblem, Pair, Size
from fcnlab.data.document import FILE, DatasetFile, MaskReading
from fcnlab.data.folders.findings import findings_file, read_findings, write_findings
from fcnlab.data.folders.layout import EVALUATION_SETS
from fcnlab.data.folders.listing import LeftOut
from fcnlab.data.folders.naming import NAMES_FILE, name_classes
from fcnlab.data.folders.notes import state_of
from fcnlab.data.folders.opening import OpenedFolder, check_proportions, file_problem, open_folder, reason_of
from fcnlab.data.parallel import Progress, parallel
from fcnlab.data.pictures.fitting import fit_planes
from fcnlab.data.pictures.images import decode, fit, upright
from fcnlab.data.pictures.masks import class_labels, class_planes, count_classes
from fcnlab.data.pictures.rawmask import read_raw
from fcnlab.data.records import PictureRecord, read_records
from fcnlab.data.stamps import Stamp, stamp_of
from fcnlab.errors import DataError

_WATCHED = 100


class FolderDataset(Dataset):
    """Images and masks in one of the layouts of `layout.py`, masks of one of the kinds of `recognise.py`.

    Attributes:
        found: What opening found: how pairs were made, sizes, pixel formats.
    """

    def __init__(self, root: Path, file: DatasetFile | None = None, name: str | None = None) -> None:
        """Open a folder.

        Args:
            root: The folder.
            file: How it is read and what it is called; None has all of that told from its files.
            name: What `open_dataset` reopens; None stands for the folder's path.

        Raises:
            DataError: The layout, the masks or the class names cannot be used, or nothing is left.
        """
        self._root = root = root.resolve()
        before = stamp_of([root / NAMES_FILE, root / FILE, findings_file(root)])
        self.found: OpenedFolder = open_folder(root, file)
        self.stamp = (*before, *self.found.listed, *stamp_of(self._left_out()))
        self._files = self.found.splits
        follow_me = self.found.follow_me and self.found.kind.style == "one-hot"
        self._kind, self.classes, self.colors = name_classes(
            root, self.found.kind, file.classes if file else None, follow_me=follow_me
        )
        self.name = name or str(root)
        self.title = f"Follow-Me ({root.name})" if follow_me else root.name or str(root)
        if file is not None:
            self.title = file.title
        self.splits = {split: len(pairs) for split, pairs in self._files.items()}
        complete = all(split in self.splits for split in EVALUATION_SETS)
        self.evaluation_sets = EVALUATION_SETS if follow_me and complete else ()
        self.problems = self.found.problems

    @property
    def reading(self) -> MaskReading:
        """How its masks are read, as a document that can be changed."""
        return self._kind.reading()

    def current_stamp(self) -> Stamp:
        """When each listed folder last changed; differs from `stamp` once files were added or removed."""
        return stamp_of(path for path, _ in self.stamp)

    def check(self, progress: Progress | None = None) -> tuple[FileProblem, ...]:
        """As `Dataset.check`."""
        pairs = [pair for split in self._files.values() for pair in split]
        looked = parallel(lambda number: self._fault(*pairs[number]), len(pairs), progress)
        found = [entry for entry in looked if entry is not None]
        damaged = {entry.path: (str(entry.problem), entry.reason) for entry in found}
        write_findings(self._root, read_findings(self._root) | damaged)
        return tuple(file_problem(self._root, entry) for entry in found)

    def _left_out(self) -> list[Path]:
        """Files that somebody may mend in place; their folders do not tell of that."""
        return [self._root / problem.file for problem in self.found.problems[:_WATCHED]]

    def _fault(self, image_path: Path, mask_path: Path) -> LeftOut | None:
        """What decoding shows to be wrong with a pair."""
        what = f"The image {image_path}"
        try:
            image = upright(decode(image_path, what), what)
            fit(image, (1, 1), 3, what)
        except DataError as problem:
            return LeftOut(image_path, problem, "not readable")
        try:
            mask = class_planes(read_raw(mask_path), self._kind).classes[0]
        except DataError as problem:
            return LeftOut(mask_path, problem, reason_of(problem))
        try:
            check_proportions(image_path, mask_path, image.size, mask.size)
        except DataError as problem:
            return LeftOut(image_path, problem, "other proportions")
        return None

    def _pair(self, split: str, index: int, size: Size, channels: int) -> Pair:
        image_path, mask_path = self._files[split][index]
        what = f"The image {image_path}"
        image = upright(decode(image_path, what), what)
        planes = class_planes(read_raw(mask_path), self._kind)
        check_proportions(image_path, mask_path, image.size, planes.classes[0].size)
        labels, presence = fit_planes(planes.classes, size, planes.ignored)
        return Pair(fit(image, size, channels, what), labels, presence, image_path.name)

    def _image(self, split: str, index: int, size: Size, channels: int) -> Bytes:
        path = self._files[split][index][0]
        what = f"The image {path}"
        return fit(upright(decode(path, what), what), size, channels, what)

    def _mask(self, split: str, index: int) -> Bytes:
        return class_labels(self._files[split][index][1], self._kind)

    def _count(self, split: str, index: int) -> Sequence[int]:
        return count_classes(self._files[split][index][1], self._kind)

    def _name(self, split: str, index: int) -> str:
        return self._files[split][index][0].name

    def _records(self, split: str) -> tuple[PictureRecord | None, ...]:
        pairs = self._files[split]
        # Records lie beside images/ and masks/, or, where a folder holds both, beside the pictures.
        found: dict[Path, dict[str, PictureRecord]] = {}
        for image, _ in pairs:
            if image.parent not in found:
                found[image.parent] = read_records(image.parent.parent) or read_records(image.parent)
        return tuple(found[image.parent].get(image.name) for image, _ in pairs)

    def _reading(self, split: str) -> Iterator[str]:
        yield repr(self._kind)
        for pair in self._files[split]:
            for path in pair:
                yield f"{path} {state_of(path)}"
