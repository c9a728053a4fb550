"""Measuring in a process of its own: no peer finds the machine as another one's framework left it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 1800.0


def threads() -> int:
    """Processor cores that this process may use; every peer gets as many threads."""
    return len(os.sched_getaffinity(0))


def environment() -> dict[str, str]:
    """The environment of every measuring process: the same threads for all, and no chatter of TensorFlow's."""
    count = str(threads())
    own = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}
    limits = {"OMP_NUM_THREADS": count, "TF_NUM_INTRAOP_THREADS": count, "KERAS_BACKEND": "tensorflow"}
    return {**os.environ, **own, **limits}


def ask(module: str, *arguments: str) -> Any:
    """Run `python -m module arguments…` and read the JSON document on its last line.

    Raises:
        RuntimeError: The process failed; with the end of what it wrote.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"python -m {module} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return json.loads(lines[-1])


def installed(package: str) -> bool:
    """Whether a framework can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None
