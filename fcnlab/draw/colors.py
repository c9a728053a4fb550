"""One visual language: what each colour means, in light and dark, on screen and in files.

Hues are those of Okabe and Ito (jfly.uni-koeln.de/color), which readers of every kind of colour vision tell apart.
Each role has three tones: `fill` for areas, `line` for strokes (contrast of 3 or more to the page), and `text`
(4.5 or more); a colour is never the only sign of anything.
"""

from collections.abc import Callable, Sequence
from typing import Literal

Theme = Literal["light", "dark", "page"]
"""`light` and `dark` are for files; `page` follows the theme of the page that an SVG is put into."""

Color = str
"""A colour as "#RRGGBB"."""

RGB = tuple[int, int, int]

LIGHT: dict[str, Color] = {
    "ground": "#FFFFFF",
    "panel": "#F2F5F8",
    "ink": "#0B1622",
    "muted": "#465261",
    "rule": "#C5CFD9",
    "arrow": "#5F6B7A",
    "on-fill": "#FFFFFF",
    "ends-fill": "#93A0AE",
    "ends-line": "#5F6B7A",
    "ends-text": "#465261",
    "encoder-fill": "#0072B2",
    "encoder-line": "#005A8E",
    "encoder-text": "#005A8E",
    "bottleneck-fill": "#CC79A7",
    "bottleneck-line": "#A4527F",
    "bottleneck-text": "#8A3866",
    "decoder-fill": "#009E73",
    "decoder-line": "#007556",
    "decoder-text": "#00614A",
    "skip-fill": "#E69F00",
    "skip-line": "#C68400",
    "skip-text": "#7A4F00",
    "wrong-fill": "#FBE4E1",
    "wrong-line": "#C62828",
    "wrong-text": "#B3201B",
    "gain": "#00805C",
    "gain-text": "#00614A",
    "loss": "#C85400",
    "loss-text": "#9A4100",
    "hero": "#D55E00",
    "other": "#56B4E9",
    "empty": "#DDE3E9",
}

DARK: dict[str, Color] = {
    "ground": "#10161D",
    "panel": "#1A232D",
    "ink": "#EDF2F7",
    "muted": "#B9C4D0",
    "rule": "#3B4856",
    "arrow": "#A9B5C2",
    "on-fill": "#0B1622",
    "ends-fill": "#6F7D8C",
    "ends-line": "#A9B5C2",
    "ends-text": "#B9C4D0",
    "encoder-fill": "#3A96D2",
    "encoder-line": "#7CC7F2",
    "encoder-text": "#8CCDF4",
    "bottleneck-fill": "#CC79A7",
    "bottleneck-line": "#EDBBD5",
    "bottleneck-text": "#EDBBD5",
    "decoder-fill": "#18A97F",
    "decoder-line": "#6FD3B3",
    "decoder-text": "#6FD3B3",
    "skip-fill": "#E69F00",
    "skip-line": "#F0AE24",
    "skip-text": "#F7C25A",
    "wrong-fill": "#3A1D1D",
    "wrong-line": "#FF8A80",
    "wrong-text": "#FF9E95",
    "gain": "#35BE93",
    "gain-text": "#6FD3B3",
    "loss": "#F08445",
    "loss-text": "#FFA673",
    "hero": "#E8702A",
    "other": "#56B4E9",
    "empty": "#2C3845",
}

ROLES: dict[str, str] = {
    "inputs": "ends",
    "encoder": "encoder",
    "bottleneck": "bottleneck",
    "decoder": "decoder",
    "outputs": "ends",
    "skip": "skip",
}
"""A row's role in the shape flow → the name of its tones."""

MISSED: Color = "#A52DFF"
"""Pixels of a class that a prediction leaves out: in no kind of colour vision close to the first eight classes or to
the greys of a darkened picture (a distance of 31 or more in CIELAB, simulated after Machado et al. 2009)."""

BACKGROUND: Color = "#8A949F"
"""Class 0 where it must be painted; overlays leave it transparent."""

CLASS_COLORS: tuple[Color, ...] = (
    # The first eight are told apart by colour-blind readers; class 2 of Follow-Me, the hero, is the strongest.
    *(BACKGROUND, "#56B4E9", "#D55E00", "#009E73", "#F0E442", "#CC79A7", "#0072B2", "#E69F00"),
    # Beyond eight no set is safe: these differ in hue and lightness from their neighbours.
    *("#8C510A", "#80CDC1", "#762A83", "#A6DBA0", "#B2182B", "#92C5DE", "#4D4D4D", "#FDDBC7"),
    *("#1B7837", "#C2A5CF", "#35978F", "#DFC27D", "#2166AC", "#F4A582", "#5E3C99", "#B8E186"),
    *("#4D2600", "#00FFE0", "#7A0177", "#FFB3DE", "#3B5B00", "#B3B300", "#FF0066", "#7A8B00"),
)

SERIES: dict[str, tuple[Color, ...]] = {
    "light": ("#0072B2", "#B84F00", "#007556", "#A4527F", "#5F6B7A", "#7A4F00", "#3A86B8", "#0B1622"),
    "dark": ("#56B4E9", "#F08445", "#35BE93", "#EDBBD5", "#A9B5C2", "#F0AE24", "#9BD3F5", "#EDF2F7"),
}
"""Lines of one chart that stand for no role and no class; dashes and markers tell them apart, too."""

Paint = Callable[[str], str]


def paint(theme: Theme) -> Paint:
    """A function from a colour's name ("encoder-fill") to what CSS takes for it.

    For `page` that is a custom property, declared by `page_css`; otherwise the colour itself, which programs that
    know no custom properties (Inkscape, slides) read too.
    """
    if theme == "page":
        return lambda name: f"var(--fcn-{name},{LIGHT[name]})"
    colors = DARK if theme == "dark" else LIGHT
    return lambda name: colors[name]


def page_css(selector: str = ".fcn") -> str:
    """Declare every colour as a custom property that follows the page's theme.

    The page's `color-scheme` decides (Streamlit sets it to its theme); browsers without `light-dark()` follow the
    system's setting.
    """
    both = "".join(f"--fcn-{name}:light-dark({LIGHT[name]},{DARK[name]});" for name in LIGHT)
    light = "".join(f"--fcn-{name}:{color};" for name, color in LIGHT.items())
    dark = "".join(f"--fcn-{name}:{color};" for name, color in DARK.items())
    return (
        f"{selector}{{{light}}}"
        f"@media (prefers-color-scheme:dark){{{selector}{{{dark}}}}}"
        f"@supports (color:light-dark(#000,#fff)){{{selector}{{{both}}}}}"
    )


def class_color(index: int) -> Color:
    """The colour of class `index`, 0 being the background; the colours repeat after 32 classes."""
    return CLASS_COLORS[index % len(CLASS_COLORS)]


def class_colors(given: Sequence[Color | None]) -> tuple[Color, ...]:
    """A colour for each class: its own where a dataset gives one, else the lab's."""
    return tuple(color or class_color(index) for index, color in enumerate(given))


def rgb(color: Color) -> RGB:
    """Red, green and blue of a colour: (0, 114, 178) for #0072B2."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def contrast(first: Color, second: Color) -> float:
    """Contrast of two colours, 1 to 21, as WCAG 2.2 defines it (w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(ground: Color) -> Color:
    """Dark or white, whichever text is read better on a ground."""
    return max((LIGHT["ink"], "#FFFFFF"), key=lambda ink: contrast(ink, ground))


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in rgb(color)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
