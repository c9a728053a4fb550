"""What the browser tests share by name (conftest.py holds the fixtures)."""

from pathlib import Path
from typing import NamedTuple


class Lab(NamedTuple):
    """The running lab.

    Attributes:
        url: Without a slash at its end.
        runs: Its runs folder.
        log: What its server prints.
        pid: Its server's process.
    """

    url: str
    runs: Path
    log: Path
    pid: int
