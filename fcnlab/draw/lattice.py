"""All 2^k sets of a picture's skips as a lattice, from none to all: what each skip changes, wherever it is added."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from fcnlab.draw.colors import Theme, page_css, paint
from fcnlab.draw.frame import wrap
from fcnlab.draw.lattice_layout import DOTS, VALUE, Lattice, Place, lay_out_lattice, neighbours
from fcnlab.draw.scale import shorten, text_width
from fcnlab.draw.svg_style import FONT
from fcnlab.errors import FcnLabError

Values = Sequence[float | None]

NOTHING = 0.0005
"""Changes smaller than this would be written as zero."""

_WIDEST = 7.0
_LINE = 18.0


def lattice_svg(
    names: Sequence[str],
    thumbnails: Sequence[str],
    values: Values,
    *,
    measure: str = "IoU",
    selected: int | None = None,
    aspect: float = 1.0,
    compact: bool = False,
    theme: Theme = "page",
) -> str:
    """Draw the lattice as an SVG whose sets are buttons.

    Each is `<g class="set" data-stage="5" role="button" tabindex="0" aria-label="decoder4xx and decoder4 on: IoU
    0.713; with decoder4x +0.021; …">`; the page listens to them. Hovering or focusing one shows its lines with what
    each neighbouring skip would change.

    Args:
        names: The k skips, from the bottom up.
        thumbnails: For each of the 2^k sets a data URL; bit i of a set's number says that skip i is on.
        values: For each set what is written below it; None where it is not defined.
        measure: What the values are.
        selected: The set to outline.
        aspect: Height of a thumbnail by its width.
        compact: Rows of thumbnails without lines, 360 units wide, for narrow screens.
        theme: As for `diagram_svg`.

    Raises:
        FcnLabError: There are no skips or more than five, or another number of thumbnails or values.
    """
    lattice = lay_out_lattice(len(names), aspect=aspect, compact=compact)
    check_sets(names, thumbnails, values)
    notes = wrap(legend(names, measure, compact), 13, lattice.width - 32)
    height = lattice.height + _LINE * len(notes) + 12
    anchor = "start" if compact else "middle"
    most = largest_change(lattice, values)
    headings = [
        f'<text class="heading" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{text}</text>'
        for text, x, y in lattice.headings
    ]
    sets = [
        _set(lattice, number, names, thumbnails[number], values, measure, pressed=number == selected)
        + ("" if compact else _detail(lattice, number, names, values, most))
        for number in range(len(lattice.places))
    ]
    below = [
        f'<text class="note" x="16" y="{_n(lattice.height + _LINE * line)}">{escape(note)}</text>'
        for line, note in enumerate(notes, 1)
    ]
    edges = "".join(_edge(lattice, values, edge, most) for edge in lattice.edges)
    between = f'<g class="edges" aria-hidden="true">{edges}</g>'
    return "\n".join([_open(lattice.width, height, theme), *headings, between, *sets, *below, "</svg>"])


def describe_set(number: int, names: Sequence[str], values: Values, measure: str = "IoU") -> str:
    """A set in words: "decoder4xx on, decoder4 off: IoU 0.713; with decoder4 +0.021; without decoder4xx −0.2"."""
    on = [name for skip, name in enumerate(names) if number >> skip & 1]
    if len(names) > 1 and len(on) in (0, len(names)):
        which = "All skips on" if on else "No skip on"
    else:
        off = [name for skip, name in enumerate(names) if not number >> skip & 1]
        which = "; ".join(f"{', '.join(part)} {state}" for part, state in ((on, "on"), (off, "off")) if part)
    own = values[number]
    changes = []
    for skip, other in neighbours(number, len(names)):
        there = values[other]
        if own is not None and there is not None:
            changes.append(f"{'without' if other < number else 'with'} {names[skip]} {change_text(there - own)}")
    return "; ".join([f"{which}: {measure} {value_text(own)}", *changes])


def legend(names: Sequence[str], measure: str, compact: bool) -> str:
    """What dots and lines mean, in a sentence or two."""
    dots = f"Dots: which skips are on, from left to right {', '.join(names)}" if len(names) > 1 else f"Dot: {names[0]}"
    order = f"{dots}. Below each picture its {measure}."
    lines = " A line adds one skip: green gains, dashed vermillion loses, the thicker the more."
    return order if compact else order + lines


def check_sets(names: Sequence[str], pictures: Sequence[object], values: Values) -> None:
    """Refuse another number of pictures or values than there are sets."""
    count = 2 ** len(names)
    if len(pictures) != count or len(values) != count:
        raise FcnLabError(
            f"There are {len(pictures)} pictures and {len(values)} values for the {count} sets of {len(names)} skips.",
            "Give one of each for every set.",
        )


def largest_change(lattice: Lattice, values: Values) -> float:
    """The largest gain or loss along any line, at least one that can be seen."""
    return max([abs(found) for edge in lattice.edges if (found := change(values, edge)) is not None] + [0.01])


def change(values: Values, edge: tuple[int, int]) -> float | None:
    """What adding a line's skip changes; None where it is not known."""
    before, after = values[edge[0]], values[edge[1]]
    return None if before is None or after is None else after - before


