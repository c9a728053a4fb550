"""Five pictures that explain what a fully convolutional network is, for the home page."""

from dataclasses import dataclass
from functools import cache
from math import sqrt
from xml.sax.saxutils import escape, quoteattr

from fcnlab.arch import flow, preset
from fcnlab.draw.colors import Paint, Theme, page_css, paint
from fcnlab.draw.scene import (
    HEIGHT,
    WIDTH,
    Grid,
    arrow,
    caption,
    coverage,
    cuboid,
    enlarge,
    outline,
    park,
    park_mask,
    pixels,
    silhouette,
)
from fcnlab.draw.svg_style import FONT


@dataclass(frozen=True, slots=True)
class StoryPicture:
    """One picture of the story.

    Attributes:
        title: A few words.
        sentence: What it shows, for below the picture.
        alt: The picture in words, for who cannot see it.
        svg: A complete SVG document, 480 × 300 units.
    """

    title: str
    sentence: str
    alt: str
    svg: str


@cache
def story(theme: Theme = "page") -> tuple[StoryPicture, ...]:
    """The five pictures in order; `page` follows the theme of the page they are put into."""
    return tuple(make(theme) for make in (what_and_where, encoder, one_by_one, decoder, skips))


def what_and_where(theme: Theme = "page") -> StoryPicture:
    """Classification says what, segmentation says where."""
    color = paint(theme)
    body = (
        park(14, 56, 130)
        + arrow(152, 100, 196, 66, color("arrow"))
        + arrow(152, 142, 296, 192, color("arrow"))
        + _tag("“hero”", 202, 36, 104, color)
        + caption("what", 254, 26, color("muted"), 19)
        + park_mask(306, 92, 160, color)
        + caption("where, pixel by pixel", 378, 278, color("muted"), 19)
        + caption("picture", 79, 210, color("muted"), 19)
    )
    return _picture(
        "From what to where",
        "Classification says what is in a picture; segmentation says where, by giving every pixel a class.",
        "A park with two people. One arrow leads to the single word “hero”, another to a mask in which the hero is "
        "orange-red, the other person light blue and the rest grey.",
        body,
        theme,
    )


def encoder(theme: Theme = "page") -> StoryPicture:
    """The encoder: resolution falls, channels rise. The sizes are those of the preset follow-me."""
    color = paint(theme)
    rows = [row for row in flow(preset("follow-me")).rows if row.role in ("inputs", "encoder")]
    parts, x, bottom = [], 40.0, 214.0
    for row in rows:
        tone = "ends" if row.role == "inputs" else "encoder"
        width, height = 4 + 2.7 * sqrt(row.shape[2]), 14 + 11.2 * sqrt(row.shape[0])
        depth = height * 0.17
        parts.append(cuboid(x, bottom, width, height, depth, color(f"{tone}-fill"), color(f"{tone}-line")))
        middle = x + (width + depth) / 2
        parts.append(caption(f"{row.shape[0]}²", middle, bottom + 26, color("ink"), 20))
        parts.append(caption(f"×{row.shape[2]}", middle, bottom + 48, color(f"{tone}-text"), 20))
        x += width + depth + 39
    parts.append(arrow(150, 26, 320, 26, color("arrow")))
    parts.append(caption("smaller, but richer", 235, 16, color("muted")))
    parts.append(caption("pixels × channels", 240, 291, color("muted")))
    sizes = ", ".join(f"{row.shape[0]} by {row.shape[1]} by {row.shape[2]}" for row in rows)
    return _picture(
        "The encoder looks for meaning",
        "Stage by stage the encoder halves the resolution and raises the number of channels: fewer places, each "
        "described in more detail.",
        f"Five blocks that get shorter and wider from left to right: {sizes}.",
        "".join(parts),
        theme,
    )


def one_by_one(theme: Theme = "page") -> StoryPicture:
    """A 1×1 convolution keeps location where a dense layer loses it."""
    color = paint(theme)
    violet, muted = color("bottleneck-fill"), color("muted")
    middle = f'<g fill="none" stroke="{color("rule")}" stroke-width="1">'
    fan = "".join(
        f'<path d="M128 {178 + 22 * i}L402 {166 + 11.6 * j:.1f}"/>' for i in range(5) for j in range(0, 10, 3)
    )
    body = (
        _board(24, 26, color, color("encoder-fill"))
        + arrow(142, 77, 354, 77, color("bottleneck-line"), 4)
        + caption("1×1 convolution", 248, 62, color("bottleneck-text"), 21)
        + caption("keeps every place", 248, 104, muted)
        + _board(366, 26, color, violet)
        + f"{middle}{fan}</g>"
        + _board(24, 171, color, color("encoder-fill"))
        + f'<rect x="152" y="190" width="192" height="64" rx="8" fill="{color("panel")}"/>'
        + caption("dense layer", 248, 217, color("ink"), 21)
        + caption("where was it?", 248, 242, muted)
        + _column(404, 164, color)
    )
    return _picture(
        "A 1×1 convolution keeps the place",
        "A dense layer turns the map into a list and loses where things were; a 1×1 convolution mixes the channels "
        "of each pixel and leaves it in its place.",
        "Above: a grid with one marked cell becomes, by a 1×1 convolution, a grid with the same cell marked. Below: "
        "the same grid becomes, by a dense layer, a mere column of numbers.",
        body,
        theme,
    )


