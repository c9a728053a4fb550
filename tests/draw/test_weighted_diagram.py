"""The diagram whose skips show what they contribute."""

from xml.etree import ElementTree as ET

import pytest
from drawn_networks import ODD

from fcnlab.arch import preset
from fcnlab.draw import diagram_figure, diagram_svg, figure_bytes

SVG = "{http://www.w3.org/2000/svg}"
WEIGHTS = {"decoder4xx": 0.002, "decoder4x": 0.124, "decoder4": 0.213, "decoder5": -0.031}


def draw(weights=WEIGHTS, **rest) -> ET.Element:
    return ET.fromstring(diagram_svg(preset("follow-me"), weights=weights, weight_unit="IoU points", **rest))


def lines(root: ET.Element) -> list[ET.Element]:
    return [path for path in root.iter(f"{SVG}path") if path.get("class", "").startswith("skip ")]


def numbers(root: ET.Element) -> list[str]:
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class", "").startswith("weight ")]
    return [text.text for group in groups for text in group.iter(f"{SVG}text")]


@pytest.mark.parametrize("compact", [False, True])
def test_lines_take_colour_and_width_from_the_contribution(compact: bool) -> None:
    found = lines(draw(compact=compact))
    assert [path.get("class") for path in found] == ["skip gain", "skip gain", "skip gain", "skip loss"]
    widths = [float(path.get("style").removeprefix("stroke-width:")) for path in found]
    assert max(widths) == widths[2] == 7
    assert widths[0] < widths[3] < widths[1]


@pytest.mark.parametrize("compact", [False, True])
def test_the_number_is_written_in_points(compact: bool) -> None:
    assert numbers(draw(compact=compact)) == ["+0.20", "+12.4", "+21.3", "−3.1"]


def test_words_say_it_too() -> None:
    root = draw()
    assert root.find(f"{SVG}desc").text.endswith(
        "Contributions of the skips in IoU points: decoder4xx +0.20; decoder4x +12.4; decoder4 +21.3; decoder5 −3.1."
    )
    assert any("what each skip contributes, in IoU points" in (text.text or "") for text in root.iter(f"{SVG}text"))


def test_skips_without_a_contribution_are_thin_and_grey() -> None:
    root = draw({"decoder4x": 0.1, "decoder4": 0.0})
    assert [path.get("class") for path in lines(root)] == ["skip none", "skip gain", "skip none", "skip none"]
    assert numbers(root) == ["+10.0", "0"]


def test_without_weights_the_diagram_is_as_before() -> None:
    plain = diagram_svg(preset("follow-me"))
    assert 'class="skip"' in plain
    assert "contributes" not in plain


def test_a_skip_that_does_not_fit_stays_marked_as_wrong() -> None:
    root = ET.fromstring(diagram_svg(ODD["wrong_skips"], weights={"decoder4xx": 0.1, "decoder5": 0.2}))
    assert len([path for path in lines(root) if path.get("class") == "skip wrong"]) == 2
    assert numbers(root) == ["+20.0"]


@pytest.mark.parametrize("compact", [False, True])
def test_figures_for_files_show_the_same(compact: bool) -> None:
    figure = diagram_figure(preset("follow-me"), compact=compact, weights=WEIGHTS, weight_unit="IoU points")
    content = figure_bytes(figure, "svg").decode()
    for text in ("+21.3", "−3.1", "what each skip contributes"):
        assert text in content
