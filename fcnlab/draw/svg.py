"""The diagram as an SVG document: for a page (clickable, following its theme) or as a file of its own."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from fcnlab.arch import NetSpec
from fcnlab.arch.flow import Row
from fcnlab.draw.colors import ROLES, Theme, page_css, paint
from fcnlab.draw.frame import SWATCH, Frame, Key, Text, frame
from fcnlab.draw.layout import Block, Diagram, Label, Point, SkipLine, lay_out, shape_text
from fcnlab.draw.scale import text_width
from fcnlab.draw.svg_style import diagram_css
from fcnlab.draw.weights import Weights

_HEAD = 7.0


def diagram_svg(
    spec: NetSpec,
    *,
    theme: Theme = "light",
    selected: str | int | None = None,
    interactive: bool = False,
    compact: bool = False,
    titled: bool | None = None,
    weights: Mapping[str, float] | None = None,
    weight_unit: str = "points",
) -> str:
    """Draw a network, valid or not, as a complete SVG document that scales to any width.

    Args:
        spec: What does not fit together is drawn dashed in red.
        theme: "light" or "dark" for a file with a background of its own; "page" has none and follows the theme of
            the page that the SVG is put into (the CSS property `color-scheme` around it).
        selected: Row to outline, by name or position in the shape flow (0 is `inputs`).
        interactive: Every block becomes a button: `<g class="block" data-stage="1" role="button" tabindex="0"
            aria-label="encoder1, 80 by 80 by 16, separable 3×3, stride 2">`. The page listens to them.
        compact: Top to bottom and 360 units wide, for narrow screens.
        titled: Write the network's name and totals above; by default in files and not on pages.
        weights: What each skip contributes, by decoder stage, e.g. {"decoder4xx": 0.032}: its line takes colour and
            width from that, and the number is written on it in hundredths; skips that are not named stay grey.
        weight_unit: What those hundredths are, e.g. "IoU points".
    """
    diagram = lay_out(spec, compact=compact)
    shares = None if weights is None else Weights(weights, weight_unit)
    remark = shares.legend() if shares else ""
    around = frame(diagram, titled=theme != "page" if titled is None else titled, remark=remark)
    chosen = _position(diagram, selected)
    parts = [
        _open(diagram, around, theme, interactive, shares),
        f'<g transform="translate({_n(around.shift[0])} {_n(around.shift[1])})">',
        *[_arrow(points) for points in diagram.arrows],
        *[_skip(diagram, skip, shares) for skip in diagram.skips],
        *[_block(block, block.index == chosen, interactive, compact) for block in diagram.blocks],
        *[_sign(skip.merge, skip.sign, diagram.measures.sign, skip.fits) for skip in diagram.skips],
        *[_weight(diagram, skip, shares) for skip in diagram.skips if shares],
        "</g>",
        *_around(around),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def describe_row(row: Row, broken: bool = False) -> str:
    """A row in words, for screen readers: "encoder1, 80 by 80 by 16, separable 3×3, stride 2"."""
    height, width, channels = row.shape
    return f"{row.name}, {height} by {width} by {channels}, {row.kind}" + (", does not fit" if broken else "")


def _position(diagram: Diagram, selected: str | int | None) -> int | None:
    if not isinstance(selected, str):
        return selected
    return next((block.index for block in diagram.blocks if block.row.name == selected), None)


def _open(diagram: Diagram, around: Frame, theme: Theme, interactive: bool, shares: Weights | None) -> str:
    skips = sum(skip.fits for skip in diagram.skips)
    rows = "; ".join(f"{row.name} {shape_text(row)}" for row in diagram.flow.rows)
    size = f"{_n(around.width)} {_n(around.height)}"
    # A role of its own would hide the buttons from screen readers.
    role = "group" if interactive else "img"
    ground = "" if theme == "page" else f'<rect width="100%" height="100%" fill="{paint(theme)("ground")}"/>'
    # On a page a short network is not blown up to a wide screen.
    limit = f' style="display:block;margin:auto;max-width:{round(1.3 * around.width)}px"' if theme == "page" else ""
    title = f"Diagram of the network {diagram.spec.name}"
    words = f"{len(diagram.blocks)} blocks and {skips} skip connections: {rows}." + (
        f" {shares.words()}" if shares else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fcn diagram" viewBox="0 0 {size}" width="100%"{limit}'
        f' role="{role}" aria-label={quoteattr(title)}>\n'
        f"<title>{escape(title)}</title>\n"
        f"<desc>{escape(words)}</desc>\n"
        f"<style>{page_css() if theme == 'page' else ''}{diagram_css(theme)}</style>\n{ground}"
    )


def _block(block: Block, selected: bool, interactive: bool, compact: bool) -> str:
    row, face = block.row, block.face
    classes = ["block", ROLES[row.role], *(["broken"] if block.broken else []), *(["selected"] if selected else [])]
    words = describe_row(row, block.broken)
    button = ""
    if interactive:
        pressed = "true" if selected else "false"
        button = f' role="button" tabindex="0" aria-pressed="{pressed}" aria-label={quoteattr(words)}'
    weights = "" if row.params is None else f"\n{row.params:,} parameters"
    box, depth = block.label.box, block.depth
    x, y, right, bottom = face.x, face.y, face.x + face.width, face.y + face.height
    left = 0.0 if compact else min(x, box.x)
    whole = (left, y - depth, max(right + depth, box.x + box.width) - left, max(bottom, box.y + box.height) - y + depth)
    halo = (x - 4, y - depth - 4, face.width + depth + 8, face.height + depth + 8)
    parts = [
        f'<g class="{" ".join(classes)}" data-stage="{block.index}"{button}>',
        f"<title>{escape(words + weights)}</title>",
        _rect("hit", *whole),
        _rect("face", x, y, face.width, face.height, 2 if depth == 0 else 0),
    ]
    if depth:
        top = ((x, y), (x + depth, y - depth), (right + depth, y - depth), (right, y))
        side = ((right, y), (right + depth, y - depth), (right + depth, bottom - depth), (right, bottom))
        for name, corners in (("lit", top), ("shade", side)):
            parts += [_polygon("face", corners), "" if block.broken else _polygon(name, corners)]
    parts += [_rect("halo", *halo, 5), _alarm(x, y) if block.broken else "", "</g>"]
    return "".join(parts) + _beside(block, _label(block.label, compact), interactive)


def _beside(block: Block, label: str, interactive: bool) -> str:
    """A block's writing, beside the button that says the same in words.

    So it is neither read out twice nor taken for another name than the button's (WCAG 2.5.3). Clicks go through it.
    """
    hidden = ' aria-hidden="true" pointer-events="none"' if interactive else ""
    return f'<g class="label {ROLES[block.row.role]}"{hidden}>{label}</g>'


def _label(label: Label, compact: bool) -> str:
    name, note = escape(label.name), escape(label.note)
    size, small = (15, 14) if compact else (13.5, 12.5)
    if label.turned:
        turn = f'transform="translate({_n(label.x)} {_n(label.y)}) rotate(90)"'
        rest = f'<tspan class="note" font-size="{small}" dx="8">{note}</tspan>'
        return f'<text {turn}><tspan class="name" font-size="{size}">{name}</tspan>{rest}</text>'
    x = _n(label.x)
    lines = (("name", size, label.y, name), ("note", small, label.y + small + 3, note))
    spans = [
        f'<tspan class="{kind}" font-size="{points}" x="{x}" y="{_n(y)}">{text}</tspan>'
        for kind, points, y, text in lines
    ]
    return f'<text text-anchor="{label.anchor}">{"".join(spans)}</text>'


def _alarm(x: float, y: float) -> str:
    """A warning sign at a block's corner."""
    corners = ((x - 9, y + 7), (x + 9, y + 7), (x, y - 9))
    mark = f"M{_n(x)} {_n(y - 3)}v4M{_n(x)} {_n(y + 4.2)}v.1"
    return _polygon("alarm", corners) + f'<path class="alarm-mark" d="{mark}"/>'