def value_text(value: float | None) -> str:
    """A set's value: "0.713", or "–"."""
    return "–" if value is None else f"{value:.3f}"


def change_text(value: float) -> str:
    """A change with its sign: "+0.021", "−0.2", "0"."""
    return "0" if abs(value) < NOTHING else f"{value:+.3f}".replace("-", "−")


def stroke(gain: float | None, most: float) -> tuple[str, float]:
    """A line's kind ("gain", "loss", "same") and width."""
    if gain is None or abs(gain) < NOTHING:
        return "same", 1.0
    return ("gain" if gain > 0 else "loss"), 1.2 + (_WIDEST - 1.2) * abs(gain) / most


def ends(lattice: Lattice, edge: tuple[int, int]) -> tuple[float, float, float, float]:
    """Where a line begins and ends: x, y, x, y."""
    here, there = lattice.places[edge[0]], lattice.places[edge[1]]
    return here.x + here.width + 3, here.y + here.height / 2, there.x - 3, there.y + there.height / 2


def _open(width: float, height: float, theme: Theme) -> str:
    limit = f' style="display:block;margin:auto;max-width:{round(1.2 * width)}px"' if theme == "page" else ""
    ground = "" if theme == "page" else f'<rect width="100%" height="100%" fill="{paint(theme)("ground")}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fcn lattice" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="100%"{limit} role="group" aria-label="Lattice of all sets of skips, from none to all">\n'
        f"<style>{page_css() if theme == 'page' else ''}{_css(theme)}</style>{ground}"
    )


def _edge(lattice: Lattice, values: Values, edge: tuple[int, int], most: float) -> str:
    x, y, to_x, to_y = ends(lattice, edge)
    kind, width = stroke(change(values, edge), most)
    return f'<path class="edge {kind}" stroke-width="{_n(width)}" d="M{_n(x)} {_n(y)}L{_n(to_x)} {_n(to_y)}"/>'


def _set(
    lattice: Lattice, number: int, names: Sequence[str], url: str, values: Values, measure: str, *, pressed: bool
) -> str:
    """A set's button, and beside it what is written on it (the button's name says it in words)."""
    place = lattice.places[number]
    words = quoteattr(describe_set(number, names, values, measure))
    x, y, wide, high = (_n(part) for part in place)
    hit = (place.x - 3, place.y - DOTS, place.width + 6, place.height + DOTS + VALUE)
    return (
        f'<g class="set{" selected" if pressed else ""}" data-stage="{number}" role="button" tabindex="0" '
        f'aria-pressed="{"true" if pressed else "false"}" aria-label={words}>'
        f'{_rect("hit", *hit)}<image x="{x}" y="{y}" width="{wide}" height="{high}" href={quoteattr(url)}/>'
        f"{_rect('rim', place.x - 1.5, place.y - 1.5, place.width + 3, place.height + 3)}</g>"
        f'<g class="says" aria-hidden="true">{_dots(place, number, len(names))}'
        f'<text class="value" x="{_n(place.middle)}" y="{_n(place.y + place.height + 16)}">{value_text(values[number])}'
        f"</text></g>"
    )


