"""Whether folders and files are still as they were."""

from collections.abc import Iterable
from pathlib import Path

Stamp = tuple[tuple[Path, int], ...]


def stamp_of(paths: Iterable[Path]) -> Stamp:
    """When each path last changed, in nanoseconds; 0 where there is nothing."""
    return tuple((path, _changed(path)) for path in paths)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
