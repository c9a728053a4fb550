"""What people say about a run: the name shown, a note and tags, in a file of its own that can change at any time."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from fcnlab.errors import RunError
from fcnlab.model import Document

FILE = "about.json"

Tag = Annotated[str, Field(min_length=1, max_length=40)]


class About(Document):
    """What people say about a run.

    Attributes:
        title: The name shown; empty for the folder's name, which stays what it is.
        note: Words of one's own; None for those that the run was made with.
        tags: To find it by.
    """

    version: Literal[1] = 1
    title: Annotated[str, Field(max_length=120)] = ""
    note: Annotated[str, Field(max_length=10_000)] | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=30)] = ()

    @field_validator("title", "note", mode="before")
    @classmethod
    def _trim(cls, text: Any) -> Any:
        return text.strip() if isinstance(text, str) else text

    @field_validator("tags", mode="before")
    @classmethod
    def _once_each(cls, tags: Any) -> Any:
        if not isinstance(tags, list | tuple):
            return tags
        trimmed = (" ".join(tag.split()) if isinstance(tag, str) else tag for tag in tags)
        return tuple(dict.fromkeys(tag for tag in trimmed if tag != ""))


def read_about(path: Path) -> About:
    """What the file says; nothing where it is missing or spoilt."""
    try:
        return About.parse(path.read_bytes(), what=FILE, error=RunError)
    except (OSError, RunError):
        return About()
