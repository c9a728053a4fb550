"""Several datasets as one, split by split, and a dataset whose training images were chosen."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fcnlab.data.contents.selection import select
from fcnlab.data.contents.survey import survey
from fcnlab.data.dataset import Bytes, Dataset, FileProblem, Pair, Size
from fcnlab.data.document import FILE, DatasetFile
from fcnlab.data.folders.layout import EVALUATION_SETS
from fcnlab.data.parallel import Progress, part_of
from fcnlab.data.records import PictureRecord
from fcnlab.data.stamps import Stamp, stamp_of
from fcnlab.errors import DataError

TRAINING = "train"


class JoinedDataset(Dataset):
    """What a `dataset.json` with other sources than its own folder, or with a choice of training images, describes.

    The splits of the same name follow each other in the order of the sources.
    """

    def __init__(self, root: Path, file: DatasetFile, parts: Sequence[Dataset]) -> None:
        """Join datasets that were opened.

        Args:
            root: The folder of the `dataset.json`.
            file: What it holds.
            parts: Its sources, opened, in order.

        Raises:
            DataError: The sources differ in their number of classes, the names are of another number, or the choice
                of training images leaves none or is made for a split that is not there.
        """
        self._root = root
        self._parts = tuple(parts)
        self.stamp = self.current_stamp()
        self.name = str(root)
        self.title = file.title
        self.classes, self.colors = _classes(root, file, parts)
        self._places = _places(parts)
        self._count_splits()
        scored = [part for part in parts if set(EVALUATION_SETS) & set(part.splits)]
        if scored and all(part.evaluation_sets for part in scored):
            self.evaluation_sets = EVALUATION_SETS
        self.problems = tuple(
            _seen_from(source, problem)
            for source, part in zip(file.sources, parts, strict=True)
            for problem in part.problems
        )
        if file.training is not None:
            if TRAINING not in self.splits:
                raise DataError(f"{root / FILE} chooses training images, but there is no split {TRAINING!r}.")
            chosen = select(survey(self, TRAINING), file.training)
            self._places[TRAINING] = [self._places[TRAINING][index] for index in chosen]
            self._count_splits()

    @property
    def parts(self) -> tuple[Dataset, ...]:
        """Its sources, opened, in order."""
        return self._parts

    def current_stamp(self) -> Stamp:
        """When the `dataset.json` and the folders of the sources last changed."""
        return (*stamp_of([self._root / FILE]), *(entry for part in self._parts for entry in part.current_stamp()))

    def check(self, progress: Progress | None = None) -> tuple[FileProblem, ...]:
        """As `Dataset.check`, source by source."""
        total = sum(sum(part.splits.values()) for part in self._parts)
        found: list[FileProblem] = []
        before = 0
        for part in self._parts:
            found += part.check(part_of(progress, before, total))
            before += sum(part.splits.values())
        return tuple(found)

    def _count_splits(self) -> None:
        self.splits = {split: len(places) for split, places in self._places.items()}

    def _pair(self, split: str, index: int, size: Size, channels: int) -> Pair:
        part, number = self._places[split][index]
        return self._parts[part]._pair(split, number, size, channels)

    def _image(self, split: str, index: int, size: Size, channels: int) -> Bytes:
        part, number = self._places[split][index]
        return self._parts[part]._image(split, number, size, channels)

    def _mask(self, split: str, index: int) -> Bytes:
        part, number = self._places[split][index]
        return self._parts[part]._mask(split, number)

    def _count(self, split: str, index: int) -> Sequence[int]:
        part, number = self._places[split][index]
        return self._parts[part]._count(split, number)

    def _name(self, split: str, index: int) -> str:
        part, number = self._places[split][index]
        return self._parts[part]._name(split, number)

    def _records(self, split: str) -> tuple[PictureRecord | None, ...]:
        known = {number: self._parts[number].records(split) for number in {part for part, _ in self._places[split]}}
        return tuple(known[part][number] for part, number in self._places[split])

    def _reading(self, split: str) -> Iterator[str]:
        for number, part in enumerate(self._parts):
            if split in part.splits:
                yield f"{number} {part.fingerprint(split)}"
        yield np.array(self._places[split], dtype=np.int64).tobytes().hex()


def _classes(root: Path, file: DatasetFile, parts: Sequence[Dataset]) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    first = parts[0]
    for part in parts[1:]:
        if len(part.classes) != len(first.classes):
            raise DataError(
                f"{root / FILE} joins {first.name} with {len(first.classes)} classes and {part.name} with "
                f"{len(part.classes)}.",
                "Join datasets with the same classes.",
            )
    if file.classes is None:
        return first.classes, first.colors
    if len(file.classes) != len(first.classes):
        raise DataError(
            f"{root / FILE} names {len(file.classes)} classes, but the pictures of {first.name} have "
            f"{len(first.classes)}.",
            "Name each class once.",
        )
    return tuple(entry.name for entry in file.classes), tuple(entry.color for entry in file.classes)


def _places(parts: Sequence[Dataset]) -> dict[str, list[tuple[int, int]]]:
    """For each split, (source, number in the source) of every pair."""
    places: dict[str, list[tuple[int, int]]] = {}
    for part, dataset in enumerate(parts):
        for split, count in dataset.splits.items():
            places.setdefault(split, []).extend((part, number) for number in range(count))
    return places


def _seen_from(source: str, problem: FileProblem) -> FileProblem:
    return problem if source == "." else replace(problem, file=f"{source}/{problem.file}")
