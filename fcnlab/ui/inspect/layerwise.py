"""An imported network that is no encoder–decoder: why it is none, and its feature maps layer by layer."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from fcnlab.draw import feature_tiles
from fcnlab.lab import Run
from fcnlab.lab.tasks import LayerMaps, Look, Picture, input_of, layers_of, look_at_layers, why_layers_only
from fcnlab.ui.address import address_choice
from fcnlab.ui.engine import engine
from fcnlab.ui.inspect.picture import choose_picture, dataset_of
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import shape, tooltip

KEPT = 16
COLUMNS, TILE = 8, 96
"""Tiles across, and the least width of one in pixels."""

SCALES = {"One scale for the layer": "layer", "One scale a tile": "tile"}


def layer_by_layer(run: Run, waiting: Callable[[], None]) -> None:
    """Draw everything below the choice of a run of kind "layers".

    Args:
        run: The run.
        waiting: Draws what is said while the engine is not ready.
    """
    _say_why(run)
    given = input_of(run)
    chosen = choose_picture(dataset_of(run), (given.height, given.width), given.channels)
    if chosen is None:
        return
    if engine().state().phase != "ready":
        waiting()
        return
    picture, identity, title = chosen
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        layer = address_choice("Layer", "layer", [layer.name for layer in layers_of(run).layers])
    with right:
        scale = st.segmented_control("Scale", list(SCALES), default=next(iter(SCALES)), required=True, key="own.scale")
    written = run.checkpoints()[-1][1].stat().st_mtime_ns
    with st.spinner("The network looks at the picture …"):
        seen: Look = _look(str(run.path), written, identity, layer, picture)
    small, wide = st.columns([1, 3])
    with small:
        st.image(
            seen.image.squeeze(), caption=literal(title), alt="The picture that the network looks at", width="stretch"
        )
    with wide:
        _tiles(seen.stages[0], SCALES.get(str(scale), "layer"))


def _say_why(run: Run) -> None:
    st.info(
        "This network is no encoder–decoder with skips of the lab's kind, so there are no stages and no skips to "
        "switch. Its layers can be looked at one by one."
    )
    with st.expander("Why it was not understood as one"):
        st.markdown("\n".join(f"- {literal(problem)}" for problem in why_layers_only(run)))


def _tiles(maps: LayerMaps, scale: Any) -> None:
    figures = maps.statistics
    st.subheader(literal(f"{maps.name} ({maps.kind})"), anchor=False, help=tooltip("feature map"))
    st.caption(
        f"{shape(maps.maps.shape)}, {float(figures.active.mean()):.0%} of the values above zero, "
        f"effective rank {figures.effective_rank:.1f}."
    )
    sheet = feature_tiles(maps.maps, scale=scale, value_range=(maps.low, maps.high), columns=COLUMNS, smallest=TILE)
    told = sheet.caption()
    st.image(sheet.png(), caption=told, alt=f"Feature maps of {maps.name}. {told}")


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _look(path: str, written: int, identity: str, layer: str, _picture: Picture) -> Any:
    return engine().ask(look_at_layers, path, _picture, layer)
