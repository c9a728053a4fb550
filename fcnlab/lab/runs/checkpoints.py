"""The checkpoints of a run: weights and optimizer state that belong together, whatever moment a crash takes.

    checkpoints/epoch-0003.weights.h5           the weights after an epoch: to look at, to score, to branch from
    checkpoints/step-00000240/model.weights.h5  a point from which training goes on exactly: weights,
                             /optimizer.npz     the optimizer's state and the position,
                             /point.json        and the digests of both

A point is written under another name and appears by one rename, so that there is never one file without the other.
An epoch's weights are the same file as its point's, linked after the point has appeared; a crash in between is made up
for when the run goes on. The newest two points are kept: where one is damaged, the one before it serves.

Runs of before have `epoch-0003.npz` beside the weights instead of points; they go on from these.
"""

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fcnlab.errors import RunError
from fcnlab.files import TEMPORARY, flush, write_text
from fcnlab.model import Document

POINTS_KEPT = 2

WEIGHTS, OPTIMIZER, RECORD = "model.weights.h5", "optimizer.npz", "point.json"

Files = Callable[[Path, Path], None]
"""Writes or reads weights and optimizer state at two paths."""


class PointRecord(Document):
    """What a point says about itself.

    Attributes:
        step: Steps that were taken before it.
        epoch: The epoch of the last of them.
        shown: Whether its weights are those of `epoch` for everybody who looks.
        digests: BLAKE2b of its files, by name.
    """

    step: int
    epoch: int
    shown: bool
    digests: dict[str, str]


class Point(NamedTuple):
    """Where a training can go on: its folder's name or its epoch file's, for sentences, and its two files."""

    name: str
    weights: Path
    optimizer: Path

    @property
    def folder(self) -> Path | None:
        """The point's own folder; None for a pair of files of an older run."""
        return self.weights.parent if self.weights.name == WEIGHTS else None


class WentBack(NamedTuple):
    """The point that was taken, None where there is none, and a sentence about each newer one that was damaged."""

    point: Point | None
    damaged: tuple[str, ...]


