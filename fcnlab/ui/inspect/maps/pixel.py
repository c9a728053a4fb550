"""One value of a feature map: its arithmetic step by step, and what of the picture it sees."""

import streamlit as st

from fcnlab.draw import field_image
from fcnlab.draw.colorbar import number_text
from fcnlab.draw.masks import in_color
from fcnlab.lab.tasks import LayerMaps, PixelStory
from fcnlab.ui.inspect.figures import STYLE, figure, figures, flat_url
from fcnlab.ui.inspect.maps.arithmetic import products, reads_windows, steps_html, strongest_first
from fcnlab.ui.inspect.subject import Subject, look_at
from fcnlab.ui.markdown import literal

_ONE = "<style>.figures.one{grid-template-columns:minmax(0,26rem)}</style>"

MOST_CHOICES = 64
"""Input channels that can be chosen from; those beyond add least."""


def show_steps(story: PixelStory) -> None:
    """The arithmetic that made the value."""
    windows = [step for step in story.steps if reads_windows(step) and len(strongest_first(step)) > 1]
    channel = None
    if windows:
        each, order = products(windows[0]), strongest_first(windows[0])[:MOST_CHOICES]
        assert each is not None
        channel = st.selectbox(
            literal(f"Channel of {windows[0].source} to show"),
            order,
            format_func=lambda index: f"channel {index}, adds {number_text(float(each[index]))}",
            key=f"inspect.input.{story.layer}",
            help="The strongest come first.",
            width=280,
        )
    st.html(steps_html(story.steps, channel))


def show_field(subject: Subject, story: PixelStory, maps: LayerMaps) -> None:
    """The receptive fields drawn on the picture."""
    image = in_color(look_at(subject).image)
    height, width = image.shape[:2]
    rows, columns = maps.maps.shape[:2]
    at = ((story.y + 0.5) * height / rows, (story.x + 0.5) * width / columns)
    drawn = field_image(image, story.window, story.effective, at)
    told = field_sentence(story)
    st.html(STYLE + _ONE + figures(figure(flat_url(drawn), told, f"What the value sees. {told}"), count="one"))


def field_sentence(story: PixelStory) -> str:
    """Both receptive fields in words."""
    height, width = story.size
    top, left, bottom, right = story.window
    cut = ", cut at the picture's edge" if (bottom - top, right - left) != (height, width) else ""
    told = f"White: the receptive field, {height}×{width} pixels{cut}. "
    if story.effective_share is None:
        return told + "A closed activation lets no gradient through: no pixel moves this value now."
    return told + (
        f"Yellow: the effective one, where a pixel moves this value; {story.effective_share:.0%} of it lies in the "
        "middle quarter of the field."
    )


def heading(story: PixelStory) -> str:
    """Which value, and it."""
    return f"Row {story.y}, column {story.x}: {number_text(story.value)}"
