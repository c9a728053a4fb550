"""What a picture must show to be taken."""

from typing import Annotated, Literal

from pydantic import Field

from fcnlab.model import Document


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


def _between(more: str, above: float | None, less: str, below: float | None, unit: str = "") -> str:
    bounds = ((more, above), (less, below))
    return " and ".join(f"{words} {_number(bound)}{unit}" for words, bound in bounds if bound is not None)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
