"""Starting and ending the local engine's program, for whoever holds its folder."""

import contextlib
import os
import signal
import subprocess
import sys
import time

from fcnlab.errors import EngineError
from fcnlab.lab.engine.contact import SOURCE, Contact, EngineFolder

START_PATIENCE = 60.0
"""Seconds that a busy machine gets to start the engine; usually it takes one or two."""

END_PATIENCE = 20.0

LONGEST_LOG = 2_000_000
"""Bytes after which the log begins anew at the next start."""

_programs: list["subprocess.Popen[bytes]"] = []
"""Programs started from here. They outlive this process; the list keeps Python from complaining about that."""


def launch(folder: EngineFolder) -> "subprocess.Popen[bytes]":
    """Start the engine's program in a session of its own; when one lives already, the new one ends at once.

    Raises:
        EngineError: The folder cannot be written, or the program cannot be started.
    """
    try:
        folder.log.parent.mkdir(parents=True, exist_ok=True)
        too_long = folder.log.exists() and folder.log.stat().st_size > LONGEST_LOG
        with folder.log.open("wb" if too_long else "ab") as log:
            program = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "fcnlab.lab.engine.cluster", "--contact", str(folder.contact_file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": _python_path()},
            )
    except OSError as problem:
        raise EngineError(f"The engine could not be started ({problem}).") from None
    _programs.append(program)
    return program


def await_contact(folder: EngineFolder, program: "subprocess.Popen[bytes]") -> Contact:
    """Wait until the engine listens.

    Raises:
        EngineError: The program ended with a fault, or the patience is over; the sentence names the log.
    """
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        contact = folder.contact()
        if contact is not None:
            return contact
        if program.poll():
            break
        time.sleep(0.05)
    raise EngineError("The engine did not start.", f"Its log says why: {folder.log}")


def end(folder: EngineFolder) -> None:
    """End the local engine, if one lives, and wait until it is gone. Work that runs is interrupted.

    Raises:
        EngineError: It did not end in time.
    """
    deadline = time.monotonic() + END_PATIENCE
    told: int | None = None
    while folder.alive():
        contact = folder.contact()  # None while it is still starting
        if contact is not None and contact.pid != told:
            told = contact.pid
            with contextlib.suppress(ProcessLookupError):
                os.kill(told, signal.SIGTERM)
        if time.monotonic() > deadline:
            raise EngineError(f"The engine (process {told}) did not end.", f"See {folder.log}.")
        time.sleep(0.05)
    reap()


def reap() -> None:
    """Let go of the programs that have ended, so that their process numbers no longer count as living."""
    for program in tuple(_programs):
        if program.poll() is not None:
            with contextlib.suppress(ValueError):  # another thread was quicker
                _programs.remove(program)


def _python_path() -> str:
    """The lab's own folder first, so that the program finds it from any working folder."""
    parts = (str(SOURCE.parent), os.environ.get("PYTHONPATH", ""))
    return os.pathsep.join(part for part in parts if part)
