"""Every stage's feature maps as tiles, laid out as the network's U."""

import io
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from math import ceil
from typing import Any, Literal

import numpy as np
import streamlit as st
from PIL import Image

from fcnlab.arch import NetSpec, flow
from fcnlab.draw import feature_tiles, png_bytes
from fcnlab.draw.colors import ROLES
from fcnlab.draw.glossary import explain
from fcnlab.draw.tiles import TileSheet
from fcnlab.lab.tasks import StageMaps
from fcnlab.ui.calm import calm
from fcnlab.ui.inspect.levels import levels
from fcnlab.ui.inspect.subject import Subject, look_at
from fcnlab.ui.words import tooltip

COLUMNS = 8
FEWEST_COLUMNS = 5
"""Few tiles are shown larger than many, but no larger than this many would be."""

LARGEST_TILE = 160
SHRUNK = 64
"""Sides of a tile in pixels: the largest that is sent, and from which on the page shows it smaller than it is."""

COUNTS = (8, 16, 32, 64)
SCALES = {"Each tile its own": "tile", "One for the stage": "layer"}
ORDERS = {"Channel": "channel", "Activity": "contrast"}
HALVES = ("encoder", "bottleneck", "decoder")
"""Roles that a stage's heading names; inputs and outputs are called so already."""

HOW_TO_READ = (
    "Each tile is one channel of a stage's output: dark is its lowest value, yellow its highest. A crossed-out tile is "
    "constant: it has the same value everywhere, and so tells nothing about where things are in this picture."
)

_STYLE = """
.st-key-stages img{image-rendering:pixelated;border-radius:2px}
.maps{border-left:5px solid var(--tone);padding-left:.6rem;line-height:1.35}
.maps h3{font-size:1rem;font-weight:650;margin:0;padding:0;display:inline}
.maps .shape{font-variant-numeric:tabular-nums}
.maps .role{color:var(--text);font-weight:600}
.maps .what{color:var(--fcn-muted);font-size:.875rem;display:block}
.maps abbr{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
"""

_CENTRED = ";justify-self:center;width:calc(50% - 1.25rem)"


@st.fragment
def feature_maps(subject: Subject) -> None:
    """Draw the section; its settings run this part of the page alone."""
    with calm():
        st.header("Feature maps", anchor=False, help=tooltip("feature map"))
        st.markdown(HOW_TO_READ)
        scale, order, count = _settings()
        stages = look_at(subject).stages
        sheets = [_sheet(stage, scale, order, _limit(row, count)) for row, stage in enumerate(stages)]
        st.html(f"<style>{_STYLE}{_placement(subject.net, sheets)}</style>")
        with st.container(key="stages"):
            for row, (stage, sheet) in enumerate(zip(stages, sheets, strict=True)):
                _stage(row, stage, sheet, subject.classes)


def _settings() -> tuple[Any, Any, int]:
    """Scale, order and how many tiles of each stage."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scale = st.segmented_control(
            "Scale of colours",
            list(SCALES),
            default="Each tile its own",
            required=True,
            key="inspect.scale",
            persist_state="session",
            help="A scale for each tile shows what is faint; one for the stage lets its tiles be compared.",
        )
        order = st.segmented_control(
            "Order",
            list(ORDERS),
            default="Channel",
            required=True,
            key="inspect.order",
            persist_state="session",
            help="By channel number, or first those whose values differ most over the picture.",
        )
        count = st.selectbox(
            "Tiles of each stage",
            COUNTS,
            index=1,
            key="inspect.count",
            persist_state="session",
            help=tooltip("channels"),
            width=150,
        )
    return SCALES.get(scale or "", "tile"), ORDERS.get(order or "", "channel"), count if count in COUNTS else 16


def _more(row: int) -> str:
    return f"inspect.more.{row}"


def _limit(row: int, count: int) -> int:
    """How many tiles a stage shows: the choice for all, doubled at each click on its button."""
    return count << int(st.session_state.get(_more(row), 0))


def _show_more(row: int) -> None:
    st.session_state[_more(row)] = int(st.session_state.get(_more(row), 0)) + 1


def _sheet(
    stage: StageMaps, scale: Literal["layer", "tile"], order: Literal["channel", "contrast"], limit: int
) -> TileSheet:
    """A stage's tiles; maps larger than `LARGEST_TILE` are thinned out, but range and constant channels are theirs."""
    values = stage.values()
    if stage.role == "outputs":
        scale = "layer"  # probabilities of the classes are there to be compared
    thin = ceil(max(values.shape[:2]) / LARGEST_TILE)
    sheet = feature_tiles(values[::thin, ::thin], columns=COLUMNS, limit=limit, scale=scale, order=order)
    constant = tuple(int(channel) for channel in np.flatnonzero(stage.low == stage.high))
    return replace(sheet, low=float(stage.low.min()), high=float(stage.high.max()), dead=constant)


