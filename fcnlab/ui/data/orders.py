"""Which pictures would help a run most: its bands of distance, or of size, as orders to the simulator."""

from dataclasses import dataclass
from math import sqrt

from fcnlab.lab.making import MakingKind
from fcnlab.lab.tasks import Band, PictureScores

NEAREST, FARTHEST = 2.0, 100.0
"""Metres; the simulator's camera goes no nearer, and beyond the other the hero is less than a pixel."""

FOLLOWING_UP_TO = 12.0
"""Metres up to which the hero is seen as when following, from behind; farther ones as on patrol."""

SIZE_AT_ONE_METRE = 9000.0
"""Pixels of the hero × square of its distance in metres, in a picture of 160×160. In four of five pictures that the
simulator made of a hero in full view it lies between 7,000 and 12,000 (378 pictures, 2 to 60 m)."""

_SIDE = 160


@dataclass(frozen=True)
class Order:
    """One band of a run's scores, and the pictures that would be like it.

    Attributes:
        band: With its figures.
        where: The band in words: "at 40–60 m", "of 4–20 pixels".
        distance: Metres, least and most, to render at.
        kind: As what.
    """

    band: Band
    where: str
    distance: tuple[float, float]
    kind: MakingKind

    @property
    def missed(self) -> int:
        """Pictures of the band in which the target was not found."""
        return self.band.images - self.band.detected

    @property
    def is_unsure(self) -> bool:
        """Whether the band has too few pictures to tell how well such targets are found."""
        return self.band.recall_interval is None


def orders(scores: PictureScores, size: tuple[int, int]) -> tuple[tuple[Order, ...], bool]:
    """The bands that have pictures, and whether their distances are estimates.

    Those with the most missed pictures are first: there is most to win. Bands of too few pictures to tell are last.

    Pictures with records are told by distance. Others are told by the target's size, from which the distance follows:
    a hero twice as far covers a quarter of the pixels.

    Args:
        scores: Of a run.
        size: Height and width of its network's input.
    """
    bands = scores.by_distance()
    estimated = not bands
    made = [_by_size(band, size) for band in scores.by_size()] if estimated else [_by_distance(band) for band in bands]
    there = [order for order in made if order.band.images]
    return tuple(sorted(there, key=lambda order: (order.is_unsure, -order.missed))), estimated


def metres_of(pixels: float, size: tuple[int, int]) -> float:
    """How far away a hero of so many pixels is, about, in a picture of this height and width."""
    at_160 = max(pixels, 1.0) * _SIDE * _SIDE / (size[0] * size[1])
    return min(max(sqrt(SIZE_AT_ONE_METRE / at_160), NEAREST), FARTHEST)


def _by_distance(band: Band) -> Order:
    where = f"at {band.low:g}–{band.high:g} m" if band.high is not None else f"at {band.low:g} m and farther"
    return _order(band, where, max(band.low, NEAREST), min(band.high or FARTHEST, FARTHEST))


def _by_size(band: Band, size: tuple[int, int]) -> Order:
    where = f"of {band.low:g}–{band.high:g} pixels" if band.high is not None else f"of {band.low:g} pixels and more"
    near = metres_of(band.high, size) if band.high is not None else NEAREST
    return _order(band, where, round(near, 1), round(max(metres_of(band.low, size), near + 0.5), 1))


def _order(band: Band, where: str, near: float, far: float) -> Order:
    return Order(band, where, (near, far), "following" if far <= FOLLOWING_UP_TO else "patrol-target")


def told(order: Order, *, estimated: bool) -> str:
    """The band's figures in one sentence: "Recall at 40–60 m is 0.31 (0.22–0.41), 61 of 88 pictures missed"."""
    band = order.band
    pictures = f"{band.images:,} picture{'s' * (band.images != 1)}"
    about = f", that is about {order.distance[0]:g}–{order.distance[1]:g} m" if estimated else ""
    missed = f"{order.missed:,} of {pictures} missed"
    if band.recall_interval is None:
        return f"Recall {order.where}{about}: too few to tell, {missed}"
    low, high = band.recall_interval
    return f"Recall {order.where}{about} is **{band.recall or 0.0:.2f}** ({low:.2f}–{high:.2f}), {missed}"
