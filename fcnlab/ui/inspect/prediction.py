"""Picture, truth and prediction side by side, and what becomes of the prediction when skips are switched off."""

import streamlit as st

from fcnlab.arch import flow
from fcnlab.arch.spec import Merge
from fcnlab.draw import difference, overlay, png_bytes
from fcnlab.draw.glossary import explain
from fcnlab.lab.tasks import Look, Switched
from fcnlab.ui.calm import calm
from fcnlab.ui.inspect.subject import Subject, look_at, switched
from fcnlab.ui.inspect.tables import STYLE, Labels, change_legend, class_table, describe, iou_cells, percent, shares
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import shape, tooltip

BASELINES = {
    "Zeros": (
        "zero",
        (
            "What does the network do when nothing arrives? It never saw that in training, so the effect looks "
            "larger than what the skip is worth."
        ),
    ),
    "Mean": (
        "mean",
        ("Each channel keeps its mean over training pictures: what is lost with the detail of this very picture?"),
    ),
}
"""What a person chooses → the engine's name for it, and what it asks."""

MERGES = {Merge.CONCAT: "concatenation", Merge.ADD: "addition", Merge.GATE: "an attention gate"}

# Three pictures stay side by side on a phone, too: they are there to be compared.
_SIDE_BY_SIDE = """<style>
.st-key-inspect-pictures .stColumn,.st-key-inspect-switched .stColumn{min-width:0;flex:1 1 0}
.st-key-inspect-pictures img,.st-key-inspect-switched img{image-rendering:pixelated}
@media (max-width:640px){
  .st-key-inspect-pictures .stHorizontalBlock,.st-key-inspect-switched .stHorizontalBlock{gap:.5rem}
}
</style>"""

SHARE = "Share of the picture's pixels that have this class."


@st.fragment
def predictions(subject: Subject) -> None:
    """Draw both sections; toggles run this part of the page alone."""
    with calm():
        st.html(STYLE + _SIDE_BY_SIDE)
        look = look_at(subject)
        opacity = _prediction(subject, look)
        if subject.net.skips:
            _skips(subject, look, opacity)
        else:
            st.header("Skip connections", anchor=False, help=tooltip("skip connection"))
            st.markdown(f"The network {literal(subject.net.name)} has none: all detail has to pass its bottleneck.")


def _prediction(subject: Subject, look: Look) -> float:
    st.header(f"Prediction for {literal(subject.title)}", anchor=False, help=tooltip("segmentation"))
    opacity = st.slider(
        "Opacity of the masks",
        0,
        100,
        50,
        step=10,
        format="%d %%",
        key="inspect.opacity",
        persist_state="session",
        width=300,
    )
    with st.container(key="inspect-pictures"):
        picture, truth, prediction = st.columns(3, wrap=False)
    names = subject.classes
    with picture:
        _picture(_rgb(look), "Picture", f"The picture {subject.title}")
    with truth:
        if look.truth is None:
            st.caption("An uploaded picture has no truth to compare with.")
        else:
            _mask(look, look.truth, names, opacity, "Truth")
    with prediction:
        _mask(look, look.labels, names, opacity, "Prediction")
    columns = [("Predicted", SHARE, [percent(share) for share in shares(look.labels, len(names))])]
    if look.truth is not None:
        true = [percent(share) for share in shares(look.truth, len(names))]
        columns = [("True", SHARE, true), *columns, ("IoU", explain("IoU"), iou_cells(look.iou, len(names)))]
    st.html(class_table("Classes in this picture", names, columns))
    return float(opacity)


def _skips(subject: Subject, look: Look, opacity: float) -> None:
    st.header("What the skips carry", anchor=False, help=tooltip("skip connection"))
    choice, result = st.columns([2, 5], gap="large")
    with choice:
        off = _toggles(subject)
        baseline = _baseline()
    with result:
        without = switched(subject, off, baseline) if off else None
        _compare(subject, look, without, off, opacity)


def _toggles(subject: Subject) -> tuple[str, ...]:
    """A switch for each skip, from the bottom up as the decoder meets them; returns those that are off."""
    rows = {row.name: row for row in flow(subject.net).rows}
    names = [name for name, _ in subject.net.skips]
    with st.container(horizontal=True):
        st.button("All on", key="inspect.on", on_click=_set_all, args=(names, True))
        st.button("All off", key="inspect.off", on_click=_set_all, args=(names, False))
    off = []
    for name, skip in subject.net.skips:
        source, target = shape(rows[skip.source].shape), shape(rows[name].shape)
        on = st.toggle(
            literal(f"{name} ← {skip.source}"),
            value=True,
            key=_key(name),
            help=literal(f"{skip.source} ({source}) joins {name} ({target}) by {MERGES[skip.merge]}."),
            bind="query-params",
        )
        if not on:
            off.append(name)
    return tuple(off)


def _key(skip: str) -> str:
    """Of a skip's toggle, and its name in the address bar."""
    return f"skip.{skip}"


def _set_all(names: list[str], on: bool) -> None:
    for name in names:
        st.session_state[_key(name)] = on


def _baseline() -> str:
    value = st.segmented_control(
        "A skip that is off carries",
        list(BASELINES),
        default="Zeros",
        required=True,
        key="baseline",
        bind="query-params",
    )
    baseline, question = BASELINES[value if value in BASELINES else "Zeros"]
    st.caption(question)
    return baseline


def _compare(subject: Subject, look: Look, without: Switched | None, off: tuple[str, ...], opacity: float) -> None:
    """The full prediction, that without some skips, and their difference; the same places with all skips on."""
    names, labels = subject.classes, look.labels if without is None else without.labels
    changes = difference(look.labels, labels, look.truth)
    with st.container(key="inspect-switched"):
        before, after, between = st.columns(3, wrap=False)
    with before:
        _mask(look, look.labels, names, opacity, "All skips on")
    with after:
        _mask(look, labels, names, opacity, _which(off, len(subject.net.skips)))
    with between:
        _picture(changes.image, "Difference", changes.caption())
    if without is None:
        st.markdown("All skips are on. Switch one off to see what it carries.")
    else:
        st.markdown(f"**{changes.caption()}** Probabilities moved by {without.change.mean():.1%} on average.")
    st.html(change_legend(look.truth is not None))
    columns = [
        ("Before", f"{SHARE} All skips on.", [percent(share) for share in shares(look.labels, len(names))]),
        ("After", f"{SHARE} Some skips off.", [percent(share) for share in shares(labels, len(names))]),
    ]
    if look.truth is not None:
        iou = look.iou if without is None else without.iou
        columns += [
            ("IoU before", explain("IoU"), iou_cells(look.iou, len(names))),
            ("IoU after", explain("IoU"), iou_cells(iou, len(names))),
        ]
    st.html(class_table("Classes with skips on and off", names, columns))


def _which(off: tuple[str, ...], count: int) -> str:
    if not off:
        return "None off"
    return "All skips off" if len(off) == count else f"Off: {', '.join(off)}"


def _mask(look: Look, labels: Labels, names: tuple[str, ...], opacity: float, caption: str) -> None:
    picture = overlay(_rgb(look), labels, len(names), opacity / 100)
    _picture(picture, caption, f"{caption}: {describe(labels, names)}")


def _picture(pixels: Labels, caption: str, alt: str) -> None:
    st.image(png_bytes(pixels), caption=literal(caption), alt=alt, width="stretch", output_format="PNG")


def _rgb(look: Look) -> Labels:
    """The picture in three channels."""
    return look.image if look.image.shape[2] == 3 else look.image.repeat(3, axis=2)
