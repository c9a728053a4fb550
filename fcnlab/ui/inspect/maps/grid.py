"""Sheets of tiles as markup for `fcnlab.ui.clickable`: each tile is a button, each layer a group of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from fcnlab.draw import TileSheet, scale_bar
from fcnlab.draw.colorbar import number_text
from fcnlab.draw.colors import ROLES
from fcnlab.draw.glossary import explain
from fcnlab.lab.tasks import LayerMaps
from fcnlab.ui.inspect.maps.figures import LINE_CSS, ends, figures_line, histogram, rounded
from fcnlab.ui.inspect.maps.sheets import is_probability, tile_url

MOST_CHANNELS = 1_000_000
"""A button's number is its block's times this, plus the channel."""

MORE = MOST_CHANNELS - 1
"""In a channel's place: the button for more tiles of a block."""

HALVES = ("encoder", "bottleneck", "decoder")
"""Roles that a block's heading names; inputs and outputs are called so already."""

FEW = 5
"""Tiles up to which they are shown larger."""

GRID_CSS = (
    LINE_CSS
    + """
.block{border-left:5px solid var(--tone);padding-left:.7rem;margin:0 0 1.75rem;min-width:0}
.block h3{font-size:1rem;font-weight:650;margin:0;display:inline;overflow-wrap:anywhere}
.block .shape{font-variant-numeric:tabular-nums}
.block .role{color:var(--role);font-weight:600}
.block .kind{color:var(--fcn-muted);font-size:.875rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(4rem,1fr));gap:4px;margin:.35rem 0 0;
  align-items:start}
.tiles.few{grid-template-columns:repeat(auto-fill,minmax(6rem,1fr));max-width:calc(var(--many)*9.5rem)}
.tiles button,.more{all:unset;box-sizing:border-box;cursor:pointer;border-radius:3px;color:inherit}
.tiles button{display:block;width:100%}
.tiles>div{min-width:0}
.tiles img{display:block;width:100%;image-rendering:pixelated;border-radius:2px;min-height:1.25rem}
.tiles img.fine{image-rendering:auto}
.tiles small{display:block;font-size:.6875rem;line-height:1.25;color:var(--fcn-muted);text-align:center;
  font-variant-numeric:tabular-nums}
.tiles small b{font-weight:600;color:var(--st-text-color,inherit);margin-right:.3em}
.tiles small span{display:inline-block}
.tiles button:hover img{box-shadow:0 0 0 2px var(--st-primary-color)}
.tiles button:focus-visible,.more:focus-visible{outline:3px solid var(--st-primary-color);outline-offset:1px}
.more{font-size:.875rem;text-decoration:underline;text-underline-offset:3px;padding:.35rem .1rem}
.bar{display:flex;flex-wrap:wrap;align-items:flex-start;gap:.2rem .6rem;font-size:.8125rem;line-height:1;
  color:var(--fcn-muted)}
.bar span{flex:1 1 7rem}
.bar svg{display:block;flex:none;width:168px;height:28px;max-width:none!important}
.fcn .bar svg{width:168px;height:28px}
.fcn .bar svg.histogram{width:96px;margin-left:auto;color:var(--fcn-muted)}
"""
)


@dataclass(frozen=True)
class Block:
    """A layer and the tiles it is shown by.

    Attributes:
        maps: The layer.
        sheet: Its tiles.
        title: The stage's or the layer's name.
        about: What the layer does, in a few words.
        classes: Of the outputs, what each channel stands for.
    """

    maps: LayerMaps
    sheet: TileSheet
    title: str
    about: str = ""
    classes: Sequence[str] = ()


def block_html(index: int, block: Block, contributions: Mapping[int, float] | None = None) -> str:
    """A block's heading, its line of figures, the scale of its colours and its tiles.

    Args:
        index: Its position, for the buttons' numbers.
        block: What is shown.
        contributions: For each channel how much it speaks for a class, where the tiles are ordered by that.
    """
    sheet, maps = block.sheet, block.maps
    tone = ROLES[maps.role]
    tiles = "".join(_tile(index, position, block, contributions) for position in range(len(sheet.channels)))
    few = f' few" style="--many:{len(sheet.channels)}' if len(sheet.channels) <= FEW else ""
    name = escape(block.title, quote=True)
    return (
        f'<section class="block" data-block="{index}" '
        f'style="--tone:var(--fcn-{tone}-fill);--role:var(--fcn-{tone}-text)">'
        f"<header>{_heading(block)}</header>{figures_line(maps)}{_bar(maps, sheet, contributions is not None)}"
        f'<div class="tiles{few}" data-grid role="group" aria-label="Channels of {name}">{tiles}</div>'
        f"<footer>{_more(index, sheet)}</footer></section>"
    )


