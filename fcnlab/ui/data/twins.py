"""Pictures that show almost the same: near-duplicates within a split, and leakage from training into validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.data.contents.likeness import ALIKE, Duplicates, Group, Leakage, Twin, leakage, near_duplicates
from fcnlab.ui.data.contents import exact_percent
from fcnlab.ui.data.kept import Shown, once, shown_pairs, stamp_of
from fcnlab.ui.data.split import choose_split, tell_unknown_split
from fcnlab.ui.inspect.figures import picture_url
from fcnlab.ui.inspect.save import csv_text, json_text, save_menu
from fcnlab.ui.markdown import literal
from fcnlab.ui.words import count, tooltip

PAGE = 8
"""Groups or pairs of a page."""

MOST_OF_A_GROUP = 8
"""Pictures of a group that are shown."""

THUMBNAIL = 128

LEARNED = "train"

_CSS = """<style>
ul.twins{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:1rem 1.5rem;list-style:none;
  margin:0;padding:0}
ul.twins li{margin:0;min-width:0}
.twins .row,.group .row{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.4rem}
.group .row{grid-template-columns:repeat(auto-fill,minmax(6.5rem,1fr))}
.twins figure,.group figure{margin:0;min-width:0}
.twins img,.group img{display:block;width:100%;border-radius:4px}
.twins figcaption,.group figcaption{font-size:.75rem;line-height:1.3;color:var(--fcn-muted);margin-top:.2rem;
  overflow-wrap:anywhere}
