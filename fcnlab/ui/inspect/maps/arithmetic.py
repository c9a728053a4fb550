"""The arithmetic of one value as HTML: patch, kernel and product as small heat tables, and sums that add up."""

from collections.abc import Sequence
from html import escape
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from fcnlab.draw.palette import DIVERGING, color_table
from fcnlab.lab.tasks import PixelStep

Floats = NDArray[np.floating]

LARGEST_TERMS = 8
"""Terms of a dot product that are listed; the others are one sum."""

STYLE = """<style>
.steps{list-style:none!important;margin:0;padding:0!important}
.steps>li{margin:0 0 1.1rem!important;padding:0 0 0 .75rem!important;border-left:3px solid var(--fcn-rule)}
.steps h4{font-size:.9375rem;font-weight:650;margin:0 0 .15rem;padding:0}
.steps h4 span{font-weight:400;color:var(--fcn-muted)}
.steps p{margin:0 0 .4rem;font-size:.875rem}
.steps .sum{font-variant-numeric:tabular-nums;font-size:.9375rem}
.windows{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem .5rem;overflow-x:auto;padding:2px;margin:0 0 .5rem}
.windows .factor{display:inline-flex;align-items:center;gap:.4rem}
.heat{border-collapse:separate;border-spacing:2px;font-variant-numeric:tabular-nums;font-size:.75rem}
.heat caption{font-size:.75rem;color:var(--fcn-muted);text-align:left;padding:0 2px;caption-side:top}
.heat td{padding:.3rem .25rem;min-width:2.6rem;text-align:right;border-radius:3px}
.heat td.beyond{background:repeating-linear-gradient(45deg,transparent 0 4px,var(--fcn-rule) 4px 5px)!important;
  color:var(--fcn-muted)!important}
.heat th{font-weight:400;color:var(--fcn-muted);padding:0 .25rem;text-align:right}
.terms{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.8125rem;margin:0 0 .4rem}
.terms th{font-weight:600;color:var(--fcn-muted);text-align:right;padding:.1rem .6rem;
  border-bottom:2px solid var(--fcn-rule)}
.terms td{text-align:right;padding:.15rem .6rem;border-bottom:1px solid var(--fcn-rule)}
.terms th:first-child,.terms td:first-child{text-align:left;padding-left:0}
.terms th[scope=row]{font-weight:400;color:inherit;border-bottom-width:1px}
.terms tr.rest td,.terms tr.rest th{color:var(--fcn-muted)}
.terms tr.all td,.terms tr.all th{font-weight:600;border-bottom:none}
@media (max-width:640px){.terms{font-size:.75rem}.terms th,.terms td{padding:.15rem .35rem}}
</style>"""


def steps_html(steps: Sequence[PixelStep], channel: int | None = None) -> str:
    """All steps as an ordered list.

    Args:
        steps: From the layer that reads neighbours or channels to the value.
        channel: The input channel whose window is shown where a step reads several; None takes the strongest.
    """
    return (
        f'{STYLE}<ol class="steps">{"".join(_step(number, one, channel) for number, one in enumerate(steps, 1))}</ol>'
    )


def products(step: PixelStep) -> Floats | None:
    """What each input channel adds to the sum, float64 [C]; None where the step multiplies no patch."""
    if step.patch is None or step.weights is None:
        return None
    each: Floats = (step.patch.astype(np.float64) * step.weights).sum(axis=(0, 1))
    return each


def strongest_first(step: PixelStep) -> list[int]:
    """The input channels, those first whose product is largest in size."""
    each = products(step)
    return [] if each is None else [int(index) for index in np.argsort(-np.abs(each), kind="stable")]


def reads_windows(step: PixelStep) -> bool:
    """Whether the step reads more than one position."""
    return step.patch is not None and step.weights is not None and step.patch.shape[0] * step.patch.shape[1] > 1


def _step(number: int, step: PixelStep, channel: int | None) -> str:
    title = f"{escape(step.layer)} <span>{escape(step.kind.replace('_', ' '))}</span>"
    parts = [f"<h4>{number}. {title}</h4><p>{escape(step.sentence)}</p>"]
    if reads_windows(step):
        parts.append(_windows(step, channel))
    elif step.patch is not None and step.weights is not None:
        parts.append(_dot_product(step))
    parts.append(_sum(step))
    return f"<li>{''.join(parts)}</li>"


