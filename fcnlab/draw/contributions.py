"""What skip connections contribute, as figures for files; `fcnlab.draw.charts` has the same for pages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from fcnlab.draw.canvas import blank, styled
from fcnlab.draw.colors import LIGHT, SERIES, readable
from fcnlab.draw.estimates import (
    BASELINES,
    Estimate,
    Report,
    Series,
    block,
    by_baseline,
    by_epoch,
    contributions,
    interaction,
    metric_label,
    points,
    reach,
    skip_names,
    unit,
)
from fcnlab.draw.palette import signed_color
from fcnlab.draw.scale import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 680.0
MARKERS = ("o", "D", "s", "^", "v", "P", "X", "d")
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), "-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))


def skips_figure(report: Report, metric: str | None = None) -> Figure:
    """Shapley value (bars), necessity and sufficiency (markers) of each skip, with their 95 % intervals.

    Args:
        report: From `skip_report`; of one over all baselines its top, which tells of one.
        metric: A name in `report["metrics"]`; None takes the report's own.

    Raises:
        FcnLabError: The report has no such metric.
    """
    title = f"What each skip contributes to the {metric_label(report, metric)}"
    return _rows(report, metric, contributions(report, metric), title, _source(report, metric), bars=True)


def baselines_figure(report: Report, metric: str | None = None) -> Figure:
    """The Shapley value of each skip under every baseline, with 95 % intervals.

    Raises:
        FcnLabError: The report holds one baseline only, or no such metric.
    """
    title = f"Shapley values by what a skip that is off carries: {metric_label(report, metric)}"
    source = _source(report, metric, baseline=False)
    return _rows(report, metric, by_baseline(report, metric), title, source, bars=False)


def history_figure(history: Report, metric: str | None = None) -> Figure:
    """The Shapley value of each skip by epoch, with 95 % intervals.

    Raises:
        FcnLabError: The history is empty, or has no such metric.
    """
    epochs, series = by_epoch(history, metric)
    last = history["epochs"][-1]
    with styled():
        title = f"What each skip contributes to the {metric_label(last, metric)}, by epoch"
        chart = _Chart(WIDTH, 420, left=64, top=108, bottom=50, title=title, source=_source(last, metric, epoch=False))
        axes = chart.axes
        axes.axhline(0, color=LIGHT["ink"], linewidth=1)
        for index, one in enumerate(series):
            # Side by side, so that no interval hides another.
            shift = 0.06 * (index - (len(series) - 1) / 2)
            shown = [(epoch + shift, found) for epoch, found in zip(epochs, one.estimates, strict=True) if found]
            _mark(axes, index, one.name, [x for x, _ in shown], [found for _, found in shown], upright=True)
        axes.set_xlabel("Epoch")
        axes.set_ylabel(f"Shapley value ({unit(last, metric)})")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        chart.legend(columns=2)
    return chart.figure


def interactions_figure(report: Report, metric: str | None = None) -> Figure:
    """How much each pair of skips brings beyond the sum of both, as a triangle of numbers with 95 % intervals.

    Raises:
        FcnLabError: The report has no such metric.
    """
    found = block(report, metric)
    names = [str(skip["name"]) for skip in found["skips"]]
    across, tall, left = 96, 62, 130
    count = max(len(names) - 1, 1)
    pairs = [(names.index(pair["a"]), names.index(pair["b"]), interaction(pair)) for pair in found["interactions"]]
    most = max((abs(estimate.value) for _, _, estimate in pairs), default=0.0) or 1.0
    with styled():
        title = f"Interactions of skips on the {metric_label(report, metric)}"
        width = max(left + count * across + 24, 620)
        chart = _Chart(
            width,
            74 + count * tall + 76,
            left,
            74,
            76,
            title,
            _source(report, metric),
            right=width - left - count * across,
        )
        axes = chart.axes
        for one, other, estimate in pairs:
            _cell(axes, min(one, other), max(one, other) - 1, estimate, estimate.value / most)
        axes.set_xlim(0, count)
        axes.set_ylim(0, count)  # the deepest skip at the bottom, as in the diagram
        axes.set_xticks([i + 0.5 for i in range(count)], names[:-1] or [""], fontsize=8.25)
        axes.set_yticks([i + 0.5 for i in range(count)], names[1:] or [""], fontsize=8.25)
        axes.tick_params(length=0)
        axes.set_frame_on(False)
        chart.note(f"In {unit(report, metric)}. Above zero: both bring more together than the sum of each alone.")
    return chart.figure


class _Chart:
    """A figure with a title, where its numbers come from, and one set of axes below; lengths in pixels."""

    def __init__(
        self,
        width: float,
        height: float,
        left: float,
        top: float,
        bottom: float,
        title: str,
        source: str,
        *,
        right: float = 24,
    ) -> None:
        self.width, self.height, self.figure = width, height, blank(width, height)
        box = (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
        self.axes = self.figure.add_axes(box)
        self.axes.set_axisbelow(True)
        self._text(title, 30, fontsize=11.25, fontweight="bold")
        self._text(source, 50, fontsize=8.25, color=LIGHT["muted"])

    def legend(self, columns: int) -> None:
        place = (14 / self.width, 1 - 58 / self.height)
        self.figure.legend(
            loc="upper left", bbox_to_anchor=place, ncols=columns, fontsize=8.25, borderaxespad=0, columnspacing=1.6
        )

    def note(self, words: str) -> None:
        self._text(words, self.height - 14, fontsize=8.25, color=LIGHT["muted"])

    def _text(self, words: str, y: float, **rest: Any) -> None:
        self.figure.text(20 / self.width, 1 - y / self.height, words, **rest)


def _rows(report: Report, metric: str | None, series: Sequence[Series], title: str, source: str, bars: bool) -> Figure:
    """A row for each skip, the deepest at the bottom as in the diagram, and in it a line for each series."""
    names = skip_names(report)
    step = 0.8 / len(series)
    with styled():
        height = 92 + len(names) * (len(series) * 19 + 14) + 50
        chart = _Chart(WIDTH, height, left=190, top=92, bottom=50, title=title, source=source)
        axes = chart.axes
        axes.axvline(0, color=LIGHT["ink"], linewidth=1, zorder=3)
        for index, one in enumerate(series):
            places = [row + 0.4 - step * (index + 0.5) for row in range(len(names))]
            shown = [(place, found) for place, found in zip(places, one.estimates, strict=True) if found]
            if bars and index == 0:
                values = [found.value for _, found in shown]
                axes.barh([y for y, _ in shown], values, step * 0.8, color=LIGHT["skip-fill"], zorder=2)
            _mark(axes, index, one.name, [y for y, _ in shown], [found for _, found in shown], bars=bars)
        axes.set_ylim(-0.5, len(names) - 0.5)
        axes.set_xlim(*reach(series))
        axes.set_yticks(range(len(names)), [shorten(name, 13, 175) for name in names])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"Contribution ({unit(report, metric)})")
        axes.grid(axis="x")
        chart.legend(columns=len(series))
    return chart.figure


def _mark(
    axes: "Axes",
    index: int,
    name: str,
    places: Sequence[float],
    found: Sequence[Estimate],
    *,
    upright: bool = False,
    bars: bool = False,
) -> None:
    """One series: a marker at each value with its interval; upright ones are joined to a curve."""
    values = [estimate.value for estimate in found]
    errors = [
        [estimate.value - estimate.low for estimate in found],
        [estimate.high - estimate.value for estimate in found],
    ]
    color = LIGHT[("skip-text", "ink", "muted")[index]] if bars else SERIES["light"][index % len(SERIES["light"])]
    across: dict[str, Any] = (
        {"x": places, "y": values, "yerr": np.clip(errors, 0, None), "linestyle": DASHES[index % len(DASHES)]}
        if upright
        else {"x": values, "y": places, "xerr": np.clip(errors, 0, None), "linestyle": "none"}
    )
    axes.errorbar(
        **across,
        marker=MARKERS[index % len(MARKERS)],
        markersize=5,
        # The third of a report's kinds is hollow: told from the others in grey, too.
        markerfacecolor=LIGHT["ground"] if bars and index == 2 else color,
        color=color,
        elinewidth=1.2,
        capsize=2.5,
        zorder=4,
        label=name,
    )


def _cell(axes: "Axes", column: int, row: int, estimate: Estimate, strength: float) -> None:
    """A pair's square: its colour by sign and size, its value and interval in it."""
    tone = signed_color(strength)
    axes.add_patch(Rectangle((column + 0.03, row + 0.04), 0.94, 0.92, facecolor=tone, edgecolor="none"))
    ink = readable(tone)
    center: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
    axes.text(column + 0.5, row + 0.6, points(estimate.value), fontsize=10.5, fontweight="bold", **center)
    interval = f"{points(estimate.low)} to {points(estimate.high)}"
    axes.text(column + 0.5, row + 0.27, interval, fontsize=7.5, **center)


def _source(report: Report, metric: str | None, *, baseline: bool = True, epoch: bool = True) -> str:
    """Where the numbers come from, in one line."""
    found = block(report, metric)
    whole = f"all {100 * found['all']:.1f}, none {100 * found['none']:.1f}"
    parts = [
        f"{report['run']}" + (f", epoch {report['epoch']}" if epoch else ""),
        f"{report['images']} images of {report['dataset']}",
        f"off: {BASELINES.get(report['baseline'], report['baseline'])}" if baseline else "",
        whole if epoch and baseline else "",
    ]
    return " · ".join(part for part in parts if part)
