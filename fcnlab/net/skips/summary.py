"""What each skip contributes to each metric: values of games with bootstrap intervals, as JSON data."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fcnlab.net.skips import games
from fcnlab.net.skips.cut import SkipEdge
from fcnlab.net.skips.tally import Tally
from fcnlab.net.skips.values import Values, measure, resamples

SAMPLES = 1000
"""Of the bootstrap."""
SEED = 0
LEVEL = 95
"""Per cent that an interval covers: from the 2.5th to the 97.5th percentile of the samples."""

FIGURES = ("shapley", "necessity", "sufficiency")

Block = dict[str, Any]


def summarise(tallies: Sequence[Tally], skips: Sequence[SkipEdge], samples: int = SAMPLES) -> dict[str, Block]:
    """Contributions to every metric that is defined under every set of skips.

    Args:
        tallies: One for each donor of the baseline, of the same images; values are their means.
        skips: The network's k skips, from the bottom up.
        samples: Of the bootstrap over images.

    Returns:
        By metric: `all`, `none`, `skips` [`name`, `source`, and for each of `FIGURES` its value, `_low`, `_high`, and
        with several donors `_spread`, the standard deviation between donors], `interactions` [`a`, `b`, `value`,
        `low`, `high`] and `sets` [`skips`, `value`], in the order of the sets' numbers.
    """
    first = tallies[0]
    whole = np.ones((1, first.images))
    drawn = resamples(first, samples, SEED)
    points = [measure(part, whole) for part in tallies]
    sampled = [measure(part, drawn) for part in tallies]
    blocks = {}
    for metric in points[0]:
        values = np.stack([point[metric][:, 0] for point in points])  # [donors, S]
        if np.isfinite(values).all():
            blocks[metric] = _block(values, np.mean([sample[metric] for sample in sampled], axis=0), skips)
    return blocks


def _block(values: Values, samples: Values, skips: Sequence[SkipEdge]) -> Block:
    """Of values [donors, S] and their bootstrap samples [S, B]."""
    names = [skip.name for skip in skips]
    count = len(skips)
    mean = values.mean(axis=0)
    samples = samples[:, np.isfinite(samples).all(axis=0)]  # a sample without any target tells nothing of targets
    matrices = [games.shapley(count), games.necessity(count), games.sufficiency(count)]
    entries: list[dict[str, Any]] = [{"name": skip.name, "source": skip.source} for skip in skips]
    for figure, matrix in zip(FIGURES, matrices, strict=True):
        of_donors = matrix @ values.T
        for entry, value, (low, high), spread in zip(
            entries, matrix @ mean, _intervals(matrix @ samples), of_donors.std(axis=1), strict=True
        ):
            entry |= {figure: float(value), f"{figure}_low": low, f"{figure}_high": high}
            if len(values) > 1:
                entry[f"{figure}_spread"] = float(spread)
    matrix = games.interactions(count)
    together = zip(games.pairs(count), matrix @ mean, _intervals(matrix @ samples), strict=True)
    return {
        "all": float(mean[-1]),
        "none": float(mean[0]),
        "skips": entries,
        "interactions": [
            {"a": names[one], "b": names[other], "value": float(value), "low": low, "high": high}
            for (one, other), value, (low, high) in together
        ],
        "sets": [
            {"skips": [name for bit, name in enumerate(names) if number >> bit & 1], "value": float(value)}
            for number, value in enumerate(mean)
        ],
    }


def _intervals(samples: Values) -> list[tuple[float | None, float | None]]:
    """Low and high end for each row of [rows, B]; None where no sample is left."""
    if not samples.shape[1]:
        return [(None, None)] * len(samples)
    tail = (100 - LEVEL) / 2
    ends = np.percentile(samples, [tail, 100 - tail], axis=1)
    return [(float(low), float(high)) for low, high in ends.T]
