"""What the story's pictures are made of: a park with people, masks as pixel grids, arrows and captions.

A picture is 480 × 300 units; its texts have at least 18, so that they can be read at a width of 300 pixels.
"""

from collections.abc import Callable
from itertools import groupby
from xml.sax.saxutils import escape

from fcnlab.draw.colors import Paint

WIDTH, HEIGHT = 480, 300

Grid = list[list[float]]
"""Rows of shares from 0 to 1."""

Shape = Callable[[float, float], bool]
"""Whether a point of the unit square lies inside."""


def park(x: float, y: float, side: float) -> str:
    """A park with the hero (in vermillion) and another person, in a square."""
    k = side / 100
    tree = (
        '<rect x="{0}" y="40" width="4" height="18" fill="#7A5230"/>'
        '<circle cx="{1}" cy="34" r="13" fill="#3E8E41"/><circle cx="{2}" cy="28" r="8" fill="#57A85A"/>'
    )
    return (
        f'<svg x="{x}" y="{y}" width="{side}" height="{side}" viewBox="0 0 100 100">'
        '<rect width="100" height="100" fill="#BFE3F7"/><rect y="48" width="100" height="52" fill="#8CC56B"/>'
        '<path d="M52 48h8l34 52H40z" fill="#E5D3A8"/>'
        f"{tree.format(14, 16, 20)}{tree.format(78, 80, 76)}"
        f"{person(33, 40, 0.62, '#5B7FA6', '#33475B')}{person(56, 36, 1.0, '#D55E00', '#3A3A3A')}"
        f'<rect x="{0.5 / k}" y="{0.5 / k}" width="{100 - 1 / k}" height="{100 - 1 / k}" fill="none" stroke="#5F6B7A" '
        f'stroke-width="{1 / k}"/></svg>'
    )


def park_mask(x: float, y: float, side: float, paint: Paint) -> str:
    """The mask of `park`: background, the other person, the hero."""
    other, hero = paint("other"), paint("hero")
    return (
        f'<svg x="{x}" y="{y}" width="{side}" height="{side}" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{paint("empty")}"/>'
        f"{person(33, 40, 0.62, other, other, other)}{person(56, 36, 1.0, hero, hero, hero)}</svg>"
    )


def person(x: float, y: float, size: float, shirt: str, trousers: str, skin: str = "#E0AC87") -> str:
    """A standing person, 20 × 48 units times `size`, with the upper left corner at (x, y)."""
    return (
        f'<g transform="translate({x} {y}) scale({size})"><circle cx="10" cy="6" r="6" fill="{skin}"/>'
        f'<rect x="5" y="28" width="4.6" height="20" rx="2" fill="{trousers}"/>'
        f'<rect x="10.4" y="28" width="4.6" height="20" rx="2" fill="{trousers}"/>'
        f'<rect x="3" y="12" width="14" height="19" rx="4" fill="{shirt}"/>'
        f'<rect x="0" y="13" width="4" height="16" rx="2" fill="{shirt}"/>'
        f'<rect x="16" y="13" width="4" height="16" rx="2" fill="{shirt}"/></g>'
    )


def silhouette(x: float, y: float) -> bool:
    """Whether a point of the unit square lies on a person who fills most of it."""
    u, v = (x - 0.5) * 46 + 10, y * 56 - 4
    head = (u - 10) ** 2 + (v - 6) ** 2 <= 36
    body = 3 <= u <= 17 and 12 <= v <= 31
    arms = (-1.5 <= u <= 1.2 or 18.8 <= u <= 21.5) and 13 <= v <= 29
    shoulders = -1.5 <= u <= 21.5 and 12.5 <= v <= 15.5
    legs = (4 <= u <= 8.7 or 11.3 <= u <= 16) and 28 <= v <= 48
    return head or body or arms or shoulders or legs


def coverage(shape: Shape, cells: int, samples: int = 4) -> Grid:
    """The share of each cell that a shape covers, on a grid of `cells` × `cells`."""
    near = [(i + 0.5) / samples for i in range(samples)]

    def share(row: int, column: int) -> float:
        hits = sum(shape((column + u) / cells, (row + v) / cells) for u in near for v in near)
        return hits / samples**2

    return [[share(row, column) for column in range(cells)] for row in range(cells)]


