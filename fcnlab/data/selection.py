"""Which pictures of a split to take: by what they show, by number, with a seed."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fcnlab.data.sampling import choose, share_out
from fcnlab.data.survey import STRATA, Survey
from fcnlab.errors import DataError
from fcnlab.model import Document

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class PictureFilter(Document):
    """What a picture must show; a picture stays only if every condition that is set holds.

    A condition on the target's size, distance or occlusion holds only where there is a target and the value is known.

    Attributes:
        target: Name of the class looked for; None takes the last one.
        present: "with" keeps pictures that show the target, "without" those that do not.
        smaller_than: Fewer pixels of the target than this, at the mask's own size.
        larger_than: More pixels of the target than this.
        nearer_than: Metres to the target, from the pictures' records.
        farther_than: Metres to the target, from the pictures' records.
        hidden_more_than: Share of the target that something hides, 0 to 1, from the pictures' records.
    """

    target: str | None = None
    present: Literal["any", "with", "without"] = "any"
    smaller_than: Annotated[int, Field(ge=1)] | None = None
    larger_than: Annotated[int, Field(ge=0)] | None = None
    nearer_than: Annotated[float, Field(gt=0)] | None = None
    farther_than: Annotated[float, Field(ge=0)] | None = None
    hidden_more_than: Annotated[float, Field(ge=0, lt=1)] | None = None

    @property
    def keeps_all(self) -> bool:
        """Whether no condition is set."""
        return self == PictureFilter(target=self.target)

    def describe(self) -> str:
        """The conditions in words, to stand after "pictures": "with fewer than 60 pixels of hero"; "" without any."""
        target = self.target or "the target"
        size = _between("more than", self.larger_than, "fewer than", self.smaller_than)
        unit = "pixel" if (self.smaller_than or self.larger_than) == 1 else "pixels"
        distance = _between("farther than", self.farther_than, "nearer than", self.nearer_than, " m")
        shown = [
            f"{size} {unit} of {target}" if size else "",
            f"{target} {distance}" if distance else "",
            f"more than {self.hidden_more_than:.0%} of {target} hidden" if self.hidden_more_than is not None else "",
        ]
        told = " and ".join(part for part in shown if part) or (target if self.present == "with" else "")
        without = [f"without {target}"] if self.present == "without" else []
        return ", ".join([*without, *([f"with {told}"] if told else [])])


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


def _between(more: str, above: float | None, less: str, below: float | None, unit: str = "") -> str:
    bounds = ((more, above), (less, below))
    return " and ".join(f"{words} {_number(bound)}{unit}" for words, bound in bounds if bound is not None)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