def _show(sheet: TileSheet, alt: str) -> None:
    """Put a sheet on the page: exact where its pixels can be seen, small where the page shrinks them."""
    if sheet.tile[1] > SHRUNK:
        memory = io.BytesIO()
        Image.fromarray(sheet.image).save(memory, "JPEG", quality=90)
        st.image(memory.getvalue(), alt=alt, width="stretch", output_format="JPEG")
    else:
        st.image(png_bytes(sheet.image), alt=alt, width="stretch", output_format="PNG")


def _stage(row: int, stage: StageMaps, sheet: TileSheet, classes: Sequence[str]) -> None:
    """A stage's heading, its tiles, and a button for more of them."""
    with st.container(key=f"maps-{row}", gap="xsmall"):
        st.html(_heading(stage, sheet, classes if stage.role == "outputs" else ()))
        _show(sheet, f"Feature maps of {stage.name}: {_caption(sheet)}")
        left = sheet.total - len(sheet.channels)
        if left:
            more = min(len(sheet.channels), left)
            st.button(
                f"Show {more} more of {sheet.total}",
                key=f"inspect.button.{row}",
                type="tertiary",
                on_click=_show_more,
                args=(row,),
            )


def _caption(sheet: TileSheet) -> str:
    shown = f"{len(sheet.channels)} of {sheet.total}" if len(sheet.channels) < sheet.total else f"All {sheet.total}"
    constant = f", {len(sheet.dead)} of {sheet.total} channels constant" if sheet.dead else ""
    return f"{shown} channels shown, values from {sheet.low:.3g} to {sheet.high:.3g}{constant}."


def _heading(stage: StageMaps, sheet: TileSheet, classes: Sequence[str]) -> str:
    """Name, shape, role and what the tiles show; of the outputs, which class each channel stands for."""
    tone = ROLES[stage.role]
    height, width, channels = stage.maps.shape
    role = ""
    if stage.role in HALVES:
        meaning = escape(explain(stage.role), quote=True)
        role = f' · <abbr class="role" title="{meaning}">{stage.role}</abbr>'
    of = f" Probabilities of {', '.join(classes)}." if classes else ""
    return (
        f'<div class="maps" style="--tone:var(--fcn-{tone}-fill);--text:var(--fcn-{tone}-text)">'
        f"<h3>{escape(stage.name)}</h3> "
        f'<span class="shape">{height}×{width}×{channels}</span>{role}'
        f'<span class="what">{escape(_caption(sheet) + of)}</span></div>'
    )


def _placement(net: NetSpec, sheets: Sequence[TileSheet]) -> str:
    """CSS: sheets of few tiles are narrower; on wide screens the stages stand as a U."""
    rules = []
    for row, sheet in enumerate(sheets):
        share = min(1.0, sheet.columns / max(FEWEST_COLUMNS, min(COLUMNS, sheet.columns)))
        if share < 1:
            rules.append(f".st-key-maps-{row} img{{width:{share:.0%}!important}}")
        if sheet.tile[1] > SHRUNK:  # then blending shows more than leaving out
            rules.append(f".st-key-maps-{row} img{{image-rendering:auto}}")
    found = levels(net, flow(net))
    places = []
    for line, level in enumerate(found, 1):
        places += [(level.left, line, "1"), (level.right, line, "2")]
    first = 1 + len(net.encoder)
    bottleneck = range(first, first + len(net.bottleneck))
    places += [(row, line, f"1/-1{_CENTRED}") for line, row in enumerate(bottleneck, len(found) + 1)]
    grid = "".join(
        f":has(>.st-key-maps-{row}){{grid-row:{line};grid-column:{column}}}"
        for row, line, column in places
        if row is not None
    )
    wide = ".st-key-stages{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1.75rem 2.5rem}"
    return "".join(rules) + f"@media (min-width:900px){{{wide}{grid}}}"
