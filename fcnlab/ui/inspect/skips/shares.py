"""What each skip contributes to one prediction: its share of the target's probability, and the mask without it."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from fcnlab.draw import diagram_svg, difference
from fcnlab.draw.masks import CHANGED, LOST, WON
from fcnlab.lab.tasks import Look, SkipSets
from fcnlab.ui.clickable import clickable
from fcnlab.ui.inspect.figures import figure, figures, flat_url, mask_url
from fcnlab.ui.inspect.skips.words import arrow, rounded_to_sum, signed, summed, whole
from fcnlab.ui.inspect.subject import Subject
from fcnlab.ui.inspect.tables import color_legend, describe
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

STYLE = """<style>
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));gap:1rem;margin-bottom:.5rem}
.cards article{border:1px solid var(--fcn-rule);border-radius:8px;padding:.75rem;min-width:0}
.cards h3{font-size:.9375rem;line-height:1.3;margin:0 0 .5rem;padding:0;overflow-wrap:anywhere}
.cards h3 span{color:var(--fcn-muted);font-weight:400}
.cards p{margin:.4rem 0 0;font-size:.8125rem;line-height:1.4;color:var(--fcn-muted);font-variant-numeric:tabular-nums}
.cards p.share{font-size:.875rem;margin-top:.6rem}
.cards b{color:var(--fcn-ink);font-size:1.125rem}
.cards .bar{height:.5rem;border-radius:3px;background:var(--fcn-empty);margin-top:.35rem}
.cards .bar span{display:block;height:100%;border-radius:3px;background:var(--fcn-gain)}
.cards .bar span.less{background:var(--fcn-loss)}
</style>"""


def contributions(subject: Subject, look: Look, sets: SkipSets, opacity: float) -> None:
    """Draw the section: the sum, the diagram with weighted arcs, and a card for each skip."""
    st.header("What each skip contributes", anchor=False, help=tooltip("Shapley value"))
    shares = rounded_to_sum([100 * float(share) for share in sets.shares], _total(sets))
    st.markdown(_sum(subject, look, sets, shares))
    weights = {name: share / 100 for name, share in zip(sets.names, shares, strict=True)}
    unit = f"points of {subject.classes[sets.target]}'s probability"
    wide, narrow = (
        diagram_svg(subject.net, theme="page", weights=weights, weight_unit=unit, compact=compact)
        for compact in (False, True)
    )
    clickable(wide, compact=narrow, key="skips.diagram")
    st.html(STYLE + _cards(subject, look, sets, shares, opacity) + _legend(look))


def _total(sets: SkipSets) -> float:
    """All minus none in hundredths, from the two numbers as they are shown."""
    return round(100 * float(sets.probability[-1]), 1) - round(100 * float(sets.probability[0]), 1)


def _sum(subject: Subject, look: Look, sets: SkipSets, shares: Sequence[float]) -> str:
    """Where the probability is taken, and that the shares add up."""
    target = literal(subject.classes[sets.target])
    there = look.truth is not None and bool((look.truth == sets.target).any())
    where = "over its true pixels" if there else "over the whole picture"
    none, every = whole(float(sets.probability[0])), whole(float(sets.probability[-1]))
    hint = "" if there or look.truth is None else f" This picture shows no {target}: the next one that does tells more."
    return (
        f"The mean probability of {target} {where} is **{every}** with all skips and **{none}** with none. What each "
        f"skip contributes adds up to the difference: {summed(shares)} = **{signed(_total(sets))} points**.{hint}"
    )


def _cards(subject: Subject, look: Look, sets: SkipSets, shares: Sequence[float], opacity: float) -> str:
    every = len(sets.labels) - 1
    widest = max(map(abs, shares)) or 1.0
    cards = [
        _card(subject, look, sets, number, share, abs(share) / widest, every - (1 << number), opacity)
        for number, share in enumerate(shares)
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _card(
    subject: Subject,
    look: Look,
    sets: SkipSets,
    number: int,
    share: float,
    length: float,
    without: int,
    opacity: float,
) -> str:
    """One skip; `without` is the set of all others, `length` 0 to 1 that of its bar."""
    names, labels = subject.classes, sets.labels[without]
    wins = difference(labels, look.labels, look.truth)
    title = arrow(sets.names[number], sets.sources[number])
    masks = figures(
        figure(
            mask_url(look, labels, len(names), opacity),
            "Without it",
            f"Prediction without {title}: {describe(labels, names)}",
        ),
        figure(flat_url(wins.image), _changed(wins.won, wins.lost, wins.changed), f"What {title} changes"),
        count="two",
    )
    less = ' class="less"' if share < 0 else ""
    return (
        f"<article><h3>{escape(sets.names[number])} <span>← {escape(sets.sources[number])}</span></h3>{masks}"
        f'<p class="share"><b>{signed(share)}</b> points of {escape(names[sets.target])}\'s probability</p>'
        f'<div class="bar"><span{less} style="width:{100 * length:.0f}%"></span></div>'
        f"<p>{_iou(sets, names, without)}</p></article>"
    )


def _changed(won: int | None, lost: int | None, changed: int) -> str:
    if won is None:
        return f"It changes {changed:,} pixels"
    return f"It wins {won:,} and loses {lost:,} pixels"


def _iou(sets: SkipSets, names: Sequence[str], without: int) -> str:
    if sets.iou is None:
        return "IoU: not known without truth"
    before, after = sets.iou[-1][sets.target], sets.iou[without][sets.target]
    told = ["–" if value is None else f"{value:.2f}" for value in (before, after)]
    return f"IoU of {escape(names[sets.target])}: {told[0]} with it, {told[1]} without"


def _legend(look: Look) -> str:
    if look.truth is None:
        return color_legend("Colours of what a skip changes", [(CHANGED, "another class because of it")])
    known = [(WON, "right because of it"), (LOST, "wrong because of it"), (CHANGED, "wrong with and without it")]
    return color_legend("Colours of what a skip changes", known)
