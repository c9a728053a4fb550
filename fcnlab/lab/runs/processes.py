"""Whether a process that a file names still lives."""

import os
import socket


def has_gone(pid: int | None, host: str) -> bool:
    """Whether the process ran on this machine and is no more; False where that cannot be known from here."""
    if pid is None or host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it lives, and belongs to somebody else
        return False
    return False
