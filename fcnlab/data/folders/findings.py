"""What a check of all files found, kept for the next time a folder is opened on this machine."""

from collections.abc import Mapping
from pathlib import Path

from fcnlab.data.dataset import Reason
from fcnlab.data.folders.notes import notes_file, read_notes, state_of, write_notes

Finding = tuple[str, Reason]
"""What is wrong with a file, in a sentence and in a word or three."""

_KIND = "checks"


def findings_file(root: Path) -> Path:
    """Where the findings of a folder are kept."""
    return notes_file(_KIND, root)


def read_findings(root: Path) -> dict[Path, Finding]:
    """Damaged files of a folder and what is wrong with them; those that changed since are not among them."""
    return {
        root / name: (str(noted[0]), noted[1])
        for name, (state, noted) in read_notes(_KIND, root).items()
        if len(noted) == 2 and state_of(root / name) == state
    }


def write_findings(root: Path, found: Mapping[Path, Finding]) -> None:
    """Keep what was found, in the place of what was kept before."""
    write_notes(
        _KIND, root, {str(file.relative_to(root)): (state_of(file), finding) for file, finding in found.items()}
    )
