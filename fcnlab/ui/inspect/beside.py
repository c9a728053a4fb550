"""Two checkpoints, runs or pictures side by side: predictions, and one stage's feature maps on the same scale."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.draw import difference
from fcnlab.draw.glossary import explain
from fcnlab.draw.heat import stretched
from fcnlab.lab.tasks import LayerMaps, Look
from fcnlab.ui.calm import calm
from fcnlab.ui.clickable import clickable
from fcnlab.ui.inspect.figures import STYLE as FIGURES
from fcnlab.ui.inspect.figures import figure, figures, flat_url, mask_url
from fcnlab.ui.inspect.maps.channel import show_channel
from fcnlab.ui.inspect.maps.choices import Choices, choose
from fcnlab.ui.inspect.maps.grid import GRID_CSS, MORE, MOST_CHANNELS, Block, block_html
from fcnlab.ui.inspect.maps.opened import open_channel, opened
from fcnlab.ui.inspect.maps.save_maps import save_maps
from fcnlab.ui.inspect.maps.sheets import is_probability, sheet_of
from fcnlab.ui.inspect.pairs import Pair, choose_pair
from fcnlab.ui.inspect.prediction import SHARE, opacity
from fcnlab.ui.inspect.subject import Subject, contributions_to, look_at
from fcnlab.ui.inspect.tables import STYLE, change_legend, class_table, describe, iou_cells, percent, shares
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

Bytes = NDArray[np.uint8]

_SIDES = """
.sides{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 2rem;grid-template-rows:repeat(5,auto)}
.sides .block{display:grid;grid-template-rows:subgrid;grid-row:span 5}
@media (max-width:640px){.sides{gap:0 .75rem}.sides .block{padding-left:.4rem}}
"""


def side_by_side(subject: Subject) -> None:
    """Draw the view."""
    _view(subject, opacity())


@st.fragment
def _view(subject: Subject, opacity: float) -> None:
    """A fragment: its settings run this part of the page alone."""
    with calm():
        st.header("Side by side", anchor=False, help=tooltip("checkpoint"))
        pair = choose_pair(subject)
        if pair is None:
            return
        with st.spinner("Both networks look at their pictures …"):
            looks = look_at(pair.left), look_at(pair.right)
        _predictions(pair, looks, opacity)
        _maps(pair, looks)


def _predictions(pair: Pair, looks: tuple[Look, Look], opacity: float) -> None:
    """Both predictions, what differs between them, and each class's figures."""
    parts = [
        _mask(look, side, title, opacity) for look, side, title in zip(looks, pair.sides, pair.titles, strict=True)
    ]
    comparable = pair.same_picture and pair.same_classes
    legend = ""
    if comparable:
        left, right = looks
        labels = fitted(right.labels, left.labels)
        changes = difference(left.labels, labels, left.truth)
        parts.append(figure(flat_url(changes.image), f"From left to right: {changes.caption()}", changes.caption()))
        legend = change_legend(left.truth is not None)
    count = "" if comparable else "two"
    st.html(STYLE + FIGURES + '<div style="max-width:46rem">' + figures(*parts, count=count) + legend + "</div>")
    if pair.same_classes:
        st.html(_table(pair, looks))


def fitted(labels: Bytes, like: Bytes) -> Bytes:
    """A mask at another one's size, without blending: networks of two input sizes can be compared."""
    return labels if labels.shape == like.shape else stretched(labels, *like.shape)


def _mask(look: Look, side: Subject, title: str, opacity: float) -> str:
    names = side.classes
    return figure(mask_url(look, look.labels, len(names), opacity), title, f"{title}: {describe(look.labels, names)}")


def _table(pair: Pair, looks: tuple[Look, Look]) -> str:
    names, columns = pair.left.classes, []
    for title, look in zip(("Left", "Right"), looks, strict=True):
        columns.append((title, SHARE, [percent(share) for share in shares(look.labels, len(names))]))
        if look.truth is not None:
            columns.append((f"IoU {title.lower()}", explain("IoU"), iou_cells(look.iou, len(names))))
    return class_table("Classes left and right", names, columns)


