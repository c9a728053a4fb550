"""What a page of `AppTest` says and shows."""

import json
import re
from html import unescape

from streamlit.testing.v1 import AppTest


def sentences(app: AppTest) -> str:
    """All that is written in sentences, without the backslashes of Markdown."""
    parts = (*app.error, *app.warning, *app.info, *app.caption, *app.markdown, *app.header)
    return "\n".join(str(element.value).replace("\\", "") for element in parts)


def html(app: AppTest) -> str:
    """All HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def pictures(app: AppTest) -> list[str]:
    """Alternative texts: of pictures in HTML, then of Streamlit's own, each in the page's order."""
    inline = [unescape(alt) for alt in re.findall(r'<img[^>]* alt="([^"]*)"', html(app))]
    return [*inline, *(element.proto.imgs[0].alt for element in app.get("image"))]


def mounted(app: AppTest) -> str:
    """All markup of clickable elements, in their variant for wide places."""
    return "\n".join(json.loads(element.proto.json).get("markup", "") for element in app.get("bidi_component"))
