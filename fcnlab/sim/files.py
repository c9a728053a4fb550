"""A folder of rendered pictures: what is in it, and how a picture gets into it whole."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from fcnlab.data.folders.layout import FOLLOW_ME_CLASSES
from fcnlab.data.records import FILE, PictureRecord
from fcnlab.errors import DataError, RenderError
from fcnlab.sim.request import RenderRequest, Series

RECIPE = "render.json"
_VERSION = 1


class RenderFolder:
    """Writes pairs and their records; use it in a `with` statement, one at a time for a folder.

    A pair counts once its image has its name, which it gets last. What a killed render left beside whole pairs is
    removed when the folder is opened again.
    """

    def __init__(self, root: Path, request: RenderRequest) -> None:
        """Open a folder that is new, empty or holds rendered pictures already.

        Raises:
            RenderError: The folder holds something else, its recipe cannot be read, another program renders into it,
                or it cannot be written.
        """
        self.root = root
        self._open: dict[Path, TextIO] = {}
        requests = _known_requests(root)
        with contextlib.ExitStack() as undone, _telling(root):
            root.mkdir(parents=True, exist_ok=True)
            self._lock = _hold(root)
            undone.callback(os.close, self._lock)
            for folder in _rendered(root):
                _clean(folder)
            if request not in requests:
                requests.append(request)
            document = {"version": _VERSION, "requests": [entry.model_dump(mode="json") for entry in requests]}
            _replace(root / RECIPE, (json.dumps(document, indent=2) + "\n").encode())
            # A set without all three evaluation sets would otherwise not tell what its classes are.
            _replace(root / "classes.txt", "".join(f"{name}\n" for name in FOLLOW_ME_CLASSES).encode())
            undone.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for place, file in self._open.items():
            file.close()
            with contextlib.suppress(OSError):  # the order matters to nobody but who compares two folders
                _sort(place / FILE)
        os.close(self._lock)

    def missing(self, series: Series, mark: str) -> list[int]:
        """The numbers of a series that are not there yet."""
        images = self.root / series.folder / "images"
        there = {path.stem for path in images.iterdir()} if images.is_dir() else set()
        return [number for number in range(series.count) if f"{mark}_{number:05d}" not in there]

    def add(self, folder: str, stem: str, record: PictureRecord, image: bytes, mask: bytes) -> None:
        """Write one pair.

        Raises:
            RenderError: It cannot be written.
        """
        place = self.root / folder
        paths = place / "masks" / f"{stem}.png", place / "images" / record.image
        with _telling(self.root):
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
            parts = [_write_part(path, content) for path, content in zip(paths, (mask, image), strict=True)]
            self._record(place, record)
            for written, path in zip(parts, paths, strict=True):
                written.replace(path)

    def _record(self, place: Path, record: PictureRecord) -> None:
        if place not in self._open:
            self._open[place] = (place / FILE).open("a", encoding="utf-8")
        self._open[place].write(f"{record.model_dump_json()}\n")
        self._open[place].flush()


@contextlib.contextmanager
def _telling(root: Path) -> Iterator[None]:
    """Tell in a sentence what the system refuses."""
    try:
        yield
    except OSError as problem:
        reason = problem.strerror or str(problem)
        message = f"Pictures cannot be written to {root} ({reason})."
        raise RenderError(message, "Choose another folder, or make room.") from None


def _hold(root: Path) -> int:
    """Keep other programs from rendering into a folder until the descriptor is closed, be it by this process' end."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise RenderError(f"Another program renders into {root}.", "Wait for it, or choose another folder.") from None
    return descriptor


def _known_requests(root: Path) -> list[RenderRequest]:
    """What was rendered into a folder; nothing for a new one."""
    if root.exists() and not root.is_dir():
        raise RenderError(f"{root} is a file; pictures are rendered into a folder.")
    recipe = root / RECIPE
    if not recipe.is_file():
        if root.is_dir() and any(root.iterdir()):
            raise RenderError(
                f"The folder {root} is not empty, and nothing was rendered into it before (it has no {RECIPE}).",
                "Choose a new folder, or one of rendered pictures.",
            )
        return []
    try:
        document = json.loads(recipe.read_text(encoding="utf-8"))
        entries = list(document["requests"])
    except (UnicodeDecodeError, ValueError, KeyError, TypeError):
        raise RenderError(f"{recipe} is no recipe of rendered pictures.", "Choose another folder.") from None
    return [RenderRequest.parse(entry, what=str(recipe), error=RenderError) for entry in entries]


def _rendered(root: Path) -> list[Path]:
    """Every folder under the root that holds records."""
    return sorted(path.parent for path in root.rglob(FILE))


def _clean(folder: Path) -> None:
    """Remove what a killed render left: unfinished files, masks without image, torn or repeated records."""
    images, masks = folder / "images", folder / "masks"
    for part in (images, masks):
        for path in part.glob(".*.part") if part.is_dir() else ():
            path.unlink()
    names = {path.name for path in images.iterdir()} if images.is_dir() else set()
    stems = {Path(name).stem for name in names}
    for path in masks.iterdir() if masks.is_dir() else ():
        if path.stem not in stems:
            path.unlink()
    path = folder / FILE
    before = path.read_text(encoding="utf-8", errors="replace")
    lines, kept, seen = before.splitlines(keepends=True), [], set()
    for line in lines:
        name = _image_of(line)
        if name in names and name not in seen:
            seen.add(name)
            kept.append(line)
    if len(kept) != len(lines):
        _replace(path, "".join(kept).encode())
    for name in names - seen:  # a picture nobody knows anything of is rendered again
        (images / name).unlink()
        (masks / f"{Path(name).stem}.png").unlink(missing_ok=True)


def _sort(path: Path) -> None:
    """Put records into the order of their pictures; they were written as the pictures were finished."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    ordered = sorted(lines, key=_image_of)
    if ordered != lines:
        _replace(path, "".join(ordered).encode())


def _image_of(line: str) -> str:
    """The image that a whole line of records is about, or ""."""
    if not line.endswith("\n"):
        return ""
    with contextlib.suppress(DataError):
        return PictureRecord.parse(line, what="record", error=DataError).image
    return ""


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    _write_part(path, content).replace(path)


def _write_part(path: Path, content: bytes) -> Path:
    """Write a file under a name that no dataset shows; the caller gives it its own."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    return part
