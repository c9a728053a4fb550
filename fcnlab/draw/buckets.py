"""A curve that grows without end, kept in a few hundred buckets: thinned out for the eye as it comes in."""

from dataclasses import dataclass

Point = tuple[float, float]
"""Step and value."""

MOST_BUCKETS = 400
"""Buckets of one curve; with two points each, more than a screen has columns to show them in."""


@dataclass(slots=True)
class Bucket:
    """Neighbouring points of a curve.

    Attributes:
        low: The lowest of them.
        high: The highest of them.
        total: The sum of their values.
        count: How many they are.
        last: The last one's step.
    """

    low: Point
    high: Point
    total: float
    count: int
    last: float

    def take(self, other: "Bucket") -> None:
        """Add the points of the bucket that follows."""
        if other.low[1] < self.low[1]:
            self.low = other.low
        if other.high[1] > self.high[1]:
            self.high = other.high
        self.total += other.total
        self.count += other.count
        self.last = other.last


class Buckets:
    """Points in buckets of equal count; when there are too many buckets, each takes its neighbour in.

    A new point costs the same however long the curve is, and what is drawn of the past stays as it is until the
    number of points has doubled.
    """

    def __init__(self, most: int = MOST_BUCKETS) -> None:
        self.count = 0
        self._most = most
        self._width = 1
        self._first: Point | None = None
        self._last: Point | None = None
        self._buckets: list[Bucket] = []

    def add(self, step: float, value: float) -> None:
        """Add a point after all others; its value is finite."""
        point = (step, value)
        one = Bucket(point, point, value, 1, step)
        if self._first is None:
            self._first = point
        self._last = point
        self.count += 1
        if self._buckets and self._buckets[-1].count < self._width:
            self._buckets[-1].take(one)
            return
        if len(self._buckets) == self._most:
            self._merge()
        self._buckets.append(one)

    def _merge(self) -> None:
        for kept, taken in zip(self._buckets[::2], self._buckets[1::2], strict=False):
            kept.take(taken)
        self._buckets = self._buckets[::2]
        self._width *= 2

    def outline(self) -> list[Point]:
        """The lowest and the highest point of each bucket in their order, and the curve's first and last point."""
        points = {self._first, self._last} - {None}
        for bucket in self._buckets:
            points |= {bucket.low, bucket.high}
        return sorted(point for point in points if point is not None)

    def means(self) -> list[Point]:
        """Each bucket's last step and mean value."""
        return [(bucket.last, bucket.total / bucket.count) for bucket in self._buckets]

    def smoothed(self) -> list[Point]:
        """An exponential moving average at each bucket's end, without the bias of its start.

        It goes over a fiftieth of a long curve, over 20 points of a shorter one, and over a fifteenth of a short
        one, so that the average does not trail behind. The correction is that of Adam's moments (Kingma and Ba 2014,
        arXiv 1412.6980, section 3).
        """
        keep = 1 - 1 / max(min(self.count // 15, 20), self.count // 50, 1)
        average, weight, smoothed = 0.0, 0.0, []
        for bucket in self._buckets:
            kept = keep**bucket.count
            average = kept * average + (1 - kept) * bucket.total / bucket.count
            weight = kept * weight + (1 - kept)
            smoothed.append((bucket.last, average / weight))
        return smoothed
