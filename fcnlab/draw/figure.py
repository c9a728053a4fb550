"""The diagram as a matplotlib figure, for PNG and PDF: the same geometry as the SVG."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon

from fcnlab.arch import NetSpec
from fcnlab.draw.colors import ROLES, Paint, Theme, paint
from fcnlab.draw.frame import SWATCH, Frame, Key, Text, frame
from fcnlab.draw.layout import Block, Diagram, Point, SkipLine, lay_out
from fcnlab.draw.scale import text_width
from fcnlab.draw.svg import tip
from fcnlab.draw.weights import Arc, Weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNITS_PER_INCH = 96.0
"""The diagram's units are CSS pixels; a font size of 1 unit is 0.75 points."""

_ARCS = {"gain": "gain", "loss": "loss", "none": "arrow"}
_FACES = ("Liberation Sans", "Arial", "Helvetica", "Roboto", "Noto Sans", "DejaVu Sans")


def diagram_figure(
    spec: NetSpec,
    *,
    theme: Theme = "light",
    compact: bool = False,
    weights: Mapping[str, float] | None = None,
    weight_unit: str = "points",
) -> Figure:
    """Draw a network, valid or not, titled and with its legend; arguments as `fcnlab.draw.svg.diagram_svg`.

    Returns:
        A figure of its own, not registered with pyplot: `figure.savefig(path)` writes it at any resolution.
    """
    diagram = lay_out(spec, compact=compact)
    shares = None if weights is None else Weights(weights, weight_unit)
    around = frame(diagram, titled=True, remark=shares.legend() if shares else "")
    color = paint("light" if theme == "page" else theme)
    figure = Figure(figsize=(around.width / UNITS_PER_INCH, around.height / UNITS_PER_INCH), facecolor=color("ground"))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, around.width)
    axes.set_ylim(around.height, 0)
    pen = _Pen(axes, color, around.shift)
    for points in diagram.arrows:
        pen.arrow(points, "arrow", 1.6, dashed=False)
    for skip in diagram.skips:
        pen.skip(skip, shares.arc(skip, diagram.flow.rows[skip.target]) if shares else None)
    for block in diagram.blocks:
        pen.block(block, diagram)
    for skip in diagram.skips:
        pen.sign(skip, diagram.measures.sign)
        if shares:
            pen.weight(diagram, skip, shares.arc(skip, diagram.flow.rows[skip.target]))
    _around(_Pen(axes, color, (0, 0)), around)
    return figure


