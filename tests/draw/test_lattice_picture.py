"""The lattice of all sets of skips: geometry, buttons, words, file."""

from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from fcnlab.draw import describe_set, figure_bytes, lattice_figure, lattice_svg, thumbnail_url
from fcnlab.draw.lattice import change_text
from fcnlab.draw.lattice_layout import MOST_SKIPS, lay_out_lattice
from fcnlab.errors import FcnLabError

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("decoder4xx", "decoder4x", "decoder4", "decoder5", "decoder6")
GAINS = (0.05, 0.2, 0.1, -0.03, 0.0)
DOT = thumbnail_url(np.zeros((4, 4, 3), np.uint8))


def values(skips: int) -> list[float]:
    return [0.3 + sum(GAINS[i] for i in range(skips) if number >> i & 1) for number in range(2**skips)]


def draw(skips: int, **rest) -> ET.Element:
    return ET.fromstring(lattice_svg(NAMES[:skips], [DOT] * 2**skips, values(skips), **rest))


def sets(root: ET.Element) -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if group.get("class", "").split()[:1] == ["set"]]


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("skips", range(1, MOST_SKIPS + 1))
def test_pictures_and_their_writing_never_overlap(skips: int, compact: bool) -> None:
    lattice = lay_out_lattice(skips, compact=compact, aspect=0.75)
    assert len(lattice.places) == 2**skips
    for one, other in combinations(lattice.places, 2):
        apart = abs(one.x - other.x) >= one.width + 8 or abs(one.y - other.y) >= one.height + 38
        assert apart, (one, other)
    assert max(place.x + place.width for place in lattice.places) <= lattice.width - 8
    assert max(place.y + place.height for place in lattice.places) <= lattice.height - 20


@pytest.mark.parametrize("skips", range(1, MOST_SKIPS + 1))
def test_lines_join_sets_that_differ_by_one_skip(skips: int) -> None:
    lattice = lay_out_lattice(skips)
    assert len(set(lattice.edges)) == skips * 2 ** (skips - 1)
    for less, more in lattice.edges:
        assert (less ^ more).bit_count() == 1
        assert less < more
        assert lattice.places[less].x < lattice.places[more].x


def test_none_is_at_the_left_and_all_at_the_right() -> None:
    lattice = lay_out_lattice(4)
    xs = [place.x for place in lattice.places]
    assert xs[0] == min(xs)
    assert xs[15] == max(xs)
    assert [text for text, _, _ in lattice.headings] == ["no skip", "1 skip", "2 skips", "3 skips", "all skips"]


@pytest.mark.parametrize(("skips", "words"), [(0, "has no skips"), (6, "has 6 skips and so 64 sets")])
def test_too_few_or_too_many_skips_are_told(skips: int, words: str) -> None:
    with pytest.raises(FcnLabError, match=rf"{words}.*; the lattice is drawn for 1 to 5 skips|{words}"):
        lattice_svg([f"decoder{i}" for i in range(skips)], [DOT] * 2**skips, [0.5] * 2**skips)


def test_another_number_of_pictures_is_refused() -> None:
    with pytest.raises(FcnLabError, match="3 pictures and 4 values for the 4 sets of 2 skips"):
        lattice_svg(NAMES[:2], [DOT] * 3, [0.5] * 4)


@pytest.mark.parametrize("compact", [False, True])
def test_every_set_is_a_button_with_words(compact: bool) -> None:
    root = draw(2, selected=3, compact=compact)
    buttons = sets(root)
    assert [button.get("data-stage") for button in buttons] == ["0", "1", "2", "3"]
    assert {button.get("role") for button in buttons} == {"button"}
    assert [button.get("aria-pressed") for button in buttons] == ["false", "false", "false", "true"]
    assert buttons[1].get("aria-label") == (
        "decoder4xx on; decoder4x off: IoU 0.350; without decoder4xx −0.050; with decoder4x +0.200"
    )
    assert root.get("role") == "group"


def test_words_for_none_for_all_and_for_what_is_not_defined() -> None:
    known = values(2)
    assert describe_set(0, NAMES[:2], known).startswith("No skip on: IoU 0.300; with decoder4xx +0.050")
    assert describe_set(3, NAMES[:2], known, "mean IoU").startswith("All skips on: mean IoU 0.550; without")
    assert describe_set(0, NAMES[:1], [None, 0.5]) == "decoder4xx off: IoU –"


def test_dots_say_which_skips_are_on() -> None:
    root = draw(3)
    dots = [
        [circle.get("class") for circle in group.iter(f"{SVG}circle")]
        for group in root.iter(f"{SVG}g")
        if group.get("class") == "says"
    ]
    assert dots[0] == ["off", "off", "off"]
    assert dots[5] == ["on", "off", "on"]


def test_what_is_written_is_hidden_from_screen_readers_and_said_by_the_button() -> None:
    root = draw(2)
    for button in sets(root):
        assert not list(button.iter(f"{SVG}text"))
    for name in ("says", "detail", "edges"):
        groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == name]
        assert groups
        assert {group.get("aria-hidden") for group in groups} == {"true"}


def test_lines_differ_by_gain_and_loss() -> None:
    root = draw(5)
    (between,) = [group for group in root.iter(f"{SVG}g") if group.get("class") == "edges"]
    kinds = [path.get("class") for path in between]
    assert {kind: kinds.count(f"edge {kind}") for kind in ("gain", "loss", "same")} == {
        "gain": 48,
        "loss": 16,
        "same": 16,
    }
    widths = {path.get("class"): float(path.get("stroke-width")) for path in between}
    assert widths["edge same"] < widths["edge loss"]


def test_a_set_shows_what_each_neighbour_would_change() -> None:
    root = draw(2)
    details = [group for group in root.iter(f"{SVG}g") if group.get("class") == "detail"]
    assert [text.text for text in details[1].iter(f"{SVG}text")] == [
        *("without", "decoder4xx", "−0.050"),
        *("with", "decoder4x", "+0.200"),
    ]
    assert [change_text(change) for change in (0.0211, -0.2, 0.0004)] == ["+0.021", "−0.200", "0"]


def test_compact_lattices_have_no_lines_and_are_as_wide_as_a_phone() -> None:
    root = draw(4, compact=True)
    assert root.get("viewBox").split()[2] == "360"
    assert not list(root.iter(f"{SVG}path"))


def test_hostile_names_and_addresses_stay_text() -> None:
    hostile = '"><script>alert(1)</script>'
    root = ET.fromstring(lattice_svg([hostile], [hostile, DOT], [0.1, 0.2], measure=hostile))
    assert not list(root.iter(f"{SVG}script"))
    assert next(root.iter(f"{SVG}image")).get("href") == hostile


def test_the_lattice_is_drawn_into_files_too() -> None:
    pictures = [np.full((6, 8, 3), 20 * number, np.uint8) for number in range(8)]
    figure = lattice_figure(NAMES[:3], pictures, [None, *values(3)[1:]], title="All sets", note="validation 7")
    content = figure_bytes(figure, "svg").decode()
    assert "All sets" in content
    assert "0.650" in content
    assert content.count("<image") == 8
    with pytest.raises(FcnLabError, match="for the 8 sets of 3 skips"):
        lattice_figure(NAMES[:3], pictures[:7], values(3))


def test_thumbnails_are_small_and_never_enlarged() -> None:
    large = thumbnail_url(np.random.default_rng(0).integers(0, 255, (400, 200, 3), dtype=np.uint8), side=64)
    assert large.startswith("data:image/jpeg;base64,")
    assert len(large) < 8000
    assert len(DOT) < 1500
