"""Picture, truth and prediction side by side, and what each class gets."""

import streamlit as st

from fcnlab.draw.glossary import explain
from fcnlab.lab.tasks import Look
from fcnlab.ui.inspect.figures import STYLE as FIGURES
from fcnlab.ui.inspect.figures import figure, figures, mask_url, picture_url
from fcnlab.ui.inspect.subject import Subject, look_at
from fcnlab.ui.inspect.tables import STYLE, Labels, class_table, describe, iou_cells, percent, shares
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import tooltip

SHARE = "Share of the picture's pixels that have this class."

OPACITY = "inspect.opacity"

USUAL_OPACITY = 50

_GLANCE = """<style>
.glance{display:grid;grid-template-columns:minmax(0,46rem) auto;gap:1rem 2rem;align-items:start}
@media (max-width:1000px){.glance{grid-template-columns:minmax(0,1fr)}}
</style>"""


def prediction(subject: Subject) -> None:
    """Draw the section."""
    look = look_at(subject)
    title, setting = st.columns([3, 1], vertical_alignment="bottom")
    with title:
        st.header(f"Prediction for {literal(subject.title)}", anchor=False, help=tooltip("segmentation"))
    with setting:
        st.slider(
            "Opacity of the masks",
            0,
            100,
            USUAL_OPACITY,
            step=10,
            format="%d %%",
            key=OPACITY,
            persist_state="session",
        )
    st.html(STYLE + FIGURES + _GLANCE + _glance(subject, look, opacity()))


def opacity() -> float:
    """Of the masks over their pictures, 0 to 100, as the slider says."""
    return float(st.session_state.get(OPACITY, USUAL_OPACITY))


def _glance(subject: Subject, look: Look, opacity: float) -> str:
    names = subject.classes
    columns = [("Predicted", SHARE, [percent(share) for share in shares(look.labels, len(names))])]
    if look.truth is None:
        truth = "<figure><figcaption>An uploaded picture has no truth to compare with.</figcaption></figure>"
    else:
        truth = _mask(look, look.truth, names, opacity, "Truth")
        true = [percent(share) for share in shares(look.truth, len(names))]
        columns = [("True", SHARE, true), *columns, ("IoU", explain("IoU"), iou_cells(look.iou, len(names)))]
    shown = figures(
        figure(picture_url(look.image), "Picture", f"The picture {subject.title}"),
        truth,
        _mask(look, look.labels, names, opacity, "Prediction"),
    )
    table = class_table("Classes in this picture", names, columns)
    return f'<div class="glance">{shown}<div>{table}</div></div>'


def _mask(look: Look, labels: Labels, names: tuple[str, ...], opacity: float, caption: str) -> str:
    return figure(mask_url(look, labels, len(names), opacity), caption, f"{caption}: {describe(labels, names)}")
