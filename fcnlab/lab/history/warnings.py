"""What goes wrong in a training, in plain words: told from its course and its plan alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median, pstdev
from typing import Literal

from fcnlab.lab.history.course import Course, class_iou, mean_iou
from fcnlab.lab.runs.metrics import Event
from fcnlab.plan import Plan

Level = Literal["error", "warning", "notice"]

PATIENCE = 3
"""Epochs in a row after which overfitting counts as begun."""

RISEN = 1.05
"""How many times its lowest value a loss must be to count as risen."""

FEWEST_STEPS = 60
"""Steps before anything is said about how the loss falls."""

FALLEN = 0.93
"""A loss that is not below this share of its beginning has not fallen."""

LAGS = 2.0
"""How many times the loss in training a loss with the kept statistics must be for them to count as lagging."""

WAITS = 0.3
"""Share of the time that may go by between two steps without a word."""


@dataclass(frozen=True)
class TrainingWarning:
    """Something is wrong.

    Attributes:
        level: "error": going on is of no use; "warning": the result will be poor; "notice": it could be better.
        sentence: What is seen.
        hint: What helps.
        since: The step from which on it is seen.
    """

    level: Level
    sentence: str
    hint: str
    since: int


def training_warnings(plan: Plan, course: Course) -> list[TrainingWarning]:
    """What is wrong with a training as it stands, the gravest first; empty where nothing seems to be.

    Each holds as long as it is seen: a warning goes away when the training comes round.

    Args:
        plan: How it is trained.
        course: Its events so far.
    """
    broken = _not_a_number(plan, course)
    if broken:
        return [broken]
    found = [
        _lagging_statistics(plan, course) or _only_background(plan, course),
        _loss_does_not_fall(plan, course),
        _overfitting(plan, course),
        _waiting_for_batches(plan, course),
    ]
    order = ("error", "warning", "notice")
    return sorted((one for one in found if one), key=lambda one: order.index(one.level))


def best_epoch(plan: Plan, epochs: Sequence[Event]) -> tuple[int, float] | None:
    """The epoch that is best by the plan's metric, and its value; None where no epoch was validated."""
    values = [(int(epoch["epoch"]), _metric(plan, epoch)) for epoch in epochs]
    known = [(epoch, value) for epoch, value in values if value is not None]
    if not known:
        return None
    return min(known, key=lambda one: one[1]) if plan.metric == "loss" else max(known, key=lambda one: one[1])


def _metric(plan: Plan, epoch: Event) -> float | None:
    if plan.metric == "loss":
        return _loss(epoch, "validation")
    if plan.metric == "mean_iou":
        return mean_iou(epoch)
    return next(reversed(class_iou(epoch)), None)


def _not_a_number(plan: Plan, course: Course) -> TrainingWarning | None:
    since = course.broken_since
    if since is None:
        return None
    whole = [int(epoch["epoch"]) for epoch in course.epochs if epoch["step"] < since]
    back = f"branch a new run from epoch {whole[-1]}, the last one before it," if whole else "start a new run"
    return TrainingWarning(
        "error",
        f"The loss is no number since step {since:,}: the weights have grown beyond what can be computed, and stay so.",
        f"Stop this training, and {back} with a learning rate of {_less(plan, course)} or a longer warm-up.",
        since,
    )


def _only_background(plan: Plan, course: Course) -> TrainingWarning | None:
    """All targets at an IoU of 0 in the last two epochs or more."""
    blind = _last_in_a_row(course.epochs, _finds_nothing)
    if len(blind) < 2:
        return None
    hints = []
    if "dice" not in plan.loss:
        hints.append("a loss with Dice")
    if plan.class_weights is None:
        hints.append("class weights")
    if not plan.draw.changes:
        hints.append("drawing images with a target more often")
    what = ", ".join(hints) or "more steps"
    hint = f"Small targets often come late, so give it some more epochs; if it stays so, {what} can help."
    if _far_too_large(plan, course):
        hint = f"The learning rate is far above the usual: try {_less(plan, course)}."
    return TrainingWarning(
        "warning",
        f"The network predicts only background: for {len(blind)} epochs it has found no pixel of a target.",
        hint,
        int(blind[0]["step"]),
    )


def _finds_nothing(epoch: Event) -> bool:
    targets = [value for value in class_iou(epoch)[1:] if value is not None]
    return bool(targets) and not any(targets)


def _lagging_statistics(plan: Plan, course: Course) -> TrainingWarning | None:
    """The loss falls in training, and stays far higher with the statistics that batch norm keeps.

    Training images that are scored like validation images tell it from overfitting: their figures suffer, too.
    """
    lagging = _last_in_a_row(course.epochs, _lags)
    if len(lagging) < 2 or not course.first_losses:
        return None
    if (_loss(lagging[-1]) or 0.0) > 0.7 * fmean(course.first_losses[:5]):
        return None
    return TrainingWarning(
        "warning",
        f"Validation falls behind since epoch {lagging[0]['epoch']}, though the training loss is fine: batch norm's "
        "statistics lag behind the weights.",
        "A lower batch norm momentum in the network (0.9 in place of 0.99), or more steps, lets them follow.",
        int(lagging[0]["step"]),
    )


def _lags(epoch: Event) -> bool:
    taught, kept = _loss(epoch), _loss(epoch, "training")
    if kept is None and _finds_nothing(epoch):  # nothing tells of training images: go by a network that sees nothing
        kept = _loss(epoch, "validation")
    return taught is not None and kept is not None and kept > LAGS * taught


