"""How the engine is found: a folder with its lock, its address and its log.

The lock says whether an engine lives (the system frees it when the process dies, however that happens); the
contact file says where. Nothing here imports `distributed`, so that a status line costs microseconds.
"""

import fcntl
import hashlib
import os
import sys
import time
from pathlib import Path

from fcnlab.errors import EngineError
from fcnlab.files import write_text
from fcnlab.model import Document

SOURCE = Path(__file__).resolve().parents[2]


class Contact(Document):
    """What the engine tells about itself.

    Attributes:
        address: Of its scheduler, e.g. "tcp://127.0.0.1:40123".
        pid: Of its process.
        started: Unix time in seconds.
        code: Digest of the lab's source files when it started, see `code_digest`.
        warm: Whether all workers have imported what they need.
        busy: Whether work is running or waiting.
    """

    address: str
    pid: int
    started: float
    code: str = ""
    warm: bool = False
    busy: bool = False


class EngineFolder:
    """The folder `.engine` beside the runs.

    Attributes:
        contact_file: Written by the engine.
        log: What the engine and its workers print.
    """

    def __init__(self, contact_file: Path) -> None:
        self.contact_file = contact_file
        self.log = contact_file.with_name("engine.log")
        self._lock_file = contact_file.with_name("lock")

    def lock(self, patience: float = 1.0) -> int | None:
        """Become the engine: take the lock for this process's life.

        Args:
            patience: Seconds to go on trying, because a reader may hold the lock for an instant.

        Returns:
            The open file descriptor that holds the lock, or None when another engine lives.
        """
        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    return None
                time.sleep(0.02)
            else:
                return descriptor

    def alive(self) -> bool:
        """Whether an engine holds the lock."""
        try:
            descriptor = os.open(self._lock_file, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def contact(self) -> Contact | None:
        """Where the living engine is; None when there is none, or it does not listen yet."""
        if not self.alive():
            return None
        try:
            return Contact.parse(self.contact_file.read_bytes(), what="the contact file", error=EngineError)
        except (OSError, EngineError):
            return None

    def tell(self, contact: Contact) -> None:
        """Write the contact file."""
        write_text(self.contact_file, contact.model_dump_json(), durable=False)

    def forget(self) -> None:
        """Remove the contact file."""
        self.contact_file.unlink(missing_ok=True)


def code_digest() -> str:
    """Digest of the lab's source files (name, size, time of change), to notice an engine that runs older ones."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(SOURCE.rglob("*.py")):
        found = path.stat()
        digest.update(f"{path.relative_to(SOURCE)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
