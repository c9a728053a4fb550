"""What all matplotlib figures share: face, colours, and pictures set side by side."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fcnlab.draw.colors import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PER_INCH = 96.0
"""Figures are measured in pixels of a screen; a font size of 1 pixel is 0.75 points."""

FACES = ("Liberation Sans", "Arial", "Helvetica", "Roboto", "Noto Sans", "DejaVu Sans")

STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": FACES,
    "font.size": 9.75,
    "text.color": LIGHT["ink"],
    "text.parse_math": False,  # names are shown as they are: a dollar sign starts no formula
    "axes.labelcolor": LIGHT["ink"],
    "axes.edgecolor": LIGHT["arrow"],
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.25,
    "axes.titleweight": "bold",
    "xtick.color": LIGHT["arrow"],
    "ytick.color": LIGHT["arrow"],
    "xtick.labelcolor": LIGHT["ink"],
    "ytick.labelcolor": LIGHT["ink"],
    "image.composite_image": False,  # in SVG and PDF every picture keeps its own pixels
    "grid.color": LIGHT["rule"],
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}
"""Settings under which figures are made and written."""


def styled() -> AbstractContextManager[None]:
    """The lab's face and colours, for as long as the context lasts."""
    return rc_context(STYLE)


def blank(width: float, height: float) -> Figure:
    """A white figure of so many pixels, not registered with pyplot."""
    return Figure(figsize=(width / PER_INCH, height / PER_INCH), facecolor=LIGHT["ground"])


def page(width: float, height: float) -> tuple[Figure, "Axes"]:
    """A figure with one set of axes all over it, in pixels with the origin at the top left."""
    figure = blank(width, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return figure, axes


def put_picture(axes: "Axes", picture: NDArray[np.uint8], x: float, y: float, width: float, height: float) -> None:
    """A picture, uint8 [h, w, 3], into a rectangle of a `page`, its pixels kept apart."""
    across, down = axes.get_xlim(), axes.get_ylim()
    axes.imshow(picture, extent=(x, x + width, y + height, y), interpolation="none", aspect="auto", zorder=2)
    axes.set_xlim(across)
    axes.set_ylim(down)


def pictures_figure(
    pictures: Sequence[tuple[str, NDArray[np.uint8]]], *, title: str = "", note: str = "", columns: int | None = None
) -> Figure:
    """Pictures side by side, each with its caption above.

    Args:
        pictures: Caption and picture, uint8 [height, width, 3].
        title: Above all.
        note: A line below all.
        columns: Pictures in a row; by default up to four.
    """
    side, gap, margin, line = 240.0, 16.0, 20.0, 22.0
    across = max(min(columns or 4, len(pictures)), 1)
    heights = [side * picture.shape[0] / picture.shape[1] for _, picture in pictures]
    cell = max(heights, default=0.0) + line + gap
    down = ceil(len(pictures) / across)
    top = margin + (28 if title else 0)
    width = 2 * margin + across * (side + gap) - gap
    with styled():
        figure, axes = page(max(width, 320.0), top + down * cell + (line if note else 0))
        if title:
            axes.text(margin, margin + 12, title, fontsize=12.75, fontweight="bold")
        for index, ((caption, picture), height) in enumerate(zip(pictures, heights, strict=True)):
            row, column = divmod(index, across)
            x, y = margin + column * (side + gap), top + row * cell
            axes.text(x, y + 13, caption, fontsize=9.75)
            put_picture(axes, picture, x, y + line, side, height)
        if note:
            axes.text(margin, top + down * cell + 4, note, fontsize=9, color=LIGHT["muted"])
    return figure
