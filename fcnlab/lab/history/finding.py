"""Finding runs among many: by words, and in an order."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

from fcnlab.lab.history.shelf import Entry

Order = Literal["newest", "name", "score", "time"]
ORDERS: tuple[Order, ...] = get_args(Order)


def matching(entries: Sequence[Entry], words: str) -> list[Entry]:
    """The runs in whose names, note, tags, network or dataset all of the words occur, in whatever case."""
    wanted = words.casefold().split()
    return [entry for entry in entries if _has_all(entry, wanted)]


def in_order(entries: Sequence[Entry], order: Order) -> list[Entry]:
    """The runs newest first, by name, from the best score on, or from the longest training on."""
    return sorted(entries, key=_KEYS[order])


def _has_all(entry: Entry, wanted: Sequence[str]) -> bool:
    record = entry.run.record
    parts = (entry.run.name, entry.about.title, entry.note, *entry.about.tags, entry.network, record.dataset)
    text = "\n".join(parts).casefold()
    return all(word in text for word in wanted)


def _by_score(entry: Entry) -> tuple[float, str]:
    """Runs without a score come last."""
    best = entry.summary.best
    return (1.0 if best is None else -best, entry.title.casefold())


_KEYS: dict[Order, Callable[[Entry], Any]] = {
    "newest": lambda entry: -entry.run.record.created.timestamp(),
    "name": lambda entry: entry.title.casefold(),
    "score": _by_score,
    "time": lambda entry: -entry.summary.seconds,
}
