"""How a run is doing, in one sentence, and what can be done about it."""

from collections.abc import Sequence

from fcnlab.lab import Event, Run, RunState, Status
from fcnlab.lab.runs.records import ACTIVE
from fcnlab.ui.engine import engine_state
from fcnlab.ui.train.watching.queue import place_sentence

LABELS: dict[RunState, str] = {
    "queued": "waiting",
    "starting": "starting",
    "running": "training",
    "paused": "paused",
    "stopping": "stopping",
    "stopped": "stopped",
    "done": "done",
    "failed": "failed",
    "interrupted": "interrupted",
}
"""A state as lists name it."""

SIGNS: dict[RunState, str] = {
    "queued": ":orange[:material/hourglass_top:]",
    "starting": ":orange[:material/hourglass_top:]",
    "running": ":blue[:material/model_training:]",
    "paused": ":orange[:material/pause_circle:]",
    "stopping": ":orange[:material/stop_circle:]",
    "stopped": ":orange[:material/stop_circle:]",
    "done": ":green[:material/check_circle:]",
    "failed": ":red[:material/error:]",
    "interrupted": ":red[:material/power_off:]",
}
"""A sign for each state, beside its word and never in its place."""


def is_live(state: RunState) -> bool:
    """Whether the run changes by itself."""
    return state == "queued" or state in ACTIVE


def can_go_on(state: RunState) -> bool:
    """Whether the run ended before its plan did."""
    return state in ("stopped", "failed", "interrupted")


def sentence(
    run: Run,
    status: Status,
    state: RunState,
    *,
    before: Sequence[str] = (),
    steps: Sequence[Event] = (),
) -> str:
    """What the run is doing, or how it ended.

    Args:
        run: The run.
        status: Its status as written.
        state: Its state as `Run.state` sees it.
        before: Names of the runs that are being trained first.
        steps: The events of its steps so far.
    """
    if state == "stopping":
        return status.message
    if is_live(state) and run.stop_requested():
        return "Stop was asked for: the training ends at its next batch."
    if state == "running" and run.pause_requested():
        return "Pause was asked for: the training rests after its next batch."
    match state:
        case "queued":
            return place_sentence(run, run.path.parent) or _waiting(before)
        case "starting":
            return f"Starting. {status.message} {_warming()}".strip()
        case "running":
            return _working(status, steps)
        case "paused":
            return status.message or f"Paused after step {status.step}. “Continue” goes on with the next batch."
        case "failed":
            return status.message or "The training failed."
        case "interrupted":
            return _interrupted(run, status, steps)
        case _:
            return status.message or f"{LABELS[state].capitalize()}."


def _working(status: Status, steps: Sequence[Event]) -> str:
    if not steps:
        return "Training. The first step also builds the graph, which takes a few seconds."
    return status.message or "Training."


def _waiting(before: Sequence[str]) -> str:
    if before:
        return f"Waiting: {', '.join(before)} is being trained first."
    return f"Waiting for the training worker. {_warming()}".strip()


def _warming() -> str:
    state = engine_state()
    return "" if state.phase == "ready" else state.sentence


def _interrupted(run: Run, status: Status, steps: Sequence[Event]) -> str:
    step = max(status.step, steps[-1]["step"] if steps else 0)  # the status is written a few times a second
    kept = run.kept.last_step()
    where = f"its checkpoint after step {kept}" if kept else "the beginning"
    seen = f" at step {step} of {status.steps}" if status.steps else ""
    return f"Interrupted{seen}: the process that trained it has ended. “Go on” takes it up from {where}."
