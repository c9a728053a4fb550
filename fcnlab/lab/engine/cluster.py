"""The local engine, a program of its own: `python -m fcnlab.lab.engine.cluster --contact FILE`.

A dask scheduler on this machine and two watched worker processes, one for training and one for looking inside;
the latter has a second thread for long reports, during which looks go on. The engine outlives the web server, so
that a restarted server finds its training again, and ends by itself when nobody is connected and nothing runs.

A program and not a child of the web process, because a spawned child of Streamlit runs `app.py` again.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from distributed import Scheduler

from fcnlab.lab.engine import credentials
from fcnlab.lab.engine.contact import Contact, EngineFolder, code_digest
from fcnlab.lab.engine.nannies import configure, nanny

ROLES = {"train": ("train",), "look": ("look", "report")}
"""A worker's name → the kinds of work that it takes, one piece of each kind at a time."""

HOST = "127.0.0.1"

IDLE = 60.0
"""Seconds without a client and without work after which the engine ends."""

LOOK_ROUND = 0.25
"""Seconds between two looks at the scheduler's state."""

UNDONE = frozenset({"waiting", "no-worker", "queued", "processing"})

logger = logging.getLogger("fcnlab.engine")


class EngineScheduler(Scheduler):  # type: ignore[misc]  # distributed has no types
    """A scheduler that blames a worker's death on the work it ran, and not on the work that waited for it.

    With `allowed_failures=0` dask fails every task that was assigned to a dead worker. Here one worker trains
    and further runs wait for it: they must go on when it is back.
    """

    async def remove_worker(self, address: str, **options: Any) -> Any:
        """Forgive the waiting tasks in advance, then do as dask does."""
        worker = self.workers.get(address)
        if worker is not None and worker.processing:
            running = min(worker.processing, key=lambda task: task.priority)
            for task in worker.processing:
                if task is not running:
                    task.suspicious -= 1
        return await super().remove_worker(address, **options)


async def serve(folder: EngineFolder, idle: float = IDLE) -> None:
    """Run the engine until SIGTERM, or until it was idle for `idle` seconds, or until its folder is gone."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    scratch = tempfile.mkdtemp(prefix="fcnlab-engine-")
    try:
        security = credentials.issue(folder.contact_file.parent)
        async with contextlib.AsyncExitStack() as stack:
            scheduler = await stack.enter_async_context(
                EngineScheduler(host=HOST, port=0, dashboard=False, allowed_failures=0, security=security)
            )
            contact = Contact(address=scheduler.address, pid=os.getpid(), started=time.time(), code=code_digest())
            folder.tell(contact)
            workers = [
                nanny(scheduler.address, role, kinds, scratch, host=HOST, security=security)
                for role, kinds in ROLES.items()
            ]
            await asyncio.gather(*(stack.enter_async_context(worker) for worker in workers))
            await _watch(scheduler, folder, contact, idle, ended)
            folder.forget()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _watch(scheduler: Any, folder: EngineFolder, contact: Contact, idle: float, ended: asyncio.Event) -> None:
    """Keep the contact file true, and return when the engine should end."""
    last_used = time.monotonic()
    told = contact
    while not ended.is_set():
        busy = any(task.state in UNDONE for task in scheduler.tasks.values())
        if busy or any(name != "fire-and-forget" for name in scheduler.clients):
            last_used = time.monotonic()
        if time.monotonic() - last_used > idle:
            logger.info("Nobody is connected and nothing runs: the engine ends.")
            return
        if not folder.contact_file.exists():
            logger.warning("The contact file is gone: the engine ends.")
            return
        warm = sum(bool(worker.metrics.get("warm")) for worker in scheduler.workers.values()) >= len(ROLES)
        now = contact.model_copy(update={"warm": warm, "busy": busy})
        if now != told:
            folder.tell(now)
            told = now
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), LOOK_ROUND)


def _idle_seconds() -> float:
    try:
        return float(os.environ.get("FCNLAB_ENGINE_IDLE", IDLE))
    except ValueError:
        return IDLE


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the engine unless one lives already; the exit status is 0 in both cases."""
    parser = argparse.ArgumentParser(prog="python -m fcnlab.lab.engine.cluster", description=__doc__)
    parser.add_argument("--contact", type=Path, required=True, help="the file to write the address to")
    folder = EngineFolder(parser.parse_args(arguments).contact.absolute())
    if folder.lock() is None:
        return 0
    folder.forget()
    configure()
    asyncio.run(serve(folder, _idle_seconds()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
