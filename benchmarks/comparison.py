"""What a benchmark gives: one value a round for each peer, and the table that is printed of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Literal

Unit = Literal["s", "ms", "images/s", "MB"]


@dataclass
class Comparison:
    """One question put to several peers, in rounds.

    Attributes:
        title: The question.
        unit: Of the values.
        reference: The peer that the ratios are taken against.
        values: Peer → one value a round. Round k of every peer was measured close together in time.
        more_is_better: True for rates.
        notes: What a reader must know beside the numbers.
    """

    title: str
    unit: Unit
    reference: str
    values: dict[str, list[float]] = field(default_factory=dict)
    more_is_better: bool = False
    notes: list[str] = field(default_factory=list)

    def add(self, peer: str, value: float) -> None:
        """One more round of a peer."""
        self.values.setdefault(peer, []).append(value)

    def ratio(self, peer: str) -> float | None:
        """How many times better the reference is than `peer`: the median over rounds of each round's ratio.

        A round's ratio is of two values that were taken one after the other, so that a busy machine changes it less
        than it changes either value.
        """
        pairs = zip(self.values.get(self.reference, ()), self.values.get(peer, ()), strict=False)
        ratios = [own / other if self.more_is_better else other / own for own, other in pairs if own and other]
        return median(ratios) if ratios else None

    def to_json(self) -> dict[str, Any]:
        """Plain data, with the ratios."""
        return {**asdict(self), "ratios": {peer: self.ratio(peer) for peer in self.values}}


def render(comparison: Comparison) -> str:
    """A Markdown table: median, least and greatest value, and the ratio."""
    unit = comparison.unit
    worse = "large" if unit == "MB" else "slow"
    rows = [("", f"median ({unit})", f"min–max ({unit})", f"times as {worse} as the reference")]
    for peer, values in sorted(comparison.values.items(), key=lambda item: item[0] != comparison.reference):
        ratio = comparison.ratio(peer)
        told = "reference" if peer == comparison.reference else f"{_digits(ratio)}×" if ratio else "–"
        spread = f"{_digits(min(values))}–{_digits(max(values))}"
        rows.append((peer, _digits(median(values)), spread, told))
    notes = [f"({note})" for note in comparison.notes]
    return "\n".join([f"### {comparison.title}", "", *_table(rows), *([""] if notes else []), *notes, ""])


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append(f"| {' | '.join(cells)} |")
    rule = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return [lines[0], f"| {' | '.join(rule)} |", *lines[1:]]


def _digits(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"
