"""The clock of a replay: which moment of a training is shown at which moment of the onlooker's."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PlayClock:
    """Goes through a training at any speed.

    Attributes:
        length: Seconds of the training.
        speed: Seconds of the training that go by in one of the onlooker's.
        position: The moment of the training, in seconds from its begin, at which the clock was last set.
        since: The onlooker's time, in seconds of a clock that only rises, at which it was set going; None: it rests.
    """

    length: float
    speed: float = 1.0
    position: float = 0.0
    since: float | None = None

    def at(self, now: float) -> float:
        """The moment of the training that is shown now."""
        gone = 0.0 if self.since is None else max(now - self.since, 0.0) * self.speed
        return min(self.position + gone, self.length)

    def ended(self, now: float) -> bool:
        """Whether it has come to the training's end."""
        return self.at(now) >= self.length

    def play(self, now: float) -> "PlayClock":
        """Set going, from the begin where it has come to the end."""
        return replace(self, position=0.0 if self.ended(now) else self.at(now), since=now)

    def rest(self, now: float) -> "PlayClock":
        """Stopped at the moment that is shown now."""
        return replace(self, position=self.at(now), since=None)

    def seek(self, position: float, now: float) -> "PlayClock":
        """Set to a moment of the training; it goes on if it went."""
        kept = min(max(position, 0.0), self.length)
        return replace(self, position=kept, since=None if self.since is None else now)

    def paced(self, speed: float, now: float) -> "PlayClock":
        """At another speed from now on."""
        return replace(self.seek(self.at(now), now), speed=speed)
