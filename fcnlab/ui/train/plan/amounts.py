"""What a plan amounts to before it starts, in sentences: steps, images, time, validation, and what looks wrong."""

from collections.abc import Iterator

from fcnlab.arch import NetSpec
from fcnlab.plan import VALIDATION_BATCH, Phase, Plan, images_taken, planned_steps, scored_images, steps_in_epoch
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.speed import Speed, training_seconds
from fcnlab.ui.train.watching.numbers import duration

LARGE_RATE = {"adam": 0.02, "adamw": 0.02, "sgd": 0.5}
"""Above these learning rates the presets' losses were seen to jump, or are known to."""

SMALL_RATE = 1e-6
FEW_STEPS = 30
"""Below this many steps batch norm's running statistics say more about the beginning than about the network."""

FEW_IN_BATCH = 4
"""Below this many images a batch's own mean and spread are mostly chance."""


def arithmetic(plan: Plan, available: int, speed: Speed | None = None) -> str:
    """Steps, images and time as Markdown.

    Args:
        plan: The plan.
        available: Training images that the dataset has.
        speed: Of an earlier run of the network, if there is one.
    """
    images, total = images_taken(plan, available), planned_steps(plan, available)
    if len(plan.phases) == 1:
        phase = plan.phases[0]
        lines = [
            f"One epoch: {_epoch(phase, images)}",
            f"× {_many(phase.epochs, 'epoch')} = **{_many(total, 'step')} in all**.",
        ]
    else:
        lines = [_phase(number, phase, images) for number, phase in enumerate(plan.phases, 1)]
        lines.append(f"{_many(plan.epochs, 'epoch')}, **{_many(total, 'step')} in all**.")
    lines.append(_time(plan, images, speed))
    return "  \n".join(lines)


def _epoch(phase: Phase, images: int) -> str:
    steps, batch = steps_in_epoch(phase, images), min(phase.batch_size, images)
    used = steps * batch
    start = f"**{_many(steps, 'step')}** × {_many(batch, 'image')} = "
    if phase.steps_per_epoch:
        return f"{start}{_many(used, 'image')}, each of the {images:,} about {used / images:.3g} times."
    left = images - used
    rest = f"; {left:,} {'is' if left == 1 else 'are'} left out, others each time" if left else ""
    return f"{start}{used:,} of {_many(images, 'image')}{rest}."


def _phase(number: int, phase: Phase, images: int) -> str:
    steps, batch = steps_in_epoch(phase, images), min(phase.batch_size, images)
    often = f"each image {steps * batch / images:.3g} times an epoch"
    return (
        f"Phase {number}: {steps:,} × {_many(batch, 'image')} ({often}) × {_many(phase.epochs, 'epoch')} = "
        f"**{_many(phase.epochs * steps, 'step')}**."
    )


def _time(plan: Plan, images: int, speed: Speed | None) -> str:
    if speed is None:
        return "How long it takes is known after the first steps: this network was not trained on this machine yet."
    seconds = duration(training_seconds(plan, images, speed))
    return f"About **{seconds}**, at the {speed.images_per_second:.3g} images a second of {literal(speed.run)}."


def judged(plan: Plan, available: int) -> str:
    """What validation amounts to, in a sentence.

    Args:
        plan: The plan.
        available: Validation images that the dataset has.
    """
    if not available:
        return "No validation: the dataset has no images for it."
    told = list(dict.fromkeys(_judged(plan, phase, available) for phase in plan.phases))
    if len(told) == 1:
        return f"After each epoch {told[0]}."
    return " ".join(f"In phase {number} {text}." for number, text in enumerate(told, 1))


def _judged(plan: Plan, phase: Phase, available: int) -> str:
    scored = scored_images(plan, phase, available)
    which = f"all {available:,}" if scored == available else f"{scored:,} of {available:,}"
    batch = VALIDATION_BATCH if phase.validation_steps is None else phase.batch_size
    return f"{which} validation images are judged, {_many(-(-scored // batch), 'batch')} of {min(batch, scored)}"


def doubts(plan: Plan, net: NetSpec, available: int) -> list[str]:
    """What looks wrong with a plan, each in a sentence and with what would be better.

    Args:
        plan: The plan.
        net: The network.
        available: Training images that the dataset has.
    """
    images = images_taken(plan, available)
    found = [text for phase in plan.phases for text in _of_phase(phase, plan, images)]
    found += _of_whole(plan, net, images)
    if plan.early_stop and plan.early_stop.patience >= plan.epochs:
        found.append(
            f"Early stopping waits {_many(plan.early_stop.patience, 'epoch')} and the plan has {plan.epochs}: it never "
            "comes to that."
        )
    return list(dict.fromkeys(found))


def _of_phase(phase: Phase, plan: Plan, images: int) -> Iterator[str]:
    if phase.batch_size > images:
        yield (
            f"A batch of {phase.batch_size} is more than the {_many(images, 'image')}: each step takes all of them. "
            f"Take more images, or a batch size of {images} at most."
        )
    used = steps_in_epoch(phase, images) * min(phase.batch_size, images)
    if phase.steps_per_epoch and used * 2 < images:
        yield (
            f"An epoch sees {used:,} of {images:,} images, less than half: {images // phase.batch_size:,} steps an "
            "epoch would take each once."
        )
    most = LARGE_RATE[plan.optimizer]
    if phase.learning_rate > most:
        yield (
            f"A learning rate of {phase.learning_rate:g} is above what is known to work with "
            f"{_OPTIMIZER[plan.optimizer]} ({most:g}): the loss may jump about or become infinite."
        )
    elif phase.learning_rate < SMALL_RATE:
        yield f"A learning rate of {phase.learning_rate:g} hardly changes the weights: 0.01 is a usual start with Adam."


_OPTIMIZER = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}


def _of_whole(plan: Plan, net: NetSpec, images: int) -> Iterator[str]:
    total = planned_steps(plan, images)
    if plan.warmup_steps >= total:
        yield (
            f"The warm-up of {_many(plan.warmup_steps, 'step')} is as long as the training of {total:,}: the learning "
            "rate is never reached. Shorten it, or train longer."
        )
    if not _has_batch_norm(net):
        return
    if total < FEW_STEPS:
        yield (
            f"{_many(total, 'step')} are few for a network with batch norm, whose statistics need about {FEW_STEPS} to "
            "settle: validation may look worse than it is. Take more epochs or a smaller batch."
        )
    smallest = min(min(phase.batch_size, images) for phase in plan.phases)
    if smallest < FEW_IN_BATCH:
        yield (
            f"Batch norm measures each batch, and in {_many(smallest, 'image')} most of that is chance: take "
            f"{FEW_IN_BATCH} or more, or a network without batch norm."
        )


def _has_batch_norm(net: NetSpec) -> bool:
    return '"norm":"batch"' in net.model_dump_json()


def _many(number: int, what: str) -> str:
    plural = "es" if what.endswith("ch") and what != "epoch" else "s"
    return f"{number:,} {what}" + plural * (number != 1)