def _dots(place: Place, number: int, skips: int) -> str:
    first = place.middle - (skips - 1) * 6
    return "".join(
        f'<circle class="{"on" if number >> skip & 1 else "off"}" cx="{_n(first + 12 * skip)}" '
        f'cy="{_n(place.y - 8.5)}" r="4"/>'
        for skip in range(skips)
    )


def _detail(lattice: Lattice, number: int, names: Sequence[str], values: Values, most: float) -> str:
    """A set's own lines, and on each which skip it switches and what that would change."""
    lines, plates = [], []
    for skip, other in neighbours(number, lattice.skips):
        edge = (min(number, other), max(number, other))
        lines.append(_edge(lattice, values, edge, most))
        gain = change(values, edge)
        if gain is not None:
            seen = gain if other > number else -gain
            plates.append(_plate(lattice, edge, other > number, shorten(names[skip], 11, 84), seen))
    return f'<g class="detail" aria-hidden="true">{"".join(lines)}{"".join(plates)}</g>'


def _plate(lattice: Lattice, edge: tuple[int, int], forward: bool, name: str, seen: float) -> str:
    """A small label near the neighbour's end of a line."""
    x, y, to_x, to_y = ends(lattice, edge)
    wide = max(text_width(name, 11), 46) + 10
    room = to_x - x
    share = max(1 - (wide / 2 + 8) / room, 0.5) if forward else min((wide / 2 + 8) / room, 0.5)
    at_x, at_y = x + share * room, y + share * (to_y - y)
    style = f"change {stroke(seen, 1)[0]}-text"
    how = "with" if forward else "without"
    lines = (("how", how, -12), ("what", name, 2), (style, change_text(seen), 18))
    return _rect("plate", at_x - wide / 2, at_y - 26, wide, 50, 4) + "".join(
        f'<text class="{line}" x="{_n(at_x)}" y="{_n(at_y + down)}">{escape(text)}</text>' for line, text, down in lines
    )


def _css(theme: Theme) -> str:
    color = paint(theme)
    return "".join(
        [
            f".lattice text{{font-family:{FONT};font-size:13px;fill:{color('ink')};font-variant-numeric:tabular-nums}}",
            f".lattice .heading{{font-weight:650;fill:{color('muted')}}}.lattice .note{{fill:{color('muted')}}}",
            ".lattice .value,.lattice .detail text{text-anchor:middle}.lattice .value{font-weight:600}",
            f".lattice .edge{{fill:none;stroke:{color('arrow')}}}.lattice .edges{{opacity:.5}}",
            f".lattice .gain{{stroke:{color('gain')}}}.lattice .loss{{stroke:{color('loss')};stroke-dasharray:6 4}}",
            f".lattice .on{{fill:{color('skip-fill')};stroke:{color('skip-line')};stroke-width:1.5}}",
            f".lattice .off{{fill:none;stroke:{color('arrow')};stroke-width:1.5}}",
            f".lattice .rim{{fill:none;stroke:{color('rule')};stroke-width:1}}.lattice .hit{{fill:transparent}}",
            f".lattice .selected .rim{{stroke:{color('ink')};stroke-width:4}}",
            ".lattice .set{cursor:pointer;outline:none}.lattice .says,.lattice .detail{pointer-events:none}",
            f".lattice .set:hover .rim{{stroke:{color('arrow')};stroke-width:4}}",
            f".lattice .set:focus-visible .rim{{stroke:{color('ink')};stroke-width:4;stroke-dasharray:7 3}}",
            ".lattice .detail{display:none}",
            ".lattice .set:hover+.says+.detail,.lattice .set:focus-visible+.says+.detail{display:inline}",
            # While one set is looked at, the other lines step back.
            ".lattice:has(.set:hover) .edges,.lattice:has(.set:focus-visible) .edges{opacity:.12}",
            f".lattice .plate{{fill:{color('ground')};stroke:{color('rule')}}}",
            ".lattice .what,.lattice .how{font-size:11px}",
            f".lattice .change{{font-weight:700}}.lattice .gain-text{{fill:{color('gain-text')}}}",
            f".lattice .loss-text{{fill:{color('loss-text')}}}",
        ]
    )


def _rect(name: str, x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    corner = f' rx="{_n(radius)}"' if radius else ""
    return f'<rect class="{name}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{corner}/>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
