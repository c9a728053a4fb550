"""A sheet of feature maps as a figure for files: every tile with its channel's number, and the scale of the colours."""

from matplotlib.figure import Figure

from fcnlab.draw.canvas import page, put_picture, styled
from fcnlab.draw.colorbar import number_text
from fcnlab.draw.colors import LIGHT
from fcnlab.draw.palette import color_table
from fcnlab.draw.tiles import TileSheet

_SIDE, _GAP, _MARGIN = 92.0, 10.0, 20.0


def tiles_figure(sheet: TileSheet, title: str, note: str = "") -> Figure:
    """Draw a sheet with a colour bar.

    Args:
        sheet: From `feature_tiles`; where its tiles have ranges of their own, each is written above its tile.
        title: What is shown, e.g. the stage's name and shape.
        note: A line below the title, e.g. the picture and the checkpoint.
    """
    shared = sheet.shared_range
    height = _SIDE * sheet.tile[0] / sheet.tile[1]
    line = 16.0 if shared else 30.0
    columns = min(sheet.columns, len(sheet.channels))
    top = _MARGIN + 26 + (20 if note else 0)
    cell = line + height + _GAP
    width = max(2 * _MARGIN + columns * (_SIDE + _GAP) - _GAP, 420.0)
    with styled():
        figure, axes = page(width, top + sheet.rows * cell + 62)
        axes.text(_MARGIN, _MARGIN + 12, title, fontsize=12.75, fontweight="bold")
        if note:
            axes.text(_MARGIN, _MARGIN + 34, note, fontsize=9, color=LIGHT["muted"])
        for position, (channel, (low, high)) in enumerate(zip(sheet.channels, sheet.ranges, strict=True)):
            row, column = divmod(position, sheet.columns)
            x, y = _MARGIN + column * (_SIDE + _GAP), top + row * cell
            axes.text(x, y + 11, f"{channel}", fontsize=8.25, fontweight="bold")
            if not shared:
                words = "constant" if low == high else f"{number_text(low)} … {number_text(high)}"
                axes.text(x, y + 24, words, fontsize=7.5, color=LIGHT["muted"])
            put_picture(axes, sheet.tile_image(position), x, y + line, _SIDE, height)
        y = top + sheet.rows * cell + 6
        put_picture(axes, color_table(sheet.palette)[None], _MARGIN, y, 240, 12)
        low_text, high_text = (number_text(end) for end in shared) if shared else ("lowest", "highest of each tile")
        axes.text(_MARGIN, y + 27, low_text, fontsize=9)
        axes.text(_MARGIN + 240, y + 27, high_text, fontsize=9, ha="right")
        axes.text(_MARGIN, y + 46, sheet.caption(), fontsize=9, color=LIGHT["muted"])
    return figure
