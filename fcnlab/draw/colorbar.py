"""The scale of a sheet of feature maps: a bar of its colours with the values that they stand for."""

from math import floor, log10

from fcnlab.draw.colors import Theme, paint
from fcnlab.draw.palette import DIVERGING, Palette, color_table

ENDS: dict[Palette, tuple[str, str]] = {
    "viridis": ("violet", "yellow"),
    "cividis": ("dark blue", "yellow"),
    "gray": ("black", "white"),
    "blue-red": ("blue", "red"),
}
"""What the first and the last colour are called."""

_WIDTH, _BAR, _HEIGHT = 168, 10, 28
_SLICES = 48


def scale_bar(low: float | str, high: float | str, palette: Palette = "viridis", *, theme: Theme = "page") -> str:
    """A bar of a palette's colours with its ends' values, as an SVG of 168 × 28 pixels.

    Args:
        low: The value that the first colour stands for; or words, where it is another in each tile.
        high: That of the last colour.
        palette: A diverging one also marks its middle, which is zero where the range is symmetric.
        theme: "page" takes the colours that the page declares (`page_css`); "light" and "dark" are for files.
    """
    color = paint(theme)
    table = color_table(palette)
    step = _WIDTH / _SLICES
    tones = [table[round(i * 255 / (_SLICES - 1))].tobytes().hex() for i in range(_SLICES)]
    slices = "".join(
        f'<rect x="{step * i:.1f}" width="{step + 0.6:.1f}" height="{_BAR}" fill="#{tone}"/>'
        for i, tone in enumerate(tones)
    )
    texts = [(0.0, "start", _words(low)), (float(_WIDTH), "end", _words(high))]
    middle = ""
    if palette == DIVERGING and not isinstance(low, str) and not isinstance(high, str) and low == -high:
        texts.append((_WIDTH / 2, "middle", "0"))
        middle = f'<path d="M{_WIDTH / 2} {_BAR}v4" stroke="{color("muted")}"/>'
    labels = "".join(
        f'<text x="{x:g}" y="{_HEIGHT - 4}" text-anchor="{anchor}" font-size="12" fill="{color("ink")}">{text}</text>'
        for x, anchor, text in texts
    )
    first, last = ENDS[palette]
    name = f"Scale of colours: {first} is {_words(low)}, {last} is {_words(high)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fcn scale" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" style="max-width:100%" role="img" aria-label="{name}">'
        f'<g shape-rendering="crispEdges">{slices}</g>'
        f'<rect x=".5" y=".5" width="{_WIDTH - 1}" height="{_BAR - 1}" fill="none" stroke="{color("arrow")}"/>'
        f'{middle}<g font-family="inherit" style="font-variant-numeric:tabular-nums">{labels}</g></svg>'
    )


def number_text(value: float) -> str:
    """A value with three significant digits, as it is written on every scale: "−0.125", "3.2", "12,400"."""
    if value == 0:
        return "0"
    size = floor(log10(abs(value)))
    if not -4 <= size < 6:
        text = f"{value:.3g}"
    else:
        text = f"{value:,.{max(2 - size, 0)}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def _words(end: float | str) -> str:
    return end if isinstance(end, str) else number_text(end)
