"""What was found out about a folder's files, kept on this machine until a file changes."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fcnlab.data.keeping.store import cache_root
from fcnlab.files import write_text

log = logging.getLogger(__name__)


def notes_file(kind: str, root: Path) -> Path:
    """Where the notes of a kind about a folder are kept."""
    name = hashlib.sha256(str(root).encode(errors="surrogateescape")).hexdigest()[:32]
    return cache_root() / kind / f"{name}.json"


def read_notes(kind: str, root: Path) -> dict[str, tuple[str, list[Any]]]:
    """File name below the folder → its state when it was looked at (see `state_of`), and what was noted."""
    try:
        kept = json.loads(notes_file(kind, root).read_text(encoding="utf-8"))
        return {str(name): (str(state), noted) for name, (state, *noted) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_notes(kind: str, root: Path, notes: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
    """Keep notes in the place of what was kept before; a folder that cannot be written is told in the log only."""
    path = notes_file(kind, root)
    try:
        text = json.dumps({name: (state, *noted) for name, (state, noted) in notes.items()})
        write_text(path, text, durable=False)
    except OSError as problem:
        log.warning("What is known of %s cannot be kept in %s (%s).", root, path, problem.strerror)


def state_of(path: Path) -> str:
    """A file's size and time of change; empty if it is gone."""
    try:
        state = path.stat()
    except OSError:
        return ""
    return f"{state.st_size} {state.st_mtime_ns}"
