"""Plans that the lab keeps by name: one to begin with, the recordings of the reference project, and better ones.

`followme-5-minutes` and `followme-15-minutes` are for `follow-me` on the frames of the Follow-Me project, and take
about so long on two cores with bfloat16. How they were found: docs/findings/0004-the-score-that-was-missed.md.
"""

from pathlib import Path

from fcnlab.errors import PlanError
from fcnlab.plan import Augmentation, Phase, Plan, load_plan


def _reference(learning_rate: float, batch_size: int, epochs: int, steps: int) -> Plan:
    phase = Phase(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        steps_per_epoch=steps,
        validation_steps=50,
        workers=2,
    )
    return Plan(phases=(phase,), schedule="constant", warmup_steps=0, loss="cross-entropy", flip=False)


def _followme(epochs: int) -> Plan:
    """The hero is small, rare and mostly seen before the same few backgrounds, which are not to be learnt by heart."""
    return Plan(
        phases=(Phase(epochs=epochs, batch_size=16, learning_rate=0.003),),
        warmup_steps=100,
        optimizer="adamw",
        class_weights=(1, 2, 5),
        dice_weight=0.5,
        precision="bfloat16",
        augment=Augmentation(shift=0.15, zoom=0.45, brightness=0.3, contrast=0.4, color=0.3, paste=0.5),
    )


PLANS: dict[str, Plan] = {
    "quick": Plan(subset=200, phases=(Phase(epochs=5, batch_size=16, learning_rate=0.01),)),
    "reference-1": _reference(0.01, 64, epochs=20, steps=70),
    "reference-2": _reference(0.01, 80, epochs=10, steps=60),
    "reference-3": _reference(0.005, 80, epochs=10, steps=60),
    "followme-5-minutes": _followme(epochs=7),
    "followme-15-minutes": _followme(epochs=24),
}
"""Name → plan."""


def find_plan(name: str | Path) -> Plan:
    """The kept plan of that name, or the plan in that file.

    Raises:
        PlanError: There is neither, or the file holds no valid plan.
    """
    if str(name) in PLANS:
        return PLANS[str(name)]
    if not Path(name).exists():
        raise PlanError(
            f"There is no plan {str(name)!r}, and no such file.",
            f"Name a JSON file, or one of {', '.join(PLANS)}.",
        )
    return load_plan(name)