def _overfitting(plan: Plan, course: Course) -> TrainingWarning | None:
    """The validation loss has risen for some epochs while the training loss fell."""
    epochs = [epoch for epoch in course.epochs if _loss(epoch, "validation") is not None and _loss(epoch) is not None]
    if len(epochs) <= PATIENCE:
        return None
    judged = [_loss(epoch, "validation") or 0.0 for epoch in epochs]
    turn = judged.index(min(judged))
    since = epochs[turn + 1 :]
    rising = min(fmean(judged[-PATIENCE:]), judged[-1]) > RISEN * judged[turn]
    falling = (_loss(epochs[-1]) or 0.0) < (_loss(epochs[turn]) or 0.0)
    best = best_epoch(plan, epochs)
    if len(since) < PATIENCE or not rising or not falling or best is None:
        return None
    name = {"loss": "validation loss", "mean_iou": "mean IoU", "target_iou": "IoU of the target"}[plan.metric]
    use = "the run's end takes it" if plan.keep_best else "it is the one to use"
    return TrainingWarning(
        "warning",
        f"Overfitting begins: the validation loss has risen since epoch {epochs[turn]['epoch']} "
        f"({judged[turn]:.3g} to {judged[-1]:.3g}), while the training loss still falls.",
        f"The best epoch so far is {best[0]}, with a {name} of {best[1]:.3f}: {use}. More "
        "images or more augmentation let a network learn longer.",
        int(since[0]["step"]),
    )


def _loss_does_not_fall(plan: Plan, course: Course) -> TrainingWarning | None:
    """The loss has grown, swings, or stays where it began."""
    means = [point for point in course.means if point[0] > plan.warmup_steps]
    if course.steps < max(FEWEST_STEPS, 2 * plan.warmup_steps) or len(means) < 8:
        return None
    quarter = len(means) // 4
    values = [value for _, value in means]
    last = fmean(values[-quarter:])
    windows = [fmean(values[start : start + quarter]) for start in range(0, len(values) - quarter + 1, quarter)]
    lowest = min(windows)
    if last > 1.5 * lowest:
        since = means[windows.index(lowest) * quarter + quarter - 1][0]
        return TrainingWarning(
            "warning",
            f"The loss grows: from {lowest:.3g} around step {since:,.0f} to {last:.3g} now.",
            f"The learning rate is too large: try {_less(plan, course)}.",
            int(since),
        )
    first = fmean(course.first_losses[:10])
    if last < FALLEN * first:
        return None
    return TrainingWarning(
        "warning",
        f"The loss does not fall: it began at {first:.3g} and is {last:.3g} after {course.steps:,} steps.",
        _other_rate(plan, course, values[-quarter:]),
        int(means[-quarter][0]),
    )


def _other_rate(plan: Plan, course: Course, recent: Sequence[float]) -> str:
    """Whether a loss that stays asks for a larger or for a smaller learning rate."""
    rate = _rate(plan, course)
    if pstdev(recent) > 0.25 * fmean(recent) or _far_too_large(plan, course):
        return f"The learning rate seems too large: try {_less(plan, course)}."
    if rate < _usual_rate(plan) / 3:
        return f"The learning rate seems too small: try {_short(10 * rate)}."
    return (
        f"Try another learning rate, {_short(rate / 3)} or {_short(3 * rate)}, and check that the masks fit the images."
    )


def _waiting_for_batches(plan: Plan, course: Course) -> TrainingWarning | None:
    """Between two steps goes by much more time than the steps themselves take."""
    pairs = [
        (after["time"] - before["time"], after["seconds"])
        for before, after in zip(course.recent, course.recent[1:], strict=False)
        if "time" in after and "time" in before and before.get("epoch") == after.get("epoch")
    ]
    if len(pairs) < 10:
        return None
    whole, inside = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    share = 1 - inside / whole if whole > 0 else 0.0
    if share < WAITS:
        return None
    workers = plan.phases[-1].workers
    return TrainingWarning(
        "notice",
        f"The network waits for its images for {share:.0%} of the time.",
        f"More loader workers (now {workers}) make batches ready while the network learns."
        if workers < 2
        else "Images on a slower disk, or a busy machine, can be the cause; a smaller size or less augmentation helps.",
        int(course.recent[0]["step"]),
    )


def _last_in_a_row(epochs: Sequence[Event], holds: Callable[[Event], bool]) -> list[Event]:
    """The last epochs, as far back as each of them is as asked."""
    found: list[Event] = []
    for epoch in reversed(epochs):
        if not holds(epoch):
            break
        found.insert(0, epoch)
    return found


def _loss(epoch: Event, on: str = "") -> float | None:
    """An epoch's loss: of its steps, or as the "validation" or "training" images were scored."""
    value = (epoch.get(on) or {}).get("loss") if on else epoch.get("loss")
    return float(value) if isinstance(value, int | float) else None


def _rate(plan: Plan, course: Course) -> float:
    """The highest learning rate so far."""
    return max((rate for _, rate in course.rates), default=plan.phases[0].learning_rate)


def _usual_rate(plan: Plan) -> float:
    """With which networks of the lab's kind learn well by the plan's optimizer."""
    return 0.1 if plan.optimizer == "sgd" else 0.005


def _far_too_large(plan: Plan, course: Course) -> bool:
    return _rate(plan, course) > 10 * _usual_rate(plan)


def _less(plan: Plan, course: Course) -> str:
    return _short(_rate(plan, course) / 5)


def _short(rate: float) -> str:
    return f"{rate:.1g}"
