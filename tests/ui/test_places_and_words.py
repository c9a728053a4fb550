"""Rows and stages translated into each other, and numbers as the pages show them."""

import pytest

from fcnlab.arch import preset
from fcnlab.ui.build.share import link_to
from fcnlab.ui.build.toolbar import read_upload
from fcnlab.ui.place import Place, name_of, place_of, row_count, row_of, row_of_path
from fcnlab.ui.words import count, memory, shape, short, tooltip

NET = preset("follow-me")


def test_every_row_is_a_stage_and_back() -> None:
    places = [place_of(NET, row) for row in range(row_count(NET))]
    assert [row_of(NET, place) for place in places] == list(range(11))
    assert [name_of(NET, place) for place in places][:2] == ["inputs", "encoder1"]
    assert [name_of(NET, place) for place in places][-2:] == ["decoder5", "outputs"]


def test_a_stage_that_is_gone_leads_to_the_nearest() -> None:
    assert row_of(NET, Place("encoder", 9)) == 4
    assert place_of(NET, 99) == Place("output")


@pytest.mark.parametrize(
    ("path", "row"),
    [
        (("input", "height"), 0),
        (("encoder", 2, "convs", 0, "bias"), 3),
        (("bottleneck", 0, "conv"), 5),
        (("decoder", 3, "skip"), 9),
        (("output", "kernel"), 10),
        (("norm_momentum",), 0),
    ],
)
def test_a_field_belongs_to_a_row(path: tuple[str | int, ...], row: int) -> None:
    assert row_of_path(NET, path) == row


def test_numbers_are_short_and_unknown_ones_are_dashes() -> None:
    assert (count(651465), count(None)) == ("651,465", "–")
    assert [short(number) for number in (0, 999, 1000, 197_123_840, 10**12, None)] == [
        *("0", "999", "1 k", "197 M", "1 T", "–")
    ]
    assert [memory(values) for values in (1, 250_000, 250_000_000)] == ["4 B", "1 MB", "1 GB"]
    assert shape((160, 160, 3)) == "160×160×3"


def test_a_tooltip_is_the_glossarys_sentence() -> None:
    assert tooltip("epoch", "More.") == "One pass over all training pictures. More."
    with pytest.raises(KeyError):
        tooltip("no such term")


def test_a_link_names_page_and_network() -> None:
    assert link_to("Build", "fcn1.abc") == "/Build?net=fcn1.abc"


def test_an_upload_is_a_network() -> None:
    assert read_upload("a.json", NET.model_dump_json().encode()) == NET