def _heading(block: Block) -> str:
    maps = block.maps
    height, width, channels = maps.maps.shape
    role = about = ""
    if maps.role in HALVES:
        meaning = escape(explain(maps.role), quote=True)
        role = f' · <abbr class="role" title="{meaning}">{maps.role}</abbr>'
    if block.about:
        about = f' <span class="kind">{escape(block.about)}</span>'
    return f'<h3>{escape(block.title)}</h3> <span class="shape">{height}×{width}×{channels}</span>{role}{about}'


def _bar(maps: LayerMaps, sheet: TileSheet, ranked: bool) -> str:
    """The scale of the colours, with numbers where all tiles share one, and the histogram of the layer's values."""
    shared = sheet.shared_range
    if shared is None:
        bar = scale_bar("lowest", "highest", sheet.palette)
        words = "of each tile, as written below it"
    else:
        bar = scale_bar(*rounded(*shared), sheet.palette)
        words = "in all tiles"
    if ranked:
        words += "; with a sign: what the channel contributes"
    counts, low, high = maps.statistics.counts, float(maps.low.min()), float(maps.high.max())
    return f'<div class="bar">{bar}<span>{words}</span>{histogram(counts, low, high)}</div>'


def _tile(index: int, position: int, block: Block, contributions: Mapping[int, float] | None) -> str:
    sheet, maps = block.sheet, block.maps
    channel = sheet.channels[position]
    low, high = float(maps.low[channel]), float(maps.high[channel])
    words = ["{}: {} to {}".format(_channel_name(block, channel), *ends(low, high))]
    if channel in sheet.dead:
        words = [f"{_channel_name(block, channel)}: the same value everywhere, {number_text(low)}"]
    else:
        words.append(f"active in {float(maps.statistics.active[channel]):.0%}")
    words += [f"the same as channel {earlier}" for later, earlier in maps.statistics.duplicates if later == channel]
    if contributions is not None:
        words.append(f"contribution {number_text(contributions[channel])}")
    label = escape(", ".join(words), quote=True)
    fine = ' class="fine"' if sheet.tile[1] > 64 else ""  # then blending shows more than leaving values out
    stop = -1 if position else 0  # for the tab key: one in each grid, the arrow keys lead on from there
    return (
        f'<div><button data-stage="{index * MOST_CHANNELS + channel}" tabindex="{stop}" title="{label}" '
        f'aria-label="{label}"><img src="{tile_url(sheet, position)}" alt=""{fine}></button>'
        f'<small aria-hidden="true"><b>{channel}</b>{_below(position, block, contributions)}</small></div>'
    )


def _below(position: int, block: Block, contributions: Mapping[int, float] | None) -> str:
    """What stands below a tile after its channel's number: a class, its range or its contribution."""
    sheet, maps = block.sheet, block.maps
    channel, parts = sheet.channels[position], []
    if block.classes and is_probability(maps):
        parts.append(escape(block.classes[channel]))
    elif channel in sheet.dead:
        parts.append(number_text(float(maps.low[channel])))
    elif sheet.shared_range is None:
        parts.append("…".join(ends(*sheet.ranges[position], 2)))
    elif contributions is None:
        parts.append("…".join(ends(float(maps.low[channel]), float(maps.high[channel]), 2)))
    if contributions is not None:
        value = contributions[channel]
        parts.append(f"{'+' if value > 0 else ''}{number_text(value)}")
    return " ".join(f"<span>{part}</span>" for part in parts)


def _channel_name(block: Block, channel: int) -> str:
    of = f" ({block.classes[channel]})" if block.classes else ""
    return f"Channel {channel}{of}"


def _more(index: int, sheet: TileSheet) -> str:
    left = sheet.total - len(sheet.channels)
    if not left:
        return f'<small class="kind">All {sheet.total} channels.</small>'
    more = min(len(sheet.channels), left)
    return (
        f'<small class="kind">{len(sheet.channels)} of {sheet.total} channels. </small>'
        f'<button class="more" data-stage="{index * MOST_CHANNELS + MORE}">Show {more} more</button>'
    )
