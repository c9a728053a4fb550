"""The shape-flow table: every number from the flow, selected and broken rows marked, names harmless."""

import xml.etree.ElementTree as ET

from fcnlab.arch import NetSpec, expand, flow, layer_flow, preset
from fcnlab.arch.edit import set_skip
from fcnlab.ui.build.table import table_html


def by_stage(net: NetSpec, *, selected: int = 0, wrong: frozenset[int] = frozenset()) -> ET.Element:
    rows = flow(net)
    return ET.fromstring(table_html(rows, range(len(rows.rows)), selected=selected, wrong=wrong, title="Stage"))


def cells(row: ET.Element) -> list[str]:
    return ["".join(cell.itertext()) for cell in row]


def test_it_shows_name_shape_parameters_multiply_adds_and_receptive_field() -> None:
    rows = by_stage(preset("follow-me")).findall(".//tbody/tr")
    assert len(rows) == 11
    assert cells(rows[2]) == ["encoder2separable 3×3, stride 2", "40×40×64", "1,424", "1.87 M", "7"]


def test_the_foot_adds_up() -> None:
    table = by_stage(preset("follow-me"))
    column = [cells(row)[2] for row in table.findall(".//tbody/tr")]
    total = cells(table.findall(".//tfoot/tr")[0])
    assert sum(int(number.replace(",", "")) for number in column) == 651_465
    assert total == ["All", "", "651,465", "199 M", "79"]


def test_every_row_selects_its_stage_and_the_selected_one_says_so() -> None:
    rows = by_stage(preset("follow-me"), selected=3).findall(".//tbody/tr")
    assert [row.get("data-stage") for row in rows] == [str(index) for index in range(11)]
    assert [index for index, row in enumerate(rows) if "selected" in str(row.get("class"))] == [3]
    assert rows[3].find(".//button[@aria-current='true']") is not None


def test_a_broken_row_is_marked_in_words_too_and_its_unknown_numbers_are_dashes() -> None:
    broken = set_skip(preset("follow-me"), 0, "inputs")
    table = by_stage(broken, wrong=frozenset({6}))
    row = table.findall(".//tbody/tr")[6]
    assert "wrong" in str(row.get("class"))
    assert row.find(".//span[@aria-label='has an error']") is not None
    assert cells(row)[2:4] == ["–", "–"]
    assert cells(table.findall(".//tfoot/tr")[0])[0] == "All that is known"


def test_single_layers_lead_to_their_stage() -> None:
    net = preset("unet-small")
    layers = layer_flow(net)
    stages = [layer.stage for layer in expand(net).layers]
    table = ET.fromstring(table_html(layers, stages, selected=1, wrong=frozenset(), title="Layer"))
    rows = table.findall(".//tbody/tr")
    assert len(rows) == len(layers.rows)
    assert {row.get("data-stage") for row in rows} == {str(index) for index in range(len(flow(net).rows))}


def test_columns_explain_their_terms() -> None:
    terms = by_stage(preset("follow-me")).findall(".//th/abbr")
    assert [term.text for term in terms] == ["Shape", "Parameters", "Multiply–adds", "Receptive field"]
    assert all(str(term.get("title")).endswith(".") for term in terms)
