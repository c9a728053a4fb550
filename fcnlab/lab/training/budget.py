"""How much memory a training may take on the machine where it runs."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

_GROUPS = Path("/sys/fs/cgroup")
_LIMITS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
"""A control group's limit and what is in use of it, in its second and its first version."""

_ASK_GPU = ("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")


class Budget(NamedTuple):
    """Memory for a training.

    Attributes:
        size: Bytes, those of the worker's process with its frameworks included.
        what: Whose memory: "this machine's memory" or "the GPU's memory".
    """

    size: int
    what: str


def free_memory(groups: Path = _GROUPS) -> int:
    """Bytes that processes can still take: what the machine has available, within this container's limit.

    Args:
        groups: Where the control groups are mounted.
    """
    free = int(psutil.virtual_memory().available)
    for limit, used in _LIMITS:
        most, taken = _number(groups / limit), _number(groups / used)
        if most is not None and taken is not None:
            free = min(free, max(most - taken, 0))
    return free


def budget_here(process: int | None = None) -> Budget:
    """What a training on this machine may take; a GPU is not looked for.

    Args:
        process: That is to train, or has a child that is to: what the largest of them holds counts as free, because
            a worker keeps the memory of one run for the next.
    """
    return Budget(free_memory() + _largest(process), "this machine's memory")


def budget_of_worker() -> Budget:
    """What a training in this process may take; of the GPU's memory where it trains on one."""
    gpus = gpu_memory()
    if gpus:
        from fcnlab.net.backend import current

        if list(current().devices()) != ["CPU"]:
            return Budget(min(gpus), "the GPU's memory")
    return budget_here(os.getpid())


def gpu_memory() -> list[int]:
    """Bytes of each NVIDIA GPU, by its driver's own program; empty where there is none."""
    if shutil.which(_ASK_GPU[0]) is None:
        return []
    try:
        told = subprocess.run(_ASK_GPU, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603 - fixed words
    except (OSError, subprocess.SubprocessError):
        return []
    return [int(line) * 2**20 for line in told.split() if line.isdigit()]


def _largest(process: int | None) -> int:
    if process is None:
        return 0
    sizes = [0]
    with suppress(psutil.Error):  # it may just have ended
        own = psutil.Process(process)
        sizes.extend(int(one.memory_info().rss) for one in (own, *own.children(recursive=True)))
    return max(sizes)


def _number(path: Path) -> int | None:
    """The number in a file; None where there is no file or no limit ("max")."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() else None
