"""Which entries of a zip may be unpacked, and under which names."""

import os
import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fcnlab.data.dataset import FileProblem, Reason
from fcnlab.data.document import FILE
from fcnlab.data.folders.layout import EVALUATION_FOLDERS, EVALUATION_SETS, IMAGES, MASKS, SPLITS
from fcnlab.data.folders.naming import NAMES_FILE
from fcnlab.data.pictures.images import SUFFIXES
from fcnlab.data.records import FILE as RECORDS
from fcnlab.errors import DataError

MAX_FILES = 200_000
"""Entries: thirty times the Follow-Me data. Each costs an inode, and a file list of a million takes minutes to read."""
MAX_DIRECTORY = 320 * MAX_FILES
"""Bytes of the zip's own list of entries, which is read at once."""
MAX_FILE = 256 * 2**20
"""Bytes of one file: 64 million pixels, the most that are read, at four bytes each."""
_DEEPEST = 10
_LONGEST = 200
_OTHERS = (FILE, NAMES_FILE, RECORDS, "train.txt", "val.txt")
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_OWN_FOLDERS = {*SPLITS, *IMAGES, *MASKS, *EVALUATION_FOLDERS, *EVALUATION_SETS}
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")


@dataclass(frozen=True)
class Entry:
    """A file in the archive and where it goes.

    Attributes:
        info: As the archive has it.
        path: Relative, with "/"; safe to join to a folder.
    """

    info: zipfile.ZipInfo
    path: str


class _RefusedError(Exception):
    """An entry that is left out, with the reason for people."""

    def __init__(self, message: str, reason: Reason = "left out") -> None:
        super().__init__(message)
        self.reason = reason


def check_directory(archive: Path | BinaryIO, what: str) -> None:
    """Refuse an archive whose list of entries is too long, before it is read.

    The record at the end of a zip tells number and bytes of the list (APPNOTE.TXT 4.3.14 to 4.3.16, PKWARE).

    Raises:
        DataError: There are more than `MAX_FILES` entries.
        OSError: The file cannot be read.
    """
    if isinstance(archive, Path):
        with archive.open("rb") as file:
            check_directory(file, what)
        return
    length = archive.seek(0, os.SEEK_END)
    archive.seek(max(0, length - 2**16 - _END.size))
    tail = archive.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) < place + _END.size:
        return  # no zip: whoever opens it says so
    *_, count, size, _, _ = _END.unpack_from(tail, place)
    locator = tail[max(0, place - 20) : place]
    if locator[:4] == b"PK\6\7":
        archive.seek(struct.unpack_from("<Q", locator, 8)[0])
        record = archive.read(_END_64.size)
        if len(record) == _END_64.size:
            count, size = (max(pair) for pair in zip((count, size), _END_64.unpack(record)[7:9], strict=True))
    archive.seek(0)
    if (count > MAX_FILES and count != 0xFFFF) or (size > MAX_DIRECTORY and size != 0xFFFFFFFF):
        raise _too_many(what)


def choose_entries(archive: zipfile.ZipFile, what: str) -> tuple[list[Entry], list[FileProblem]]:
    """The entries to unpack, and those that are left out.

    What operating systems add on their own (`__MACOSX/`, hidden files, `Thumbs.db`) is passed over in silence.

    Raises:
        DataError: There are too many entries, they overlap, or all of them are encrypted.
    """
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise _too_many(what)
    _check_overlap(infos, archive.start_dir, what)
    files = [info for info in infos if not info.is_dir()]
    if files and all(info.flag_bits & 1 for info in files):
        raise DataError(f"{what} is encrypted with a password.", "Pack the pictures without one.")
    chosen, problems = [], []
    for info in files:
        name = _readable_name(info)
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if not parts or _is_clutter(parts):
            continue
        try:
            _check(info, name, parts)
        except _RefusedError as refused:
            problems.append(FileProblem(_shown(name), str(refused), refused.reason))
        else:
            chosen.append(Entry(info, "/".join(parts)))
    return _without_collisions(_unwrapped(chosen), problems), problems


