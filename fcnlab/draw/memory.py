"""What training takes of a memory as one stacked bar: by stage or by kind, beside a budget.

Every part bears a number, in the bar where there is room and in the list below it, so that no colour is needed to tell
the parts apart.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from fcnlab.arch.memory import MemoryNeed
from fcnlab.draw.colors import ROLES, SERIES, Theme, page_css, paint

By = Literal["stage", "kind"]

_KINDS = {"weights": 0, "gradients": 1, "moments": 3, "activations": 2}
"""Kind → its colour in `SERIES`."""

_REST = {"batch": "arrow", "workspace": "rule", "runtime": "empty"}
"""What belongs to no stage → its colour."""

_TITLES = {"moments": "optimizer moments", "batch": "batch of images", "runtime": "the process itself"}

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "B"))


class Part(NamedTuple):
    """One part of the bar.

    Attributes:
        name: What it is.
        size: Its bytes.
        tone: A colour's name in `colors.LIGHT`, or the number of a colour in `colors.SERIES`.
    """

    name: str
    size: int
    tone: str | int


def memory_parts(need: MemoryNeed, by: By = "stage") -> list[Part]:
    """The parts, from the images to the outputs or from weights to activations, and then what belongs to neither."""
    if by == "stage":
        first = [Part(stage.name, stage.total, f"{ROLES[stage.role]}-fill") for stage in need.stages]
    else:
        first = [Part(_TITLES.get(kind, kind), getattr(need, kind), tone) for kind, tone in _KINDS.items()]
    rest = [Part(_TITLES.get(name, name), getattr(need, name), tone) for name, tone in _REST.items()]
    return [part for part in (*first, *rest) if part.size > 0]


def memory_svg(
    need: MemoryNeed, *, by: By = "stage", budget: int = 0, theme: Theme = "light", compact: bool = False
) -> str:
    """The stacked bar with its list, as a complete SVG document.

    Args:
        need: What training takes.
        by: One part a stage, or one a kind of memory.
        budget: Bytes at which a line is drawn; 0 draws none.
        theme: As for `diagram_svg`.
        compact: 360 units wide instead of 760, for narrow screens.
    """
    parts = memory_parts(need, by)
    width, columns, text = (360, 1, 14.0) if compact else (760, 3, 13.0)
    most = max(need.total, budget) * (1.02 if budget > need.total else 1.0)
    scale = (width - 2) / most
    lines = -(-len(parts) // columns)
    height = _LIST_TOP + lines * _LINE
    ground = "" if theme == "page" else f'<rect width="100%" height="100%" fill="{paint(theme)("ground")}"/>'
    limit = f' style="display:block;max-width:{round(1.2 * width)}px"' if theme == "page" else ""
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" class="fcn memory" viewBox="0 0 {width} {height:g}" '
                f'width="100%"{limit} role="img" aria-label={quoteattr(describe_memory(need, by, budget))}>'
            ),
            f"<style>{page_css() if theme == 'page' else ''}{_css(theme)}</style>{ground}",
            *_bar(parts, scale, text, theme),
            *_budget(budget, need.total, scale, width, text),
            *_list(parts, need.total, width / columns, lines, text, theme),
            "</svg>",
        ]
    )


def describe_memory(need: MemoryNeed, by: By = "stage", budget: int = 0) -> str:
    """The bar in words: "Training with batch 16 takes 1.32 GB of 4 GB: encoder1 13.1 MB, …"."""
    told = ", ".join(f"{part.name} {bytes_text(part.size)}" for part in memory_parts(need, by))
    limit = f" of {bytes_text(budget)}" if budget else ""
    return f"Training with batch {need.batch_size:,} takes {bytes_text(need.total)}{limit}: {told}."


def bytes_text(size: int) -> str:
    """Bytes with three digits and a unit: 13,107,200 → "13.1 MB"."""
    factor, unit = next(((factor, unit) for factor, unit in _UNITS if size >= 0.9995 * factor), _UNITS[-1])
    return f"{size / factor:.3g} {unit}"


_BAR_TOP, _BAR_HEIGHT, _LIST_TOP, _LINE = 24, 32, 78, 22


def _css(theme: Theme) -> str:
    color = paint(theme)
    return (
        ".memory text{font-family:var(--st-font,system-ui,sans-serif);fill:" + color("ink") + "}"
        ".memory .size{fill:" + color("muted") + "}"
        ".memory .part{stroke:" + color("ground") + ";stroke-width:1.5}"
        ".memory .on{fill:" + color("on-fill") + "}"
        ".memory .budget{stroke:" + color("ink") + ";stroke-width:2;stroke-dasharray:5 3}"
        ".memory .over{stroke:" + color("wrong-line") + "}.memory .over-text{fill:" + color("wrong-text") + "}"
    )


def _fill(tone: str | int, theme: Theme) -> str:
    """Attributes of an area's colour."""
    if isinstance(tone, str):
        return f'style="fill:{paint(theme)(tone)}"'
    light, dark = SERIES["light"][tone], SERIES["dark"][tone]
    if theme == "page":
        return f'fill="{light}" style="fill:light-dark({light},{dark})"'
    return f'fill="{dark if theme == "dark" else light}"'