def _arrow(points: tuple[Point, ...]) -> str:
    return _path("flow", (*points[:-1], _before(points))) + _tip("flow-tip", points)


def _skip(diagram: Diagram, skip: SkipLine, shares: Weights | None) -> str:
    points = (*skip.points[:-1], _before(skip.points))
    if not skip.fits or shares is None:
        kind = "" if skip.fits else " wrong"
        return _path(f"skip{kind}", points) + _tip(f"skip-tip{kind}", skip.points)
    arc = shares.arc(skip, diagram.flow.rows[skip.target])
    line = _path(f"skip {arc.kind}", points).replace("/>", f' style="stroke-width:{_n(arc.width)}"/>')
    return line + _tip(f"skip-tip {arc.kind}", skip.points)


def _weight(diagram: Diagram, skip: SkipLine, shares: Weights) -> str:
    """A skip's contribution: written on its line, or in compact diagrams, where lines lie close, beside its stage."""
    arc = shares.arc(skip, diagram.flow.rows[skip.target])
    if not arc.text or not skip.fits:
        return ""
    size = diagram.measures.name
    if diagram.compact:
        label = diagram.blocks[skip.target].label
        x, y, plate = label.x + text_width(label.note, 14) + 10, label.y + 17, ""
    else:
        wide = text_width(arc.text, size, "bold") + 6
        x, y = arc.at[0], arc.at[1] + 0.36 * size
        plate = _rect("plate", x - wide / 2, arc.at[1] - size / 2, wide, size)
    return (
        f'<g class="weight {arc.kind}" pointer-events="none">{plate}<text font-size="{_n(size)}" x="{_n(x)}" '
        f'y="{_n(y)}" text-anchor="{"start" if diagram.compact else "middle"}">{arc.text}</text></g>'
    )


