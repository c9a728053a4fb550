"""The diagram as SVG: valid, accessible, clickable, safe."""

from xml.etree import ElementTree as ET

import pytest
from drawn_networks import ODD

from fcnlab.arch import PRESETS, NetSpec, flow, preset
from fcnlab.draw.svg import diagram_svg

SVG = "{http://www.w3.org/2000/svg}"
NETWORKS = {name: preset(name) for name in PRESETS} | ODD


def parse(text: str) -> ET.Element:
    return ET.fromstring(text)


def blocks(root: ET.Element) -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if group.get("class", "").startswith("block ")]


def hostile(text: str) -> NetSpec:
    """A network whose names no parser would have let through."""
    spec = preset("follow-me")
    stage = spec.encoder[0].model_copy(update={"name": text})
    return spec.model_copy(update={"name": text, "encoder": (stage, *spec.encoder[1:])})


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("compact", [False, True])
def test_every_network_is_a_complete_document(name: str, compact: bool) -> None:
    root = parse(diagram_svg(NETWORKS[name], compact=compact))
    assert root.tag == f"{SVG}svg"
    assert root.get("width") == "100%"
    assert len(root.get("viewBox", "").split()) == 4
    assert root.find(f"{SVG}title").text == f"Diagram of the network {NETWORKS[name].name}"
    assert "inputs" in root.find(f"{SVG}desc").text
    assert len(blocks(root)) == len(flow(NETWORKS[name]).rows)


def test_blocks_of_an_interactive_diagram_are_buttons_with_words() -> None:
    root = parse(diagram_svg(preset("follow-me"), interactive=True, theme="page"))
    first = blocks(root)[1]
    assert first.get("data-stage") == "1"
    assert first.get("role") == "button"
    assert first.get("tabindex") == "0"
    assert first.get("aria-label") == "encoder1, 80 by 80 by 16, separable 3×3, stride 2"
    assert root.get("role") == "group"


def test_a_blocks_writing_stands_beside_the_button_that_says_the_same() -> None:
    root = parse(diagram_svg(preset("follow-me"), interactive=True, theme="page"))
    assert not [text for block in blocks(root) for text in block.iter(f"{SVG}text")]
    labels = [group for group in root.iter(f"{SVG}g") if group.get("class", "").startswith("label ")]
    assert len(labels) == len(blocks(root))
    assert {(label.get("aria-hidden"), label.get("pointer-events")) for label in labels} == {("true", "none")}
    assert "aria-hidden" not in diagram_svg(preset("follow-me"))


def test_blocks_of_a_still_diagram_are_no_buttons() -> None:
    text = diagram_svg(preset("follow-me"))
    assert 'role="button"' not in text
    assert "tabindex" not in text
    assert parse(text).get("role") == "img"


@pytest.mark.parametrize("selected", [2, "encoder2"])
def test_the_selected_block_is_outlined_and_pressed(selected: str | int) -> None:
    root = parse(diagram_svg(preset("follow-me"), selected=selected, interactive=True))
    chosen = [block for block in blocks(root) if "selected" in block.get("class", "")]
    assert [block.get("data-stage") for block in chosen] == ["2"]
    assert chosen[0].get("aria-pressed") == "true"


def test_a_selection_that_is_not_there_is_none() -> None:
    assert "selected" not in {
        part
        for block in blocks(parse(diagram_svg(preset("follow-me"), selected="gone")))
        for part in block.get("class").split()
    }


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b ' \" ]]>"])
def test_hostile_names_stay_text(text: str) -> None:
    svg = diagram_svg(hostile(text), interactive=True)
    root = parse(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert not list(root.iter(f"{SVG}img"))
    assert "<script" not in svg
    assert blocks(root)[1].get("aria-label", "").startswith(text)


def test_broken_parts_are_marked_and_named() -> None:
    root = parse(diagram_svg(ODD["wrong_skips"], interactive=True))
    broken = [block for block in blocks(root) if "broken" in block.get("class", "").split()]
    assert [block.get("aria-label", "").split(",")[0] for block in broken] == ["decoder4xx", "decoder4x"]
    assert all(block.get("aria-label", "").endswith("does not fit") for block in broken)
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "skip wrong"]) == 2
    assert "does not fit" in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(("name", "words"), [("follow-me", "skip, concatenated"), ("fcn-8s", "skip, added")])
def test_the_legend_explains_what_is_there(name: str, words: str) -> None:
    texts = [text.text for text in parse(diagram_svg(preset(name))).iter(f"{SVG}text")]
    assert words in texts
    assert "does not fit" not in texts
    assert any("square root" in (text or "") for text in texts)


def test_files_have_a_ground_and_plain_colours_and_pages_follow_the_theme() -> None:
    light, dark, page = (diagram_svg(preset("follow-me"), theme=theme) for theme in ("light", "dark", "page"))
    assert 'fill="#FFFFFF"' in light
    assert 'fill="#10161D"' in dark
    assert "var(" not in light + dark
    assert "light-dark(#0072B2,#3A96D2)" in page
    assert 'height="100%" fill' not in page


def test_files_are_titled_with_totals_and_pages_are_not() -> None:
    assert "651,465 parameters" in diagram_svg(preset("follow-me"))
    assert ">follow-me</text>" not in diagram_svg(preset("follow-me"), theme="page")


def test_compact_diagrams_are_as_wide_as_a_phone() -> None:
    for name in PRESETS:
        root = parse(diagram_svg(preset(name), compact=True, theme="page"))
        assert root.get("viewBox", "").split()[2] == "360"
