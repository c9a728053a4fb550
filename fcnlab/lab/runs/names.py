"""Names of runs and datasets: which are allowed, and a readable one for a run that was given none."""

import os
import re
from datetime import datetime
from pathlib import Path

from fcnlab.errors import FcnLabError, RunError

LONGEST = 80


def runs_root() -> Path:
    """The folder that holds the runs: the environment variable FCNLAB_RUNS, or ./runs."""
    return Path(os.environ.get("FCNLAB_RUNS") or "runs").expanduser().absolute()


def check_name(name: str, what: str = "run", error: type[FcnLabError] = RunError) -> str:
    """Return `name` if a folder may be called so.

    Args:
        name: The name.
        what: Of what, for the error's sentence.
        error: The class of the error to raise.

    Raises:
        FcnLabError: (as `error`) The name is empty, too long, hidden, or would leave its folder.
    """
    problem = _problem(name)
    if problem:
        shown = name if len(name) <= LONGEST else name[:30] + "…"
        raise error(
            f"The {what} name {shown!r} {problem}.",
            f"Use letters, digits, spaces, '-', '_' and '.', at most {LONGEST} characters.",
        )
    return name


def _problem(name: str) -> str:
    if not name.strip():
        return "is empty"
    if len(name) > LONGEST:
        return f"has {len(name)} characters"
    if re.search(r"[/\\:]", name) or ".." in name:
        return "points to another folder ('/', '\\', ':' and '..' are not allowed)"
    if not name.isprintable():
        return "holds a character that cannot be printed"
    if name[0] in ". " or name[-1] in ". ":
        return "begins or ends with a full stop or a space"
    if len(name.encode("utf-8", "replace")) > 240:  # file systems count bytes, usually up to 255
        return "is too long for a file name"
    return ""


def default_name(base: str, now: datetime) -> str:
    """A readable name such as `follow-me-2026-11-22-1432-05`.

    Args:
        base: What the run trains, usually the network's name; other characters than letters and digits
            become '-'.
        now: The time to show.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", base.lower()).strip("-")[:40].strip("-")
    return f"{slug or 'run'}-{now:%Y-%m-%d-%H%M-%S}"