class _Pen:
    """Draws on axes whose units are the diagram's, moved by `shift`."""

    def __init__(self, axes: "Axes", color: Paint, shift: Point) -> None:
        self.axes, self.color, self.shift = axes, color, shift
        known = set(font_manager.get_font_names())
        self.face = next((face for face in _FACES if face in known), "sans-serif")

    def moved(self, points: tuple[Point, ...]) -> list[Point]:
        return [(x + self.shift[0], y + self.shift[1]) for x, y in points]

    def area(self, points: tuple[Point, ...], fill: str, line: str = "none", **rest: Any) -> None:
        self.axes.add_patch(Polygon(self.moved(points), closed=True, facecolor=fill, edgecolor=line, **rest))

    def line(self, points: tuple[Point, ...], color: str, width: float, *, dashed: bool = False) -> None:
        xs, ys = zip(*self.moved(points), strict=True)
        style = (0, (2.4, 1.6)) if dashed else "-"
        self.axes.plot(xs, ys, color=self.color(color), linewidth=width * 0.75, linestyle=style, solid_capstyle="butt")

    def arrow(self, points: tuple[Point, ...], color: str, width: float, *, dashed: bool) -> None:
        head = tip(points)
        base = ((head[1][0] + head[2][0]) / 2, (head[1][1] + head[2][1]) / 2)
        self.line((*points[:-1], base), color, width, dashed=dashed)
        self.area(head, self.color(color))

    def text(self, text: str, at: Point, size: float, color: str, **rest: Any) -> None:
        x, y = self.moved((at,))[0]
        # Names are shown as they are: a dollar sign starts no formula.
        self.axes.text(
            x, y, text, fontsize=size * 0.75, color=self.color(color), family=self.face, parse_math=False, **rest
        )

    def block(self, block: Block, diagram: Diagram) -> None:
        tone, face, depth = ROLES[block.row.role], block.face, block.depth
        x, y, right, bottom = face.x, face.y, face.x + face.width, face.y + face.height
        fill, line = self.color(f"{tone}-fill"), self.color("wrong-line" if block.broken else f"{tone}-line")
        front = ((x, y), (right, y), (right, bottom), (x, bottom))
        top = ((x, y), (x + depth, y - depth), (right + depth, y - depth), (right, y))
        side = ((right, y), (right + depth, y - depth), (right + depth, bottom - depth), (right, bottom))
        for corners, light in ((front, ""), (top, "#FFFFFF52"), (side, "#00000033")):
            if block.broken:
                self.area(corners, f"{fill}59", line, linewidth=1.4, linestyle="--")
                continue
            self.area(corners, fill, line, linewidth=0.75)
            if light and depth:
                self.area(corners, light)
        if block.broken:
            self.area(((x - 9, y + 7), (x + 9, y + 7), (x, y - 9)), self.color("wrong-line"))
            self.text("!", (x, y + 5), 12, "ground", weight="bold", ha="center")
        self.label(block, diagram, f"{tone}-text")

    def label(self, block: Block, diagram: Diagram, color: str) -> None:
        label, measures = block.label, diagram.measures
        name, note = measures.name, measures.note
        if label.turned:
            turn: dict[str, Any] = {"rotation": -90.0, "ha": "center", "va": "top"}
            at = (label.x + name * 0.35, label.y)
            self.text(label.name, at, name, color, weight="bold", **turn)
            self.text(label.note, (at[0], label.box.y + label.box.height), note, "muted", **turn | {"va": "bottom"})
            return
        side = "center" if label.anchor == "middle" else "left"
        self.text(label.name, (label.x, label.y), name, color, weight="bold", ha=side)
        self.text(label.note, (label.x, label.y + note + 3), note, "muted", ha=side)

    def skip(self, skip: SkipLine, arc: Arc | None) -> None:
        if arc is None or not skip.fits:
            self.arrow(skip.points, "skip-line" if skip.fits else "wrong-line", 2.6, dashed=not skip.fits)
        else:
            self.arrow(skip.points, _ARCS[arc.kind], arc.width, dashed=arc.kind == "loss")

    def weight(self, diagram: Diagram, skip: SkipLine, arc: Arc) -> None:
        if not arc.text or not skip.fits:
            return
        color, size = f"{arc.kind}-text" if arc.kind != "none" else "muted", diagram.measures.name
        if diagram.compact:
            label = diagram.blocks[skip.target].label
            at = (label.x + text_width(label.note, diagram.measures.note) + 10, label.y + diagram.measures.note + 3)
            self.text(arc.text, at, size, color, weight="bold")
        else:
            plate = {"facecolor": self.color("ground"), "edgecolor": "none", "boxstyle": "square,pad=0.15"}
            self.text(arc.text, arc.at, size, color, weight="bold", ha="center", va="center", bbox=plate, zorder=3)

    def sign(self, skip: SkipLine, radius: float) -> None:
        line, glyph = ("skip-line", "skip-text") if skip.fits else ("wrong-line", "wrong-line")
        self.merge(skip.merge, skip.sign, radius, line, glyph)

    def merge(self, merge: str, at: Point, radius: float, line: str, glyph: str) -> None:
        x, y = at
        r = radius * 0.5
        center = self.moved((at,))[0]
        edge, ground = self.color(line), self.color("ground")
        self.axes.add_patch(Circle(center, radius, facecolor=ground, edgecolor=edge, linewidth=1.5, zorder=3))
        strokes: dict[str, tuple[tuple[Point, Point], ...]] = {
            "concat": (((x - 2.2, y - r), (x - 2.2, y + r)), ((x + 2.2, y - r), (x + 2.2, y + r))),
            "add": (((x - r, y), (x + r, y)), ((x, y - r), (x, y + r))),
            "gate": (((x - 3, y - 3), (x + 3, y + 3)), ((x - 3, y + 3), (x + 3, y - 3))),
        }
        for stroke in strokes[merge]:
            xs, ys = zip(*self.moved(stroke), strict=True)
            self.axes.plot(xs, ys, color=self.color(glyph), linewidth=1.5, zorder=4)


def _around(pen: _Pen, around: Frame) -> None:
    for key in around.keys:
        _key(pen, key)
    for note in around.notes:
        _write(pen, note, "muted")
    for line in around.totals:
        _write(pen, line, "muted")
    if around.title:
        _write(pen, around.title, "ink", weight="bold")


def _write(pen: _Pen, text: Text, color: str, **rest: Any) -> None:
    pen.text(text.text, (text.x, text.y), text.size, color, **rest)


def _key(pen: _Pen, key: Key) -> None:
    x, y = key.label.x - SWATCH - 5, key.label.y - key.label.size * 0.35
    if key.mark in ("concat", "add", "gate"):
        pen.line(((x, y), (x + SWATCH, y)), "skip-line", 2.6)
        pen.merge(key.mark, (x + SWATCH / 2, y), 6.5, "skip-line", "skip-text")
    else:
        corners = ((x + 3, y - 6), (x + 17, y - 6), (x + 17, y + 6), (x + 3, y + 6))
        wrong = key.mark == "wrong"
        fill, line = ("ends-fill", "wrong-line") if wrong else (f"{key.mark}-fill", f"{key.mark}-line")
        pen.area(corners, pen.color(fill) + ("59" if wrong else ""), pen.color(line), linestyle="--" if wrong else "-")
    _write(pen, key.label, "ink")
