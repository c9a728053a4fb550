"""A Streamlit server as a person starts it: its start, its address, its memory, its end."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import ROOT

PATIENCE = 120.0


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        url: Without a slash at its end.
        started: `perf_counter` when its process was started.
        pid: Of its process.
    """

    url: str
    started: float
    pid: int

    def megabytes(self) -> float:
        """Resident memory of the server's process alone, in 10⁶ bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1e6

    def cpu_seconds(self) -> float:
        """What the server's process has computed so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(script: Path, runs: Path) -> Iterator[Server]:
    """Start `streamlit run script` with the lab's settings, wait until it answers, and end it afterwards."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = runs.with_name(f"server-{port}.log")
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "FCNLAB_RUNS": str(runs)}, stdout=output, stderr=output
        )
    try:
        _await(process, url, log)
        yield Server(url, started, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).read() == b"ok":
                return
        time.sleep(0.02)
    raise RuntimeError(f"The server did not answer:\n{log.read_text(encoding='utf-8')[-2000:]}")
