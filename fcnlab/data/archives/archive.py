"""Unpack a zip of pictures that somebody uploaded, whatever else it holds or claims."""

import lzma
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fcnlab.data.archives.entries import Entry, check_directory, choose_entries
from fcnlab.data.dataset import FileProblem
from fcnlab.data.document import FILE, read_dataset_file
from fcnlab.data.parallel import Progress
from fcnlab.data.pictures.images import SUFFIXES
from fcnlab.errors import DataError

MAX_BYTES = 4 * 2**30
"""Unpacked: some forty times the Follow-Me data; more belongs into a folder on the server."""
MAX_RATIO = 200
"""Unpacked to packed bytes. Pictures hardly shrink, and flat masks without compression of their own are among them;
deflate's limit, which a bomb comes near, is 1032."""
_HARMLESS = 100 * 2**20
"""Bytes below which no ratio matters."""
_SPARE = 512 * 2**20
"""Bytes left free on the disk."""
_CHUNK = 2**20


@dataclass(frozen=True)
class Unpacked:
    """What came out of an archive.

    Attributes:
        files: Number of files written.
        bytes: How much they hold together.
        problems: Entries that were left out.
    """

    files: int
    bytes: int
    problems: tuple[FileProblem, ...]


def unpack(archive: Path | BinaryIO, folder: Path, progress: Progress | None = None) -> Unpacked:
    """Unpack the pictures, records and descriptions of a zip into a new folder.

    A single folder around everything is taken away. Nothing is written outside of `folder`; it appears when it is
    whole, and not at all if the archive is refused. Entries that are links, encrypted, damaged, of strange names or
    no pictures are left out and told.

    Args:
        archive: Its path, or an open binary file that can be read from any place.
        folder: Where to; must not exist, or be empty.
        progress: Called with (files written, files in all).

    Raises:
        DataError: It is no zip, is cut short, has no pictures, or holds too many files, too many bytes, or entries
            that overlap; or there is no room on the disk.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"The folder {folder} is not empty.", "Unpack into a new folder.")
    what = _name(archive)
    with _readable(what):
        check_directory(archive, what)
        with zipfile.ZipFile(archive) as opened:
            entries, problems = choose_entries(opened, what)
            _check_size(entries, _length(archive), what)
            return _write(opened, entries, problems, folder, what, progress)


def _check_size(entries: list[Entry], packed: int, what: str) -> None:
    total = sum(entry.info.file_size for entry in entries)
    if total > MAX_BYTES:
        raise DataError(
            f"{what} holds {total / 2**30:.1f} GB of pictures; at most {MAX_BYTES >> 30} GB are unpacked.",
            "Put the pictures into a folder on the machine that runs the lab, and name that folder.",
        )
    if total > _HARMLESS and total > MAX_RATIO * packed:
        raise DataError(
            f"{what} would become {total // max(packed, 1)} times as large when unpacked, as no pictures do.",
            "Pack the pictures alone.",
        )


def _write(
    opened: zipfile.ZipFile,
    entries: list[Entry],
    problems: list[FileProblem],
    folder: Path,
    what: str,
    progress: Progress | None,
) -> Unpacked:
    folder.parent.mkdir(parents=True, exist_ok=True)
    needed = sum(entry.info.file_size for entry in entries)
    free = shutil.disk_usage(folder.parent).free
    if free < needed + _SPARE:
        raise DataError(
            f"{what} needs {needed / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free in {folder.parent}.",
            "Make room there first.",
        )
    temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        written = 0
        pictures = 0
        for done, entry in enumerate(entries, start=1):
            reason = _extract(opened, entry, temporary / entry.path)
            if reason:
                problems.append(FileProblem(entry.path, reason))
            else:
                written += entry.info.file_size
                pictures += Path(entry.path).suffix.lower() in SUFFIXES
            if progress is not None:
                progress(done, len(entries))
        if not pictures:
            raise _no_pictures(what, problems)
        problems += _without_foreign_sources(temporary)
        files = sum(1 for path in temporary.rglob("*") if path.is_file())
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Unpacked(files, written, tuple(problems))


def _extract(opened: zipfile.ZipFile, entry: Entry, path: Path) -> str:
    """Write one entry; an empty text, or why it cannot be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy(opened, entry.info, path)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError) as problem:
        path.unlink(missing_ok=True)
        return f"It is damaged in the archive ({problem}). Pack it again."
    return ""


def _copy(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
    """Write an entry, and no more bytes than it claims to have."""
    left = info.file_size
    with opened.open(info) as source, path.open("xb") as target:
        while left >= 0 and (chunk := source.read(min(_CHUNK, left + 1))):
            left -= len(chunk)
            target.write(chunk)
    if left:
        raise zipfile.BadZipFile(f"it does not have the {info.file_size:,} bytes it claims")


def _without_foreign_sources(folder: Path) -> list[FileProblem]:
    """Take away a `dataset.json` that cannot be read or leads to folders outside."""
    try:
        file = read_dataset_file(folder)
    except DataError as problem:
        message = str(problem).replace(f"{folder}/", "")
    else:
        outside = [source for source in file.sources if source != "."] if file else []
        if not outside:
            return []
        message = f"It names the source {outside[0][:100]!r}; an uploaded one may only describe its own pictures."
    (folder / FILE).unlink(missing_ok=True)
    return [FileProblem(FILE, message, "left out")]


def _no_pictures(what: str, problems: list[FileProblem]) -> DataError:
    told = [f"{what} has no pictures that can be used."]
    if problems:
        told.append(f"Of {len(problems)} that were left out, the first is {problems[0].file}: {problems[0].message}")
    return DataError(" ".join(told), f"Pack {', '.join(SUFFIXES)} files.")


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Whatever goes wrong with an archive as a whole, in one sentence."""
    try:
        yield
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{what} does not exist.") from None
    except UnicodeDecodeError:
        raise DataError(f"{what} has file names that are not valid UTF-8.", "Pack it again.") from None
    except OSError as problem:
        raise DataError(f"{what} cannot be unpacked ({problem.strerror or problem}).") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as problem:
        raise DataError(f"{what} is no zip archive, or is cut short ({problem}).", "Pack or copy it again.") from None


def _length(archive: Path | BinaryIO) -> int:
    if isinstance(archive, Path):
        return archive.stat().st_size
    return archive.seek(0, os.SEEK_END)


def _name(archive: Path | BinaryIO) -> str:
    if isinstance(archive, Path):
        return str(archive)
    name = getattr(archive, "name", None)
    return Path(name).name if isinstance(name, str) and name else "The archive"
