"""Which pictures of a split to take: by what they show, by number, with a seed."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fcnlab.data.contents.conditions import PictureFilter
from fcnlab.data.contents.survey import STRATA, Survey
from fcnlab.data.sampling import choose, share_out
from fcnlab.errors import DataError
from fcnlab.model import Document

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Selection(Document):
    """A choice of pictures that comes out the same every time.

    Attributes:
        filter: Which pictures come into question.
        number: How many of them to draw; None, or more than there are, takes all.
        seed: Draws the same ones every time.
        stratify: Keep the shares of pictures without the target, and of the four quarters of its sizes, as they are.
    """

    filter: PictureFilter = PictureFilter()
    number: Annotated[int, Field(ge=1)] | None = None
    seed: Seed = 0
    stratify: bool = False

    def describe(self) -> str:
        """The selection in one sentence."""
        conditions = self.filter.describe()
        which = f"pictures {conditions}" if conditions else "pictures"
        if self.number is None:
            return f"All {which}."
        shares = ", with the target's sizes in the same shares as in all of them" if self.stratify else ""
        return f"{self.number:,} {which}, drawn with seed {self.seed}{shares}."


def select(survey: Survey, selection: Selection) -> NDArray[np.int64]:
    """The selected pictures of a split.

    With `stratify`, each stratum (no target, and the four quarters of the target's sizes among the pictures that pass
    the filter) gets its share of `number` by the method of largest remainders.

    Args:
        survey: Of the split.
        selection: What to take.

    Returns:
        Indices, sorted, without repeats; at least one.

    Raises:
        DataError: The target is no class of the dataset, or no picture passes the filter.
    """
    passing = survey.where(selection.filter)
    if not len(passing):
        raise _nothing_left(survey, selection.filter)
    if selection.number is None or not selection.stratify:
        return passing[choose(len(passing), selection.number, selection.seed)]
    strata = survey.strata(selection.filter.target, passing)
    counts = np.bincount(strata, minlength=len(STRATA))
    taken = []
    for stratum, number in enumerate(share_out(counts, selection.number)):
        members = passing[strata == stratum]
        order = np.random.default_rng([selection.seed, stratum]).permutation(len(members))
        taken.append(members[order[:number]])
    return np.sort(np.concatenate(taken))


def _nothing_left(survey: Survey, unmet: PictureFilter) -> DataError:
    by_record = (unmet.nearer_than, unmet.farther_than, unmet.hidden_more_than)
    if any(bound is not None for bound in by_record) and not np.isfinite(survey.distance).any():
        return DataError(
            f"No picture of {survey.split} has a record of its target's distance and occlusion.",
            "Leave out the conditions on distance and occlusion; only rendered pictures have such records.",
        )
    if unmet.keeps_all:
        return DataError(f"The split {survey.split} has no pictures.", "Choose another split.")
    return DataError(
        f"None of the {len(survey.names):,} pictures of {survey.split} is one {unmet.describe()}.",
        "Loosen a condition.",
    )
