"""The section of feature maps: every stage as the network's U, or every single layer."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from fcnlab.arch import NetSpec, expand, flow
from fcnlab.arch.flow import describe_layer
from fcnlab.lab.tasks import LayerMaps
from fcnlab.ui.calm import calm
from fcnlab.ui.clickable import clickable
from fcnlab.ui.inspect.maps.channel import show_channel
from fcnlab.ui.inspect.maps.choices import Choices, choose
from fcnlab.ui.inspect.maps.grid import GRID_CSS, MORE, MOST_CHANNELS, Block, block_html
from fcnlab.ui.inspect.maps.levels import levels
from fcnlab.ui.inspect.maps.opened import open_channel, opened
from fcnlab.ui.inspect.maps.save_maps import save_maps
from fcnlab.ui.inspect.maps.sheets import sheet_of
from fcnlab.ui.inspect.subject import Subject, contributions_to, look_at
from fcnlab.ui.words import tooltip

STAGES, LAYERS = "Stages", "Single layers"
EVERY_STAGE = "every stage"
_MORE = "inspect.more"

HOW_TO_READ = (
    "Each tile is one channel of an output: dark is its lowest value, bright its highest, and a crossed-out one has "
    "the same value everywhere. Open a tile to see it large and to see how each of its values was computed."
)


@st.fragment
def feature_maps(subject: Subject) -> None:
    """Draw the section; its settings run this part of the page alone."""
    with calm():
        st.header("Feature maps", anchor=False, help=tooltip("feature map"))
        st.markdown(HOW_TO_READ)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            stage = _which(subject.net)
            choices = choose(subject.classes)
        shown = look_at(subject, layers=stage is not None).stages
        speaks = contributions_to(subject, choices.target) if choices.target is not None else None
        blocks = _blocks(subject, shown, choices, speaks, stage)
        markup = "".join(block_html(number, block, _of(speaks, block.maps)) for number, block in enumerate(blocks))
        clickable(
            f"<style>{GRID_CSS}{_placement(subject.net) if stage is None else ''}</style>"
            f'<div class="{"u" if stage is None else "list"}">{markup}</div>',
            key="inspect.tiles",
            on_pick=lambda code: _picked(code, [block.maps for block in blocks]),
        )
        save_maps([(subject, block) for block in blocks], speaks)
        found = opened()
        if found is not None:
            show_channel(subject, found.layer)


def _which(net: NetSpec) -> str | None:
    """None for all stages, else the stage whose layers are wanted, or `EVERY_STAGE`."""
    shown = st.segmented_control(
        "Show", [STAGES, LAYERS], default=STAGES, required=True, key="show", bind="query-params"
    )
    if shown != LAYERS:
        return None
    names = [row.name for row in flow(net).rows]
    stage = st.selectbox(
        "Layers of",
        [*names, EVERY_STAGE],
        index=1,
        key="stage",
        bind="query-params",
        width=170,
    )
    return stage if stage in (*names, EVERY_STAGE) else names[1]


def _blocks(
    subject: Subject,
    shown: Sequence[LayerMaps],
    choices: Choices,
    speaks: Mapping[str, Any] | None,
    stage: str | None,
) -> list[Block]:
    """What is shown, in the order of the shape flow."""
    graph = expand(subject.net)
    layers = {layer.name: layer for layer in graph.layers}
    rows = flow(subject.net).rows
    found = []
    for maps in shown:
        layer = layers[maps.layer]
        if stage not in (None, EVERY_STAGE, rows[layer.stage].name):
            continue
        classes = subject.classes if maps.role == "outputs" else ()
        about = "" if stage is None else describe_layer(layer)
        sheet = sheet_of(
            maps, choices, choices.count << _doubled(maps.layer), speaks.get(maps.layer) if speaks else None
        )
        found.append(Block(maps, sheet, maps.name, about, classes))
    return found


def _of(speaks: Mapping[str, Any] | None, maps: LayerMaps) -> Mapping[int, float] | None:
    """Each channel's contribution, where the layer has any."""
    found = speaks.get(maps.layer) if speaks is not None else None
    return None if found is None else {channel: float(value) for channel, value in enumerate(found)}


def _picked(code: int, shown: Sequence[LayerMaps]) -> None:
    """A tile opens its channel, a block's last button doubles its tiles."""
    row, channel = divmod(code, MOST_CHANNELS)
    if not 0 <= row < len(shown):
        return
    if channel == MORE:
        doubled: dict[str, int] = st.session_state.setdefault(_MORE, {})
        doubled[shown[row].layer] = doubled.get(shown[row].layer, 0) + 1
    elif channel < shown[row].maps.shape[2]:
        open_channel(shown[row].layer, channel)


def _doubled(layer: str) -> int:
    """How often the tiles of a layer were doubled."""
    doubled: dict[str, int] = st.session_state.get(_MORE, {})
    return doubled.get(layer, 0)


def _placement(net: NetSpec) -> str:
    """CSS: on wide screens the stages stand as a U."""
    found = levels(net, flow(net))
    places = []
    for line, level in enumerate(found, 1):
        places += [(level.left, line, "1"), (level.right, line, "2")]
    first = 1 + len(net.encoder)
    bottleneck = range(first, first + len(net.bottleneck))
    centred = "1/-1;justify-self:center;width:calc(50% - 1.25rem)"
    places += [(row, line, centred) for line, row in enumerate(bottleneck, len(found) + 1)]
    grid = "".join(
        f'[data-block="{row}"]{{grid-row:{line};grid-column:{column}}}'
        for row, line, column in places
        if row is not None
    )
    wide = ".u{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 2.5rem}"
    return f"@media (min-width:900px){{{wide}{grid}}}"
