"""Arrays kept on disk: what was once read from a dataset is there again in the next process.

An entry is a folder of uncompressed `.npy` files, so that they can be mapped into memory, and of `entry.json`, which
tells how many bytes each of them has. It is written under a temporary name and moved into place when it is whole: two
processes may make the same one at once, and one that died in between leaves nothing that could be taken for an entry.
What is damaged is made again. Where nothing can be written, everything goes on without the store.

Nobody waits until the bytes are on the disk itself, which takes longer than making them did. That is seen to in the
background; until then the entry holds only until the machine is started again, for a power cut may leave files of the
right size that are full of zeros.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import PIL
from numpy.typing import NDArray

log = logging.getLogger(__name__)

LIMIT = 20 * 2**30
"""Bytes that all entries together may have: some twenty-five datasets such as Follow-Me at 160 × 160."""
SHARE = 0.1
"""Of the disk's free space; the limit where that is less. A cache must not be what fills a laptop's disk."""
SPARE = 512 * 2**20
"""Bytes that an entry leaves free on the disk, for checkpoints and for everybody else."""
FORGOTTEN = 24 * 3600.0
"""Seconds after which an unfinished entry is taken to be of a process that died."""

_MANIFEST = "entry.json"
_ON_DISK = "on disk"
_TEMPORARY = ".tmp-"
_in_use: set[Path] = set()

Arrays = dict[str, NDArray[Any]]


class Fingerprinted(Protocol):
    """What `remember` needs of a dataset."""

    def fingerprint(self, split: str) -> str:
        """Changes when a file of the split changes, or how it is read."""


def cache_root() -> Path:
    """The folder of everything that can be made again: FCNLAB_CACHE, else `fcnlab` in the user's cache folder."""
    if chosen := os.environ.get("FCNLAB_CACHE", "").strip():
        return Path(chosen).expanduser().absolute()
    shared = Path(os.environ.get("XDG_CACHE_HOME", "").strip())
    if shared.is_absolute():  # the standard has other values ignored
        return shared / "fcnlab"
    try:
        return Path.home() / ".cache" / "fcnlab"
    except RuntimeError:  # a user without a home
        return Path(tempfile.gettempdir()) / "fcnlab"


