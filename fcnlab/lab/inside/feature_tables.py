"""The figures of feature maps as tables, for CSV and JSON: one row a layer, or one row a channel."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from fcnlab.lab.inside.maps import LayerMaps

Row = dict[str, Any]


def layer_row(layer: LayerMaps) -> Row:
    """One stage or layer: its shape, its range, and what its channels are like together."""
    figures = layer.statistics
    height, width, channels = layer.maps.shape
    return {
        "name": layer.name,
        "layer": layer.layer,
        "height": height,
        "width": width,
        "channels": channels,
        "low": float(layer.low.min()),
        "high": float(layer.high.max()),
        "active": float(figures.active.mean()),
        "effective_rank": figures.effective_rank,
        "dead": len(figures.dead),
        "duplicates": len(figures.duplicates),
    }


def channel_rows(layer: LayerMaps) -> list[Row]:
    """Every channel of a stage or layer; `duplicate_of` is the earlier channel that it repeats, or None."""
    figures = layer.statistics
    dead, repeated = set(figures.dead), dict(figures.duplicates)
    return [
        {
            "name": layer.name,
            "channel": channel,
            "mean": float(figures.mean[channel]),
            "variance": float(figures.variance[channel]),
            "low": float(layer.low[channel]),
            "high": float(layer.high[channel]),
            "active": float(figures.active[channel]),
            "dead": channel in dead,
            "duplicate_of": repeated.get(channel),
        }
        for channel in range(len(figures.mean))
    ]


def layers_csv(layers: Iterable[LayerMaps]) -> str:
    """`layer_row` of each as CSV."""
    return _csv([layer_row(layer) for layer in layers])


def channels_csv(layers: Iterable[LayerMaps]) -> str:
    """`channel_rows` of all as CSV."""
    return _csv([row for layer in layers for row in channel_rows(layer)])


def _csv(rows: list[Row]) -> str:
    memory = io.StringIO()
    writer = csv.DictWriter(memory, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return memory.getvalue()
