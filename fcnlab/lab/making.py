"""More pictures of the kind that a network fails on: the simulator's world adds them to a dataset, in the background.

The new dataset's folder holds `rendered/`, with the pictures, and `dataset.json`, which joins them to the dataset that
they extend. While it is made `making.json` tells how far it is, and dataset.json is not there yet.
"""

import contextlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fcnlab.data import open_dataset
from fcnlab.data.document import DatasetFile, write_dataset_file
from fcnlab.data.folders.layout import FOLLOW_ME_CLASSES
from fcnlab.data.parallel import Progress
from fcnlab.errors import DataError, FcnLabError
from fcnlab.lab.background import Work, WorkFile
from fcnlab.lab.datasets import DOCUMENT, dataset_path, datasets_root, remove_folder

MakingKind = Literal["following", "patrol-target"]

MOST_PICTURES = 20_000
"""Half an hour on two cores; more are rendered on the command line."""

RENDERED = "rendered"


class MakingJob(Work):
    """What is rendered, and how far it is: `done` and `total` count pairs.

    Attributes:
        base: The dataset to extend, as `open_dataset` takes it.
        title: Of the new dataset.
        kind: "following" (the hero near, seen from behind) or "patrol-target" (the hero far away).
        distance: Metres to the hero, least and most.
        count: Pairs to render.
        seed: Of the worlds.
    """

    base: str
    title: Annotated[str, Field(max_length=200)]
    kind: MakingKind
    distance: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(gt=0)]]
    count: Annotated[int, Field(ge=1, le=MOST_PICTURES)]
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


def can_be_extended(classes: tuple[str, ...]) -> bool:
    """Whether the simulator's pictures go with a dataset of these classes: it renders people and one hero."""
    return len(classes) == len(FOLLOW_ME_CLASSES) and classes[-1].strip().lower() == FOLLOW_ME_CLASSES[-1]


def queue_making(name: str, job: MakingJob, pid: int | None) -> Path:
    """Make the folder of a new dataset, and tell that its making is about to be handed to the engine `pid`.

    Args:
        name: Of the new dataset.
        job: What to render.
        pid: The engine's process; None where it is not known.

    Returns:
        The folder, for `make_in_background`.

    Raises:
        DataError: The name is not allowed or taken, the folder cannot be written, or the dataset to extend cannot be
            opened or has other classes.
    """
    base = open_dataset(job.base)
    if not can_be_extended(base.classes):
        raise DataError(
            f"{base.title} tells {', '.join(base.classes)} apart; the simulator renders "
            f"{', '.join(FOLLOW_ME_CLASSES)}.",
            "Extend a dataset with these three classes.",
        )
    path = dataset_path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
    except FileExistsError:
        raise DataError(f"There is a dataset {name!r} already.", "Choose another name.") from None
    except OSError as problem:
        raise DataError(f"The folder {path.parent} cannot be written ({problem.strerror or problem}).") from None
    _file(path).queue(job.model_copy(update={"base": base.name, "total": job.count}), pid)
    return path


def make_in_background(path: str) -> None:
    """Render what `queue_making` has told; the worker's part.

    Nothing is raised but the lab's own faults: whoever waits for it reads `making_jobs` and `list_datasets`.
    """
    file = _file(path)
    if not file.carry_out(lambda job, progress: _make(Path(path), job, progress)) and file.read() is None:
        _discard(Path(path))


def making_jobs(base: str | None = None) -> list[tuple[str, MakingJob]]:
    """Name and progress of every dataset that is being made, has failed or was interrupted, by name.

    Args:
        base: Only those that extend this dataset, named as `open_dataset` reopens it.
    """
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(datasets_root().glob("[!.]*/making.json")):
            job = _file(path.parent).read()
            if job is not None and base in (None, job.base):
                found.append((path.parent.name, job))
    return found


def stop_making(name: str) -> None:
    """Stop the making of a dataset, or put away one that waits, failed or was interrupted; nothing of it is left."""
    path = dataset_path(name)
    file = _file(path)
    file.stop()
    if file.read() is None:
        _discard(path)


def _make(path: Path, job: MakingJob, progress: Progress) -> None:
    from fcnlab.sim import RenderRequest, render_dataset

    request = RenderRequest(count=job.count, kind=job.kind, distance=job.distance, seed=job.seed, split="train")
    progress(0, job.count)
    render_dataset(path / RENDERED, request, progress)
    file = DatasetFile(version=1, title=job.title, sources=(job.base, f"./{RENDERED}"))
    write_dataset_file(path, file)
    try:
        open_dataset(path)
    except FcnLabError:
        (path / DOCUMENT).unlink(missing_ok=True)  # it is not to be listed
        raise


def _discard(path: Path) -> None:
    """Remove what was rendered, unless the dataset was finished after all."""
    if path.is_dir() and not (path / DOCUMENT).exists():
        with contextlib.suppress(OSError):
            remove_folder(path)


def _file(path: str | Path) -> WorkFile[MakingJob]:
    return WorkFile(path, "making", MakingJob, "dataset", DataError)
