"""The most memory that this process has held."""

import re
import resource
import sys
from contextlib import suppress
from pathlib import Path


def forget_peak() -> None:
    """Count anew from now on, where the system can: a worker trains one run after the other."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory() -> int:
    """The most resident memory, in bytes, since `forget_peak` or the process's start."""
    with suppress(OSError):
        told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
        if told:
            return int(told[1]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
