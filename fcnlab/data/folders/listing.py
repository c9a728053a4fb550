"""What lies in a folder that somebody else filled: nothing outside of it, and every refusal remembered."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from fcnlab.data.dataset import Reason
from fcnlab.data.pictures.images import SUFFIXES
from fcnlab.data.stamps import stamp_of
from fcnlab.errors import DataError


class LeftOut(NamedTuple):
    """A file or folder that is not used.

    Attributes:
        path: It.
        problem: Why.
        reason: The same in a word or three.
    """

    path: Path
    problem: DataError
    reason: Reason


class Folder:
    """A folder inside of a root, listed once.

    Attributes:
        path: The folder.
        root: What it must lie in, resolved.
        listed: Every folder that was listed below the root, and when it had last changed.
        left_out: What was refused below the root, and why.
    """

    def __init__(self, path: Path, root: Path, above: "Folder | None" = None) -> None:
        self.path = path
        self.root = root
        self.listed: list[tuple[Path, int]] = above.listed if above else []
        self.left_out: list[LeftOut] = above.left_out if above else []

    def folders(self) -> Mapping[str, "Folder"]:
        """The folders in it by name in small letters; of `Images` and `images`, the second stays."""
        return self._content[0]

    def pictures(self) -> list[Path]:
        """The picture files in it."""
        return self._content[1]

    def leave_out(self, path: Path, problem: DataError, reason: Reason) -> None:
        """Remember why a file or folder is not used."""
        self.left_out.append(LeftOut(path, problem, reason))

    @cached_property
    def _content(self) -> tuple[dict[str, "Folder"], list[Path]]:
        self.listed += stamp_of([self.path])
        folders: dict[str, Folder] = {}
        pictures: list[Path] = []
        try:
            with os.scandir(self.path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as problem:
            raise DataError(f"The folder {self.path} cannot be listed ({problem.strerror}).") from None
        for entry in entries:
            path = self.path / entry.name
            if entry.name.startswith(".") or (entry.is_symlink() and not self._inside(path)):
                continue
            if entry.is_dir():
                folders[entry.name.lower()] = Folder(path, self.root, self)
            elif path.suffix.lower() in SUFFIXES and entry.is_file():
                pictures.append(path)
        return folders, pictures

    def _inside(self, path: Path) -> bool:
        """Whether a link leads to something in the root; others are refused."""
        if path.resolve().is_relative_to(self.root):
            return True
        self.leave_out(
            path,
            DataError(
                f"{path} is a link that leads out of the folder {self.root}.",
                "Copy what it points to into the folder.",
            ),
            "link",
        )
        return False
