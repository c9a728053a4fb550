"""Plans that the lab keeps by name: a short one to begin with, and the recordings of the reference project."""

from pathlib import Path

from fcnlab.errors import PlanError
from fcnlab.plan import Phase, Plan, load_plan


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


PLANS: dict[str, Plan] = {
    "quick": Plan(subset=200, phases=(Phase(epochs=5, batch_size=16, learning_rate=0.01),)),
    "reference-1": _reference(0.01, 64, epochs=20, steps=70),
    "reference-2": _reference(0.01, 80, epochs=10, steps=60),
    "reference-3": _reference(0.005, 80, epochs=10, steps=60),
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
