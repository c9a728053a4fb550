"""Colours, terms and story: the language that all pages share."""

import inspect
import subprocess
import sys
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

import fcnlab.draw
from fcnlab.draw.colors import CLASS_COLORS, DARK, LIGHT, ROLES, class_color, contrast, page_css, paint, rgb
from fcnlab.draw.glossary import TERMS, explain
from fcnlab.draw.scene import coverage, enlarge, silhouette
from fcnlab.draw.story import story

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_and_texts_have_the_contrast_that_they_need(theme: dict[str, str]) -> None:
    for name, color in theme.items():
        if name.endswith("-text") or name in ("ink", "muted"):
            assert contrast(color, theme["ground"]) >= 4.5, name
            assert contrast(color, theme["panel"]) >= 4.5, name
        if name.endswith("-line") or name in ("arrow", "hero"):
            assert contrast(color, theme["ground"]) >= 3, name


def test_both_themes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert all(f"{tone}-{part}" in LIGHT for tone in ROLES.values() for part in ("fill", "line", "text"))


def test_the_hues_are_those_of_okabe_and_ito() -> None:
    fills = [LIGHT[f"{role}-fill"] for role in ("encoder", "bottleneck", "decoder", "skip")]
    assert fills == ["#0072B2", "#CC79A7", "#009E73", "#E69F00"]
    assert class_color(2) == "#D55E00"


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_thirty_two_classes_have_colours_of_their_own() -> None:
    assert len(set(CLASS_COLORS)) == 32
    for one, other in combinations(CLASS_COLORS, 2):
        assert sum(abs(a - b) for a, b in zip(rgb(one), rgb(other), strict=True)) >= 40, (one, other)


def test_page_colours_fall_back_to_light_and_follow_the_colour_scheme() -> None:
    assert paint("page")("encoder-fill") == "var(--fcn-encoder-fill,#0072B2)"
    assert f"--fcn-ink:light-dark({LIGHT['ink']},{DARK['ink']});" in page_css()


def test_every_term_is_one_sentence() -> None:
    for term, sentence in TERMS.items():
        assert sentence[0].isupper(), term
        assert sentence.endswith("."), term
        assert sentence.replace("e.g. ", "").count(". ") == 0, term
        assert len(sentence) <= 120, term


@pytest.mark.parametrize(
    "term",
    ["encoder", "skip connection", "receptive field", "stride", "multiply–adds", "IoU", "epoch", "batch size"],
)
def test_the_terms_of_the_pages_are_there(term: str) -> None:
    assert explain(term) == TERMS[term]


def test_a_misspelt_term_is_an_error() -> None:
    with pytest.raises(KeyError):
        explain("encodr")


@pytest.mark.parametrize("theme", ["page", "light", "dark"])
def test_the_story_has_five_pictures_with_words(theme) -> None:
    pictures = story(theme)
    assert len(pictures) == 5
    for picture in pictures:
        root = ET.fromstring(picture.svg)
        assert root.get("aria-label") == picture.alt
        assert root.find(f"{SVG}title").text == picture.title
        assert picture.sentence.endswith(".")
        assert len(picture.svg) < 40_000
        sizes = [float(text.get("font-size")) for text in root.iter(f"{SVG}text")]
        assert min(sizes) >= 18  # 11 pixels at a width of 300


def test_the_encoder_picture_has_the_sizes_of_follow_me() -> None:
    texts = [text.text for text in ET.fromstring(story()[1].svg).iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("×")] == ["×3", "×16", "×64", "×128", "×512"]


def test_the_decoder_picture_shows_real_upsampling() -> None:
    assert enlarge([[0.0, 1.0], [0.0, 1.0]], 2)[0] == [0.0, 0.25, 0.75, 1.0]
    coarse = coverage(silhouette, 8)
    assert sum(map(sum, enlarge(coarse, 2))) / 4 == pytest.approx(sum(map(sum, coarse)), rel=0.02)


def test_the_room_gives_every_name_it_lists() -> None:
    for name in fcnlab.draw.__all__:
        first = getattr(fcnlab.draw, name)
        assert getattr(fcnlab.draw, name) is first  # a name must not turn into the module it comes from
        assert not inspect.ismodule(first)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = fcnlab.draw.nothing


def test_drawing_an_svg_waits_for_neither_matplotlib_nor_numpy() -> None:
    script = (
        "import sys; import fcnlab.draw as d; from fcnlab.arch import preset; from fcnlab.draw.story import story; "
        "d.diagram_svg(preset('follow-me')); "
        "story(); d.TERMS; print([m for m in ('matplotlib', 'numpy', 'PIL', 'pydot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