def remember(dataset: Fingerprinted, split: str, what: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Arrays:
    """Arrays that are a function of a split's files: read from the store, or made and put there.

    Args:
        dataset: Its fingerprint decides whether what is kept is still right.
        split: One of its splits.
        what: What the arrays are, with everything they depend on besides the files and the code of this room.
        make: Makes the arrays by name; called only if they are not there, damaged or out of date. No objects.

    Returns:
        Name → array in memory.

    Raises:
        DataError: There is no such split, or whatever `make` raises.
    """
    key = entry_key(dataset.fingerprint(split), what)
    found = find(key, mapped=False)
    if found is not None:
        return found
    made = {name: np.asarray(array) for name, array in make().items()}
    try:
        with making(key, sum(array.nbytes for array in made.values())) as folder:
            for name, array in made.items():
                np.save(folder / f"{name}.npy", array, allow_pickle=False)
    except OSError as problem:
        not_kept(problem)
    return made


def entry_key(*parts: str) -> str:
    """A name for an entry: differs if any part does, or the code that reads pictures does."""
    return hashlib.sha256(json.dumps([_code(), *parts]).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of Pillow's version, which decodes and resizes, and of this room's modules."""
    digest = hashlib.sha256(PIL.__version__.encode())
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def find(key: str, *, mapped: bool = True) -> Arrays | None:
    """An entry's arrays by name, mapped read-only or read into memory; None where there is no whole entry."""
    folder = _folder() / key
    try:
        arrays = {name: _open(folder / f"{name}.npy", size, mapped) for name, size in _told(folder).items()}
    except FileNotFoundError as problem:
        if folder.is_dir():
            _drop(folder, problem)
        return None
    except (OSError, ValueError, EOFError, AttributeError, TypeError, KeyError) as problem:
        _drop(folder, problem)
        return None
    _in_use.add(folder)
    with suppress(OSError):
        os.utime(folder)  # the time of use: the oldest goes first
    return arrays


@contextmanager
def making(key: str, size: int) -> Iterator[Path]:
    """Yield a folder to write `.npy` files into; when the block ends well, it becomes the entry.

    Args:
        key: The entry.
        size: Bytes that it will have, about.

    Raises:
        OSError: There is no room for it, or the disk cannot be written to; nothing of it stays.
    """
    root = _folder()
    root.mkdir(parents=True, exist_ok=True)
    _make_room(root, size)
    temporary = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{key}-", dir=root))
    try:
        yield temporary
        _tell(temporary, _boot())
        _move(temporary, root / key)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _settle_later(root / key)


def not_kept(problem: OSError) -> None:
    """Say in the log that something is in memory only."""
    log.warning("Nothing is kept in %s (%s); going on without.", _folder(), problem.strerror or problem)


def _folder() -> Path:
    return cache_root() / "arrays"


def _open(path: Path, size: int, mapped: bool) -> NDArray[Any]:
    if path.stat().st_size != size:
        raise ValueError(f"{path} has {path.stat().st_size} bytes instead of {size}")
    array: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    # As a plain array on the same pages: every slice of a np.memmap would pay for being one.
    return np.asarray(array)


def _told(folder: Path) -> dict[str, int]:
    """Array name → bytes of its file."""
    told = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if told["boot"] not in (_ON_DISK, _boot()):
        raise ValueError("the machine went down before it was on the disk")
    sizes: dict[str, int] = told["bytes"]
    return sizes


def _tell(folder: Path, boot: str) -> None:
    """Write what the entry holds, and until when it holds."""
    sizes = {path.stem: path.stat().st_size for path in sorted(folder.glob("*.npy"))}
    new = folder / f"{_MANIFEST}.new"
    new.write_text(json.dumps({"boot": boot, "bytes": sizes}), encoding="utf-8")
    new.replace(folder / _MANIFEST)


def _settle_later(folder: Path) -> None:
    if _boot() == _ON_DISK:  # nothing would tell that the machine was started again
        _settle(folder)
    else:
        threading.Thread(target=_settle, args=(folder,), name="cache to disk", daemon=True).start()


def _settle(folder: Path) -> None:
    """See that every byte is on the disk, and say so in the entry."""
    with suppress(OSError):  # removed meanwhile
        for path in folder.glob("*.npy"):
            with path.open("rb") as file:
                os.fsync(file.fileno())
        _tell(folder, _ON_DISK)


@lru_cache(maxsize=1)
def _boot() -> str:
    """Differs each time the machine is started; the same as on disk where the system does not tell."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return _ON_DISK


def _move(temporary: Path, place: Path) -> None:
    try:
        temporary.rename(place)
    except OSError:
        if not place.is_dir():  # otherwise another process was first, with the same arrays
            raise


def _drop(folder: Path, problem: Exception) -> None:
    log.warning("%s is damaged (%s) and is made again.", folder, problem)
    shutil.rmtree(folder, ignore_errors=True)


def _make_room(root: Path, size: int) -> None:
    """Remove what died unfinished, then the entries that were not used for longest, until the new one fits.

    Entries that this process has opened stay; others that are mapped somewhere live on there until they are let go.
    """
    entries = []
    for folder in root.iterdir():
        used, held = _use(folder)
        if folder.name.startswith(_TEMPORARY):
            if time.time() - used > FORGOTTEN:
                shutil.rmtree(folder, ignore_errors=True)
            continue
        entries.append((used, held, folder))
    total = sum(held for _, held, _ in entries)
    limit = min(LIMIT, SHARE * (shutil.disk_usage(root).free + total))
    for _, held, folder in sorted(entries):
        free = shutil.disk_usage(root).free
        if total + size <= limit and free >= size + SPARE:
            break
        if folder not in _in_use:
            shutil.rmtree(folder, ignore_errors=True)
            total -= held
    free = shutil.disk_usage(root).free
    if free < size + SPARE:
        raise OSError(f"{size / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free")


def _use(folder: Path) -> tuple[float, int]:
    """When a folder was used last, and its bytes; (0, 0) if it is gone."""
    try:
        return folder.stat().st_mtime, sum(path.stat().st_size for path in folder.iterdir())
    except OSError:
        return 0.0, 0
