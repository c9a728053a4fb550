"""Several programs that take pictures side by side, one OpenGL context each.

They are child programs rather than `multiprocessing` children: those would run a web page again where Streamlit is
the main module, and are forbidden to the processes of a cluster.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fcnlab.errors import RenderError
from fcnlab.sim.picture import Batch, Taken

Answer = tuple[Taken, bytes, bytes]
_SOURCE = Path(__file__).resolve().parents[2]


def take_all(batches: Sequence[Batch], workers: int) -> Iterator[Answer]:
    """Yield the pictures of all batches with JPEG and PNG, in the order in which they are finished.

    Args:
        batches: What to take.
        workers: How many programs at once.

    Raises:
        RenderError: No OpenGL works here.
        RuntimeError: A program failed; it holds what the program said.
    """
    work: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
    answers: queue.SimpleQueue[Answer | Exception | None] = queue.SimpleQueue()
    number = max(1, min(workers, len(batches)))
    for batch in batches:
        work.put(batch)
    for _ in range(number):
        work.put(None)
    programs = [_start(number) for _ in range(number)]
    threads = [threading.Thread(target=_serve, args=(program, work, answers), daemon=True) for program in programs]
    try:
        for thread in threads:
            thread.start()
        left = number
        while left:
            answer = answers.get()
            if isinstance(answer, Exception):
                raise answer
            if answer is None:
                left -= 1
            else:
                yield answer
    finally:
        for program in programs:
            program.kill()
        for program, thread in zip(programs, threads, strict=True):
            if thread.ident is not None:
                thread.join()
            _close(program)


def _start(beside: int) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_SOURCE), *_given_path()])}
    if beside > 1:
        environment.setdefault("LP_NUM_THREADS", "1")  # software drawing would use every core in each program
    return subprocess.Popen(
        [sys.executable, "-m", "fcnlab.sim.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )


def _given_path() -> list[str]:
    given = os.environ.get("PYTHONPATH", "")
    return [given] if given else []


def _serve(
    program: "subprocess.Popen[bytes]",
    work: "queue.SimpleQueue[Batch | None]",
    answers: "queue.SimpleQueue[Answer | Exception | None]",
) -> None:
    """Feed one program with batches until there are none left, and hand on what it answers."""
    try:
        while (batch := work.get()) is not None:
            assert program.stdin is not None
            program.stdin.write(batch.model_dump_json().encode() + b"\n")
            program.stdin.flush()
            while (answer := _receive(program)) is not None:
                answers.put(answer)
        answers.put(None)
    except Exception as problem:
        answers.put(problem)


def _receive(program: "subprocess.Popen[bytes]") -> Answer | None:
    """The next picture of the batch; None after its last."""
    assert program.stdout is not None
    line = program.stdout.readline()
    if not line:
        raise RuntimeError(f"A program that takes pictures ended (status {program.wait()}).")
    head: dict[str, Any] = json.loads(line)
    if "refused" in head:
        raise RenderError(*head["refused"])
    if "fault" in head:
        raise RuntimeError(head["fault"].strip().splitlines()[-1])
    if "done" in head:
        return None
    first, second = head["sizes"]
    return Taken.model_validate(head["taken"]), program.stdout.read(first), program.stdout.read(second)


def _close(program: "subprocess.Popen[bytes]") -> None:
    program.wait()
    for pipe in (program.stdin, program.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