def _maps(pair: Pair, looks: tuple[Look, Look]) -> None:
    """One stage's channels, the same on both sides, in the same order and on the same scale."""
    st.subheader("One stage's feature maps", anchor=False, help=tooltip("feature map"))
    stages = [{maps.name: maps for maps in look.stages} for look in looks]
    common = [name for name in stages[0] if name in stages[1]]
    first = 1 if len(common) > 2 else 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Stage", common, index=first, key="stage", bind="query-params", width=230)
        choices = choose(pair.sides[pair.leader].classes)
    name = name if name in common else common[first]
    both = stages[0][name], stages[1][name]
    target = choices.target
    speaks = contributions_to(pair.sides[pair.leader], target) if target is not None else None
    limit = choices.count << int(st.session_state.get(_more(name), 0))
    blocks = paired_blocks(pair, both, choices, limit, speaks)
    st.caption(literal(_told(pair, both, choices)))
    markup = "".join(block_html(number, block) for number, block in enumerate(blocks))
    clickable(
        f'<style>{GRID_CSS}{_SIDES}</style><div class="sides">{markup}</div>',
        key="inspect.beside",
        on_pick=lambda code: _picked(code, name, both),
    )
    save_maps(list(zip(pair.sides, blocks, strict=True)), speaks)
    side = int(st.session_state.get("inspect.side", pair.leader))
    found = opened()
    if found is not None:
        show_channel(pair.sides[side], found.layer)


def _told(pair: Pair, both: tuple[LayerMaps, LayerMaps], choices: Choices) -> str:
    scale = "on the fixed scale" if choices.scale == "fixed" else "on a scale that both sides share"
    told = f"The same channels left and right, {scale}, in the order of {pair.titles[pair.leader]}."
    counts = [maps.maps.shape[2] for maps in both]
    if counts[0] != counts[1]:
        told += f" Left has {counts[0]} channels and right {counts[1]}: the first {min(counts)} are compared."
    return told


def paired_blocks(
    pair: Pair,
    both: tuple[LayerMaps, LayerMaps],
    choices: Choices,
    limit: int,
    speaks: Mapping[str, Any] | None = None,
) -> tuple[Block, Block]:
    """Both sides' tiles: the same channels in the leader's order, each pair on one scale."""
    channels = min(maps.maps.shape[2] for maps in both)
    cut = [_first_channels(maps, channels) for maps in both]
    low, high = np.minimum(cut[0].low, cut[1].low), np.maximum(cut[0].high, cut[1].high)
    if choices.scale == "layer":
        low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
    if is_probability(both[0]):
        low, high = np.zeros_like(low), np.ones_like(high)
    if choices.scale == "fixed":
        low, high = np.full_like(low, choices.limits[0]), np.full_like(high, choices.limits[1])
    ranges = np.stack([low, high], axis=1)
    leader = cut[pair.leader]
    given = speaks.get(leader.layer) if speaks is not None else None
    order = sheet_of(leader, choices, channels, None if given is None else given[:channels]).channels
    ranking = np.zeros(channels)
    ranking[list(order)] = -np.arange(channels)
    left, right = (
        Block(
            maps,
            sheet_of(part, choices, limit, ranking, ranges),
            title,
            classes=side.classes if maps.role == "outputs" else (),
        )
        for maps, part, title, side in zip(both, cut, pair.titles, pair.sides, strict=True)
    )
    return left, right


def _first_channels(maps: LayerMaps, count: int) -> LayerMaps:
    given = maps.statistics
    statistics = replace(given, mean=given.mean[:count], variance=given.variance[:count], active=given.active[:count])
    return replace(
        maps, maps=maps.maps[:, :, :count], low=maps.low[:count], high=maps.high[:count], statistics=statistics
    )


def _more(stage: str) -> str:
    return f"inspect.beside.more.{stage}"


def _picked(code: int, stage: str, both: tuple[LayerMaps, LayerMaps]) -> None:
    """A tile opens its channel on its side, the last button doubles the tiles of both."""
    side, channel = divmod(code, MOST_CHANNELS)
    if channel == MORE:
        st.session_state[_more(stage)] = int(st.session_state.get(_more(stage), 0)) + 1
    elif side in (0, 1) and channel < both[side].maps.shape[2]:
        st.session_state["inspect.side"] = side
        open_channel(both[side].layer, channel)