def _check(info: zipfile.ZipInfo, name: str, parts: list[str]) -> None:
    """Refuse an entry that must not or need not be written."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise _RefusedError("It is a link. Pack the file itself.", "link")
    if kind not in (0, stat.S_IFREG):
        raise _RefusedError("It is no ordinary file.")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        raise _RefusedError("Its name leads out of the folder.", "link")
    if len(parts) > _DEEPEST or any(len(part.encode()) > _LONGEST for part in parts):
        raise _RefusedError(f"Its name is too long, or more than {_DEEPEST} folders deep.")
    if not name.isprintable() or any(_DEVICES.fullmatch(part) or part != part.strip(" ") for part in parts):
        raise _RefusedError("Its name cannot be used on every system.")
    if info.flag_bits & 1:
        raise _RefusedError("It is encrypted.", "not readable")
    suffix = PurePosixPath(parts[-1]).suffix.lower()
    if suffix in _ARCHIVES:
        raise _RefusedError("It is an archive inside of the archive, and stays packed.")
    if suffix not in SUFFIXES and parts[-1] not in _OTHERS:
        raise _RefusedError("It is no picture that can be read.")
    if info.file_size > MAX_FILE:
        raise _RefusedError(f"It has {info.file_size >> 20:,} MB; at most {MAX_FILE >> 20} MB are read.")


def _check_overlap(infos: Iterable[zipfile.ZipInfo], end: int, what: str) -> None:
    """Refuse entries that share bytes: that is how 46 MB become 4.5 PB (Fifield 2019, "A better zip bomb")."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for number, info in enumerate(ordered, start=1):
        following = ordered[number].header_offset if number < len(ordered) else end
        if info.header_offset + 30 + len(info.orig_filename) + info.compress_size > following:
            raise DataError(f"{what} has entries that overlap, as no packer makes them.", "Pack the pictures again.")


def _readable_name(info: zipfile.ZipInfo) -> str:
    """The name with "/" between folders. Many packers write UTF-8 without saying so; zipfile reads that as cp437."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _is_clutter(parts: list[str]) -> bool:
    return parts[0] == "__MACOSX" or parts[-1].lower() in ("thumbs.db", "desktop.ini") or _hidden(parts)


def _hidden(parts: list[str]) -> bool:
    return any(part.startswith(".") and part != ".." for part in parts)


def _unwrapped(entries: list[Entry]) -> list[Entry]:
    """Take away the folders that all pictures have around them, unless the layout needs them."""
    while True:
        pictures = [entry.path for entry in entries if PurePosixPath(entry.path).suffix.lower() in SUFFIXES]
        tops = {path.partition("/")[0] if "/" in path else "" for path in pictures}
        top = tops.pop() if len(tops) == 1 else ""
        if not top or top.lower() in _OWN_FOLDERS:
            return entries
        entries = [replace(entry, path=entry.path.removeprefix(f"{top}/")) for entry in entries]


def _without_collisions(entries: list[Entry], problems: list[FileProblem]) -> list[Entry]:
    """Leave out what would be written over, here or where capital letters do not count; a file cannot be a folder."""
    taken: dict[str, str] = {}
    kept = []
    for entry in entries:
        parts = entry.path.casefold().split("/")
        folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        other = taken.get(entry.path.casefold())
        if other is not None:
            how = "twice in the archive" if other == entry.path else f"told from {other} by capital letters only"
            problems.append(FileProblem(entry.path, f"It is {how}; the first one is used.", "left out"))
        elif any(taken.get(folder) for folder in folders):
            problems.append(FileProblem(entry.path, "It lies in a folder that is a file, too.", "left out"))
        else:
            taken[entry.path.casefold()] = entry.path
            taken.update(dict.fromkeys((folder for folder in folders if folder not in taken), ""))
            kept.append(entry)
    return kept


def _shown(name: str) -> str:
    """A name that may hold anything, for people."""
    return "".join(letter if letter.isprintable() else "�" for letter in name[:200])


def _too_many(what: str) -> DataError:
    return DataError(
        f"{what} holds more than {MAX_FILES:,} files.",
        "Pack fewer, or put them into a folder on the machine that runs the lab, and name that folder.",
    )
