"""The lattice of all sets of skips as a figure for files: the same geometry as the SVG."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray

from fcnlab.draw.canvas import page, put_picture, styled
from fcnlab.draw.colors import LIGHT
from fcnlab.draw.frame import wrap
from fcnlab.draw.lattice import Values, change, check_sets, ends, largest_change, legend, stroke, value_text
from fcnlab.draw.lattice_layout import Place, lay_out_lattice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TOP = 62.0


def lattice_figure(
    names: Sequence[str],
    pictures: Sequence[NDArray[np.uint8]],
    values: Values,
    *,
    measure: str = "IoU",
    title: str = "",
    note: str = "",
) -> Figure:
    """Draw the lattice from none, at the left, to all, at the right.

    Args:
        names: The k skips, from the bottom up.
        pictures: For each of the 2^k sets uint8 [height, width, 3]; bit i of a set's number says that skip i is on.
        values: For each set what is written below it; None where it is not defined.
        measure: What the values are.
        title: Above all.
        note: A line below the title.

    Raises:
        FcnLabError: There are no skips or more than five, or another number of pictures or values.
    """
    aspect = pictures[0].shape[0] / pictures[0].shape[1] if len(pictures) else 1.0
    lattice = lay_out_lattice(len(names), aspect=aspect)
    check_sets(names, pictures, values)
    words = wrap(legend(names, measure, compact=False), 12, lattice.width - 32)
    most = largest_change(lattice, values)
    with styled():
        figure, axes = page(lattice.width, _TOP + lattice.height + 18 * len(words) + 12)
        axes.text(16, 30, title, fontsize=12.75, fontweight="bold")
        axes.text(16, 50, note, fontsize=9, color=LIGHT["muted"])
        for text, x, y in lattice.headings:
            axes.text(x, _TOP + y, text, fontsize=9.75, fontweight="bold", color=LIGHT["muted"], ha="center")
        for edge in lattice.edges:
            kind, width = stroke(change(values, edge), most)
            _line(axes, ends(lattice, edge), kind, width)
        for number, place in enumerate(lattice.places):
            _set(axes, place, pictures[number], number, len(names), value_text(values[number]))
        for row, words_below in enumerate(words, 1):
            axes.text(16, _TOP + lattice.height + 18 * row, words_below, fontsize=9, color=LIGHT["muted"])
    return figure


def _line(axes: "Axes", points: tuple[float, float, float, float], kind: str, width: float) -> None:
    x, y, to_x, to_y = points
    color, dash = LIGHT["arrow" if kind == "same" else kind], (0, (3, 2)) if kind == "loss" else "-"
    style: dict[str, Any] = {"color": color, "linestyle": dash, "linewidth": 0.75 * width, "alpha": 0.65, "zorder": 1}
    axes.plot((x, to_x), (_TOP + y, _TOP + to_y), **style)


def _set(axes: "Axes", place: Place, picture: NDArray[np.uint8], number: int, skips: int, value: str) -> None:
    x, y, width, height = place
    y += _TOP
    put_picture(axes, picture, x, y, width, height)
    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=LIGHT["rule"], linewidth=0.75, zorder=3))
    for skip in range(skips):
        on = number >> skip & 1
        fill, line = (LIGHT["skip-fill"], LIGHT["skip-line"]) if on else ("none", LIGHT["arrow"])
        center = (place.middle + 12 * (skip - (skips - 1) / 2), y - 8.5)
        axes.add_patch(Circle(center, 4, facecolor=fill, edgecolor=line, linewidth=1, zorder=3))
    axes.text(place.middle, y + height + 16, value, fontsize=9.75, fontweight="bold", ha="center")
