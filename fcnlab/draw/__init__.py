"""Pictures: the diagram, feature-map tiles, masks, curves, and the colours and words they share.

Names are imported when they are first used: a page that draws an SVG waits for neither matplotlib nor numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fcnlab.draw.colors import class_color, page_css
    from fcnlab.draw.curves import loss_option
    from fcnlab.draw.dot import diagram_dot
    from fcnlab.draw.figure import diagram_figure
    from fcnlab.draw.files import diagram_bytes, write_diagram
    from fcnlab.draw.glossary import TERMS, explain
    from fcnlab.draw.masks import Difference, difference, mask_image, overlay
    from fcnlab.draw.story import StoryPicture
    from fcnlab.draw.svg import diagram_svg
    from fcnlab.draw.tiles import TileSheet, feature_tiles, png_bytes, probability_image

_HOMES = {
    "TERMS": "glossary",
    "Difference": "masks",
    "StoryPicture": "story",
    "TileSheet": "tiles",
    "class_color": "colors",
    "diagram_bytes": "files",
    "diagram_dot": "dot",
    "diagram_figure": "figure",
    "diagram_svg": "svg",
    "difference": "masks",
    "explain": "glossary",
    "feature_tiles": "tiles",
    "loss_option": "curves",
    "mask_image": "masks",
    "overlay": "masks",
    "page_css": "colors",
    "png_bytes": "tiles",
    "probability_image": "tiles",
    "write_diagram": "files",
}

__all__ = [
    "TERMS",
    "Difference",
    "StoryPicture",
    "TileSheet",
    "class_color",
    "diagram_bytes",
    "diagram_dot",
    "diagram_figure",
    "diagram_svg",
    "difference",
    "explain",
    "feature_tiles",
    "loss_option",
    "mask_image",
    "overlay",
    "page_css",
    "png_bytes",
    "probability_image",
    "write_diagram",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
