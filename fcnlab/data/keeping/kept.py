"""Arrays made row by row on a few threads: in memory, or straight into a file that is then mapped.

Only as many rows are in memory at once as are being made. What is larger than memory can so be read, written and
trained on; the operating system keeps as many pages of the mapped files as it has room for.
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fcnlab.data.keeping.store import Arrays, entry_key, find, making, not_kept
from fcnlab.data.parallel import Progress, parallel

Shapes = Mapping[str, tuple[tuple[int, ...], type[np.generic]]]
Read = Callable[[int], Mapping[str, NDArray[Any]]]

LEAST = 16 * 2**20
"""Bytes under which nothing is kept: so little is read anew in the tenth of a second that looking for it may take."""
IN_MEMORY = 512 * 2**20
"""Bytes that are picked out of kept arrays into memory; more of them get files of their own."""


def fill(shapes: Shapes, read: Read, progress: Progress | None = None) -> Arrays:
    """Make arrays in memory.

    Args:
        shapes: Name → shape and type; the first side of all shapes is the same, the number of rows.
        read: Called on several threads with a row's number; the row's arrays by name.
        progress: Called with (rows done, rows in all).
    """
    arrays = {name: np.empty(shape, dtype) for name, (shape, dtype) in shapes.items()}

    def place(number: int) -> None:
        for name, row in read(number).items():
            arrays[name][number] = row

    for _ in parallel(place, _rows(shapes), progress):
        pass
    return arrays


def kept_rows(
    parts: Sequence[str], chosen: Sequence[int], count: int, shapes: Shapes, read: Read, progress: Progress | None
) -> Arrays:
    """Rows of a split from the store: all of them, or some.

    Some are taken out of all where all are kept. Otherwise they are made and kept by themselves: a plan draws the
    same ones again whenever it is trained, and to make all for their sake would let its first training wait.

    Args:
        parts: What the rows are of, for the entry's name.
        chosen: The rows' numbers, in order.
        count: How many there are in all.
        shapes: As `fill`, of the chosen rows.
        read: As `fill`; called with a position in `chosen`.
        progress: As `fill`; not called for what is there.
    """
    key = entry_key(*parts)
    if list(chosen) == list(range(count)):
        return _keep(key, shapes, read, progress)
    numbers = np.array(chosen, dtype=np.int64)
    own = entry_key(*parts, hashlib.sha256(numbers.tobytes()).hexdigest())
    whole = find(key)
    if whole is None:
        return _keep(own, shapes, read, progress)
    if size_of(shapes) <= IN_MEMORY:
        return {name: whole[name][numbers] for name in shapes}
    return _keep(own, shapes, lambda position: {name: whole[name][chosen[position]] for name in shapes}, None)


def _keep(key: str, shapes: Shapes, read: Read, progress: Progress | None) -> Arrays:
    """The arrays of an entry; made first where they are not there, in memory where the disk takes no more."""
    found = find(key)
    if found is None:
        try:
            with making(key, size_of(shapes)) as folder:
                _write(folder, shapes, read, progress)
        except OSError as problem:
            not_kept(problem)
        found = find(key)
    return fill(shapes, read, progress) if found is None else found


def size_of(shapes: Shapes) -> int:
    """Bytes of all arrays together."""
    return sum(prod(shape) * np.dtype(dtype).itemsize for shape, dtype in shapes.values())


def _write(folder: Path, shapes: Shapes, read: Read, progress: Progress | None) -> None:
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(_RowFile(folder / f"{name}.npy", shape, dtype))
            for name, (shape, dtype) in shapes.items()
        }

        def place(number: int) -> None:
            for name, row in read(number).items():
                files[name].write(number, row)

        for _ in parallel(place, _rows(shapes), progress):
            pass


class _RowFile:
    """A `.npy` file that is written row by row, in any order and by several threads.

    By writing, not through a map of the file: a full disk is then an exception and not the end of the process, and
    what was written needs no memory of the process's own.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self._path = path
        self._dtype = np.dtype(dtype)
        self._shape = shape

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        header = {"descr": self._dtype.str, "fortran_order": False, "shape": self._shape}
        np.lib.format.write_array_header_1_0(self._file, header)
        self._file.flush()
        self._start = self._file.tell()
        self._row = prod(self._shape[1:]) * self._dtype.itemsize
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, number: int, row: NDArray[Any]) -> None:
        """Put a row in its place."""
        left = np.ascontiguousarray(row, self._dtype).reshape(-1).data.cast("B")
        if len(left) != self._row:
            raise ValueError(f"a row of {self._path.name} has {self._row} bytes, received {len(left)}")
        place = self._start + number * self._row
        while left:
            done = os.pwrite(self._file.fileno(), left, place)
            left, place = left[done:], place + done


def _rows(shapes: Shapes) -> int:
    return next(iter(shapes.values()))[0][0]
