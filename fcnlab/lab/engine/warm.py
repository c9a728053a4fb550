"""What a worker does right after its start: step back behind the pages, and import the heavy packages.

`dask` calls `dask_setup` in every worker process (the `preload` of `fcnlab.lab.engine.cluster`). The import runs in a
thread, so that the worker takes work at once; work that needs the same packages waits for their import lock.
"""

import contextlib
import importlib
import logging
import os
import threading
from typing import Any

HEAVY = "fcnlab.net"
"""Imported by name, because the room `lab` knows no Keras."""

NICE = 5
"""Pages are quick because workers yield to them."""

logger = logging.getLogger(__name__)


def dask_setup(worker: Any) -> None:
    """Warm one worker up, and have it report `warm` with its heartbeats."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    ready = threading.Event()
    worker.metrics["warm"] = lambda worker: ready.is_set()
    if os.environ.get("FCNLAB_WARM", "1") == "0":
        ready.set()
        return
    threading.Thread(target=_warm, args=(ready,), name="warm", daemon=True).start()


def _warm(ready: threading.Event) -> None:
    """Import, and let the package run its own first step where it has a function `warm_up`."""
    try:
        module = importlib.import_module(HEAVY)
        getattr(module, "warm_up", lambda: None)()
    except Exception:  # whoever needs the package is told by their own import
        logger.exception("The worker could not import %s beforehand.", HEAVY)
    finally:
        ready.set()
