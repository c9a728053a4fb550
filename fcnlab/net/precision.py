"""In which precision a device trains; without Keras, so that anyone may ask."""

from functools import cache
from pathlib import Path

from fcnlab.errors import PlanError
from fcnlab.plan import Precision


def require_precision(asked: Precision, available: tuple[Precision, ...]) -> None:
    """Refuse a precision that the device does not have.

    Raises:
        PlanError: It is not among the available ones.
    """
    if asked not in available:
        raise PlanError(
            f"The plan's precision is {asked}, and this device trains in {' or '.join(available)}.",
            f'Set the precision to "{available[0]}".',
        )


@cache
def processor_has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16 by instructions of its own; Linux tells."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    flags = next((line for line in told.splitlines() if line.startswith("flags")), "")
    return bool({"avx512_bf16", "amx_bf16"} & set(flags.split()))
