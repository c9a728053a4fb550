"""Skip reports with made-up numbers, kept in a run folder as the real ones are."""

from itertools import combinations
from typing import Any

from fcnlab.lab import Run
from fcnlab.lab.inside.kept_reports import Question, keep
from fcnlab.lab.tasks import net_of

BASELINES = ("zero", "mean", "position", "resample")
METRICS = ("target_iou", "boundary_iou", "interior_iou", "recall_4_20", "recall_21_60")


def keep_report(
    run: Run, epoch: int, dataset: str = "shapes:0.1:0", subset: int | None = 10, only: tuple[str, ...] = BASELINES
) -> None:
    """Keep a report of each baseline.

    Of `target_iou` the values are 2, 4, 6 … points from the bottom up, less 1 point for each later baseline; of each
    later metric they are half of the one before.
    """
    for baseline in only:
        report = {
            "run": run.name,
            "epoch": epoch,
            "dataset": dataset,
            "images": 30,
            "subset": subset,
            "target": "polygon",
            "baseline": baseline,
            "bootstrap": 1000,
            "metrics": {
                metric: block(run, 0.5**number, BASELINES.index(baseline)) for number, metric in enumerate(METRICS)
            },
        }
        keep(Question(run, epoch, dataset, subset, baseline), report)


def block(run: Run, scale: float, less: int) -> dict[str, Any]:
    skips = net_of(run).skips
    values = [scale * (0.02 * (number + 1) - 0.01 * less) for number in range(len(skips))]
    told = []
    for (name, skip), value in zip(skips, values, strict=True):
        row: dict[str, Any] = {"name": name, "source": skip.source}
        for kind, share in (("shapley", 1), ("necessity", 2), ("sufficiency", 0.5)):
            middle = share * value
            row |= {kind: middle, f"{kind}_low": middle - 0.005, f"{kind}_high": middle + 0.005}
            if less == len(BASELINES) - 1:
                row[f"{kind}_spread"] = 0.003
        told.append(row)
    pairs = [
        {"a": one, "b": other, "value": 0.011, "low": 0.01, "high": 0.012}
        for one, other in combinations([name for name, _ in skips], 2)
    ]
    none = 0.1
    return {"all": none + sum(values), "none": none, "skips": told, "interactions": pairs, "sets": []}
