"""Feature maps as files: figures of tiles and of one channel, and their numbers."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from fcnlab.arch.spec import slug
from fcnlab.draw import field_image, heat_overlay
from fcnlab.draw.masks import in_color
from fcnlab.lab.tasks import LayerMaps, PixelStory
from fcnlab.ui.inspect.maps.grid import Block
from fcnlab.ui.inspect.maps.sheets import Contributions
from fcnlab.ui.inspect.save import MakeText, csv_text, json_text, save_menu
from fcnlab.ui.inspect.subject import Subject, look_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEAD = ("layer", "channel", "low", "high", "mean", "variance", "active", "constant", "duplicate_of", "contribution")


def save_maps(shown: Sequence[tuple[Subject, Block]], speaks: Contributions | None) -> None:
    """The choice of a sheet, and a menu that saves it and the numbers of all that are shown."""
    titles = [block.title for _, block in shown]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.selectbox("Figure to save", titles, key="inspect.saved", width=230)
        subject, block = shown[titles.index(title)] if title in titles else shown[0]
        save_menu(
            f"feature-maps-{slug(block.title)}",
            {block.title: partial(sheet_figure, subject, block)},
            tables(shown, speaks),
        )


def save_channel(subject: Subject, maps: LayerMaps, channel: int, story: PixelStory) -> None:
    """A menu that saves a channel, its values, and how one of them came to be."""
    save_menu(
        f"{slug(maps.layer)}-channel-{channel}",
        {
            "Channel": partial(channel_figure, subject, maps, channel),
            "Receptive field": partial(field_figure, subject, maps, story),
        },
        {
            "csv": lambda: csv_text(
                [f"column {x}" for x in range(maps.maps.shape[1])],
                [[float(f"{value:.6g}") for value in line] for line in maps.values()[:, :, channel]],
            ),
            "json": lambda: json_text({**about(subject), **story_numbers(story)}),
        },
    )


def sheet_figure(subject: Subject, block: Block) -> "Figure":
    """The block's tiles, in the same order and colours as on the page."""
    from fcnlab.draw import tiles_figure

    height, width, channels = block.maps.maps.shape
    return tiles_figure(block.sheet, f"{block.title}  {height}×{width}×{channels}", _note(subject))


def channel_figure(subject: Subject, maps: LayerMaps, channel: int) -> "Figure":
    """The picture, the channel alone, and laid over the picture."""
    from fcnlab.draw.canvas import pictures_figure

    image, values = in_color(look_at(subject).image), maps.maps[:, :, channel]
    alone, laid = (heat_overlay(image, values, 0, 255, opacity=opacity) for opacity in (1.0, 0.6))
    low, high = float(maps.low[channel]), float(maps.high[channel])
    parts = [
        ("Picture", image),
        (f"Channel {channel}: {low:.4g} to {high:.4g}", alone),
        ("Laid over the picture", laid),
    ]
    return pictures_figure(parts, title=f"{maps.layer}, channel {channel}", note=_note(subject))


def field_figure(subject: Subject, maps: LayerMaps, story: PixelStory) -> "Figure":
    """The receptive fields of one value on the picture."""
    from fcnlab.draw.canvas import pictures_figure

    drawn = field_image(in_color(look_at(subject).image), story.window, story.effective)
    title = f"{story.layer}, channel {story.channel}, row {story.y}, column {story.x}: {story.value:.4g}"
    parts = [("White: theoretical, yellow: effective", drawn)]
    return pictures_figure(parts, title=title, note=_note(subject))


def tables(shown: Sequence[tuple[Subject, Block]], speaks: Contributions | None) -> dict[str, MakeText]:
    """The numbers of all that is shown, whoever's they are: "csv" or "json" → a function that makes the text."""
    return {"csv": partial(_csv, shown, speaks), "json": partial(_json, shown, speaks)}


def _csv(shown: Sequence[tuple[Subject, Block]], speaks: Contributions | None) -> str:
    rows = [[*about(of).values(), *row] for of, block in shown for row in channel_rows(block.maps, speaks)]
    return csv_text((*about(shown[0][0]), *HEAD), rows)


def _json(shown: Sequence[tuple[Subject, Block]], speaks: Contributions | None) -> str:
    return json_text({"layers": [{**about(of), **layer_numbers(block.maps, speaks)} for of, block in shown]})


def channel_rows(maps: LayerMaps, speaks: Contributions | None) -> list[list[Any]]:
    """The figures of each channel, in the order of `HEAD`."""
    statistics = maps.statistics
    given = speaks.get(maps.layer) if speaks is not None else None
    duplicates = dict(statistics.duplicates)
    return [
        [
            maps.layer,
            channel,
            *(_short(part[channel]) for part in (maps.low, maps.high)),
            *(_short(part[channel]) for part in (statistics.mean, statistics.variance, statistics.active)),
            int(channel in statistics.dead),
            duplicates.get(channel),
            None if given is None else _short(given[channel]),
        ]
        for channel in range(maps.maps.shape[2])
    ]


def layer_numbers(maps: LayerMaps, speaks: Contributions | None) -> dict[str, Any]:
    """A layer's figures as JSON data."""
    statistics = maps.statistics
    return {
        "name": maps.name,
        "layer": maps.layer,
        "shape": list(maps.maps.shape),
        "effective_rank": _short(statistics.effective_rank),
        "dead": list(statistics.dead),
        "duplicates": [list(pair) for pair in statistics.duplicates],
        "counts": statistics.counts.tolist(),
        "channels": [dict(zip(HEAD[1:], row[1:], strict=True)) for row in channel_rows(maps, speaks)],
    }


def story_numbers(story: PixelStory) -> dict[str, Any]:
    """How a value came to be, as JSON data."""
    return {
        "layer": story.layer,
        "channel": story.channel,
        "row": story.y,
        "column": story.x,
        "value": story.value,
        "steps": [
            {
                "layer": step.layer,
                "kind": step.kind,
                "sentence": step.sentence,
                "value": step.value,
                "terms": [{"label": label, "value": value} for label, value in step.terms],
                "patch": None if step.patch is None else np.asarray(step.patch).tolist(),
                "weights": None if step.weights is None else np.asarray(step.weights).tolist(),
                "origin": list(step.origin),
                "source": step.source,
            }
            for step in story.steps
        ],
        "receptive_field": {"window": list(story.window), "size": list(story.size)},
        "effective_share": story.effective_share,
    }


def about(subject: Subject) -> dict[str, Any]:
    """Whose numbers these are."""
    return {"run": subject.path.rsplit("/", 1)[-1], "epoch": subject.epoch, "picture": subject.title}


def _note(subject: Subject) -> str:
    run = about(subject)
    return f"{run['run']}, epoch {run['epoch']}, {run['picture']}"


def _short(value: Any) -> float:
    return float(f"{float(value):.6g}")