def decoder(theme: Theme = "page") -> StoryPicture:
    """The decoder: upsampling brings the size back, blurry. Real bilinear upsampling of an 8×8 mask."""
    color = paint(theme)
    coarse = coverage(silhouette, 8)
    grids = (coarse, enlarge(coarse, 2), enlarge(coarse, 4))
    tones = (color("decoder-fill"), color("empty"), color("rule"))
    line = color("arrow")
    body = (
        pixels(grids[0], 16, 140, 64, *tones)
        + arrow(88, 172, 122, 160, line)
        + pixels(grids[1], 130, 92, 112, *tones)
        + arrow(250, 146, 284, 136, line)
        + pixels(grids[2], 292, 32, 172, *tones)
        + "".join(
            caption(f"{len(grid)}×{len(grid)}", x, 242, color("decoder-text"), 20)
            for grid, x in zip(grids, (48, 186, 378), strict=True)
        )
        + caption("the size is back, the outline is not", 240, 282, color("muted"))
    )
    return _picture(
        "The decoder paints the place",
        "Upsampling brings the resolution back step by step, but what was lost on the way down stays blurry.",
        "A person’s mask on 8 by 8 cells, enlarged to 16 by 16 and to 32 by 32: larger each time, and still blurred.",
        body,
        theme,
    )


def skips(theme: Theme = "page") -> StoryPicture:
    """Skip connections bring the detail back: a blurred mask, and a sharp one."""
    color = paint(theme)
    sharp = coverage(silhouette, 40)
    blurry = enlarge(coverage(silhouette, 8), 5)
    ground, rule, muted = color("empty"), color("rule"), color("muted")
    body = (
        pixels(blurry, 14, 122, 118, color("decoder-fill"), ground, rule)
        + caption("decoder", 73, 266, color("decoder-text"), 20)
        + caption("+", 153, 190, color("ink"), 34)
        + pixels(outline(sharp), 174, 122, 118, color("skip-line"), ground, rule)
        + caption("skip", 233, 266, color("skip-text"), 20)
        + arrow(300, 181, 336, 181, color("arrow"))
        + pixels(sharp, 344, 122, 118, color("hero"), ground, rule)
        + caption("sharp mask", 403, 266, color("ink"), 20)
        + _skip_arc(color)
        + caption("past the bottleneck", 344, 64, muted)
    )
    return _picture(
        "Skip connections bring detail back",
        "A skip carries fine detail from an early encoder stage past the bottleneck, so that the decoder can draw "
        "sharp outlines.",
        "A blurred mask of a person plus the fine outline that a skip connection carries gives a sharp mask.",
        body,
        theme,
    )


def _picture(title: str, sentence: str, alt: str, body: str, theme: Theme) -> StoryPicture:
    rules = f"{page_css() if theme == 'page' else ''}.fcn text{{font-family:{FONT}}}"
    ground = "" if theme == "page" else f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{paint(theme)("ground")}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fcn story" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" '
        f'role="img" aria-label={quoteattr(alt)}><title>{escape(title)}</title><desc>{escape(alt)}</desc>'
        f"<style>{rules}</style>{ground}{body}</svg>"
    )
    return StoryPicture(title, sentence, alt, svg)


def _tag(text: str, x: float, y: float, width: float, color: Paint) -> str:
    """A label as classification gives it."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="40" rx="8" fill="{color("panel")}" stroke="{color("hero")}" '
        f'stroke-width="3"/>' + caption(text, x + width / 2, y + 27, color("ink"), 22, 700)
    )


def _board(x: float, y: float, color: Paint, mark: str) -> str:
    """A map of 5 × 5 places, one of them marked."""
    grid: Grid = [[float((row, column) == (1, 3)) for column in range(5)] for row in range(5)]
    lines = "".join(f"M{x + 20.4 * i:.1f} {y}v102M{x} {y + 20.4 * i:.1f}h102" for i in range(6))
    picture = pixels(grid, x, y, 102, mark, color("empty"), color("rule"))
    return f'{picture}<path d="{lines}" stroke="{color("arrow")}" stroke-opacity=".55" fill="none"/>'


def _column(x: float, y: float, color: Paint) -> str:
    """A list of ten numbers, none of which has a place."""
    opacities = (0.35, 0.2, 0.6, 0.3, 0.45, 0.25, 0.55, 0.4, 0.2, 0.5)
    cells = [
        f'<rect x="{x}" y="{y + 11.6 * i:.1f}" width="24" height="10" rx="2" fill="{color("ends-line")}" '
        f'fill-opacity="{opacity}"/>'
        for i, opacity in enumerate(opacities)
    ]
    return "".join(cells)


def _skip_arc(color: Paint) -> str:
    """The way of the skip, from the encoder to the outline that it brings."""
    line = color("skip-line")
    return (
        f'<path d="M120 56H221a12 12 0 0 1 12 12V88" fill="none" stroke="{line}" stroke-width="4"/>'
        f'<rect x="20" y="36" width="106" height="40" rx="4" fill="{color("encoder-fill")}"/>'
        + caption("encoder", 73, 62, color("on-fill"), 20)
        + arrow(233, 86, 233, 114, line, 4)
    )
