"""The names of the baselines, for those who know no Keras."""

from typing import Literal, get_args

from fcnlab.errors import FcnLabError

Baseline = Literal["zero", "mean", "position", "resample"]
BASELINES: tuple[str, ...] = get_args(Baseline)


def require_baseline(baseline: str, *others: str) -> None:
    """Refuse a baseline that is none of `BASELINES` and `others`.

    Raises:
        FcnLabError: It is none.
    """
    known = [*BASELINES, *others]
    if baseline not in known:
        told = f"{', '.join(known[:-1])} and {known[-1]}"
        raise FcnLabError(f"There is no baseline {baseline!r}.", f"Baselines are {told}.")
