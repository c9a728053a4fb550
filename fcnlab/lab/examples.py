"""Trained runs that come with the lab, so that there is something to look into before anything was trained.

They lie in `assets/runs`, which stays as it is: what is opened is copied into the runs folder first, where reports
are kept beside it as beside any other run.
"""

import shutil
import tempfile
from pathlib import Path

from fcnlab.data.catalogue import assets_root
from fcnlab.errors import RunError
from fcnlab.lab.runs.names import check_name
from fcnlab.lab.runs.run import Run, list_runs


def examples() -> list[Run]:
    """The runs that come with the lab, newest first."""
    return list_runs(_folder())


def example_names() -> list[str]:
    """Their names, sorted."""
    return sorted(run.name for run in examples())


def open_example(root: Path, name: str) -> Run:
    """The run `name` of the runs folder `root`; one that comes with the lab is copied there if it is missing.

    Raises:
        RunError: There is no such run here nor in the lab, or it cannot be copied.
    """
    path = root / check_name(name)
    if not path.exists() and name in example_names():
        _copy(_folder() / name, path)
    return Run.open(path)


def _folder() -> Path:
    return assets_root() / "runs"


def _copy(source: Path, path: Path) -> None:
    """Make the copy beside its place and move it there whole: two pages may open the same example at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".example-") as folder:
            whole = shutil.copytree(source, Path(folder) / path.name)
            if not path.exists():
                whole.rename(path)
    except OSError as problem:
        if not path.exists():
            reason = problem.strerror or str(problem)
            raise RunError(f"The example cannot be copied to {path} ({reason}).", "Make room or allow it.") from None
