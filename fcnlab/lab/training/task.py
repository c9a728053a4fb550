"""Training a run: from its folder to its last checkpoint.

Runs in a worker of the engine, or in the caller's own process for the command line and notebooks. `net` is imported
inside of the functions, so that handing them over costs the web process no TensorFlow.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fcnlab.arch import NetSpec, plain, require_valid
from fcnlab.data import Dataset, Pairs, choose, open_dataset
from fcnlab.errors import PlanError, RunError, SpecError
from fcnlab.lab.runs.heartbeat import Heartbeat
from fcnlab.lab.runs.previews import Preview
from fcnlab.lab.runs.records import ACTIVE
from fcnlab.lab.runs.run import Run
from fcnlab.lab.training.budget import budget_of_worker
from fcnlab.lab.training.device import device_here
from fcnlab.lab.training.faults import explained
from fcnlab.lab.training.fit import largest_batch_left, require_fit, require_memory
from fcnlab.lab.training.loop import Loop, OnEvent
from fcnlab.lab.training.peak import forget_peak
from fcnlab.lab.training.people import person_here
from fcnlab.plan import Change, Phase, Plan, planned_epochs, require_plan, validation_images

if TYPE_CHECKING:
    from fcnlab.net import Trainer


class _Stopped(Exception):  # noqa: N818 - not an error: somebody pressed Stop
    """Stop was asked for before the first step."""


def net_of(run: Run) -> NetSpec:
    """The network that a run trains.

    Raises:
        SpecError: The run's record holds no valid network, or one that is no encoder–decoder of the lab's kind.
    """
    if run.record.kind == "layers":
        raise SpecError(
            f"The network of run {run.name} was imported and is no encoder–decoder of the lab's kind.",
            "Look at its feature maps layer by layer.",
        )
    return NetSpec.parse(run.record.net, what=f"the network of run {run.name}", error=SpecError)


def create_run(out: Path, net: NetSpec, plan: Plan, dataset: str, person: str = "", *, force: bool = False) -> Run:
    """Make a run folder at `out`, after everything that can be told beforehand was found to be right.

    Raises:
        FcnLabError: The network has errors, the dataset cannot be used or does not go with it, or the folder
            cannot be made.
    """
    require_valid(net)
    opened = open_dataset(dataset)
    require_fit(net, opened)
    require_plan(plan, net.output.classes, opened.splits.get("validation", 0))
    return Run.create(out, net=plain(net), plan=plan, dataset=opened.name, person=person, force=force)


def train_here(
    net: NetSpec, plan: Plan, dataset: str, out: Path, on_event: OnEvent | None = None, *, force: bool = False
) -> None:
    """Make a run at `out` and train it in this process.

    Args:
        net: The network.
        plan: How to train it.
        dataset: A built-in set's name or a folder.
        out: The run folder to make.
        on_event: Called with each event of the run's metrics, and with {"kind": "status", "message": …}.
        force: Whether to train also where the memory seems too small.

    Raises:
        FcnLabError: See `create_run`; or the dataset cannot be read, or the memory does not suffice.
    """
    train_run(str(create_run(out, net, plan, dataset, person_here(), force=force).path), on_event)


def resume_here(path: Path, on_event: OnEvent | None = None, *, force: bool = False) -> None:
    """Go on with a run in this process from its last checkpoint, or from the start when it has none.

    With `force` also where the memory seems too small.

    Raises:
        RunError: There is no such run, it is being trained, or it has reached its plan's end.
    """
    run = Run.open(path)
    requeue(run)
    train_run(str(run.path), on_event, force=force)


def requeue(run: Run, pid: int | None = None) -> None:
    """Mark a run that ended early, or got more epochs, as waiting again.

    Raises:
        RunError: It is being trained, or it has reached its plan's end.
    """
    _require_more(run)
    run.queue(pid)


def more_epochs(run: Run, phase: Phase) -> None:
    """Add a phase to the end of a run that is not being trained, so that `requeue` takes it up again.

    Where early stopping has ended the run, the epochs that it left out stay out.

    Raises:
        RunError: It is being trained, or it holds no optimizer state to go on with.
    """
    state = run.state()
    if state in ACTIVE or state == "queued":
        raise RunError(f"The run {run.name} is {state}.", "Give it more epochs when it has ended, or stop it first.")
    if run.checkpoints() and not run.kept.points():
        raise RunError(
            f"The run {run.name} keeps weights, but no optimizer state to go on with.", "Branch a new run from it."
        )
    status = run.status
    early = state == "done" and status.epoch < planned_epochs(run.record.plan, run.changes())
    run.add_change(Change(step=status.step, cut_after=status.epoch if early else None, more=(phase,)))


def go_on_with(
    run: Run, epochs: int | None = None, *, learning_rate: float | None = None, batch_size: int | None = None
) -> None:
    """Ask for what should change when a run that is not being trained goes on.

    Args:
        run: The run.
        epochs: So many more, after those that are planned; None adds none.
        learning_rate: Of those; without `epochs`, of all that follows. None leaves it.
        batch_size: As `learning_rate`.

    Raises:
        PlanError: A value that cannot be used.
        RunError: As `more_epochs`; or there is nothing left to train.
    """
    if epochs is not None:
        more_epochs(run, phase_like_last(run, epochs, learning_rate=learning_rate, batch_size=batch_size))
    elif learning_rate is not None or batch_size is not None:
        _require_more(run)
        run.request_change(learning_rate=learning_rate, batch_size=batch_size)


def phase_like_last(
    run: Run, epochs: int, *, learning_rate: float | None = None, batch_size: int | None = None
) -> Phase:
    """More epochs as the run's last ones were.

    Args:
        run: The run.
        epochs: How many.
        learning_rate: Another one; None keeps what the run ended with.
        batch_size: Another one; None keeps what the run ended with.

    Raises:
        PlanError: A value that cannot be used.
    """
    like = run.record.plan.phases[-1].model_dump()
    for change in run.changes():
        like |= change.more[-1].model_dump() if change.more else {}
        like |= change.model_dump(include={"learning_rate", "batch_size"}, exclude_none=True)
    given = {"epochs": epochs, "learning_rate": learning_rate, "batch_size": batch_size}
    like |= {name: value for name, value in given.items() if value is not None}
    return Phase.parse(like, what="the epochs to add", error=PlanError)


def train_run(
    path: str,
    on_event: OnEvent | None = None,
    worker: str = "",
    *,
    force: bool = False,
    others_wait: Callable[[], bool] | None = None,
) -> None:
    """Train a queued run from its last checkpoint, or from the start, to its plan's end or a request to stop.

    Args:
        path: The run's folder.
        on_event: As in `train_here`.
        worker: The engine's name of this process.
        force: Whether to train also where the memory seems too small; a run that was made so is trained in any case.
        others_wait: Whether another run waits for this process, so that a paused one makes room; None for never.

    Raises:
        FcnLabError: It is not queued; its dataset or checkpoint cannot be used; the disk or the memory does not
            suffice; or its folder was deleted. The run then shows as failed with that sentence.
    """
    run = Run.open(path)
    with Heartbeat(run, worker=worker) as beat:
        try:
            _train(run, beat, on_event or (lambda _: None), others_wait or (lambda: False), force=force)
        except _Stopped:
            beat.update(state="stopped", message="Stopped before the first step.")
        except Exception as fault:
            told = explained(fault, run, beat.status.epoch)
            if told is None or told is fault:
                raise
            raise told from fault


def _train(
    run: Run, beat: Heartbeat, on_event: OnEvent, others_wait: Callable[[], bool], *, force: bool = False
) -> None:
    def say(message: str) -> None:
        beat.update(message=message)
        on_event({"kind": "status", "message": message})

    def reading(done: int, total: int) -> None:
        beat.update(message=f"Reading the images: {done} of {total}.")
        if run.stop_requested():
            raise _Stopped

    forget_peak()
    run.tidy()
    say("Reading the images.")
    net = net_of(run)
    dataset = open_dataset(run.record.dataset)
    require_fit(net, dataset)
    plan, count, forced = run.record.plan, dataset.splits["train"], force or run.record.force
    if not forced:
        _require_memory(net, plan, largest_batch_left(plan, count, run.changes(), run.status.step))
    training, validation = read_images(net, plan, dataset, reading)

    say("Building the network.")
    from fcnlab.net import Trainer

    beat.update(device=", ".join(device_here().names[: plan.devices]))
    trainer = Trainer(net, plan, training, validation, run.changes(), _start(run))
    told = _go_back(run, trainer)
    preview = Preview(run, trainer, validation if validation is not None and len(validation) else training)

    def require_batch(batch: int) -> None:
        if not forced:
            _require_memory(net, plan, min(batch, len(training)))

    loop = Loop(run, beat, trainer, preview, on_event, others_wait, require_batch)
    for message in told:
        loop.note(message)
    if loop.train():
        beat.update(message=_finished(run, trainer))


def _require_memory(net: NetSpec, plan: Plan, batch: int) -> None:
    """Ask for the memory where the work is done and when: since somebody pressed Start it may have become less."""
    if batch:
        require_memory(net, plan, budget_of_worker(), batch)


def _start(run: Run) -> Path | None:
    """The weights that a branch begins with, as long as it has no checkpoint of its own.

    Raises:
        RunError: They are gone.
    """
    if not run.record.parent or run.kept.points():
        return None
    if not run.start_path.is_file():
        raise RunError(
            f"The weights {run.start_path}, with which the run begins, are gone.",
            f"Branch again from epoch {run.record.parent_epoch} of {run.record.parent}.",
        )
    return run.start_path


def _go_back(run: Run, trainer: "Trainer") -> list[str]:
    """Put the trainer where the newest whole checkpoint left off, and the curve, too; what is to be told of that."""
    run.ask_again()
    point, damaged = run.kept.go_back(trainer.restore)
    run.truncate_metrics(trainer.step)
    if point is None:
        return []
    told = [f"{reason[0].upper()}{reason[1:]} The one before it serves." for reason in damaged]
    return [*told, f"Going on after step {trainer.step}."]


def _finished(run: Run, trainer: "Trainer") -> str:
    epochs = trainer.epoch
    told = f"Finished {epochs} epoch{'s' * (epochs != 1)}."
    if trainer.ended_early:
        told = f"{told} {trainer.ended_early}"
    if run.record.plan.keep_best and trainer.best:
        told = f"{told} The best is epoch {trainer.best[0]}, whose weights are taken."
    return told


def read_images(
    net: NetSpec, plan: Plan, dataset: Dataset, progress: Callable[[int, int], None] | None = None
) -> tuple[Pairs, Pairs | None]:
    """The images a plan trains on and those it validates on (None without a validation split), kept for the next time.

    They are mapped from the disk, and so may take more than there is memory.
    """
    size, channels = (net.input.height, net.input.width), net.input.channels
    chosen = choose(dataset.splits["train"], plan.subset, plan.seed)
    training = dataset.load("train", size, channels, chosen, progress, keep=True)
    count = dataset.splits.get("validation", 0)
    if not count:
        return training, None
    chosen = choose(count, validation_images(plan, count), plan.seed)
    return training, dataset.load("validation", size, channels, chosen, progress, keep=True)


def _require_more(run: Run) -> None:
    added = any(change.more and change.step >= run.status.step for change in run.changes())
    if run.state() == "done" and not added:
        raise RunError(f"The run {run.name} has reached the end of its plan.", "Give it more epochs to train longer.")