class Checkpoints:
    """The checkpoints in one run folder.

    Args:
        run: The run folder.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self.folder = run / "checkpoints"

    def epoch_path(self, epoch: int) -> Path:
        """Where the weights after `epoch` epochs are kept."""
        return self.folder / f"epoch-{epoch:04d}.weights.h5"

    def epochs(self) -> list[tuple[int, Path]]:
        """Epoch and weights of every complete checkpoint, oldest first."""
        return numbered(self.folder, "epoch-", ".weights.h5")

    def points(self) -> list[Point]:
        """The points from which training can go on, oldest first; damaged ones are among them."""
        pairs = ((weights, self.folder / f"epoch-{epoch:04d}.npz") for epoch, weights in self.epochs())
        older = [Point(weights.name, weights, optimizer) for weights, optimizer in pairs if optimizer.is_file()]
        folders = (folder for _, folder in numbered(self.folder, "step-", ""))
        return older + [Point(folder.name, folder / WEIGHTS, folder / OPTIMIZER) for folder in folders]

    def is_whole(self, point: Point) -> bool:
        """Whether a point's files are those that were written; of an older run's pair, whether both are there."""
        return point.optimizer.is_file() if point.folder is None else _whole(point.folder) is not None

    def last_step(self) -> int:
        """Steps taken before the newest point; 0 where there is none. Looks at names alone."""
        return max((step for step, _ in numbered(self.folder, "step-", "")), default=0) or _older_step(self.points())

    def keep(self, step: int, epoch: int, save: Files, *, show: bool) -> None:
        """Write a checkpoint, then let go of older points.

        Args:
            step: Steps that were taken.
            epoch: The epoch of the last of them.
            save: Writes weights and optimizer state.
            show: Also keep the weights as those of `epoch`, in the place of earlier ones.

        Raises:
            OSError: It cannot be written; what was there before is as it was.
        """
        if not self._run.is_dir():  # a deleted run must not come back as a folder with nothing but weights
            raise FileNotFoundError(None, "the run folder is gone", str(self._run))
        new = self.folder / f"{TEMPORARY}{os.getpid()}-step-{step:08d}"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        try:
            save(new / WEIGHTS, new / OPTIMIZER)
            self._seal(new, PointRecord(step=step, epoch=epoch, shown=show, digests=_digests(new)))
            weights = self._appear(new, self.folder / f"step-{step:08d}") / WEIGHTS
            if show:
                self._show(weights, epoch)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        for point in self.points()[:-POINTS_KEPT]:
            self._remove(point)

    def go_back(self, restore: Files) -> WentBack:
        """Restore the newest point that is whole; damaged ones after it are removed.

        Raises:
            RunError: There are checkpoints, and none of them can be used; or a whole one is of another network.
        """
        damaged: list[tuple[Point, str]] = []
        for point in reversed(self.points()):
            reason = self._try(point, restore)
            if not reason:
                for worse, _ in damaged:
                    self._remove(worse)
                return WentBack(point, tuple(why for _, why in damaged))
            damaged.append((point, reason))
        if damaged or self.epochs():
            why = damaged[0][1] if damaged else "no optimizer state is kept with its weights."
            raise RunError(f"The run {self._run.name} cannot go on: {why}", "Branch a new run from one of its epochs.")
        return WentBack(None, ())

    def _try(self, point: Point, restore: Files) -> str:
        """Restore a point; a sentence about what is damaged, or nothing."""
        if point.folder is None:
            try:
                restore(point.weights, point.optimizer)
            except RunError as problem:
                return problem.message
            return ""
        record = _whole(point.folder)
        if record is None:
            return f"the checkpoint {point.name} is damaged."
        restore(point.weights, point.optimizer)
        if record.shown and _digest(self.epoch_path(record.epoch)) != record.digests[WEIGHTS]:
            self._show(point.weights, record.epoch)
        return ""

    def _seal(self, folder: Path, record: PointRecord) -> None:
        write_text(folder / RECORD, record.model_dump_json())
        for name in (WEIGHTS, OPTIMIZER):
            flush(folder / name)
        flush(folder)

    def _appear(self, new: Path, place: Path) -> Path:
        """Move a point to its place; one of the same step that is there already serves as well if it is whole."""
        if place.exists():
            if _whole(place):
                return new
            shutil.rmtree(place)
        new.rename(place)
        flush(self.folder)
        return place

    def _show(self, weights: Path, epoch: int) -> None:
        """Keep `weights` as those of an epoch: the same file under a second name, a copy where that cannot be."""
        temporary = self.folder / f"{TEMPORARY}{os.getpid()}-epoch-{epoch:04d}.weights.h5"
        temporary.unlink(missing_ok=True)
        try:
            temporary.hardlink_to(weights)
        except OSError:
            shutil.copyfile(weights, temporary)
            flush(temporary)
        temporary.replace(self.epoch_path(epoch))

    def _remove(self, point: Point) -> None:
        """Let go of a point, in one step for whoever looks; of an older run's pair only the optimizer's state."""
        if point.folder is None:
            point.optimizer.unlink(missing_ok=True)
            return
        gone = self.folder / f"{TEMPORARY}{os.getpid()}-gone-{point.name}"
        point.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def numbered(folder: Path, stem: str, suffix: str) -> list[tuple[int, Path]]:
    """The files `STEM0012SUFFIX` of a folder with their numbers, in their order."""
    pattern = re.compile(re.escape(stem) + r"(\d+)" + re.escape(suffix))
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        match = pattern.fullmatch(path.name)
        if match:
            found.append((int(match[1]), path))
    return sorted(found)


def _whole(folder: Path) -> PointRecord | None:
    """What a point says about itself, if its files are those that it was made of."""
    try:
        record = PointRecord.parse((folder / RECORD).read_bytes(), what=RECORD, error=RunError)
    except (OSError, RunError):
        return None
    return record if record.digests == _digests(folder) else None


def _digests(folder: Path) -> dict[str, str]:
    return {name: _digest(folder / name) for name in (WEIGHTS, OPTIMIZER)}


def _digest(path: Path) -> str:
    """BLAKE2b of a file; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError:
        return ""


def _older_step(points: list[Point]) -> int:
    if not points:
        return 0
    try:
        with np.load(points[-1].optimizer, allow_pickle=False) as arrays:
            return int(arrays["step"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return 0
