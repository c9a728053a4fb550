"""Pictures of the Inspect page as HTML figures, which stay side by side on a phone, too."""

import base64
import io
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fcnlab.draw import overlay, png_bytes
from fcnlab.draw.masks import in_color
from fcnlab.lab.tasks import Look

Bytes = NDArray[np.uint8]

STYLE = """<style>
.figures{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.75rem;margin:0}
.figures.two{grid-template-columns:repeat(2,minmax(0,1fr))}
.figures.four{grid-template-columns:repeat(4,minmax(0,1fr))}
.figures figure{margin:0;min-width:0}
.figures img{display:block;width:100%;image-rendering:pixelated;border-radius:4px}
.figures figcaption{font-size:.8125rem;line-height:1.3;color:var(--fcn-muted);margin-top:.3rem;overflow-wrap:anywhere}
@media (max-width:640px){.figures{gap:.4rem}.figures figcaption{font-size:.75rem}}
</style>"""

_JPEG = {"quality": 92, "subsampling": 0}


def figure(url: str, caption: str, alt: str) -> str:
    """A picture with its caption; `caption` and `alt` are plain text."""
    return (
        f'<figure><img src="{url}" alt="{escape(alt, quote=True)}"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def figures(*parts: str, count: str = "") -> str:
    """Figures in a row: three by default, `count` "two" or "four"."""
    return f'<div class="figures {count}">{"".join(parts)}</div>'


def picture_url(pixels: Bytes) -> str:
    """A photograph uint8 [H, W, 1 or 3] as a data URL."""
    memory = io.BytesIO()
    Image.fromarray(in_color(pixels)).save(memory, "JPEG", **_JPEG)
    return _url("jpeg", memory.getvalue())


def mask_url(look: Look, labels: Bytes, classes: int, opacity: float) -> str:
    """A mask [H, W] laid over the look's picture, as a data URL; `opacity` 0 to 100."""
    return picture_url(overlay(in_color(look.image), labels, classes, opacity / 100))


def flat_url(pixels: Bytes) -> str:
    """A picture of few colours, uint8 [H, W, 3], as a data URL without loss."""
    return _url("png", png_bytes(pixels))


def _url(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
