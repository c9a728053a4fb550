"""The engine as pages, command line and tests see it: hand over a function, get a job.

`distributed` takes half a second to import, so that it is imported with the first connection and not with this
module; `Engine.state` never needs it.
"""

import contextlib
import logging
import os
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from fcnlab.errors import EngineError
from fcnlab.lab.engine import credentials
from fcnlab.lab.engine.contact import Contact, EngineFolder, code_digest
from fcnlab.lab.engine.errand import carry_out
from fcnlab.lab.engine.job import Job
from fcnlab.lab.engine.launch import await_contact, end, launch, reap

Role = Literal["train", "look", "report"]

CONNECT_PATIENCE = 10.0
"""Seconds for the connection to a scheduler that should be there."""

ASK_PATIENCE = 120.0
"""Seconds that a question may take by default; the first one may have to wait for TensorFlow."""

RETRY = 5.0
"""Seconds between two attempts to reach another machine's scheduler from a status line."""


class EngineState(NamedTuple):
    """For a status line: `phase`, and the same in one sentence."""

    phase: Literal["starting", "warming", "ready", "absent"]
    sentence: str


class Engine:
    """The way to the workers; one object serves all threads of a process.

    With FCNLAB_SCHEDULER set (e.g. tcp://gpu-box:8786) the work goes to that dask cluster, whose machines must
    have the lab installed and see the same runs folder. Otherwise a local engine is started when it is needed.
    """

    def __init__(self, folder: EngineFolder, scheduler: str = "") -> None:
        self._folder = folder
        self._scheduler = scheduler
        self._code = code_digest()
        self._client: Any = None
        self._address = ""
        self._trouble = ""
        self._tried = -RETRY
        self._starter: threading.Thread | None = None
        self._connecting = threading.RLock()
        self._starting = threading.Lock()
        self._handing = threading.Lock()
        self._jobs: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()

    @classmethod
    def at(cls, root: Path) -> "Engine":
        """The engine of the runs folder `root` (its files are in root/.engine), or FCNLAB_SCHEDULER's cluster."""
        folder = EngineFolder(root.absolute() / ".engine" / "contact.json")
        return cls(folder, os.environ.get("FCNLAB_SCHEDULER", "").strip())

    # State

    @property
    def log(self) -> Path:
        """The log of the local engine and its workers."""
        return self._folder.log

    @property
    def pid(self) -> int | None:
        """The local engine's process, for `Run.queue`; None when there is none or the cluster is elsewhere."""
        contact = None if self._scheduler else self._folder.contact()
        return contact.pid if contact else None

    def start(self) -> None:
        """Start the engine if none answers, and connect, all in the background; never raises."""
        with self._starting:
            if self._starter is None or not self._starter.is_alive():
                self._tried = time.monotonic()
                self._starter = threading.Thread(target=self._start, name="engine start", daemon=True)
                self._starter.start()

    def _start(self) -> None:
        with contextlib.suppress(EngineError):  # kept in `_trouble` for the status line
            self._connection()

    def state(self) -> EngineState:
        """How far the engine is; microseconds, so that every page can show it."""
        starting = self._starter is not None and self._starter.is_alive()
        if self._scheduler:
            return self._state_elsewhere(starting)
        reap()
        contact = self._folder.contact()
        if contact is None:
            if starting or self._folder.alive():
                return EngineState("starting", "The engine is starting.")
            return EngineState("absent", self._trouble or "The engine is not running; it starts with the first work.")
        if not contact.warm:
            return EngineState("warming", "The engine is warming up: its workers are loading TensorFlow.")
        return EngineState("ready", "The engine is ready.")

    def _state_elsewhere(self, starting: bool) -> EngineState:
        if self._connected_to(self._scheduler):
            return EngineState("ready", f"Connected to the cluster at {self._scheduler}.")
        if starting:
            return EngineState("starting", f"Connecting to the cluster at {self._scheduler}.")
        if time.monotonic() - self._tried > RETRY:
            self.start()
        return EngineState("absent", self._trouble or f"Not connected to the cluster at {self._scheduler}.")

    # Work

    def submit(self, function: Callable[..., Any], *args: Any, role: Role = "train", key: str | None = None) -> Job:
        """Hand over `function(*args)`; starts the engine first when that is needed.

        Args:
            function: Importable by its name in the worker.
            args: Plain data; they are pickled.
            role: "train" waits for the training worker and goes on when this process ends; "look" takes the other
                worker, and is given up when the job is dropped; "report" takes that worker, too, goes on when this
                process ends, and has a thread of its own there, so that no look waits for it.
            key: A name for the work. While a job of that name from this process has not ended, it is given
                back instead of a second one.

        Raises:
            EngineError: No engine answers.
        """
        client = self._connection()
        with self._handing:
            known = self._jobs.get(key) if key else None
            if known is not None and not known.done():
                return known
            name = f"{key or getattr(function, '__name__', 'work')}-{uuid.uuid4().hex[:8]}"
            job = Job(self._send(client, name, role, function, args))
            if key:
                self._jobs[key] = job
        return job

    def _send(self, client: Any, name: str, role: Role, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        from distributed import fire_and_forget

        try:
            future = client.submit(
                carry_out,
                function,
                *args,
                key=name,
                pure=False,
                fifo_timeout=0,  # strictly first come, first served: `EngineScheduler` relies on it
                resources=self._resources(client, role),
                priority=10 if role == "look" else 0,
            )
            if role != "look":
                fire_and_forget(future)
        except Exception as problem:  # a closed client raises many things
            raise EngineError(f"The engine took no work ({problem}).", "Try again.") from None
        return future

    def ask(self, function: Callable[..., Any], *args: Any, timeout: float = ASK_PATIENCE) -> Any:
        """Have the looking worker call `function(*args)`, and wait for the result.

        Args:
            function: As in `submit`.
            args: As in `submit`.
            timeout: Seconds to wait at most.

        Raises:
            FcnLabError: What the function raised.
            EngineError: No engine, no answer in time, or the worker died.
        """
        job = self.submit(function, *args, role="look")
        try:
            return job.result(timeout)
        finally:
            if not job.done():
                job.cancel()

    def close(self) -> None:
        """Disconnect. The engine and its trainings go on."""
        if self._starter is not None:
            self._starter.join()
        with self._connecting:
            self._drop()
        reap()

    def end(self) -> None:
        """Disconnect and end the local engine; work that runs there is interrupted. Another cluster stays.

        Raises:
            EngineError: The engine did not end in time.
        """
        self.close()
        if not self._scheduler:
            end(self._folder)

    # Connection

    def _connection(self) -> Any:
        """A client that is connected to the engine that lives now."""
        with self._connecting:
            try:
                self._connect()
            except EngineError as problem:
                self._trouble = str(problem)
                raise
            self._trouble = ""
            return self._client

    def _connect(self) -> None:
        if self._scheduler:
            self._reach(self._scheduler, CONNECT_PATIENCE)
            return None
        deadline = time.monotonic() + CONNECT_PATIENCE
        while True:
            address = self._contact().address
            try:
                return self._reach(address, CONNECT_PATIENCE / 4)
            except EngineError:
                # An engine may die between our look at its contact file and our call: look again.
                if time.monotonic() > deadline:
                    raise

    def _reach(self, address: str, patience: float) -> None:
        if not self._connected_to(address):
            self._drop()
            own = address.startswith("tls:") and not self._scheduler
            security = credentials.present(self._folder.contact_file.parent) if own else None
            self._client = _client_of(address, patience, security)
            self._address = address

    def _connected_to(self, address: str) -> bool:
        client = self._client
        return client is not None and self._address == address and client.status == "running"

    def _contact(self) -> Contact:
        """Where the local engine is, after starting it when there is none, or only an idle one of older code."""
        contact = self._folder.contact()
        if contact is not None and (contact.code == self._code or contact.busy or self._address == contact.address):
            return contact
        if contact is not None:
            end(self._folder)
        return await_contact(self._folder, launch(self._folder))

    def _drop(self) -> None:
        client, self._client, self._address = self._client, None, ""
        if client is not None:
            with contextlib.suppress(Exception):  # it may be half dead: it only has to be gone
                client.close(timeout=2)

    def _resources(self, client: Any, role: Role) -> dict[str, int] | None:
        """The restriction that sends the work to its worker; none on a cluster whose workers know no roles."""
        name = role.upper()
        if self._scheduler:
            with contextlib.suppress(TimeoutError):  # those of a cluster that is starting are not known at once
                client.wait_for_workers(1, timeout=CONNECT_PATIENCE)
            workers = client.scheduler_info(n_workers=-1)["workers"].values()
            if workers and not any(name in worker["resources"] for worker in workers):
                return None
        return {name: 1}


def _client_of(address: str, patience: float, security: Any) -> Any:
    from distributed import Client

    for name in ("distributed", "distributed.client"):  # what matters is told by `EngineError`
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=patience, set_as_default=False, name="fcnlab", security=security)
    except (OSError, ValueError, TypeError) as problem:
        raise EngineError(
            f"No dask scheduler answers at {address} ({str(problem).strip()[:200] or type(problem).__name__}).",
            "Start it, or correct FCNLAB_SCHEDULER (such as tcp://host:8786).",
        ) from None
