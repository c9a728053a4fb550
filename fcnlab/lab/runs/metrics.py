"""The curve of a run: a file of JSON lines that only grows, and that a crash may cut short anywhere."""

import contextlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fcnlab.files import flush, writing

Event = dict[str, Any]


class MetricsLog:
    """Events of a run, one JSON object a line, e.g. `{"kind": "step", "step": 12, "epoch": 1, "loss": 0.7}`.

    Every event of a step or an epoch may carry `step`, the number of steps done so far; `truncate` goes by it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: Mapping[str, Any]) -> None:
        """Add one line. Numbers that JSON cannot hold (NaN, infinity) become null."""
        line = json.dumps(_finite(event), separators=(",", ":"), allow_nan=False).encode() + b"\n"
        with self.path.open("ab+") as file:
            # A crash may have left half a line: end it, so that it spoils nothing but itself.
            if file.tell() and not _ends_line(file.fileno(), file.tell()):
                line = b"\n" + line
            file.write(line)

    def flush(self) -> None:
        """Wait until it is on the disk, so that after a power cut no checkpoint is newer than its curve."""
        with contextlib.suppress(FileNotFoundError):
            flush(self.path)

    def read(self, offset: int = 0) -> tuple[list[Event], int]:
        """The events after `offset`, and the offset to go on from.

        A line without its end is not read yet, and a spoilt line is skipped. When the file has become shorter
        than `offset`, reading starts again at its beginning.

        Args:
            offset: Bytes already read; 0 for all.
        """
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                start = offset if offset <= size else 0
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            return [], 0
        end = data.rfind(b"\n") + 1
        return list(_events(data[:end])), start + end

    def truncate(self, step: int) -> None:
        """Drop the first event whose `step` is greater than `step`, and everything after it."""
        kept: list[bytes] = []
        try:
            lines = self.path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return
        for line in lines:
            event = _event(line) if line.endswith(b"\n") else None
            if event is None:
                continue
            if event.get("step", 0) > step:
                break
            kept.append(line)
        if kept != lines:
            with writing(self.path) as temporary:
                temporary.write_bytes(b"".join(kept))


class MetricsTail:
    """Reads a curve as it grows, for a live page: each `refresh` gives what is new, and keeps nothing of it."""

    def __init__(self, path: Path) -> None:
        self._log = MetricsLog(path)
        self._offset = 0
        self._file: int | None = None

    def refresh(self) -> tuple[list[Event], bool]:
        """The events since the last look, and whether the curve began anew.

        A resumed run replaces its file (`MetricsLog.truncate`): then these are all its events, and what was given
        before counts no more.
        """
        try:
            found = self._log.path.stat()
        except FileNotFoundError:
            return [], False
        anew = found.st_ino != self._file or found.st_size < self._offset
        if anew:
            self._file, self._offset = found.st_ino, 0
        if found.st_size == self._offset:
            return [], anew
        new, self._offset = self._log.read(self._offset)
        return new, anew


def _events(data: bytes) -> Iterator[Event]:
    for line in data.splitlines():
        event = _event(line)
        if event is not None:
            yield event


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _ends_line(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value
