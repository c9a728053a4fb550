"""How long a writer has been silent, also when its machine's clock differs from this one's.

A heartbeat is a time by the writer's clock. Of a process on this machine it says all. On other machines clocks differ,
so that what counts is for how long this process has seen the heartbeat unchanged, by its own clock.
"""

import socket
import time

SKEW = 300.0
"""Seconds by which clocks of a cluster's machines may differ; a heartbeat still older comes from a dead process."""

_first_seen: dict[str, tuple[float, float]] = {}
"""Who beats → the last heartbeat seen, and when it was first seen by this process's monotonic clock."""


def silent_for(who: str, heartbeat: float, host: str, now: float | None = None) -> float:
    """Seconds without a sign of life, as far as can be known from here.

    Args:
        who: Names the writer for this process, such as a run's folder.
        heartbeat: The last sign of life, Unix time by the clock of `host`.
        host: The writer's machine; empty for this one.
        now: Unix time; None for the present.
    """
    age = (time.time() if now is None else now) - heartbeat
    if host in ("", socket.gethostname()) or age > SKEW:
        return age
    seen = time.monotonic()
    known = _first_seen.get(who)
    if known is None or known[0] != heartbeat:
        known = _first_seen[who] = (heartbeat, seen)
    return seen - known[1]