def _windows(step: PixelStep, channel: int | None) -> str:
    """Patch × kernel = product of one input channel, and what the others add up to."""
    assert step.patch is not None
    assert step.weights is not None
    each, order = products(step), strongest_first(step)
    assert each is not None
    count = step.patch.shape[2]
    shown = channel if channel is not None and 0 <= channel < count else order[0]
    patch, kernel = step.patch[:, :, shown], step.weights[:, :, shown]
    name = step.channel if step.channel is not None else shown
    tables = (
        _table(f"{step.source}, channel {name}", patch, step, places=True),
        f'<span class="factor">×{_table("kernel", kernel, step)}</span>',
        f'<span class="factor">={_table("product", patch.astype(np.float64) * kernel, step)}</span>',
    )
    label = escape(f"Patch times kernel in {step.layer}", quote=True)
    told = f"The products of channel {name} add up to <b>{_signed(each[shown])}</b>"
    if count > 1:
        rest = float(each.sum() - each[shown])
        others = "the other channel adds" if count == 2 else f"the {count - 1} other channels add"
        told += f" … and {others} <b>{_signed(rest)}</b>: together <b>{_signed(each.sum())}</b>"
    return f'<div class="windows" tabindex="0" role="group" aria-label="{label}">{"".join(tables)}</div><p>{told}.</p>'


def _table(title: str, values: Floats, step: PixelStep, places: bool = False) -> str:
    """A window as a heat table, blue below zero and red above; positions beyond the edge are hatched."""
    reach = float(np.abs(values).max()) or 1.0
    digits = decimals(reach, 3)
    inside = step.inside if step.inside is not None else np.ones(values.shape, bool)
    rows = []
    for y, line in enumerate(values):
        head = f'<th scope="row">{step.origin[0] + y}</th>' if places else ""
        cells = "".join(_cell(float(value), reach, digits, bool(inside[y, x])) for x, value in enumerate(line))
        rows.append(f"<tr>{head}{cells}</tr>")
    head = ""
    if places:
        columns = "".join(f'<th scope="col">{step.origin[1] + x}</th>' for x in range(values.shape[1]))
        head = f"<thead><tr><td></td>{columns}</tr></thead>"
    return f'<table class="heat"><caption>{escape(title)}</caption>{head}<tbody>{"".join(rows)}</tbody></table>'


def _cell(value: float, reach: float, digits: int, inside: bool) -> str:
    if not inside:
        return '<td class="beyond" title="Beyond the edge: counted as 0">0</td>'
    red, green, blue = (int(part) for part in color_table(DIVERGING)[round(127.5 + 127.5 * value / reach)])
    ink = "#0B1622" if red * 0.299 + green * 0.587 + blue * 0.114 > 140 else "#FFFFFF"
    return f'<td style="background:#{red:02x}{green:02x}{blue:02x};color:{ink}">{fixed(value, digits)}</td>'


def _dot_product(step: PixelStep) -> str:
    """The largest terms of a dot product over channels, the others as one sum."""
    assert step.patch is not None
    assert step.weights is not None
    values, weights = step.patch.ravel(), step.weights.ravel()
    each = values.astype(np.float64) * weights
    order = np.argsort(-np.abs(each), kind="stable")
    top = order[:LARGEST_TERMS]
    digits = decimals(float(np.abs(each).max()), 4)
    rows = "".join(
        f'<tr><th scope="row">channel {index}</th><td>{fixed(float(values[index]), 4)}</td>'
        f"<td>{fixed(float(weights[index]), 4)}</td><td>{fixed(float(each[index]), digits)}</td></tr>"
        for index in top
    )
    left = len(each) - len(top)
    if left:
        others = "1 more channel" if left == 1 else f"{left} more channels"
        rest = float(each.sum() - each[top].sum())
        rows += f'<tr class="rest"><th scope="row">{others}</th><td></td><td></td><td>{fixed(rest, digits)}</td></tr>'
    rows += (
        f'<tr class="all"><th scope="row">sum</th><td></td><td></td><td>{fixed(float(each.sum()), digits)}</td></tr>'
    )
    label = escape(f"Dot product of {step.layer}", quote=True)
    source = "depthwise half" if step.kind == "pointwise" else step.source
    return (
        f'<table class="terms" aria-label="{label}"><thead><tr><th scope="col">{escape(source)}</th>'
        f'<th scope="col">value</th><th scope="col">weight</th><th scope="col">product</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _sum(step: PixelStep) -> str:
    """The step's terms and what they add up to; a single one is told already."""
    if len(step.terms) < 2:
        return ""
    digits = decimals(max(abs(value) for _, value in (*step.terms, ("", step.value))), 4)
    terms = " + ".join(f"{_bracketed(value, digits)} ({escape(label)})" for label, value in step.terms)
    return f'<p class="sum">{terms} = <b>{fixed(step.value, digits)}</b></p>'


def decimals(size: float, significant: int) -> int:
    """Decimals with which a number of this size shows so many digits; 0 to 6."""
    return 4 if size <= 0 else min(max(significant - 1 - floor(log10(size)), 0), 6)


def fixed(value: float, digits: int) -> str:
    """A number with so many decimals and a true minus sign."""
    text = f"{value:.{digits}f}"
    return (text[1:] if float(text) == 0 and text.startswith("-") else text).replace("-", "\N{MINUS SIGN}")


def _bracketed(value: float, digits: int) -> str:
    text = fixed(value, digits)
    return f"({text})" if text.startswith("\N{MINUS SIGN}") else text


def _signed(value: float) -> str:
    return fixed(float(value), decimals(abs(float(value)), 4))
