"""What training takes of a machine's memory, told before it starts: found on paper, layer by layer."""

from fcnlab.arch.memory.budget import GB, Size, fits, fitting_size, in_gigabytes, resized, verdict
from fcnlab.arch.memory.need import (
    GRAPHS,
    PROCESS,
    SCORED_TOGETHER,
    MemoryModel,
    MemoryNeed,
    StageMemory,
    memory_model,
    training_memory,
)

__all__ = [
    "GB",
    "GRAPHS",
    "PROCESS",
    "SCORED_TOGETHER",
    "MemoryModel",
    "MemoryNeed",
    "Size",
    "StageMemory",
    "fits",
    "fitting_size",
    "in_gigabytes",
    "memory_model",
    "resized",
    "training_memory",
    "verdict",
]
