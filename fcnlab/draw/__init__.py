"""Pictures: the diagram, feature-map tiles, masks, curves, and the colours and words they share.

Names are imported when they are first used: a page that draws an SVG waits for neither matplotlib nor numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fcnlab.draw.canvas import pictures_figure
    from fcnlab.draw.charts import baselines_option, contribution_option, history_option, interactions_option
    from fcnlab.draw.colorbar import number_text, scale_bar
    from fcnlab.draw.colors import class_color, class_colors, page_css
    from fcnlab.draw.contributions import baselines_figure, history_figure, interactions_figure, skips_figure
    from fcnlab.draw.curves import curves_option
    from fcnlab.draw.dot import diagram_dot
    from fcnlab.draw.figure import diagram_figure
    from fcnlab.draw.files import diagram_bytes, figure_bytes, write_diagram
    from fcnlab.draw.glossary import TERMS, explain
    from fcnlab.draw.heat import field_image, heat_overlay, probability_image
    from fcnlab.draw.lattice import describe_set, lattice_svg
    from fcnlab.draw.lattice_plot import lattice_figure
    from fcnlab.draw.masks import Difference, difference, hits, mask_image, overlay
    from fcnlab.draw.sheet_figure import tiles_figure
    from fcnlab.draw.story import StoryPicture
    from fcnlab.draw.svg import diagram_svg
    from fcnlab.draw.thumbnail import thumbnail_url
    from fcnlab.draw.tiles import TileSheet, feature_tiles, png_bytes

_HOMES = {
    "Difference": "masks",
    "StoryPicture": "story",
    "TERMS": "glossary",
    "TileSheet": "tiles",
    "baselines_figure": "contributions",
    "baselines_option": "charts",
    "class_color": "colors",
    "class_colors": "colors",
    "contribution_option": "charts",
    "curves_option": "curves",
    "describe_set": "lattice",
    "diagram_bytes": "files",
    "diagram_dot": "dot",
    "diagram_figure": "figure",
    "diagram_svg": "svg",
    "difference": "masks",
    "explain": "glossary",
    "feature_tiles": "tiles",
    "field_image": "heat",
    "figure_bytes": "files",
    "heat_overlay": "heat",
    "hits": "masks",
    "history_figure": "contributions",
    "history_option": "charts",
    "interactions_figure": "contributions",
    "interactions_option": "charts",
    "lattice_figure": "lattice_plot",
    "lattice_svg": "lattice",
    "mask_image": "masks",
    "number_text": "colorbar",
    "overlay": "masks",
    "page_css": "colors",
    "pictures_figure": "canvas",
    "png_bytes": "tiles",
    "probability_image": "heat",
    "scale_bar": "colorbar",
    "skips_figure": "contributions",
    "thumbnail_url": "thumbnail",
    "tiles_figure": "sheet_figure",
    "write_diagram": "files",
}

__all__ = [
    "TERMS",
    "Difference",
    "StoryPicture",
    "TileSheet",
    "baselines_figure",
    "baselines_option",
    "class_color",
    "class_colors",
    "contribution_option",
    "curves_option",
    "describe_set",
    "diagram_bytes",
    "diagram_dot",
    "diagram_figure",
    "diagram_svg",
    "difference",
    "explain",
    "feature_tiles",
    "field_image",
    "figure_bytes",
    "heat_overlay",
    "history_figure",
    "history_option",
    "hits",
    "interactions_figure",
    "interactions_option",
    "lattice_figure",
    "lattice_svg",
    "mask_image",
    "number_text",
    "overlay",
    "page_css",
    "pictures_figure",
    "png_bytes",
    "probability_image",
    "scale_bar",
    "skips_figure",
    "thumbnail_url",
    "tiles_figure",
    "write_diagram",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
