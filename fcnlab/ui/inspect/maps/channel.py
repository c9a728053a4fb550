"""One channel in a dialog: large over its picture, value by value, and the pictures that move it most."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from fcnlab.data import open_dataset
from fcnlab.draw import heat_overlay, scale_bar
from fcnlab.draw.colorbar import number_text
from fcnlab.draw.masks import in_color
from fcnlab.errors import FcnLabError
from fcnlab.lab import Run
from fcnlab.lab.tasks import LOOKED_THROUGH, LayerMaps, TopPicture
from fcnlab.ui.calm import calm
from fcnlab.ui.inspect.figures import figure, flat_url
from fcnlab.ui.inspect.maps.opened import Opened, close, open_channel, opened, pick_pixel
from fcnlab.ui.inspect.maps.pixel import heading, show_field, show_steps
from fcnlab.ui.inspect.maps.save_maps import save_channel
from fcnlab.ui.inspect.subject import Subject, look_at, pixel_of, top_of
from fcnlab.ui.markdown import literal
from fcnlab.ui.pixel_pick import pixel_pick
from fcnlab.ui.words import tooltip

_TOPS = """<style>
.tops{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem}
.tops figure{margin:0;min-width:0}
.tops img{display:block;width:100%;image-rendering:pixelated;border-radius:4px}
.tops figcaption{font-size:.8125rem;line-height:1.3;color:var(--fcn-muted);margin-top:.25rem;overflow-wrap:anywhere}
</style>"""


def show_channel(subject: Subject, layer: str) -> None:
    """Open the dialog on the channel that the address names."""
    maps = find_layer(subject, layer)
    if maps is None:
        st.warning(literal(f"The network {subject.net.name} has no layer called {layer}."))
        close()
        return
    title = f"One channel of {maps.layer}"
    st.dialog(literal(title), width="large", on_dismiss=close)(_dialog)(subject, layer)


def find_layer(subject: Subject, layer: str) -> LayerMaps | None:
    """The feature maps of a layer, whether it ends a stage or not."""
    for whole in (False, True):
        for maps in look_at(subject, layers=whole).stages:
            if maps.layer == layer:
                return maps
    return None


def _dialog(subject: Subject, layer: str) -> None:
    with calm():
        found, maps = opened(), find_layer(subject, layer)
        if found is None or maps is None:
            return
        channel = min(found.channel, maps.maps.shape[2] - 1)
        y, x = _place(found, maps, channel)
        # A dialog stands outside of the page's own box, from which colours take their theme.
        theme = st.context.theme.type or "light"
        st.html(f"<style>[role=dialog]{{color-scheme:{theme}}}.st-key-inspect-fields .stColumn{{min-width:0}}</style>")
        left, right = st.columns([4, 5], gap="large")
        with left:
            _picture(subject, maps, channel, (y, x))
        with right:
            with st.spinner("The value is taken apart …"):
                story = pixel_of(subject, maps.layer, y, x, channel)
            st.subheader(heading(story), anchor=False)
            show_steps(story)
        with left:
            st.subheader("What this value sees", anchor=False, help=tooltip("effective receptive field"))
            show_field(subject, story, maps)
        _top_pictures(subject, maps, channel)
        save_channel(subject, maps, channel, story)


def _place(found: Opened, maps: LayerMaps, channel: int) -> tuple[int, int]:
    """The value that was picked, else the channel's highest."""
    height, width = maps.maps.shape[:2]
    if found.pixel is not None and found.pixel[0] < height and found.pixel[1] < width:
        return found.pixel
    y, x = divmod(int(maps.maps[:, :, channel].argmax()), width)
    return y, x


