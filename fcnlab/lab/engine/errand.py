"""The frame in which a worker runs a function for somebody in another process."""

import logging
from collections.abc import Callable
from typing import Any

from fcnlab.errors import EngineError, FcnLabError

logger = logging.getLogger(__name__)


def carry_out(function: Callable[..., Any], *args: Any) -> Any:
    """Call `function(*args)`; whatever goes wrong leaves as a `FcnLabError`.

    Only the lab's own errors may travel: an exception of TensorFlow's would make the web process import
    TensorFlow when it is unpickled there. The traceback stays in the engine's log.

    Raises:
        FcnLabError: What the function raised, if it was one.
        EngineError: One sentence about any other exception.
    """
    try:
        return function(*args)
    except FcnLabError as problem:
        told: FcnLabError = problem.with_traceback(None)
    except Exception as fault:
        logger.exception("%s failed.", getattr(function, "__name__", function))
        told = _told(fault)
    told.__cause__ = told.__context__ = None
    raise told


def _told(fault: Exception) -> EngineError:
    name = type(fault).__name__
    if isinstance(fault, MemoryError) or name in {"ResourceExhaustedError", "OutOfMemoryError"}:
        return EngineError("The worker ran out of memory.", "Use a smaller batch, input size or network.")
    lines = str(fault).strip().splitlines()
    reason = f"{name}: {lines[0][:200]}" if lines else name
    return EngineError(f"The work failed in the worker ({reason}).", "The engine's log holds the traceback.")
