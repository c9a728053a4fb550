"""Numbers and names of skips as the page tells them."""

from collections.abc import Mapping, Sequence
from typing import Any

from fcnlab.draw.estimates import metric_label

MINUS = "\N{MINUS SIGN}"


def arrow(name: str, source: str) -> str:
    """A skip by both its ends: "decoder4 ← encoder1"."""
    return f"{name} ← {source}"


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign: "+3.1", "−0.4", "0.0" for what rounds to nothing."""
    text = f"{value:+.{digits}f}"
    return text[1:] if not float(text) else text.replace("-", MINUS)


def points(share: float, digits: int = 1) -> str:
    """A difference of shares or of IoU, in hundredths with its sign: 0.031 → "+3.1"."""
    return signed(100 * share, digits)


def summed(values: Sequence[float], digits: int = 1) -> str:
    """Numbers as a sum: "12.1 + 3.0 − 0.2"."""
    first, *rest = values
    start = f"{first:.{digits}f}".replace("-", MINUS)
    return start + "".join(f" {MINUS if value < 0 else '+'} {abs(value):.{digits}f}" for value in rest)


def whole(share: float | None, digits: int = 1) -> str:
    """A share for people: 0.384 → "38.4 %"; "–" where there is none."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def rounded_to_sum(parts: Sequence[float], total: float, digits: int = 1) -> list[float]:
    """Round so that the rounded parts add up to the rounded total: what is left over goes where it changes least.

    Args:
        parts: They add up to `total`, but for less than half a last digit each.
        total: As it is shown, rounded already or not.
        digits: After the decimal point.
    """
    unit: float = 10.0**-digits
    steps = [round(part / unit) for part in parts]
    left = round(total / unit) - sum(steps)
    errors = sorted(range(len(parts)), key=lambda i: parts[i] / unit - steps[i], reverse=left > 0)
    for index in errors[: abs(left)]:
        steps[index] += 1 if left > 0 else -1
    return [round(step * unit, digits) for step in steps]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def measure_title(report: Mapping[str, Any], metric: str) -> str:
    """A measure's name with the target's in it: "IoU of hero"."""
    words = metric_label(report, metric)
    return words[0].upper() + words[1:]