def _number(number: int, tone: str | int, x: float, y: float, text: float) -> str:
    kind = "" if tone in ("rule", "empty") else ' class="on"'
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" font-size="{text:g}" text-anchor="middle">{number}</text>'


def _bar(parts: Sequence[Part], scale: float, text: float, theme: Theme) -> list[str]:
    found, x = [], 1.0
    for number, part in enumerate(parts, 1):
        wide = part.size * scale
        title = f"<title>{escape(part.name)}: {bytes_text(part.size)}</title>"
        box = f'x="{x:.2f}" y="{_BAR_TOP}" width="{wide:.2f}" height="{_BAR_HEIGHT}"'
        found.append(f'<rect class="part" {box} {_fill(part.tone, theme)}>{title}</rect>')
        if wide > text * 0.62 * len(str(number)) + 4:
            found.append(_number(number, part.tone, x + wide / 2, _BAR_TOP + _BAR_HEIGHT / 2 + 0.36 * text, text))
        x += wide
    return found


def _budget(budget: int, total: int, scale: float, width: float, text: float) -> list[str]:
    """The line at the budget, and what is written above the bar."""
    over = total > budget > 0
    head = [f'<text x="1" y="15" font-size="{text:g}" font-weight="600">{bytes_text(total)} in all</text>']
    if not budget:
        return head
    x = 1 + budget * scale
    kind = " over" if over else ""
    line = (
        f'<line class="budget{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_BAR_TOP - 4}" y2="{_BAR_TOP + _BAR_HEIGHT + 4}"/>'
    )
    words = f"budget {bytes_text(budget)}"
    told = f'<text{" class=" + quoteattr("over-text") if over else ""} font-size="{text:g}" y="15" text-anchor="end"'
    return [*head, line, f'{told} x="{width - 1}">{words}{", too little" if over else ""}</text>']


def _list(parts: Sequence[Part], total: int, wide: float, lines: int, text: float, theme: Theme) -> list[str]:
    found = []
    for index, part in enumerate(parts):
        x, y = (index // lines) * wide, _LIST_TOP + (index % lines) * _LINE
        base = y + 0.82 * text + 1
        name = part.name if len(part.name) <= 26 else f"{part.name[:25]}…"
        found += [
            f'<rect class="part" x="{x + 1:.1f}" y="{y - 2}" width="24" height="18" {_fill(part.tone, theme)}/>',
            _number(index + 1, part.tone, x + 13, base, text - 1),
            (
                f'<text x="{x + 31:.1f}" y="{base:.1f}" font-size="{text:g}">{escape(name)} '
                f'<tspan class="size">{bytes_text(part.size)}, {part.size / total:.0%}</tspan></text>'
            ),
        ]
    return found
