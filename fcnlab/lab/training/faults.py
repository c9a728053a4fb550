"""What goes wrong with a machine in the middle of a training, each in one sentence with what helps."""

import errno
import re

from fcnlab.arch import NetSpec
from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab.runs.run import Run

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room on the disk, in the person's share of it, or in one file."""


def explained(fault: Exception, run: Run, epoch: int) -> FcnLabError | None:
    """The sentence for a fault that a person can do something about; None for any other.

    Args:
        fault: What ended the training.
        run: Whose training.
        epoch: In which it happened.
    """
    if isinstance(fault, FcnLabError):
        return fault
    if not run.path.is_dir():
        return RunError(f"The folder of the run {run.name} is gone: it was deleted or moved during the training.")
    if _number(fault) in FULL:
        return _full(run)
    if _is_memory(fault):
        return _no_memory(run, _batch_size(run, epoch))
    return None


def _full(run: Run) -> RunError:
    step = run.kept.last_step()
    kept = f"from step {step} on, whose checkpoint is kept" if step else "from the start: there is no checkpoint yet"
    return RunError(f"The disk is full: there was no room to write to {run.path}.", f"Make room and go on {kept}.")


def _no_memory(run: Run, batch_size: int) -> RunError:
    given = NetSpec.model_validate(run.record.net).input
    size = f"{given.height} × {given.width} pixels"
    images = f"{batch_size} image{'s' * (batch_size > 1)}"
    if batch_size > 1:
        fix = f"Go on with a batch size of {batch_size // 2} or less, or train a network of a smaller input."
    else:
        fix = f"Train a network of a smaller input: {given.height // 2} × {given.width // 2} takes a quarter."
    return RunError(f"There was not enough memory for a step of {images} of {size}.", fix)


def _number(fault: BaseException) -> int | None:
    """The error number of the operating system; HDF5 gives it in its text alone."""
    number = getattr(fault, "errno", None)
    if isinstance(number, int):
        return number
    if isinstance(fault, OSError | RuntimeError):
        told = re.search(r"errno = (\d+)", str(fault))
        return int(told[1]) if told else None
    return None


def _is_memory(fault: BaseException) -> bool:
    """Python's own error, TensorFlow's, or that of JAX, which is told apart by its text alone."""
    names = {kind.__name__ for kind in type(fault).__mro__}
    return bool(names & {"MemoryError", "ResourceExhaustedError", "OutOfMemoryError"}) or (
        isinstance(fault, RuntimeError) and "RESOURCE_EXHAUSTED" in str(fault)
    )


def _batch_size(run: Run, epoch: int) -> int:
    """Images a step in an epoch of the run, from 1."""
    phases = [*run.record.plan.phases, *(phase for change in run.changes() for phase in change.more)]
    sizes = [phase.batch_size for phase in phases for _ in range(phase.epochs)]
    asked = [change.batch_size for change in run.changes() if change.batch_size]
    return asked[-1] if asked else sizes[min(max(epoch, 1), len(sizes)) - 1]