def enlarge(grid: Grid, factor: int) -> Grid:
    """Bilinear upsampling at half-pixel centres, as the networks do it."""
    size = len(grid)

    def taps(index: int) -> tuple[int, int, float]:
        at = min(max((index + 0.5) / factor - 0.5, 0), size - 1)
        low = int(at)
        return low, min(low + 1, size - 1), at - low

    places = [taps(index) for index in range(size * factor)]
    wide = [[row[low] * (1 - t) + row[high] * t for low, high, t in places] for row in grid]
    return [
        [one * (1 - t) + two * t for one, two in zip(wide[low], wide[high], strict=True)] for low, high, t in places
    ]


def outline(grid: Grid) -> Grid:
    """Where a grid changes: the largest difference to a neighbour above, below, left or right."""
    size = len(grid)

    def step(row: int, column: int) -> float:
        here = grid[row][column]
        near = ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1))
        return max(abs(here - grid[r][c]) for r, c in near if 0 <= r < size and 0 <= c < size)

    return [[step(row, column) for column in range(size)] for row in range(size)]


def pixels(grid: Grid, x: float, y: float, side: float, color: str, ground: str, rule: str) -> str:
    """A grid as a picture: the colour's opacity stands for the share, in nine levels; equal neighbours are joined."""
    cell = side / len(grid)
    runs: dict[int, list[str]] = {}
    for row, values in enumerate(grid):
        column = 0
        for level, run in groupby(round(value * 8) for value in values):
            width = len(list(run))
            # A hair more than the cell, so that no seams show between rows of one level.
            corner, size = f"{_n(x + column * cell)} {_n(y + row * cell)}", _n(width * cell + 0.2)
            runs.setdefault(level, []).append(f"M{corner}h{size}v{_n(cell + 0.2)}h-{size}z")
            column += width
    paths = [
        f'<path d="{"".join(run)}" fill-opacity="{_n(level / 8)}"/>' for level, run in sorted(runs.items()) if level
    ]
    border = f'width="{side}" height="{side}"'
    return (
        f'<rect x="{x}" y="{y}" {border} fill="{ground}"/><g fill="{color}">{"".join(paths)}</g>'
        f'<rect x="{x}" y="{y}" {border} fill="none" stroke="{rule}"/>'
    )


def caption(text: str, x: float, y: float, color: str, size: float = 19, weight: int = 600) -> str:
    """A centred line of text with its baseline at `y`."""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" font-weight="{weight}" text-anchor="middle" '
        f'fill="{color}">{escape(text)}</text>'
    )


def arrow(x: float, y: float, to_x: float, to_y: float, color: str, width: float = 3) -> str:
    """A straight arrow."""
    length = max(((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5, 1e-9)
    u, v = (to_x - x) / length, (to_y - y) / length
    back_x, back_y = to_x - u * 11, to_y - v * 11
    corners = ((to_x, to_y), (back_x - v * 6, back_y + u * 6), (back_x + v * 6, back_y - u * 6))
    points = " ".join(f"{_n(a)},{_n(b)}" for a, b in corners)
    return (
        f'<path d="M{_n(x)} {_n(y)}L{_n(back_x)} {_n(back_y)}" stroke="{color}" stroke-width="{width}" fill="none"/>'
        f'<polygon points="{points}" fill="{color}"/>'
    )


def cuboid(x: float, bottom: float, width: float, height: float, depth: float, fill: str, line: str) -> str:
    """A block in the diagram's manner, standing on `bottom`."""
    y, right = bottom - height, x + width
    front = f"{_n(x)},{_n(y)} {_n(right)},{_n(y)} {_n(right)},{_n(bottom)} {_n(x)},{_n(bottom)}"
    top = f"{_n(x)},{_n(y)} {_n(x + depth)},{_n(y - depth)} {_n(right + depth)},{_n(y - depth)} {_n(right)},{_n(y)}"
    side = (
        f"{_n(right)},{_n(y)} {_n(right + depth)},{_n(y - depth)} {_n(right + depth)},{_n(bottom - depth)} "
        f"{_n(right)},{_n(bottom)}"
    )
    faces = [f'<polygon points="{points}" fill="{fill}" stroke="{line}"/>' for points in (front, top, side)]
    light = f'<polygon points="{top}" fill="#fff" fill-opacity=".32"/><polygon points="{side}" fill-opacity=".2"/>'
    return "".join(faces) + light


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