def _picture(subject: Subject, maps: LayerMaps, channel: int, at: tuple[int, int]) -> None:
    """The channel laid over the picture, with what chooses another channel or value."""
    state: Any = st.session_state
    count = maps.maps.shape[2]
    height, width = maps.maps.shape[:2]
    # The fields follow what was clicked; what is typed into them goes the same way as a click.
    state["inspect.channel"], state["inspect.row"], state["inspect.column"] = channel, *at
    with st.container(key="inspect-fields"):
        one, two, three = st.columns(3, gap="small", wrap=False)
    with one:
        _number("Channel", count, "inspect.channel", _typed_channel, (maps.layer, count))
    with two:
        _number("Row", height, "inspect.row", _typed_place, (height, width))
    with three:
        _number("Column", width, "inspect.column", _typed_place, (height, width))
    opacity = st.slider(
        "Opacity of the map", 0, 100, 70, step=10, format="%d %%", key="inspect.heat", persist_state="session"
    )
    low, high = float(maps.low[channel]), float(maps.high[channel])
    image = in_color(look_at(subject).image)
    values = maps.maps[:, :, channel]
    pixel_pick(
        flat_url(heat_overlay(image, values, 0, 255, opacity=opacity / 100)),
        values,
        (low, high),
        at,
        label=f"Channel {channel} of {maps.name}, {height} rows and {width} columns, laid over the picture.",
        key="inspect.pick",
        on_pick=pick_pixel,
        below=scale_bar(low, high),
    )
    statistics = maps.statistics
    st.caption(
        f"Mean {number_text(float(statistics.mean[channel]))}, "
        f"variance {number_text(float(statistics.variance[channel]))}, "
        f"active at {statistics.active[channel]:.0%} of the positions. Click a value, or use the arrow keys and Enter."
    )


def _number(label: str, count: int, key: str, typed: Callable[..., None], args: tuple[Any, ...]) -> None:
    """A field for a whole number from 0 to `count` − 1; one that can only be 0 cannot be changed."""
    title = f"{label} (0–{count - 1})"
    st.number_input(title, 0, max(count - 1, 1), key=key, on_change=typed, args=args, disabled=count == 1)


def _typed_channel(layer: str, count: int) -> None:
    open_channel(layer, min(max(int(st.session_state["inspect.channel"]), 0), count - 1))


def _typed_place(height: int, width: int) -> None:
    y, x = int(st.session_state["inspect.row"]), int(st.session_state["inspect.column"])
    pick_pixel(min(max(y, 0), height - 1), min(max(x, 0), width - 1))


def _top_pictures(subject: Subject, maps: LayerMaps, channel: int) -> None:
    st.subheader("Pictures that move it most", anchor=False, help=tooltip("feature map"))
    record = Run.open(subject.path).record
    try:
        dataset = open_dataset(record.dataset)
        splits = sorted((name for name, many in dataset.splits.items() if many), key=lambda name: name != "validation")
        with st.spinner("The network looks through the dataset …"):
            found = top_of(subject, dataset.name, splits[0], maps.layer, channel)
    except FcnLabError as problem:
        st.info(literal(str(problem)))
        return
    if not found or found[0].value == float(np.min([one.map.min() for one in found])):
        st.markdown("No picture moves it: it has the same value everywhere.")
        return
    st.html(_TOPS + '<div class="tops">' + "".join(_top(one, found) for one in found) + "</div>")
    among = f"{LOOKED_THROUGH} evenly spread" if dataset.splits[splits[0]] > LOOKED_THROUGH else "all"
    told = f"The first of {among} pictures of {dataset.title}, {splits[0]}; all on the same scale of colours."
    st.caption(literal(told))


def _top(one: TopPicture, found: tuple[TopPicture, ...]) -> str:
    low, high = min(float(each.map.min()) for each in found), max(float(each.map.max()) for each in found)
    picture = heat_overlay(in_color(one.image), one.map, low, high, opacity=0.6)
    caption = f"{number_text(one.value)} · {one.split} {one.index}"
    return figure(flat_url(picture), caption, f"{one.name}: highest value {number_text(one.value)}")
