"""Worker processes that are watched, and started anew when they die: the local engine's and those of a cluster."""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import dask
from distributed import Nanny

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # a GPU is shared by the worker that trains and the one that looks
}


def nanny(
    address: str,
    name: str,
    kinds: Sequence[str],
    scratch: str,
    *,
    host: str | None = None,
    security: Any = None,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """A worker process, not started yet (`async with` starts and ends it).

    Args:
        address: The scheduler's.
        name: The worker's, unique in its cluster.
        kinds: What work it takes, one piece of each kind at a time: "train", "look", "report".
        scratch: A folder for its temporary files.
        host: The address of this machine under which others reach it; None finds it.
        security: As dask's `Security`; None for what dask's configuration says.
        environment: Variables of its process.
    """
    return Nanny(
        address,
        name=name,
        nthreads=len(kinds),
        resources={kind.upper(): 1 for kind in kinds},
        memory_limit=0,  # dask would pause and kill by a share of the memory that it only guesses
        local_directory=scratch,
        preload=["fcnlab.lab.engine.warm"],
        env={**ENVIRONMENT, **(environment or {})},
        host=host,
        security=security,
    )


def configure() -> None:
    """Settings that the scheduler, the nannies and (through them) the workers share."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    dask.config.set(
        {
            "distributed.scheduler.worker-ttl": None,  # a laptop that slept must not lose its training
            "distributed.worker.daemon": True,
            "distributed.admin.system-monitor.disk": False,
        }
    )
    # `distributed` has set its levels when it was imported; workers read this one from their environment.
    for name in ("distributed", "distributed.client", "distributed.scheduler", "distributed.nanny"):
        logging.getLogger(name).setLevel(logging.WARNING)
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")