.group{margin:0 0 1.25rem}
.twins p,.group p{margin:0 0 .3rem;font-size:.875rem;font-weight:600}
</style>"""


@dataclass(frozen=True)
class Seen:
    """What is compared.

    Attributes:
        dataset: Whose pictures.
        stamps: Of the splits' files, by split.
    """

    dataset: Dataset
    stamps: Mapping[str, str]


def twins_view(dataset: Dataset) -> None:
    """Draw the view."""
    tell_unknown_split(dataset)
    left, right, _ = st.columns([2, 3, 2], gap="large", vertical_alignment="bottom")
    with left:
        split = choose_split(dataset)
    with right:
        distance = st.slider(
            "Largest distance of a near-duplicate",
            0.05,
            0.6,
            ALIKE,
            0.05,
            key="data.alike",
            bind="query-params",
            help=tooltip("near-duplicate", f"Up to {ALIKE:g}, pictures show the same place from the same side."),
        )
    judged = [name for name, many in dataset.splits.items() if many and name != LEARNED]
    judged = [name for name in judged if split in (name, LEARNED) and dataset.splits.get(LEARNED)]
    stamps = {name: stamp_of(dataset, name) for name in {split, LEARNED, *judged} & set(dataset.splits)}
    seen = Seen(dataset, stamps)
    for name in judged:
        _leakage(seen, name, distance)
    _duplicates(seen, split, distance)


def _leakage(seen: Seen, split: str, distance: float) -> None:
    st.header(f"From training into {literal(split)}", anchor=False, help=tooltip("leakage"))
    found = once(
        ("leakage", seen.dataset.name, split, f"{distance:g}", seen.stamps[LEARNED], seen.stamps[split]),
        "Comparing the pictures",
        lambda report: leakage(seen.dataset, LEARNED, split, distance, report),
    )
    st.markdown(literal(_leak_told(found)))
    st.markdown(
        "A score on such pictures may flatter: they are partly known by heart, so that new places are found less well "
        "than the score says. Judge a network on pictures of other recordings."
        if found.twins
        else "So a score on them tells how well the network does on pictures that it has not seen."
    )
    if found.twins:
        first = _page(len(found.twins), f"data.leak.{split}")
        _pairs(seen, found.twins[first : first + PAGE])
        save_menu(f"leakage-{split}", {}, {"csv": lambda: twins_csv(found.twins), "json": lambda: _leak_json(found)})


def _leak_told(found: Leakage) -> str:
    many = len(found.twins)
    if not many:
        return f"No picture of {found.split} is almost the same as one of the training pictures."
    told = f"{count(many)} of {count(found.pictures)} pictures of {found.split} ({exact_percent(found.share)})"
    return f"{told} {_are(many)} almost the same as a training picture{_same(found.identical)}."


def _duplicates(seen: Seen, split: str, distance: float) -> None:
    st.header(f"Within {literal(split)}", anchor=False, help=tooltip("near-duplicate"))
    found = once(
        ("duplicates", seen.dataset.name, split, f"{distance:g}", seen.stamps[split]),
        "Comparing the pictures",
        lambda report: near_duplicates(seen.dataset, split, distance, report),
    )
    st.markdown(literal(_duplicates_told(found)))
    if not found.groups:
        return
    st.markdown(
        "Repeated pictures teach little that is new, and a mean over the split counts their place several times."
    )
    first = _page(len(found.groups), "data.groups")
    st.html(_CSS + "".join(_group(seen, split, group) for group in found.groups[first : first + PAGE]))
    twins = found.closest()
    save_menu(f"near-duplicates-{split}", {}, {"csv": lambda: twins_csv(twins), "json": lambda: _groups_json(found)})


def _duplicates_told(found: Duplicates) -> str:
    if not found.groups:
        return f"No two pictures of {found.split} are almost the same."
    same = _same(found.identical)
    groups = f"{count(len(found.groups))} group{'s' * (len(found.groups) != 1)}"
    return (
        f"{count(found.repeated)} of {count(found.pictures)} pictures of {found.split} ({exact_percent(found.share)}) "
        f"{_are(found.repeated)} almost the same as an earlier one{same}. They form {groups}; "
        f"one of each leaves {count(len(found.kept))} pictures."
    )


def _are(many: int) -> str:
    return "is" if many == 1 else "are"


def _same(many: int) -> str:
    """How many of the pictures just told of are not only alike."""
    return f", {count(many)} of them the very same" if many else ""


def _page(many: int, key: str) -> int:
    """The first item of the chosen page."""
    pages = -(-many // PAGE)
    number = st.pagination(pages, key=key, bind="query-params") if pages > 1 else 1
    return (min(max(number, 1), pages) - 1) * PAGE


def _pairs(seen: Seen, twins: Sequence[Twin]) -> None:
    """Pairs side by side: the picture, and what the network has learned from."""
    ours = _pictures(seen, twins[0].split, [twin.index for twin in twins])
    theirs = _pictures(seen, twins[0].other_split, [twin.other_index for twin in twins])
    items = "".join(
        f"<li><p>{_nearness(twin)}</p><div class='row'>{_figure(mine, twin.split, twin.index)}"
        f"{_figure(other, twin.other_split, twin.other_index)}</div></li>"
        for twin, mine, other in zip(twins, ours, theirs, strict=True)
    )
    st.html(f'{_CSS}<ul class="twins">{items}</ul>')


def _group(seen: Seen, split: str, group: Group) -> str:
    """The pictures of a group in a row, the first one first."""
    twins = {twin.index: twin for twin in group.twins}
    numbers = [group.first, *twins]
    told = numbers[:MOST_OF_A_GROUP]
    shown = _pictures(seen, split, told)
    items = "".join(
        _figure(one, split, number, "" if number not in twins else f"distance {twins[number].distance:.2f}")
        for number, one in zip(told, shown, strict=True)
    )
    more = f", of which {len(told)} are shown" if len(numbers) > len(told) else ""
    return f'<div class="group"><p>{count(len(numbers))} pictures{more}</p><div class="row">{items}</div></div>'


def _pictures(seen: Seen, split: str, numbers: Sequence[int]) -> list[Shown]:
    return shown_pairs(seen.dataset, split, seen.stamps[split], THUMBNAIL, numbers)


def _figure(shown: Shown, split: str, number: int, more: str = "") -> str:
    words = " · ".join(filter(None, [f"{split} {number}", more]))
    alt = escape(f"{split} {number}: {shown.name}", quote=True)
    return (
        f'<figure><img src="{picture_url(shown.image)}" alt="{alt}"><figcaption>{escape(words)}</figcaption></figure>'
    )


def _nearness(twin: Twin) -> str:
    return "The same picture" if twin.identical else f"Distance {twin.distance:.2f}"


def twins_csv(twins: Sequence[Twin]) -> str:
    """A line for each pair."""
    head = ("split", "picture", "other split", "other picture", "distance", "identical")
    rows = [(t.split, t.index, t.other_split, t.other_index, t.distance, t.identical) for t in twins]
    return csv_text(head, rows)


def _leak_json(found: Leakage) -> str:
    pairs = [{"picture": t.index, "train": t.other_index, "distance": t.distance} for t in found.twins]
    return json_text({"split": found.split, "pictures": found.pictures, "share": found.share, "pairs": pairs})


def _groups_json(found: Duplicates) -> str:
    groups = [[group.first, *(twin.index for twin in group.twins)] for group in found.groups]
    return json_text({"split": found.split, "pictures": found.pictures, "share": found.share, "groups": groups})
