"""What a check of all files found, kept for the next time a folder is opened on this machine."""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fcnlab.data.dataset import Reason
from fcnlab.data.keeping.store import cache_root

Finding = tuple[str, Reason]
"""What is wrong with a file, in a sentence and in a word or three."""

log = logging.getLogger(__name__)


def findings_file(root: Path) -> Path:
    """Where the findings of a folder are kept."""
    name = hashlib.sha256(str(root).encode(errors="surrogateescape")).hexdigest()[:32]
    return cache_root() / "checks" / f"{name}.json"


def read_findings(root: Path) -> dict[Path, Finding]:
    """Damaged files of a folder and what is wrong with them; those that changed since are not among them."""
    try:
        kept = json.loads(findings_file(root).read_text(encoding="utf-8"))
        return {
            root / name: (str(message), reason)
            for name, (state, message, reason) in kept.items()
            if state_of(root / name) == state
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_findings(root: Path, found: Mapping[Path, Finding]) -> None:
    """Keep what was found, in the place of what was kept before."""
    path = findings_file(root)
    entries = {str(file.relative_to(root)): (state_of(file), *finding) for file, finding in found.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            json.dump(entries, stream)
        Path(temporary).replace(path)
    except OSError as problem:
        log.warning("The damaged files of %s cannot be remembered in %s (%s).", root, path, problem.strerror)


def state_of(path: Path) -> str:
    """A file's size and time of change; empty if it is gone."""
    try:
        state = path.stat()
    except OSError:
        return ""
    return f"{state.st_size} {state.st_mtime_ns}"
