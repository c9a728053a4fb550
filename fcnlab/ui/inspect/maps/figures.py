"""What a layer's channels are like, in one line: range, active share, effective rank, dead and duplicate channels."""

from html import escape
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from fcnlab.draw.colorbar import number_text
from fcnlab.draw.glossary import explain
from fcnlab.lab.tasks import LayerMaps

WIDTH, HEIGHT = 96, 28
"""Of the histogram, in pixels."""

LINE_CSS = """
.line{display:flex;flex-wrap:wrap;align-items:center;gap:.1rem .9rem;font-size:.8125rem;color:var(--fcn-muted);
  font-variant-numeric:tabular-nums;margin:.15rem 0 .3rem;list-style:none;padding:0}
.line li{margin:0;padding:0}
.line b{font-weight:600;color:var(--st-text-color,inherit)}
.line abbr{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
"""


def figures_line(maps: LayerMaps) -> str:
    """The line as an HTML list, each term with its meaning."""
    statistics, channels = maps.statistics, maps.maps.shape[2]
    low, high = float(maps.low.min()), float(maps.high.max())
    parts = [
        "values <b>{}</b> to <b>{}</b>".format(*ends(low, high)),
        f"{_term('active', 'sparsity')} <b>{_percent(float(statistics.active.mean()))}</b>",
        f"{_term('effective rank')} <b>{statistics.effective_rank:.1f}</b> of {channels}",
        f"{_term('dead', 'dead channel')} <b>{len(statistics.dead)}</b>",
        f"{_term('duplicate', 'duplicate channel')} <b>{len(statistics.duplicates)}</b>",
    ]
    return f'<ul class="line">{"".join(f"<li>{part}</li>" for part in parts)}</ul>'


def ends(low: float, high: float, digits: int = 3) -> tuple[str, str]:
    """Both ends of a range as text, to so many digits of it."""
    low, high = rounded(low, high, digits)
    return number_text(low), number_text(high)


def rounded(low: float, high: float, digits: int = 3) -> tuple[float, float]:
    """Both ends of a range, to so many digits of it: a probability of 1e−8 is 0 beside one of 1."""
    if high <= low:
        return low, high
    digits -= 1 + floor(log10(high - low))
    return round(low, digits), round(high, digits)


def histogram(counts: NDArray[np.int64], low: float, high: float) -> str:
    """How often values occur, as an SVG of bars on a logarithmic height: zeros would hide all others otherwise.

    Args:
        counts: Of the values in equal bins.
        low: Where the first bin begins.
        high: Where the last bin ends.
    """
    heights = np.log1p(counts.astype(np.float64))
    heights *= HEIGHT / max(float(heights.max()), 1.0)
    step = WIDTH / max(len(counts), 1)
    path = "".join(f"H{index * step:.4g}V{HEIGHT - height:.4g}" for index, height in enumerate(heights))
    label = "Histogram of the values, from {} to {}, bars on a logarithmic scale".format(*ends(low, high))
    zero = ""
    if low < 0 < high:
        x = -low / (high - low) * WIDTH
        zero = f'<path d="M{x:.4g} 0V{HEIGHT}" stroke="var(--fcn-wrong-line)" stroke-dasharray="2 2"/>'
    return (
        f'<svg class="histogram" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}"><title>{label}</title>'
        f'<path d="M0 {HEIGHT}{path}H{WIDTH}V{HEIGHT}Z" fill="currentColor"/>{zero}</svg>'
    )


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", "\N{NARROW NO-BREAK SPACE}%")


def _term(text: str, term: str = "") -> str:
    return f'<abbr title="{escape(explain(term or text), quote=True)}">{text}</abbr>'