def _sign(merge: str, at: Point, radius: float, fits: bool) -> str:
    """The merge in a circle: ‖ for concatenation, + for addition, × for a gate."""
    x, y, r = at[0], at[1], radius * 0.5
    strokes = {
        "concat": f"M{_n(x - 2.2)} {_n(y - r)}v{_n(2 * r)}M{_n(x + 2.2)} {_n(y - r)}v{_n(2 * r)}",
        "add": f"M{_n(x - r)} {_n(y)}h{_n(2 * r)}M{_n(x)} {_n(y - r)}v{_n(2 * r)}",
        "gate": f"M{_n(x - 3)} {_n(y - 3)}l6 6M{_n(x - 3)} {_n(y + 3)}l6 -6",
    }
    wrong = "" if fits else " wrong"
    circle = f'<circle class="sign{wrong}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'
    return f'<g pointer-events="none">{circle}<path class="glyph{wrong}" d="{strokes[merge]}"/></g>'


def _around(around: Frame) -> list[str]:
    parts = [_key(key) for key in around.keys]
    parts += [_text("note", note) for note in around.notes]
    parts += [_text("note", line) for line in around.totals]
    if around.title:
        parts.append(_text("title", around.title))
    return parts


def _key(key: Key) -> str:
    x, y = key.label.x - SWATCH - 5, key.label.y - key.label.size * 0.35
    if key.mark in ("concat", "add", "gate"):
        line = _path("skip", ((x, y), (x + SWATCH, y)))
        swatch = line + _sign(key.mark, (x + SWATCH / 2, y), 6.5, fits=True)
    elif key.mark == "wrong":
        swatch = f'<g class="broken ends">{_rect("face", x + 3, y - 6, 14, 12)}</g>'
    else:
        swatch = f'<g class="{key.mark}">{_rect("face", x + 3, y - 6, 14, 12, 2)}</g>'
    return swatch + _text("key", key.label)


def _text(name: str, text: Text) -> str:
    return (
        f'<text class="{name}" font-size="{_n(text.size)}" x="{_n(text.x)}" y="{_n(text.y)}">{escape(text.text)}</text>'
    )


def _rect(name: str, x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    corner = f' rx="{_n(radius)}"' if radius else ""
    return f'<rect class="{name}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{corner}/>'


def _polygon(name: str, corners: tuple[Point, ...]) -> str:
    return f'<polygon class="{name}" points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in corners)}"/>'


def _path(name: str, points: tuple[Point, ...]) -> str:
    return f'<path class="{name}" d="M{"L".join(f"{_n(x)} {_n(y)}" for x, y in points)}"/>'


def _tip(name: str, points: tuple[Point, ...]) -> str:
    return _polygon(name, tip(points))


def tip(points: tuple[Point, ...]) -> tuple[Point, Point, Point]:
    """The corners of the arrowhead at the end of a polyline, whose last piece runs along an axis."""
    (x, y), (back_x, back_y) = points[-1], _before(points)
    across_x, across_y = (y - back_y) * 0.6, (x - back_x) * 0.6
    return (x, y), (back_x + across_x, back_y + across_y), (back_x - across_x, back_y - across_y)


def _before(points: tuple[Point, ...]) -> Point:
    """Where the arrowhead of a polyline begins."""
    (from_x, from_y), (x, y) = points[-2:]
    size = max(abs(x - from_x), abs(y - from_y), 1e-9)
    head = min(_HEAD, size)
    return x - (x - from_x) / size * head, y - (y - from_y) / size * head


def _n(number: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")
