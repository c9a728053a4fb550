"""The headers of a folder's pictures: read from each file once, then kept until it changes."""

from pathlib import Path

from fcnlab.data.folders.notes import read_notes, state_of, write_notes
from fcnlab.data.pictures.images import Header, measure

KEPT_FROM = 500
"""Fewer new headers than these are read again next time: that takes less than a twentieth of a second."""

_KIND = "headers"


class Headers:
    """Reads the headers of the files of one folder.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._above = len(str(root)) + 1
        self._known = read_notes(_KIND, root)
        self._new = 0

    def read(self, path: Path, what: str) -> Header:
        """What a picture file below the folder says of itself.

        Raises:
            DataError: As `measure`; such a file is looked at again every time.
        """
        name, state = str(path)[self._above :], state_of(path)  # thousands of `relative_to` take a tenth of a second
        known_state, noted = self._known.get(name, ("", []))
        if state and state == known_state and len(noted) == 3:
            width, height, mode = noted
            return Header((width, height), mode)
        header = measure(path, what)
        self._known[name] = state, [*header.size, header.mode]
        self._new += 1
        return header

    def keep(self) -> None:
        """Write down what was read, for the next time."""
        if self._new >= KEPT_FROM:
            write_notes(_KIND, self._root, self._known)
