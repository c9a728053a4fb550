"""Peers that take turns: each lives in a process of its own and works only while it is its turn.

The speed of a shared machine changes within minutes. What is compared has to be measured within seconds, and that
without starting every framework anew for each step.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from benchmarks.child import ROOT, environment

GO = "go\n"


class Player:
    """The parent's end of one process."""

    def __init__(self, process: "subprocess.Popen[str]", errors: IO[str]) -> None:
        self._process = process
        self._errors = errors

    def turn(self) -> dict[str, Any]:
        """Let the process go on until it has something to tell.

        Raises:
            RuntimeError: It ended instead; with the end of what it wrote.
        """
        self.go()
        return self.listen()

    def go(self) -> None:
        """Let the process go on."""
        assert self._process.stdin
        self._process.stdin.write(GO)
        self._process.stdin.flush()

    def listen(self) -> dict[str, Any]:
        """Wait for what the process tells next.

        Raises:
            RuntimeError: It ended instead; with the end of what it wrote.
        """
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(f"The process {self._process.args!r} ended:\n{self._errors.read()[-3000:]}")
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def players(module: str, arguments: dict[str, list[str]]) -> Iterator[dict[str, Player]]:
    """Start `python -m module …` once for each name, and end them all afterwards."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(_player(module, given)) for name, given in arguments.items()}


@contextmanager
def _player(module: str, arguments: list[str]) -> Iterator[Player]:
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield Player(process, errors)
        finally:
            process.kill()
            process.communicate()


def pause(told: dict[str, Any]) -> None:
    """In the process: tell, and wait for the next turn."""
    print(json.dumps(told), flush=True)
    if sys.stdin.readline() != GO:
        raise SystemExit  # the parent is gone
