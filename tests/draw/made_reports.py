"""Made-up skip reports, with the keys that the real ones have."""

from typing import Any

SKIPS = (("decoder4xx", "encoder2x"), ("decoder4x", "encoder2"), ("decoder4", "encoder1"), ("decoder5", "inputs"))
VALUES = (0.02, 0.12, 0.21, -0.03)


def block(values: tuple[float, ...] = VALUES) -> dict[str, Any]:
    """What a report says of one metric."""
    skips = []
    for (name, source), value in zip(SKIPS, values, strict=False):
        skip: dict[str, Any] = {"name": name, "source": source}
        for kind, factor in (("shapley", 1.0), ("necessity", 0.5), ("sufficiency", 1.5)):
            found = value * factor
            skip |= {kind: found, f"{kind}_low": found - 0.04, f"{kind}_high": found + 0.03}
        skips.append(skip)
    names = [skip["name"] for skip in skips]
    pairs = [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]
    return {
        "all": 0.62,
        "none": 0.2,
        "skips": skips,
        "interactions": [
            {"a": one, "b": other, "value": 0.01 * (i - 2), "low": 0.01 * (i - 3), "high": 0.01 * (i - 1)}
            for i, (one, other) in enumerate(pairs)
        ],
    }


def report(values: tuple[float, ...] = VALUES, *, epoch: int = 10, baseline: str = "zero") -> dict[str, Any]:
    found = block(values)
    return {
        "run": "follow-me-0",
        "epoch": epoch,
        "dataset": "followme",
        "images": 120,
        "target": "hero",
        "baseline": baseline,
        "metric": "target_iou",
        **found,
        "metrics": {"target_iou": found, "boundary_iou": block(tuple(value / 2 for value in values))},
    }


def over_baselines() -> dict[str, Any]:
    names = ("zero", "mean", "position", "resample")
    return report() | {"baselines": {name: report(baseline=name) for name in names}}


def history(epochs: int = 3) -> dict[str, Any]:
    reports = [report(tuple(value * epoch for value in VALUES), epoch=epoch) for epoch in range(1, epochs + 1)]
    return {"run": "follow-me-0", "dataset": "followme", "baseline": "zero", "epochs": reports}
