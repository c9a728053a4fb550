"""The stacked bar of a training's memory."""

from xml.etree import ElementTree as ET

import pytest

from fcnlab.arch import preset
from fcnlab.arch.memory import GB, training_memory
from fcnlab.draw.memory import bytes_text, describe_memory, memory_parts, memory_svg

SVG = "{http://www.w3.org/2000/svg}"
NEED = training_memory(preset("follow-me"), 16)


@pytest.mark.parametrize("by", ["stage", "kind"])
def test_the_parts_add_up_to_the_whole(by: str) -> None:
    assert sum(part.size for part in memory_parts(NEED, by)) == NEED.total


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("by", ["stage", "kind"])
def test_the_bar_is_to_scale_and_every_part_has_its_number_and_name(by: str, compact: bool) -> None:
    drawing = ET.fromstring(memory_svg(NEED, by=by, compact=compact))
    parts = memory_parts(NEED, by)
    bars = [float(box.get("width")) for box in drawing.iter(f"{SVG}rect") if box.find(f"{SVG}title") is not None]
    assert [width / sum(bars) for width in bars] == pytest.approx([p.size / NEED.total for p in parts], abs=2e-3)
    texts = ["".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]
    for number, part in enumerate(parts, 1):
        assert str(number) in texts
        assert any(text.startswith(f"{part.name} {bytes_text(part.size)}") for text in texts), part.name


def test_a_budget_is_a_line_that_tells_where_it_is_too_little() -> None:
    assert "budget 4 GB</text>" in memory_svg(NEED, budget=4 * GB)
    assert "budget 1 GB, too little</text>" in memory_svg(NEED, budget=GB)
    assert "budget" not in memory_svg(NEED).split("</style>")[1]


def test_the_bar_in_words() -> None:
    told = describe_memory(NEED, "kind", 4 * GB)
    assert told.startswith(f"Training with batch 16 takes {bytes_text(NEED.total)} of 4 GB: weights 2.61 MB, gradients")


def test_sizes_for_people() -> None:
    assert [bytes_text(size) for size in (0, 999, 13_107_200, 999_900_000)] == ["0 B", "999 B", "13.1 MB", "1 GB"]
