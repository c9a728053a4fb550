"""The two documents of a run folder: what was asked for (`run.json`) and how far it is (`status.json`)."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from fcnlab.model import Document
from fcnlab.plan import Plan

RunState = Literal["queued", "starting", "running", "paused", "stopping", "stopped", "done", "failed", "interrupted"]

ACTIVE: frozenset[RunState] = frozenset({"starting", "running", "paused", "stopping"})
"""States in which a process works on the run, and beats."""

Count = Annotated[int, Field(ge=0)]


class RunRecord(Document):
    """What a run trains, written once when the run is made.

    Attributes:
        name: The run's name, which is its folder's at the time.
        created: When, in UTC.
        net: The network's spec as JSON data.
        plan: How it is trained.
        dataset: A built-in set's name or a folder; of an imported network the set whose pictures it is shown.
        note: The person's own words.
        kind: "network" is the lab's own kind; "layers" a network of others that is none, whose layers can be looked
            at: its configuration is in model.json, and `net` holds only its name.
        imported: The name of the file that the network was imported from; empty for one trained here.
        parent: The run whose weights it began with; empty for one that began at random.
        parent_epoch: The epoch of that run.
        person: Who asked for it; empty where that is not known.
        force: Whether it is trained also where its memory seems too small.
    """

    version: Literal[1] = 1
    name: str
    created: AwareDatetime
    net: dict[str, Any]
    plan: Plan
    dataset: str
    note: Annotated[str, Field(max_length=10_000)] = ""
    kind: Literal["network", "layers"] = "network"
    imported: Annotated[str, Field(max_length=300)] = ""
    parent: Annotated[str, Field(max_length=300)] = ""
    parent_epoch: Count = 0
    person: Annotated[str, Field(max_length=300)] = ""
    force: bool = False


class Status(Document):
    """How far a run is. The writer replaces it a few times a second, so that it stays small.

    Attributes:
        state: As written. A killed process cannot write; `Run.state` sees that by the heartbeat.
        epoch: The epoch at work, from 1; 0 before the first.
        epochs: Epochs of the whole plan.
        step: Steps done over all epochs.
        steps: Steps of the whole plan.
        best: The best epoch so far by the plan's metric; 0 before the first was validated.
        message: One sentence for a person.
        heartbeat: Unix time of the last sign of life, in seconds.
        pid: The process that works on the run; while it is queued, the engine that holds it.
        host: The machine of `pid`.
        worker: The engine's name of the worker, empty outside the engine.
        device: What it trains on, e.g. "CPU" or a GPU's name; empty before that is known.
        started: Unix time at which the work began.
        finished: Unix time at which it ended.
    """

    state: RunState = "queued"
    epoch: Count = 0
    epochs: Count = 0
    step: Count = 0
    steps: Count = 0
    best: Count = 0
    message: str = ""
    heartbeat: float = 0.0
    pid: int | None = None
    host: str = ""
    worker: str = ""
    device: str = ""
    started: float | None = None
    finished: float | None = None

    def with_(self, **changes: Any) -> "Status":
        """A copy with some fields changed, validated again."""
        return Status.model_validate({**self.model_dump(), **changes})
