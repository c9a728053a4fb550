"""The parts of the landing page."""

from dataclasses import dataclass
from html import escape

import streamlit as st

from fcnlab.draw.story import story
from fcnlab.ui.clickable import clickable
from fcnlab.ui.page import pages

QUESTIONS = {
    "Build": ("account_tree", "What shapes flow through a network, what does it cost, and do its parts fit?"),
    "Data": ("photo_library", "What is in a set of pictures, and how rare is what you look for?"),
    "Train": ("model_training", "How well does it learn in a few minutes, and what does it get wrong?"),
    "Inspect": ("search", "What does every layer see, and what does each skip connection contribute?"),
    "Compare": ("compare_arrows", "Which of several networks is better, and is the difference real?"),
    "Follow": ("flight", "Does the drone find and follow its hero with this network?"),
    "Learn": ("school", "How do the ideas hang together, step by step?"),
}
"""Page → icon, and the question that it answers."""

BROKEN = "fcn1.w5oCMYsbU6TixtSgdjAnUqMKJXIjGW4C8UbgSusUpmywC0hL2xUUJ26TChJTNwn5CS2ukHIwuVmHjNxCauYAAA"
"""The share code of `follow-me` with pictures of 150 pixels, which its four halvings do not divide."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to try: a link that opens a page in a given state."""

    title: str
    text: str
    page: str
    query: dict[str, str]


TASKS = (
    Task(
        "Take the skips away",
        "Open the Follow-Me network without its skip connections. How many weights are gone, and where would the "
        "fine detail have to come from now?",
        page="Build",
        query={"net": "follow-me-no-skips"},
    ),
    Task(
        "Break it and mend it",
        "Open it with pictures of 150 pixels. Four stages that halve the size do not divide 150: read what the page "
        "says, and mend it with one click.",
        page="Build",
        query={"net": BROKEN},
    ),
    Task(
        "Watch it learn",
        "Train the Follow-Me network on shapes the lab draws by itself: see the loss fall and, after each pass over "
        "the pictures, what the network sees in them by now.",
        page="Train",
        query={"net": "follow-me"},
    ),
    Task(
        "Watch a recording",
        "See a training of half an hour in one minute: the reference project's own plan, with what the network saw "
        "after each pass. Go back to any moment, or slow it down.",
        page="Train",
        query={"replay": "reference-1"},
    ),
    Task(
        "Look inside",
        "Open a network that comes trained with the lab: what does each layer see in a drone's picture, and which part "
        "of the hero is lost when a skip connection is switched off?",
        page="Inspect",
        query={"run": "example-follow-me"},
    ),
)

_GRID = """<style>
.story{display:grid;grid-template-columns:repeat(6,1fr);gap:1.5rem;list-style:none;margin:0;padding:0}
.story li{grid-column:span 2;margin:0}
.story li:nth-child(-n+2){grid-column:span 3}
.story .title{font-weight:650;margin:.6rem 0 .15rem}
.story .text{margin:0;color:var(--fcn-muted);line-height:1.45}
@media (max-width:900px){.story li,.story li:nth-child(-n+2){grid-column:span 3}}
@media (max-width:640px){.story li,.story li:nth-child(-n+2){grid-column:span 6}}
</style>"""


def home_page() -> None:
    """Draw the page's content."""
    st.markdown(
        "Build a network that tells the class of every pixel, train it in minutes, then look inside: at every layer's "
        "feature maps, and at what each skip connection really contributes. A laptop is enough, and nothing has to be "
        "downloaded."
    )
    if "Build" in pages():
        st.page_link(pages()["Build"], label="**Start building**", icon=":material/arrow_forward:")
    pictures()
    st.header("Where to start", anchor=False)
    where_to_start()
    st.header("Five things to try in five minutes", anchor=False)
    things_to_try()


def pictures() -> None:
    """What a fully convolutional network is, in five pictures."""
    items = "".join(
        f'<li>{picture.svg}<p class="title">{number}. {escape(picture.title)}</p>'
        f'<p class="text">{escape(picture.sentence)}</p></li>'
        for number, picture in enumerate(story(), 1)
    )
    clickable(f'{_GRID}<ol class="story">{items}</ol>', key="story")


def where_to_start() -> None:
    """A card for every page, with the question that it answers."""
    known = {name: path for name, path in pages().items() if name in QUESTIONS}
    for column, (name, path) in zip(st.columns(max(len(known), 1), border=True), known.items(), strict=False):
        icon, question = QUESTIONS[name]
        with column:
            st.page_link(path, label=f"**{name}**", icon=f":material/{icon}:")
            st.markdown(question)


def things_to_try() -> None:
    """Links that open a page in a given state."""
    tasks = [task for task in TASKS if task.page in pages()]
    for column, task in zip(st.columns(len(tasks), border=True), tasks, strict=True):
        with column:
            st.page_link(
                pages()[task.page], label=f"**{task.title}**", query_params=task.query, icon=":material/play_arrow:"
            )
            st.markdown(task.text)
