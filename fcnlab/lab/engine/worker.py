"""The workers of one machine of a cluster: `python -m fcnlab.lab.engine.worker --scheduler tcp://host:8786`.

One process for each slot of training (a GPU, or several with --gpus-per-slot, or the CPU) that sees its GPUs only,
and one that looks inside and works out reports. Each is started anew when it dies. The program waits for a scheduler
that is not there, also when it was there before, until SIGTERM or Ctrl-C ends it.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from distributed import Status

from fcnlab.errors import EngineError
from fcnlab.lab.engine.nannies import configure, nanny

RETRY = 3.0
"""Seconds between two attempts to reach the scheduler."""

LOOK_ROUND = 0.5
"""Seconds between two looks at the worker processes."""

END_PATIENCE = 20.0
"""Seconds that the worker processes get to end."""

ALIVE = (Status.init, Status.starting, Status.running)

log = logging.getLogger("fcnlab.worker")


def gpus() -> list[str]:
    """The machine's NVIDIA GPUs as CUDA_VISIBLE_DEVICES names them, or those that this variable leaves."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [name.strip() for name in allowed.split(",") if name.strip() not in ("", "-1")]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    asked = [program, "--query-gpu=index", "--format=csv,noheader"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed question
    return told.stdout.split() if told.returncode == 0 else []


def slots(found: Sequence[str], wanted: int | None, per_slot: int) -> list[list[str]]:
    """The GPUs of each slot of training.

    Args:
        found: The machine's GPUs; none for a machine that trains on its CPU.
        wanted: How many slots; None for as many as there are GPUs for, or one on a CPU.
        per_slot: GPUs of each slot.

    Raises:
        EngineError: There are too few GPUs.
    """
    if not found and per_slot == 1:
        return [[] for _ in range(1 if wanted is None else wanted)]
    count = len(found) // per_slot if wanted is None else wanted
    if count * per_slot > len(found) or (count == 0 and wanted is None):
        raise EngineError(
            f"{max(count, 1)} slots of {per_slot} GPUs were asked for, and this machine has {len(found)} GPUs.",
            "Ask for fewer slots, or fewer GPUs a slot.",
        )
    return [list(found[number * per_slot : (number + 1) * per_slot]) for number in range(count)]


async def serve(address: str, name: str, trainers: Sequence[Sequence[str]]) -> None:
    """Keep the workers up until SIGTERM or Ctrl-C.

    Args:
        address: The scheduler's.
        name: The machine's, from which the workers' names are made.
        trainers: The GPUs of each slot of training.
    """
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    scratch = tempfile.mkdtemp(prefix="fcnlab-worker-")
    try:
        while not ended.is_set():
            stop = asyncio.create_task(ended.wait())
            session = asyncio.create_task(_session(address, list(_workers(address, name, trainers, scratch))))
            await asyncio.wait({session, stop}, return_when=asyncio.FIRST_COMPLETED)
            await _close(session)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop, RETRY)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _session(address: str, workers: Sequence[Any]) -> None:
    """Start the workers, and return when one is given up because its scheduler is gone; cancelling it ends them."""
    try:
        async with contextlib.AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(worker) for worker in workers))
            log.info("Connected to %s.", address)
            while all(worker.status in ALIVE for worker in workers):
                await asyncio.sleep(LOOK_ROUND)
        log.warning("The scheduler is gone: its workers start again when it is back.")
    except (OSError, TimeoutError, RuntimeError) as problem:
        log.warning("No work from %s (%s).", address, str(problem).strip() or type(problem).__name__)


async def _close(session: "asyncio.Task[None]") -> None:
    """End a session; one that does not end in time, such as while it waits for a lost scheduler, ends the program."""
    session.cancel()
    _, late = await asyncio.wait({session}, timeout=END_PATIENCE)
    if late:
        os._exit(1)  # the worker processes notice and end, too


def _workers(address: str, name: str, trainers: Sequence[Sequence[str]], scratch: str) -> Any:
    for number, devices in enumerate(trainers, 1):
        seen = {"CUDA_VISIBLE_DEVICES": ",".join(devices)} if devices else None
        yield nanny(address, f"{name}-train-{number}", ("train",), scratch, environment=seen)
    first = trainers[0] if trainers else ()
    seen = {"CUDA_VISIBLE_DEVICES": first[0]} if first else None
    yield nanny(address, f"{name}-look", ("look", "report"), scratch, environment=seen)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the workers; the exit status is 2 when what was asked for cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m fcnlab.lab.engine.worker", description="Train for a lab on other machines."
    )
    parser.add_argument("--scheduler", default=os.environ.get("FCNLAB_SCHEDULER", ""), help="such as tcp://host:8786")
    parser.add_argument("--slots", type=int, help="trainings at a time (one for each GPU, or one)")
    parser.add_argument("--gpus-per-slot", type=int, default=1, help="GPUs that one training may use (1)")
    parser.add_argument("--name", default=socket.gethostname(), help="this machine's name in the cluster")
    given = parser.parse_args(arguments)
    if not given.scheduler:
        parser.error("no scheduler was named: use --scheduler tcp://host:8786, or set FCNLAB_SCHEDULER")
    if given.gpus_per_slot < 1 or (given.slots is not None and given.slots < 0):
        parser.error("--slots takes a number from 0, --gpus-per-slot one from 1")
    configure()
    try:
        trainers = slots(gpus(), given.slots, given.gpus_per_slot)
    except EngineError as problem:
        parser.error(str(problem))
    asyncio.run(serve(given.scheduler, given.name, trainers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
