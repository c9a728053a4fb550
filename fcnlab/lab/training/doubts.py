"""What looks wrong with a plan before it starts, in sentences."""

from collections.abc import Iterator

from fcnlab.arch import NetSpec
from fcnlab.plan import Phase, Plan, images_taken, planned_steps, steps_in_epoch

LARGE_RATE = {"adam": 0.02, "adamw": 0.02, "sgd": 0.5}
"""Above these learning rates the presets' losses were seen to jump, or are known to."""

SMALL_RATE = 1e-6
FEW_STEPS = 30
"""Below this many steps batch norm's running statistics say more about the beginning than about the network."""

FEW_IN_BATCH = 4
"""Below this many images a batch's own mean and spread are mostly chance."""


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
            f"Early stopping waits {many(plan.early_stop.patience, 'epoch')} and the plan has {plan.epochs}: it never "
            "comes to that."
        )
    return list(dict.fromkeys(found))


def _of_phase(phase: Phase, plan: Plan, images: int) -> Iterator[str]:
    if phase.batch_size > images:
        yield (
            f"A batch of {phase.batch_size} is more than the {many(images, 'image')}: each step takes all of them. "
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
            f"The warm-up of {many(plan.warmup_steps, 'step')} is as long as the training of {total:,}: the learning "
            "rate is never reached. Shorten it, or train longer."
        )
    if not _has_batch_norm(net):
        return
    if total < FEW_STEPS:
        yield (
            f"{many(total, 'step')} are few for a network with batch norm, whose statistics need about {FEW_STEPS} to "
            "settle: validation may look worse than it is. Take more epochs or a smaller batch."
        )
    smallest = min(min(phase.batch_size, images) for phase in plan.phases)
    if smallest < FEW_IN_BATCH:
        yield (
            f"Batch norm measures each batch, and in {many(smallest, 'image')} most of that is chance: take "
            f"{FEW_IN_BATCH} or more, or a network without batch norm."
        )


def _has_batch_norm(net: NetSpec) -> bool:
    return '"norm":"batch"' in net.model_dump_json()


def many(number: int, what: str) -> str:
    """A number with its noun: "1 step", "25 steps"."""
    plural = "es" if what.endswith("ch") and what != "epoch" else "s"
    return f"{number:,} {what}" + plural * (number != 1)
